"""Tells firmware/boot.py that the image which runs is to stay; the working folder is its slot."""

import os

from firmware.kernels.dialect import const

MANIFEST = "manifest"
STARTED = "started"
CONFIRMED = "confirmed"
TRIAL_MS = const(3000)  # with the self-test behind it, which takes 500


class Trial:
    """serial: of the image, 0 where it lies in no slot. confirmed: 1 once it is to stay."""

    def __init__(self):
        self.serial = _serial()
        self.confirmed = 0 if _there(STARTED) and not _there(CONFIRMED) else 1
        self._left_ms = TRIAL_MS

    def passed(self, controller):
        """After a tick in which every task has run. Contactors need not have closed: a pack may have its reasons."""
        if self.confirmed or not controller.running:
            return
        self._left_ms -= controller.period_ms
        if self._left_ms > 0:
            return
        self._left_ms = TRIAL_MS
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
