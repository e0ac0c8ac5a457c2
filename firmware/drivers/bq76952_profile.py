"""What a pack wants of its BQ76952, as the bytes that go into data memory.

Thresholds are rounded to the safe side (an upper limit down, a lower limit up, a delay down) and checked against the
chip's ranges before they are packed (TI SLUUBY2B). `achieved` tells what the chip will really do.
"""

import struct

_DELAY_UNIT_US = 3300
_SHORT_MV = (10, 20, 40, 60, 80, 100, 125, 150, 175, 200, 250, 300, 350, 400, 450, 500)
_USER_UA = (100, 1000, 10000, 100000)
ALL_A = 0xFC  # SCD, OCD2, OCD1, OCC, COV, CUV


def _within(name, value, low, high):
    if not low <= value <= high:
        raise ValueError("%s comes to %d in the steps of the BQ76952, which takes %d..%d" % (name, value, low, high))
    return value


class Profile:
    """Settings of one pack; raises ValueError, naming the quantity, if the chip cannot do what is asked.

    cells: 1..16, from the lowest input; thermistors: 1..3, from TS1; currents are all positive. charge_ma,
    discharge_ma, peak_ma and short_ma are the limits OCC, OCD1, OCD2 and SCD. enabled_a, b, c: masks of Enabled
    Protections; fet_options: 0x9308.

    Attributes: settings, a list of (address, bytes); user_amps, the unit of the current register in
    DA config; achieved, the limits after rounding.
    """

    def __init__(
        self,
        cells=16,
        shunt_uohm=1000,
        thermistors=3,
        current_max_ma=200000,
        over_mv=4250,
        over_delay_ms=250,
        under_mv=2500,
        under_delay_ms=250,
        charge_ma=60000,
        discharge_ma=150000,
        peak_ma=200000,
        short_ma=250000,
        current_delay_ms=100,
        peak_delay_ms=20,
        enabled_a=ALL_A,
        enabled_b=0,
        enabled_c=0,
        fet_options=0x0D,
    ):
        self.cells = _within("cells", cells, 1, 16)
        self.thermistors = _within("thermistors", thermistors, 1, 3)
        self.shunt_uohm = _within("shunt_uohm", shunt_uohm, 50, 75000)
        self.achieved = {}
        self.settings = []
        self._scale(current_max_ma)
        self._limit_cells(over_mv, over_delay_ms, under_mv, under_delay_ms)
        self._limit_current(0x9280, "charge_ma", charge_ma, 62, current_delay_ms)
        self._limit_current(0x9282, "discharge_ma", discharge_ma, 100, current_delay_ms)
        self._limit_current(0x9284, "peak_ma", peak_ma, 100, peak_delay_ms)
        self._limit_short(short_ma)
        self._put(0x9261, "BBB", enabled_a, enabled_b, enabled_c)
        self._put(0x9308, "B", fet_options)

    def _put(self, address, form, *values):
        self.settings.append((address, struct.pack("<" + form, *values)))

    def _scale(self, current_max_ma):
        unit = 0
        while unit < 3 and 32767 * _USER_UA[unit] < 1000 * current_max_ma:
            unit += 1
        _within("current_max_ma", current_max_ma, 0, 32767 * _USER_UA[unit] // 1000)
        self.user_amps = unit
        gain = 7568.4 / self.shunt_uohm  # mA a count at VREF2 = 1.24 V
        self._put(0x91A8, "ff", gain, gain * 298261.6178)
        self._put(0x9234, "H", 0x2882)  # default without SLEEP: a car that waits at a light is in use
        for pin in range(self.thermistors):
            self._put(0x92FD + pin, "B", 0x07)
        self._put(0x9303, "B", 0x04 | unit)
        self._put(0x9304, "H", (1 << self.cells) - 1)

    def _delay(self, name, delay_ms, high):
        steps = _within(name, delay_ms * 1000 // _DELAY_UNIT_US - 2, 1, high)
        self.achieved[name] = (steps + 2) * _DELAY_UNIT_US // 1000
        return steps

    def _limit_cells(self, over_mv, over_delay_ms, under_mv, under_delay_ms):
        under = _within("under_mv", (under_mv * 10 + 505) // 506, 20, 90)
        over = _within("over_mv", over_mv * 10 // 506, 20, 110)
        self.achieved["under_mv"] = under * 506 // 10
        self.achieved["over_mv"] = over * 506 // 10
        self._put(0x9275, "BH", under, self._delay("under_delay_ms", under_delay_ms, 2047))
        self._put(0x9278, "BH", over, self._delay("over_delay_ms", over_delay_ms, 2047))

    def _limit_current(self, address, name, limit_ma, steps_max, delay_ms):
        steps = _within(name, limit_ma * self.shunt_uohm // 2000000, 2, steps_max)
        self.achieved[name] = steps * 2000000 // self.shunt_uohm
        self._put(address, "BB", steps, self._delay(name[:-3] + "_delay_ms", delay_ms, 127))

    def _limit_short(self, short_ma):
        shunt_mv = short_ma * self.shunt_uohm // 1000000
        index = _within("short_ma", sum(level <= shunt_mv for level in _SHORT_MV), 1, len(_SHORT_MV)) - 1
        self.achieved["short_ma"] = _SHORT_MV[index] * 1000000 // self.shunt_uohm
        self._put(0x9286, "B", index)
