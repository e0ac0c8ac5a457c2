"""Chooses the image that a board starts. On the board this file is /main.py, and all that stands outside the two slots.

A slot, /a or /b, holds an image and its manifest, which is written last: a head (form, serial, id, board), a line of
SHA-256 and path for each file, the SHA-256 of all these lines. Of two images the one with the higher serial is the
newer. It is started on trial, once: `started` is made before, and `confirmed` by the firmware when it runs
(firmware/trial.py). So nothing that counts is ever written over, and a power cut at any byte leaves the old image or
the new one. It is source, so that every MicroPython runs it, and switches no pin: after a reset the outputs are open.
"""

import os
import sys
import time
from binascii import hexlify
from hashlib import sha256

FORM = b"packmirror-image-1"
SLOTS = ("/a", "/b")
MANIFEST = "/manifest"
STARTED = "/started"
CONFIRMED = "/confirmed"
BEFORE = "/before.py"  # the main program of a board that had no slots yet; it runs while neither is of use
WHY = "/boot.txt"
LAST_WORDS = "/last_words.txt"
TOLD = "/last_words.old"
PAUSE_S = 5  # for a Ctrl-C, which ends in the REPL; after an image that did not end well
_LONGEST = 256  # bytes of a manifest's line
_FEW_BYTES = 2000


def there(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def serial(folder):
    """Number of the image that a slot claims to hold, from 1; 0 where that cannot be read."""
    try:
        with open(folder + MANIFEST, "rb") as file:
            words = file.readline(_LONGEST).split()
        return max(int(words[1]), 0) if len(words) == 4 and words[0] == FORM else 0
    except (OSError, ValueError):
        return 0


def amiss(folder):
    """What is missing, cut short or changed in an image, in a few words; "" if it is whole."""
    whole = sha256()
    try:
        with open(folder + MANIFEST, "rb") as file:
            line = file.readline(_LONGEST)
            while line:
                words = line.split()
                if len(words) == 1:
                    return "" if words[0] == hexlify(whole.digest()) else "its manifest is changed"
                if words[0] != FORM:
                    path = str(words[1], "utf-8")
                    if digest(folder + "/" + path) != words[0]:
                        return path + " is changed"
                whole.update(line)
                line = file.readline(_LONGEST)
    except (OSError, ValueError, IndexError):
        return "a file is missing or its manifest is none"
    return "its manifest is cut short"


def digest(path):
    """SHA-256 of a file, in hexadecimal bytes."""
    sums = sha256()
    buffer = memoryview(bytearray(512))
    with open(path, "rb") as file:
        count = file.readinto(buffer)
        while count:
            sums.update(buffer[:count])
            count = file.readinto(buffer)
    return hexlify(sums.digest())


def choose(root=""):
    """(folder of the image to start, or ""; whether it is on trial; what is amiss with those before it).

    A whole image that did not confirm is started again only where there is no other.
    """
    said, spare = [], ""
    for _, folder in sorted([(-serial(root + slot), root + slot) for slot in SLOTS]):
        trouble = amiss(folder)
        if not trouble and there(folder + CONFIRMED):
            return folder, False, said
        if not trouble and not there(folder + STARTED):
            try:
                open(folder + STARTED, "w").close()
                return folder, True, said
            except OSError:  # without the mark it could not step back
                trouble = "its trial cannot be marked"
        if not trouble:
            trouble = "it was started and has not confirmed"
            spare = spare or folder
        said.append(folder + ": " + trouble)
    return spare, False, said


def note(text, path=WHY):
    try:
        with open(path, "w") as file:
            file.write(text + "\n")
    except OSError:
        pass


def remove(path):
    try:
        os.remove(path)
    except OSError:  # a flash that takes nothing any more
        pass


def keep_last_words():
    """Behind those of before, as long as these are few. A full flash, or bytes that are no text, stop no start."""
    few = there(TOLD) and os.stat(TOLD)[6] < _FEW_BYTES
    try:
        with open(LAST_WORDS) as file:
            text = file.read()
        with open(TOLD, "a" if few else "w") as file:
            file.write(text)
        os.remove(LAST_WORDS)
    except (OSError, ValueError):
        pass


def run():
    """Start the image; comes back, to the REPL, where there is none that can be."""
    if there(LAST_WORDS):
        keep_last_words()
        time.sleep(PAUSE_S)
    folder, trial, said = choose()
    if said:
        note("; ".join(said) + ("; started is " + folder if folder else "; flash an image: bms flash"))
    elif there(WHY):
        remove(WHY)
    program = folder + "/main.py" if folder else BEFORE
    if not there(program):
        print("no image to start: " + WHY + " says why")
        return
    if folder and not trial and not there(folder + CONFIRMED):
        time.sleep(PAUSE_S)
    if folder:
        os.chdir(folder)
        sys.path.insert(0, folder)
    try:
        with open(program) as file:
            source = file.read()
        exec(source, {"__name__": "__main__"})
    except BaseException as error:  # Ctrl-C too: the controller, which resets by itself, has not begun yet
        if not folder:
            raise
        import machine

        try:
            if not there(LAST_WORDS):  # a controller that has written down why may meet a second Ctrl-C
                note("%s: %s" % (type(error).__name__, error), LAST_WORDS)
        finally:
            machine.reset()


if __name__ == "__main__":
    run()
