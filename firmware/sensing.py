"""From the monitor's values to the readings of the sense wires: extremes, sums, ages, and what cannot be."""

from array import array

from firmware import readings as of
from firmware.drivers.bq76952 import CELLS, TEMPERATURES
from firmware.drivers.octets import apart
from firmware.kernels import extremes
from firmware.kernels.dialect import const
from firmware.thermometers import Thermometers

_CHARGING_PARTS = const(100)  # a charge is more than C/100,
_CHARGING_LEAST_MA = const(500)  # and more than the noise of a shunt, or in a small pack C/10
_OFFSET_PARTS = const(10)
_FAR_PARTS = const(5)  # another current is one that is C/5 away
_STEP_PARTS = const(5)  # a step of the current that must show in the voltage
_CALM_PARTS = const(50)
_SAMPLE_MS = const(95)  # what comes sooner is no new scan of the cells
_SHOWS_MV = const(2)  # a cell's answer to it, at least
_CONTRADICTION_MS = const(1000)  # each step answered the wrong way counts as much
_OLDEST_MS = const(1000000)
_END_MV = const(1200)  # an outermost cell that reads so far below the others lacks its wire,
_STACK_ERROR_MV = const(600)  # if its monitor's stack, measured apart, says so beyond its error, 0.5 V (TI SLUSE13B)
_SAFETY = const(0xFFFFFF)
_PINS = const(3)  # thermistors of a monitor
_A_MONITOR = const(6)  # words of octets.apart,
_LAST_SUM = const(4)  # and which of them are of the last sample
_LAST_STACK = const(5)
_COUNTS_MOST = const(32760)  # of the register of the current, and of the converter before it
_COUNTS = const(32767)
_STILL_PARTS = const(320)  # a current that stands still stays within C/320,
_STILL_LEAST_MA = const(20)
_COUNT_NV = const(7568)  # a count of the converter, 1.24 V / (5 * 32768) (TI SLUUBY2B)
_NOISE_COUNTS = const(3)  # and within these
_TICK_MS = const(100)  # a late tick counts no more: the monitor is asked once a tick


class Sensing:
    """capacity_mc: of a cell; current_max_ma: what the register of the current must hold; shunt_uohm: what it is over.

    own: of Thermometers. step: kernel of the extremes. doubts: the current has stepped, and the last step was answered
    the wrong way: between this sample and the next one it is to be looked at. `update` writes the readings CURRENT_MA
    .. SATURATED, UNMEASURED_MS and STUCK_MS.
    """

    def __init__(self, cells, sensors, capacity_mc, current_max_ma, shunt_uohm, readings, own, step=extremes.step):
        self._readings = readings
        self._step = step
        self._cells = cells
        self._chips = sensors // _PINS
        self._per_chip = cells // self._chips
        self._past_mv = array("i", [0] * (_A_MONITOR * self._chips))  # of octets.apart
        self._thermometers = Thermometers(sensors, readings, own)
        one_c_ma = capacity_mc // 3600
        self._charging_ma = max(one_c_ma // _CHARGING_PARTS, min(_CHARGING_LEAST_MA, one_c_ma // _OFFSET_PARTS))
        self._far_ma = one_c_ma // _FAR_PARTS
        self._step_ma = one_c_ma // _STEP_PARTS
        self._calm_ma = one_c_ma // _CALM_PARTS
        tenths = 1  # the unit of the register: 0.1, 1, 10, 100 mA
        while _COUNTS * tenths < current_max_ma * 10:
            tenths *= 10
        self._most_ma = min(_COUNTS_MOST * tenths // 10, _COUNTS_MOST * _COUNT_NV // shunt_uohm)
        self.state = array("i", [0] * (extremes.CELLS + extremes.A_CELL * cells))
        noise_ma = _NOISE_COUNTS * _COUNT_NV // shunt_uohm
        self.state[extremes.BAND_MA] = max(one_c_ma // _STILL_PARTS, _STILL_LEAST_MA, noise_ma)
        self._i_ma = array("i", [0, 0])  # of the last two samples
        self._sum_mv = array("i", [0, 0])
        self._samples = 0
        self._since_ms = 0
        self._calm = True  # since the last sample
        self.doubts = False

    def update(self, afe, fresh, now_ms, dt_ms, stretched_ms=0):
        """One tick, dt_ms after the last; fresh: the cells are new. The controller has rested for stretched_ms."""
        r = self._readings
        self._since_ms = min(self._since_ms + dt_ms, _OLDEST_MS)
        age_ms = max(afe.age_ms(CELLS, now_ms) - stretched_ms, 0)
        r[of.CELLS_AGE_MS] = min(age_ms, _OLDEST_MS) if afe.valid[CELLS] else _OLDEST_MS
        known = afe.valid[TEMPERATURES]
        age_ms = min(afe.age_ms(TEMPERATURES, now_ms), _OLDEST_MS) if known else _OLDEST_MS
        new = known and (age_ms < r[of.TEMPERATURES_AGE_MS] or age_ms == 0)
        r[of.TEMPERATURES_AGE_MS] = age_ms
        r[of.BUS_ERRORS] = afe.link.failures
        r[of.CHIP_FAULTS] = 1 if afe.safety_status & _SAFETY else 0
        r[of.CHIP_LOST] = 1 if afe.settings_lost else 0
        if new:
            self._thermometers.take(afe.ts_mdegc)
        if fresh:
            missed_ms = r[of.UNMEASURED_MS] + min(dt_ms, _TICK_MS)
            r[of.UNMEASURED_MS] = 0 if afe.has_measured() else min(missed_ms, _OLDEST_MS)
            self._take_current(afe.current_ma)
            self._take_cells(afe, dt_ms)
            self._follow_signs()
        else:
            r[of.ABSOLUTE_MA] = 0  # the last one says nothing of contactors that have opened since

    def _take_current(self, i_ma):
        r = self._readings
        r[of.CURRENT_MA] = i_ma
        r[of.ABSOLUTE_MA] = i_ma if i_ma >= 0 else -i_ma
        r[of.DISCHARGE_MA] = i_ma if i_ma > 0 else 0
        r[of.CHARGE_MA] = -i_ma if i_ma < 0 else 0
        r[of.CHARGING] = 1 if -i_ma > self._charging_ma else 0
        r[of.SATURATED] = 1 if r[of.ABSOLUTE_MA] >= self._most_ma else 0

    def _take_cells(self, afe, dt_ms):
        r, x = self._readings, self.state
        self._step(x, afe.cell_uv, self._cells, afe.current_ma, self._far_ma, min(dt_ms, _OLDEST_MS))
        r[of.SUM_MV] = x[extremes.SUM_MV]
        r[of.STACK_MV] = afe.stack_mv
        anew = 1 if self._since_ms >= _SAMPLE_MS else 0
        r[of.SUM_ERROR_MV] = apart(self._past_mv, afe.cell_uv, afe.stacks_mv, self._chips, self._per_chip, anew)
        r[of.LINK_MV] = afe.link_mv
        r[of.CELL_MAX_UV] = x[extremes.MAX_UV]
        r[of.CELL_MIN_UV] = x[extremes.MIN_UV]
        r[of.CELL_MAX_AT] = x[extremes.MAX_AT]
        r[of.CELL_MIN_AT] = x[extremes.MIN_AT]
        r[of.SPREAD_UV] = x[extremes.MAX_UV] - x[extremes.MIN_UV]
        r[of.FROZEN_MS] = x[extremes.FROZEN_MS]
        r[of.FROZEN_AT] = x[extremes.FROZEN_AT]
        r[of.STUCK_MS] = x[extremes.STUCK_MS]
        r[of.OPEN_WIRES] = x[extremes.OPEN_WIRES] + self._open_ends()
        r[of.IMPOSSIBLE] = x[extremes.IMPOSSIBLE] + self._thermometers.bad

    def _open_ends(self):
        """1 if the lowest cell is the outermost of a monitor and has no voltage that the stack lacks: it has no
        neighbour there that would read too much instead."""
        r = self._readings
        lowest = r[of.CELL_MIN_AT]
        place = lowest % self._per_chip
        end = place == 0 or place == self._per_chip - 1
        down_mv = (r[of.SUM_MV] - r[of.CELL_MIN_UV] // 1000) // max(self._cells - 1, 1) - r[of.CELL_MIN_UV] // 1000
        if not end or down_mv < _END_MV:
            return 0
        at = _A_MONITOR * (lowest // self._per_chip)
        missing_mv = self._past_mv[at + _LAST_STACK] - self._past_mv[at + _LAST_SUM]
        return 1 if missing_mv * 4 >= down_mv * 3 and missing_mv >= _STACK_ERROR_MV else 0

    def _follow_signs(self):
        """A step of the current must move the voltage against it; judged a sample later, as the cells come later.

        The cells are those of up to 63 ms ago: of a load that pulses at 8 to 14 Hz, seen ten times a second, they seem
        to answer the wrong way. So the current must not have moved since.
        """
        r, i_ma, sum_mv = self._readings, self._i_ma, self._sum_mv
        now_ma, now_mv = r[of.CURRENT_MA], r[of.SUM_MV]
        self._calm = self._calm and abs(now_ma - i_ma[1]) <= self._calm_ma
        if self._since_ms < _SAMPLE_MS:
            return
        self._since_ms = 0
        step_ma = i_ma[1] - i_ma[0]
        moved_mv = now_mv - sum_mv[0]
        shows = abs(moved_mv) >= _SHOWS_MV * self._cells
        if self._samples >= 2 and self._calm and shows and abs(step_ma) > self._step_ma:
            against = (step_ma > 0) == (moved_mv > 0)
            r[of.SIGN_ERROR_MS] = min(r[of.SIGN_ERROR_MS] + _CONTRADICTION_MS, _OLDEST_MS) if against else 0
        self._samples = min(self._samples + 1, 2)
        self._calm = True
        self.doubts = r[of.SIGN_ERROR_MS] > 0 and abs(now_ma - i_ma[1]) > self._step_ma
        i_ma[0], sum_mv[0] = i_ma[1], sum_mv[1]
        i_ma[1], sum_mv[1] = now_ma, now_mv
