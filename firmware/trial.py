"""Tells firmware/boot.py that the image which runs is to stay; the working folder is its slot."""

import os

from firmware.kernels.dialect import const

MANIFEST = "manifest"
STARTED = "started"
CONFIRMED = "confirmed"
TICKS = const(30)  # 3 s: with the self-test behind it, which takes 0.5 s


class Trial:
    """serial: of the image, 0 where it lies in no slot. confirmed: 1 once it is to stay."""

    def __init__(self):
        self.serial = _serial()
        self.confirmed = 0 if _there(STARTED) and not _there(CONFIRMED) else 1
        self._left = TICKS

    def passed(self, controller):
        """After a tick in which every task has run. Contactors need not have closed: a pack may have its reasons."""
        if self.confirmed or not controller.running:
            return
        if self._left > 0:
            self._left -= 1
            return
        self._left = TICKS
        try:
            open(CONFIRMED, "w").close()
            self.confirmed = 1
        except OSError:  # it is tried again
            pass


def _there(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def _serial():
    try:
        with open(MANIFEST, "rb") as file:
            return int(file.readline(256).split()[1])
    except (OSError, ValueError, IndexError):
        return 0
