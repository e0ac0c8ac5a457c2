"""The link on a target with standard input and output: a line a message; "?" asks and waits for a line, "!" tells.

The first message is "v" and the version of the interpreter.
"""

import sys


def ask(text):
    sys.stdout.write("?" + text + "\n")
    line = sys.stdin.readline()
    if not line:
        raise OSError("the host has closed the link")
    return line.rstrip("\n")


def tell(text):
    sys.stdout.write("!" + text + "\n")


def greet():
    version = ".".join(str(number) for number in sys.implementation.version[:3])
    tell("v %s %s (%s)" % (sys.implementation.name, version, sys.platform))


def main(entry):
    greet()
    __import__(entry).main(ask, tell)
