"""What a controller has to know of its pack: int32 words, made on the desktop (bms/estimation/words.py).

The head, then a section each for protection, power, range and cell, the host's key, and a CRC-32 over all of it.
"""

from binascii import crc32

from firmware import diagnoses
from firmware.drivers.bq76952_profile import ALL_B
from firmware.kernels import power, reach, soc
from firmware.kernels.dialect import const

VERSION = const(7)
MOST_CELLS = const(128)
MOST_CHIPS = const(8)

# Places in the head, behind the version.
_CELLS = const(1)
_CHIPS = const(2)
_CAPACITY_MC = const(3)
_CURRENT_MAX_MA = const(4)
_SHUNT_UOHM = const(5)
_OVER_MV = const(6)  # limits that the cell monitor keeps by itself
_UNDER_MV = const(7)
CHARGE_MA = const(8)
DISCHARGE_MA = const(9)
PEAK_MA = const(10)
SHORT_MA = const(11)
HOT_CHARGE_MDEGC = const(12)
HOT_MDEGC = const(13)
COLD_CHARGE_MDEGC = const(14)
COLD_MDEGC = const(15)
_PRECHARGE_MS = const(16)  # at most; 0: the pack has no pre-charge
_PRECHARGE_LEAST_MS = const(17)
WATCHDOG_S = const(18)  # of silence, after which the cell monitor opens its FETs by itself
HEARTBEAT = const(19)  # 1: without the vehicle's heartbeat on CAN the contactors open
_HEAT_DJ_K = const(20)  # heat that warms what stands for one cell in series by 1 K, tenths of a joule
HEAD = const(21)
KEY = const(8)
LENGTH = HEAD + diagnoses.WORDS + power.PARAMETERS + reach.PARAMETERS + soc.PARAMETERS + KEY + 1


class Config:
    """cells in series, watched by so many chips, limits, and the sections guard, power, reach_par and soc_par.

    heartbeat: the vehicle must be heard. key: 32 bytes that the host's commands are signed with. Raises ValueError for
    words of another version or length, or that are not as they were written, or that contradict each other: nothing
    may run on them (firmware/audit.py). head: its words.
    """

    def __init__(self, words):
        from firmware import audit

        audit.check_whole(words, is_intact)
        self._words = memoryview(words)
        self.cells = words[_CELLS]
        self.chips = words[_CHIPS]
        self.capacity_mc = words[_CAPACITY_MC]
        self.current_max_ma = words[_CURRENT_MAX_MA]
        self.shunt_uohm = words[_SHUNT_UOHM]
        self.over_mv = words[_OVER_MV]
        self.under_mv = words[_UNDER_MV]
        self.precharge_ms = words[_PRECHARGE_MS]
        self.precharge_least_ms = words[_PRECHARGE_LEAST_MS]
        self.heartbeat = words[HEARTBEAT] == 1
        self.heat_dj_k = words[_HEAT_DJ_K]
        self.head = self._words[:HEAD]
        at = HEAD
        self.guard = self._words[at : at + diagnoses.WORDS]
        at += diagnoses.WORDS
        self.power = self._words[at : at + power.PARAMETERS]
        at += power.PARAMETERS
        self.reach_par = self._words[at : at + reach.PARAMETERS]
        at += reach.PARAMETERS
        self.soc_par = self._words[at : at + soc.PARAMETERS]
        self.key = bytes(self._words[LENGTH - KEY - 1 : LENGTH - 1])
        audit.check(self)

    def intact(self):
        """The words are still those that were written: a bit may flip in memory."""
        return is_intact(self._words)

    def profiles(self):
        """What each of the cell monitors is told, the lowest first."""
        from firmware.drivers.bq76952_profile import profiles

        words = self._words
        return profiles(
            [self.cells // self.chips] * self.chips,
            shunt_uohm=self.shunt_uohm,
            current_max_ma=self.current_max_ma,
            over_mv=self.over_mv,
            under_mv=self.under_mv,
            charge_ma=words[CHARGE_MA],
            discharge_ma=words[DISCHARGE_MA],
            peak_ma=words[PEAK_MA],
            short_ma=words[SHORT_MA],
            enabled_b=ALL_B,
            otc_mdegc=words[HOT_CHARGE_MDEGC],
            otd_mdegc=words[HOT_MDEGC],
            utc_mdegc=words[COLD_CHARGE_MDEGC],
            utd_mdegc=words[COLD_MDEGC],
            utint_mdegc=words[COLD_MDEGC],  # a monitor is as cold as its pack
            host_watchdog_s=words[WATCHDOG_S],
        )


def is_intact(words):
    """Whether the last of these words is the checksum of those before; a memoryview."""
    return checksum(words[: LENGTH - 1]) == words[LENGTH - 1]


def checksum(words):
    """CRC-32 of an array of int32 words, as an int32."""
    crc = crc32(words)
    return crc - (1 << 32) if crc >> 31 else crc
