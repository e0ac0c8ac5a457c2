"""What a controller has to know of its pack: int32 words, made on the desktop (bms/estimation/words.py)."""

from array import array
from binascii import crc32

from firmware.kernels import reach, soc
from firmware.kernels.dialect import const

VERSION = const(1)

_VERSION = const(0)
_CELLS = const(1)
_CAPACITY_MC = const(2)
_CURRENT_MAX_MA = const(3)
_OVER_MV = const(4)
_UNDER_MV = const(5)
_CHARGE_MA = const(6)
_DISCHARGE_MA = const(7)
_PEAK_MA = const(8)
_SHORT_MA = const(9)
_SHUNT_UOHM = const(10)
HEAD = const(11)
LENGTH = HEAD + reach.PARAMETERS + soc.PARAMETERS + 1  # the last word is the CRC-32 of those before it
_CAPACITY_LEAST_MC = const(1600000)
_CAPACITY_MOST_MC = const(1980000000)


class Config:
    """cells in series, capacity_mc, the limits of the cell monitor, and the parameters of the two kernels.

    Raises ValueError for words of another version or length, or that are not as they were written: nothing may run on
    them. Whether a parameter fits the kernels is checked where the words are made.
    """

    def __init__(self, words):
        if len(words) != LENGTH or words[_VERSION] != VERSION:
            raise ValueError(
                "configuration of %d words, version %d: this firmware takes %d words, version %d; write it anew"
                % (len(words), words[0] if len(words) else 0, LENGTH, VERSION)
            )
        if checksum(words[:-1]) != words[-1]:
            raise ValueError("the configuration is damaged: its checksum is wrong; write it anew")
        if not (1 <= words[_CELLS] <= 16 and _CAPACITY_LEAST_MC <= words[_CAPACITY_MC] <= _CAPACITY_MOST_MC):
            raise ValueError("configuration of %d cells of %d mC" % (words[_CELLS], words[_CAPACITY_MC]))
        self.cells = words[_CELLS]
        self.capacity_mc = words[_CAPACITY_MC]
        self.current_max_ma = words[_CURRENT_MAX_MA]
        self.over_mv = words[_OVER_MV]
        self.under_mv = words[_UNDER_MV]
        self.charge_ma = words[_CHARGE_MA]
        self.discharge_ma = words[_DISCHARGE_MA]
        self.peak_ma = words[_PEAK_MA]
        self.short_ma = words[_SHORT_MA]
        self.shunt_uohm = words[_SHUNT_UOHM]
        self.reach_par = array("i", words[HEAD : HEAD + reach.PARAMETERS])
        self.soc_par = array("i", words[HEAD + reach.PARAMETERS : -1])


def checksum(words):
    """CRC-32 of an array of int32 words, as an int32."""
    crc = crc32(words)
    return crc - (1 << 32) if crc >> 31 else crc
