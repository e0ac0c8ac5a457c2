"""Tells the readings on the board's console: a line a second for `bms monitor`, a packet of it in each tick.

A line is "~", int32 words in hexadecimal, the CRC-16/XMODEM of their bytes, and a line feed. The words: layout, serial
of the image, whether it is confirmed, free heap in bytes, and all readings of one moment. Blanks before and after it
fill whole packets: where a program on the host holds the port open and does not read, MicroPython waits for room in
the USB buffer, 500 ms for what does not fit at all and as long again for the rest of what fits in part. Packets
always fit whole or not at all, and a console that has made a tick wait is told nothing for a while.
"""

from array import array

from firmware import readings as of
from firmware.kernels.dialect import const

LAYOUT = const(1)  # times 256, and the number of words of the head
HEAD = const(4)
WORDS = HEAD + of.READINGS
_PART = const(8)  # words in a packet
_FIRST = const(7)  # in the first one, behind the "~"
_PACKET = const(64)  # of USB
_STALLED_MS = const(50)  # 64 bytes at 115200 baud take 6
_SILENT_MS = const(10000)
_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_PART_MS = const(100)  # a tick that comes later, at rest, tells more parts
_PARTS = const(11)
_POLYNOMIAL = const(0x1021)


class Telling:
    """A service of the controller. write: takes bytes; trial: firmware/trial.py; clock_ms: as time.ticks_ms.

    free_bytes is set by who cleans up.
    """

    def __init__(self, write, trial, clock_ms):
        self._write = write
        self._trial = trial
        self._clock_ms = clock_ms
        self.free_bytes = 0
        self._words = array("i", [0] * WORDS)
        self._words[0] = LAYOUT << 8 | HEAD
        self._at = 0
        self._crc = 0
        self._silent_ms = 0
        self._packet = bytearray(_PACKET)
        self._hexadecimal = b"0123456789abcdef"
        self._table = array("H", [_remainder(nibble) for nibble in range(16)])

    def __call__(self, controller, _now_ms, dt_ms):
        if self._silent_ms > 0:
            self._silent_ms -= dt_ms
            return
        for _ in range(min(max(dt_ms // _PART_MS, 1), _PARTS)):
            if self._at == 0:
                self._begin(controller.readings)
            more = self._part()
            if not self._given() or not more:
                break

    def _given(self):
        """Write the packet; False, and silence, if that took so long that nobody can be reading."""
        begun_ms = self._clock_ms()
        try:
            self._write(self._packet)
        except OSError:  # nobody listens
            pass
        if (self._clock_ms() - begun_ms) & _TICKS < _STALLED_MS:
            return True
        self._at = 0
        self._silent_ms = _SILENT_MS
        return False

    def _begin(self, readings):
        words = self._words
        words[1], words[2], words[3] = self._trial.serial, self._trial.confirmed, self.free_bytes
        for k in range(of.READINGS):
            words[HEAD + k] = readings[k]
        self._crc = 0

    def _part(self):
        """The next words into the packet, in digits; False if they were the last."""
        words, packet, signs, table, crc = self._words, self._packet, self._hexadecimal, self._table, self._crc
        at = 0
        end = self._at + _PART
        if self._at == 0:
            at = self._blank(0, _PART)
            packet[at - 1] = 126  # "~"
            end = _FIRST
        last = end >= WORDS
        for k in range(self._at, WORDS if last else end):
            word = words[k]
            for shift in range(28, -1, -4):
                nibble = word >> shift & 15
                packet[at] = signs[nibble]
                crc = (crc << 4 & 0xFFFF) ^ table[crc >> 12 ^ nibble]
                at += 1
        self._crc = crc
        self._at = 0 if last else end
        if last:
            self._finish(at)
        return not last

    def _finish(self, at):
        for k in range(4):
            self._packet[at + k] = self._hexadecimal[self._crc >> (12 - 4 * k) & 15]
        self._packet[at + 4] = 10
        self._blank(at + 5, _PACKET)

    def _blank(self, start, end):
        for k in range(start, end):
            self._packet[k] = 32
        return end


def _remainder(nibble):
    rest = nibble << 12
    for _ in range(4):
        rest = rest << 1 ^ (_POLYNOMIAL if rest & 0x8000 else 0)
    return rest & 0xFFFF
