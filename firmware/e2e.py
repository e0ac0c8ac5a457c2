"""End-to-end protection of a frame, as AUTOSAR E2E profile 1A: CRC-8 SAE J1850 in byte 0, counter 0..14 in byte 1.

The CRC covers the data id, here the frame's identifier, low byte first, and bytes 1..7. As in the profile it starts at
0 and ends without an exclusive-or (AUTOSAR PRS E2EProtocol).
"""

from firmware.drivers import octets
from firmware.drivers.crc8 import table
from firmware.kernels.dialect import const

COUNTERS = const(15)  # 0..14; 15 is not valid

GOOD = const(0)
REPEATED = const(1)  # the same counter again: nothing new, to be discarded
SKIPPED = const(2)  # more frames were lost than may be: to be discarded, the next in order is good
WRONG_CRC = const(3)

_WINDOW = const(3)  # so many steps the counter may have gone: two frames lost in a row
TABLE = table(0x1D)


def crc(data, identifier):
    """Check byte of eight bytes of data under an identifier; its own place, byte 0, does not count."""
    return octets.check(data, TABLE, identifier)


def protect(data, identifier, counter):
    """Write counter and check byte into eight bytes of data whose upper half of byte 1 is already there."""
    data[1] = data[1] & 0xF0 | counter
    data[0] = crc(data, identifier)


class Receiver:
    """Judges the frames of one identifier. errors: frames with a wrong CRC or too many lost before them."""

    def __init__(self, identifier):
        self._identifier = identifier
        self._counter = -1
        self.errors = 0

    def check(self, data):
        """One of the above; only the data of a GOOD frame may be used."""
        counter = data[1] & 15
        if counter >= COUNTERS or crc(data, self._identifier) != data[0]:
            self.errors += 1
            return WRONG_CRC
        steps = (counter - self._counter) % COUNTERS if self._counter >= 0 else 1
        if steps == 0:
            return REPEATED
        self._counter = counter
        if steps > _WINDOW:
            self.errors += 1
            return SKIPPED
        return GOOD

    def forget(self):
        """Take any counter next, after a silence."""
        self._counter = -1
