"""From the monitor's values to the readings of the sense wires: extremes, sums, ages, and what cannot be."""

from array import array

from firmware import readings as of
from firmware.drivers.bq76952 import CELLS, TEMPERATURES
from firmware.kernels import extremes
from firmware.kernels.dialect import const

_CHARGING_PARTS = const(100)  # a charge is more than C/100,
_CHARGING_LEAST_MA = const(500)  # and more than the noise of a shunt
_FAR_PARTS = const(5)  # another current is one that is C/5 away
_STEP_PARTS = const(5)  # a step of the current that must show in the voltage
_CALM_PARTS = const(50)
_SHOWS_MV = const(2)  # a cell's answer to it, at least
_CONTRADICTION_MS = const(1000)  # each step answered the wrong way counts as much
_OLDEST_MS = const(1000000)
_COLDEST_MDEGC = const(-50000)  # a thermistor that is open reads colder, one that is shorted hotter
_HOTTEST_MDEGC = const(125000)
_BACK = const(4)  # seconds over which a rise is taken: 0.1 K is the monitor's step
_SAFETY_A = const(0xFFFFFF)


class Sensing:
    """capacity_mc: of a cell; current_max_ma: at the end of the current's register. step: kernel of the extremes.

    `update` writes the readings CURRENT_MA .. SATURATED.
    """

    def __init__(self, cells, sensors, capacity_mc, current_max_ma, readings, step=extremes.step):
        self._readings = readings
        self._step = step
        self._cells = cells
        self._sensors = sensors
        one_c_ma = capacity_mc // 3600
        self._charging_ma = max(one_c_ma // _CHARGING_PARTS, _CHARGING_LEAST_MA)
        self._far_ma = one_c_ma // _FAR_PARTS
        self._step_ma = one_c_ma // _STEP_PARTS
        self._calm_ma = one_c_ma // _CALM_PARTS
        self._most_ma = current_max_ma
        self.state = array("i", [0] * (extremes.CELLS + extremes.A_CELL * cells))
        self._past_mdegc = array("i", [0] * (_BACK * sensors))
        self._past = 0  # how many seconds of it there are
        self._i_ma = array("i", [0, 0])  # of the last two samples
        self._sum_mv = array("i", [0, 0])
        self._samples = 0

    def update(self, afe, fresh, now_ms, dt_ms):
        """One tick, dt_ms after the last; fresh: the cells are new."""
        r = self._readings
        r[of.CELLS_AGE_MS] = min(afe.age_ms(CELLS, now_ms), _OLDEST_MS) if afe.valid[CELLS] else _OLDEST_MS
        known = afe.valid[TEMPERATURES]
        age_ms = min(afe.age_ms(TEMPERATURES, now_ms), _OLDEST_MS) if known else _OLDEST_MS
        new = known and (age_ms < r[of.TEMPERATURES_AGE_MS] or age_ms == 0)
        r[of.TEMPERATURES_AGE_MS] = age_ms
        r[of.BUS_ERRORS] = afe.link.failures
        r[of.CHIP_FAULTS] = 1 if afe.safety_status & _SAFETY_A else 0
        r[of.CHIP_LOST] = 1 if afe.settings_lost else 0
        if new:
            self._take_temperatures(afe.ts_mdegc)
        if fresh:
            self._take_current(afe.current_ma)
            self._take_cells(afe, dt_ms)
            self._follow_signs()

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
        r[of.SUM_ERROR_MV] = abs(afe.stack_mv - x[extremes.SUM_MV])
        r[of.LINK_MV] = afe.link_mv
        r[of.CELL_MAX_UV] = x[extremes.MAX_UV]
        r[of.CELL_MIN_UV] = x[extremes.MIN_UV]
        r[of.CELL_MAX_AT] = x[extremes.MAX_AT]
        r[of.CELL_MIN_AT] = x[extremes.MIN_AT]
        r[of.SPREAD_UV] = x[extremes.MAX_UV] - x[extremes.MIN_UV]
        r[of.FROZEN_MS] = x[extremes.FROZEN_MS]
        r[of.FROZEN_AT] = x[extremes.FROZEN_AT]
        r[of.OPEN_WIRES] = x[extremes.OPEN_WIRES]
        r[of.IMPOSSIBLE] = x[extremes.IMPOSSIBLE] + self._bad_sensors

    _bad_sensors = 0

    def _take_temperatures(self, ts_mdegc):
        """Once a second. Sensors that cannot be right count as impossible, and tell no temperature."""
        r = self._readings
        bad = 0
        hottest = -1000000
        coldest = 1000000
        rise = 0
        for k in range(self._sensors):
            t_mdegc = ts_mdegc[k]
            if not _COLDEST_MDEGC <= t_mdegc <= _HOTTEST_MDEGC:
                bad += 1
                continue
            hottest = max(hottest, t_mdegc)
            coldest = min(coldest, t_mdegc)
            at = _BACK * k
            rise = max(rise, min(t_mdegc, self._past_mdegc[at + _BACK - 1]) - self._past_mdegc[at])
            for back in range(_BACK - 1):
                self._past_mdegc[at + back] = self._past_mdegc[at + back + 1]
            self._past_mdegc[at + _BACK - 1] = t_mdegc
        self._bad_sensors = bad
        self._past = min(self._past + 1, _BACK + 1)
        if bad < self._sensors:
            r[of.T_MAX_MDEGC] = hottest
            r[of.T_MIN_MDEGC] = coldest
            r[of.T_SPREAD_MDEGC] = hottest - coldest
        r[of.T_RISE_MDEGC_MIN] = rise * 60 // _BACK if self._past > _BACK else 0

    def _follow_signs(self):
        """A step of the current must move the voltage against it; judged a tick later, as the cells come later."""
        r, i_ma, sum_mv = self._readings, self._i_ma, self._sum_mv
        now_ma, now_mv = r[of.CURRENT_MA], r[of.SUM_MV]
        step_ma = i_ma[1] - i_ma[0]
        moved_mv = now_mv - sum_mv[0]
        calm = abs(now_ma - i_ma[1]) <= self._calm_ma
        shows = abs(moved_mv) >= _SHOWS_MV * self._cells
        if self._samples >= 2 and calm and shows and abs(step_ma) > self._step_ma:
            against = (step_ma > 0) == (moved_mv > 0)
            r[of.SIGN_ERROR_MS] = min(r[of.SIGN_ERROR_MS] + _CONTRADICTION_MS, _OLDEST_MS) if against else 0
        self._samples = min(self._samples + 1, 2)
        i_ma[0], sum_mv[0] = i_ma[1], sum_mv[1]
        i_ma[1], sum_mv[1] = now_ma, now_mv
