"""Tells the readings on the board's console: a line a second for `bms monitor`, a part of it in each tick.

A line is "~", int32 words in hexadecimal, the CRC-16/XMODEM of their bytes, and a line feed. The words: layout, serial
of the image, whether it is confirmed, free heap in bytes, and all readings of one moment.
"""

from array import array

from firmware import readings as of
from firmware.kernels.dialect import const

LAYOUT = const(1)  # times 256, and the number of words of the head
HEAD = const(4)
WORDS = HEAD + of.READINGS
_PART = const(8)  # words in a tick: their 64 digits fill one packet of USB
_PART_MS = const(100)  # a tick that comes later, at rest, tells more parts
_PARTS = const(11)
_POLYNOMIAL = const(0x1021)


class Telling:
    """A service of the controller. write: takes bytes; trial: firmware/trial.py. free_bytes is set by who cleans up."""

    def __init__(self, write, trial):
        self._write = write
        self._trial = trial
        self.free_bytes = 0
        self._words = array("i", [0] * WORDS)
        self._words[0] = LAYOUT << 8 | HEAD
        self._at = 0
        self._crc = 0
        self._digits = bytearray(8 * _PART)
        self._end = bytearray(b"0000\n")
        self._rest = memoryview(self._digits)[: WORDS % _PART * 8]
        self._hexadecimal = b"0123456789abcdef"
        self._table = array("H", [_remainder(nibble) for nibble in range(16)])

    def __call__(self, controller, _now_ms, dt_ms):
        try:
            for _ in range(min(max(dt_ms // _PART_MS, 1), _PARTS)):
                if self._at == 0:
                    self._begin(controller.readings)
                    self._write(b"~")
                if self._part():
                    self._write(self._digits)
                    continue
                self._write(self._rest)
                self._finish()
                self._write(self._end)
                break
        except OSError:  # nobody listens
            pass

    def _begin(self, readings):
        words = self._words
        words[1], words[2], words[3] = self._trial.serial, self._trial.confirmed, self.free_bytes
        for k in range(of.READINGS):
            words[HEAD + k] = readings[k]
        self._crc = 0

    def _part(self):
        """The next words in digits; False if they were the last."""
        words, digits, signs, table, crc = self._words, self._digits, self._hexadecimal, self._table, self._crc
        at = 0
        end = min(self._at + _PART, WORDS)
        for k in range(self._at, end):
            word = words[k]
            for shift in range(28, -1, -4):
                nibble = word >> shift & 15
                digits[at] = signs[nibble]
                crc = (crc << 4 & 0xFFFF) ^ table[crc >> 12 ^ nibble]
                at += 1
        self._crc = crc
        self._at = 0 if end == WORDS else end
        return self._at > 0

    def _finish(self):
        for k in range(4):
            self._end[k] = self._hexadecimal[self._crc >> (12 - 4 * k) & 15]


def _remainder(nibble):
    rest = nibble << 12
    for _ in range(4):
        rest = rest << 1 ^ (_POLYNOMIAL if rest & 0x8000 else 0)
    return rest & 0xFFFF
