"""The link on a board: that of stdio.py, and before each sleep "t" tells how long the tick took the board itself.

Its own time is that from the end of a sleep to the wish for the next one, in us, without what it waited in the link.
"""

import gc
import sys
import time

import stdio

_BREAK = "~"  # the host's answer when the run is over for it


class Broken(BaseException):
    """The host has seen enough: from here on nothing is answered, whatever the firmware catches."""


class Link:
    """`ask` and `tell` of an entry."""

    def __init__(self):
        self._broken = False
        self._ticked = False  # readings were told since the last sleep, as at the end of every tick
        self._own_us = 0
        self._since_us = time.ticks_us()

    def ask(self, text):
        sleeps = text.startswith("s ")
        self._stop_counting()
        if sleeps and self._ticked:
            stdio.tell("t %d" % self._own_us)
        reply = stdio.ask(text)
        if reply == _BREAK:
            self._broken = True
            raise Broken
        if sleeps:
            self._own_us = 0
            self._ticked = False
        self._since_us = time.ticks_us()
        return reply

    def tell(self, text):
        self._stop_counting()
        self._ticked = self._ticked or text.startswith("w ")
        for part in ("!", text, "\n"):  # a record of 18 kB is not made anew
            sys.stdout.write(part)
        self._since_us = time.ticks_us()

    def _stop_counting(self):
        if self._broken:
            raise Broken
        self._own_us += time.ticks_diff(time.ticks_us(), self._since_us)


def _keep():
    pass


def run(entry):
    """To its end; then "z" asks whether that was heard, with what ended it."""
    program = sys.modules.get("firmware.main")
    if program:
        setattr(program, "unload", _keep)  # noqa: B010  # what it lets go of lies in no flash here, to be loaded again
    gc.collect()
    link = Link()
    ended = ""
    try:
        stdio.greet()
        __import__(entry).main(link.ask, link.tell)
    except BaseException as error:
        ended = "%s: %s" % (type(error).__name__, str(error).replace("\n", " "))
    stdio.ask("z " + ended)
