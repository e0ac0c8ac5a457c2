"""What a controller has to know of its pack: int32 words, made on the desktop (bms/estimation/words.py).

The head, then a section each for protection, power, range and cell, the host's key, and a CRC-32 over all of it.
"""

from binascii import crc32

from firmware import diagnoses
from firmware.drivers.bq76952_profile import ALL_B
from firmware.kernels import power, reach, soc
from firmware.kernels.dialect import const

VERSION = const(4)
MOST_CELLS = const(128)
MOST_CHIPS = const(8)

# Places in the head.
_VERSION = const(0)
_CELLS = const(1)
_CHIPS = const(2)
_CAPACITY_MC = const(3)
_CURRENT_MAX_MA = const(4)
_SHUNT_UOHM = const(5)
_OVER_MV = const(6)  # limits that the cell monitor keeps by itself
_UNDER_MV = const(7)
_CHARGE_MA = const(8)
_DISCHARGE_MA = const(9)
_PEAK_MA = const(10)
_SHORT_MA = const(11)
_HOT_CHARGE_MDEGC = const(12)
_HOT_MDEGC = const(13)
_COLD_CHARGE_MDEGC = const(14)
_COLD_MDEGC = const(15)
_PRECHARGE_MS = const(16)  # at most; 0: the pack has no pre-charge
_PRECHARGE_LEAST_MS = const(17)
_WATCHDOG_S = const(18)  # of silence, after which the cell monitor opens its FETs by itself
_HEARTBEAT = const(19)  # 1: without the vehicle's heartbeat on CAN the contactors open
_HEAT_DJ_K = const(20)  # heat that warms what stands for one cell in series by 1 K, tenths of a joule
HEAD = const(21)
KEY = const(8)
LENGTH = HEAD + diagnoses.WORDS + power.PARAMETERS + reach.PARAMETERS + soc.PARAMETERS + KEY + 1
_CAPACITY_LEAST_MC = const(1600000)
_CAPACITY_MOST_MC = const(1800000000)
_MOST_MV = const(6500)
_MOST_MA = const(10000000)
_LONGEST_S = const(60)  # of silence, before the cell monitor opens its FETs
_HEAT_LEAST_DJ_K_AH = const(10)  # cells have about 10 J/K for an Ah
_HEAT_MOST_DJ_K_AH = const(10000)


class Config:
    """cells in series, watched by so many chips, limits, and the sections guard, power, reach_par and soc_par.

    heartbeat: the vehicle must be heard. key: 32 bytes that the host's commands are signed with. Raises ValueError for
    words of another version or length, or that are not as they were written, or that contradict each other: nothing
    may run on them (firmware/audit.py). head: its words.
    """

    def __init__(self, words):
        if len(words) != LENGTH or words[_VERSION] != VERSION:
            raise ValueError(
                "configuration of %d words, version %d: this firmware takes %d words, version %d; write it anew"
                % (len(words), words[0] if len(words) else 0, LENGTH, VERSION)
            )
        self._words = memoryview(words)
        if not self.intact():
            raise ValueError("the configuration is damaged: its checksum is wrong; write it anew")
        self.cells = words[_CELLS]
        self.chips = words[_CHIPS]
        self.capacity_mc = words[_CAPACITY_MC]
        self.current_max_ma = words[_CURRENT_MAX_MA]
        self.shunt_uohm = words[_SHUNT_UOHM]
        self.over_mv = words[_OVER_MV]
        self.under_mv = words[_UNDER_MV]
        self.precharge_ms = words[_PRECHARGE_MS]
        self.precharge_least_ms = words[_PRECHARGE_LEAST_MS]
        self.heartbeat = words[_HEARTBEAT] == 1
        self.heat_dj_k = words[_HEAT_DJ_K]
        self._audit()
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
        from firmware import audit

        audit.check(self)

    def intact(self):
        """The words are still those that were written: a bit may flip in memory."""
        return checksum(self._words[: LENGTH - 1]) == self._words[LENGTH - 1]

    def _audit(self):
        cells, chips = self.cells, self.chips
        if not (1 <= cells <= MOST_CELLS and _CAPACITY_LEAST_MC <= self.capacity_mc <= _CAPACITY_MOST_MC):
            raise ValueError("configuration of %d cells of %d mC" % (cells, self.capacity_mc))
        if not (1 <= chips <= MOST_CHIPS and cells % chips == 0 and cells // chips <= 16):
            raise ValueError("configuration of %d chips over %d cells" % (chips, cells))
        words = self._words
        voltages = 0 < self.under_mv < self.over_mv <= _MOST_MV
        currents = 0 < words[_DISCHARGE_MA] <= words[_PEAK_MA] <= words[_SHORT_MA] and words[_CHARGE_MA] > 0
        cold = words[_COLD_MDEGC] < words[_HOT_MDEGC] and words[_COLD_CHARGE_MDEGC] < words[_HOT_CHARGE_MDEGC]
        if not (voltages and currents and cold and 0 < self.current_max_ma <= _MOST_MA):
            raise ValueError("configuration of limits that contradict each other")
        if not 1 <= words[_WATCHDOG_S] <= _LONGEST_S or words[_HEARTBEAT] not in (0, 1):
            raise ValueError("configuration of a host watchdog of %d s" % words[_WATCHDOG_S])
        one_mah = self.capacity_mc // 3600
        if not _HEAT_LEAST_DJ_K_AH * one_mah <= self.heat_dj_k * 1000 <= _HEAT_MOST_DJ_K_AH * one_mah:
            raise ValueError("configuration of a heat capacity of %d tenths of J/K" % self.heat_dj_k)
        if not 0 <= self.precharge_least_ms <= self.precharge_ms <= 10000:
            raise ValueError(
                "configuration of a pre-charge of %d..%d ms" % (self.precharge_least_ms, self.precharge_ms)
            )

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
            charge_ma=words[_CHARGE_MA],
            discharge_ma=words[_DISCHARGE_MA],
            peak_ma=words[_PEAK_MA],
            short_ma=words[_SHORT_MA],
            enabled_b=ALL_B,
            otc_mdegc=words[_HOT_CHARGE_MDEGC],
            otd_mdegc=words[_HOT_MDEGC],
            utc_mdegc=words[_COLD_CHARGE_MDEGC],
            utd_mdegc=words[_COLD_MDEGC],
            utint_mdegc=words[_COLD_MDEGC],  # a monitor is as cold as its pack
            host_watchdog_s=words[_WATCHDOG_S],
        )


def checksum(words):
    """CRC-32 of an array of int32 words, as an int32."""
    crc = crc32(words)
    return crc - (1 << 32) if crc >> 31 else crc
