"""Every cell's estimate, the pack's range and its limits, advanced by one sample of the cell monitor."""

from array import array

from firmware import compute, diagnoses
from firmware.cell import zeroed
from firmware.kernels import power, reach, soc
from firmware.kernels.dialect import const

_LONGEST_MS = const(2000)  # the kernel's longest step
_FORGET_MS = const(600000)  # after so long without a sample nothing counts but the next one
_I_MAX_MA = const(10000000)
_D_MAX_MM = const(300000)
_NO_DRIVE = diagnoses.OPEN | diagnoses.NO_DISCHARGE
_LIMIT_TICKS = const(8)  # samples in which all limits are found: those that follow a correction of all cells


class Estimator:
    """States of `config.cells` cells in series. `advance` allocates nothing.

    states: one array a cell, words of firmware/kernels/soc.py. range: words of firmware/kernels/reach.py. limits: one
    array a cell, words of firmware/kernels/power.py; limited: counts how often those of all cells have been found.
    weakest: index of the cell with the least charge. refused: samples outside the kernels' ranges, not used; their
    time, missed_ms, goes with the next good one. corrected: the last sample has completed a second;
    window_ms: what has passed of the next one.
    bleed_ma: what each cell feeds into its balancing resistor beside the pack's current; firmware/resistors.py sets it.
    alive: called before each cell's state is begun, as all of them can take longer than a watchdog waits, or None.
    kernels: firmware/compute.py; the desktop passes fastcore.batch.
    """

    def __init__(self, config, kernels=compute):
        self._step = kernels.step
        self._reach_step = kernels.reach_step
        self._power_step = kernels.power_step
        self._par = config.soc_par
        self._power_par = config.power
        self.limits = [array("i", [0] * power.STATE) for _ in range(config.cells)]
        self.limited = 0
        self._limit_at = config.cells
        self._limits_a_tick = (config.cells + _LIMIT_TICKS - 1) // _LIMIT_TICKS
        self.bleed_ma = array("i", [0] * config.cells)
        self.corrected = False
        self._reach_par = config.reach_par
        self._capacity_mc = config.capacity_mc
        self._i_max_ma = min(_I_MAX_MA, config.capacity_mc // 180)  # 20C
        self.states = [array("i", [0] * soc.STATE) for _ in range(config.cells)]
        self.range = array("i", [0] * reach.STATE)
        sensors = 3 * config.chips
        self._sensor_of = array("i", [k * sensors // config.cells for k in range(config.cells)])
        self._sensors_used = array("i", sorted(set(self._sensor_of)))
        self.weakest = 0
        self.alive = None
        self.refused = 0
        self.missed_ms = 0
        self._behind_mm = 0  # driven since the last good sample
        self.window_ms = 0
        self._window_mm = 0

    def begin(self, i_ma, cell_uv, ts_mdegc):
        """Start blind behind an open contactor, from one sample; False if it is not one to start from."""
        if not self.usable(i_ma, cell_uv, ts_mdegc):
            return False
        from firmware import start

        for k in range(len(self.states)):
            if self.alive:
                self.alive()
            t_mdegc = self._t_mdegc(ts_mdegc, k)
            state = start.blind(self._par, self._capacity_mc, i_ma, cell_uv[k], t_mdegc, start.PAUSED)
            for word in range(soc.STATE):
                self.states[k][word] = state[word]
        self.begin_road(cell_uv, ts_mdegc)
        return True

    def resume(self, states, cell_uv, ts_mdegc):
        """Start from states that are known, of every cell, with the sample that they were made of."""
        for k in range(len(self.states)):
            for word in range(soc.STATE):
                self.states[k][word] = states[k][word]
        self.begin_road(cell_uv, ts_mdegc)

    def cell_mdegc(self, ts_mdegc):
        """The temperature of every cell; takes heap."""
        return [self._t_mdegc(ts_mdegc, k) for k in range(len(self.states))]

    def begin_road(self, cell_uv, ts_mdegc):
        """The range anew, from the prior of the vehicle; the cells' states are there."""
        from firmware import start

        self._behind_mm = self.window_ms = self._window_mm = 0
        begun = start.road(self._reach_par)
        for word in range(reach.STATE):
            self.range[word] = begun[word]
        self.tell_range(cell_uv, ts_mdegc)
        self.restart_limits()

    def tell_range(self, cell_uv, ts_mdegc):
        """The range by what is known of road and cells, before time has passed."""
        self._reach(0, cell_uv, ts_mdegc)

    def restart_limits(self):
        """Find the limits of all cells with the next samples."""
        self._limit_at = 0

    def zero(self, i_ma):
        """No current can flow, and the sensor reads so much: its offset, for every cell."""
        for s in self.states:
            zeroed(self._par, s, i_ma)

    def tell_route(self, consumption_nv_m):
        """Take what the rest of the road will take at the terminals, in the range kernel's unit; 0 if unknown."""
        self.range[reach.ROUTE_NV_M] = consumption_nv_m

    def react(self, reaction):
        """What the diagnoses forbid now, bits of firmware/diagnoses.py: where none may be drawn there is no range."""
        self.range[reach.CUT] = 1 if reaction & _NO_DRIVE else 0

    def advance(self, dt_ms, i_ma, cell_uv, ts_mdegc, d_mm):
        """One sample, dt_ms after the last one; the distance is that driven since then.

        A pause longer than the kernel's longest step is taken in several, at the current that the sample shows, the
        distance spread over them; after ten minutes the estimate begins anew, blind.
        """
        self.corrected = False
        self._behind_mm += d_mm
        dt_ms += self.missed_ms
        self.missed_ms = 0
        if not self.usable(i_ma, cell_uv, ts_mdegc):
            self.refused += 1
            self.missed_ms = dt_ms
            return
        if dt_ms > _FORGET_MS:
            self.begin(i_ma, cell_uv, ts_mdegc)
            return
        step, states, par = self._step, self.states, self._par
        bleed_ma, sensor_of = self.bleed_ma, self._sensor_of
        while dt_ms > 0:
            part_ms = _LONGEST_MS if dt_ms > _LONGEST_MS else dt_ms
            part_mm = self._behind_mm // ((dt_ms + _LONGEST_MS - 1) // _LONGEST_MS)
            dt_ms -= part_ms
            self._behind_mm -= part_mm
            self.window_ms += part_ms
            self._window_mm += part_mm
            corrected = 0
            k = 0
            for s in states:
                corrected = step(s, par, i_ma + bleed_ma[k], cell_uv[k], ts_mdegc[sensor_of[k]], part_ms)
                k += 1
            if corrected:
                self.corrected = True
                self._reach(self.window_ms, cell_uv, ts_mdegc)
        self._limit(ts_mdegc)

    def _limit(self, ts_mdegc):
        """The limits of the next few cells; after a correction of all."""
        if self.corrected and self._limit_at >= len(self.states):
            self._limit_at = 0
            return  # this tick is long enough without
        for _ in range(self._limits_a_tick):
            k = self._limit_at
            if k >= len(self.states):
                return
            self._power_step(self.limits[k], self.states[k], self._par, self._power_par, self._t_mdegc(ts_mdegc, k))
            self._limit_at = k + 1
            if k + 1 == len(self.states):
                self.limited += 1

    def _reach(self, window_ms, cell_uv, ts_mdegc):
        for k in range(len(self.states)):
            if self.states[k][soc.Q_MC] < self.states[self.weakest][soc.Q_MC]:
                self.weakest = k
        s = self.states[self.weakest]
        self.range[reach.SHARE_Q15] = s[soc.SHARE_Q24] >> 9
        d_mm = self._window_mm if self._window_mm < _D_MAX_MM else _D_MAX_MM
        self._reach_step(
            self.range,
            self._reach_par,
            s[soc.I_Q13],
            cell_uv[self.weakest] // 1000,
            window_ms,
            d_mm,
            s[soc.SOC_Q21],
            s[soc.SD_Q16],
            self._t_mdegc(ts_mdegc, self.weakest),
        )
        self.window_ms = 0
        self._window_mm -= d_mm

    def usable(self, i_ma, cell_uv, ts_mdegc):
        """Whether a sample lies within the kernels' ranges."""
        if not -self._i_max_ma <= i_ma <= self._i_max_ma:
            return False
        for v_uv in cell_uv:
            if not 0 < v_uv <= 6500000:
                return False
        for k in self._sensors_used:
            if not -40000 <= ts_mdegc[k] <= 85000:
                return False
        return True

    def _t_mdegc(self, ts_mdegc, k):
        """The sensor of cell k: the first of `ts_mdegc`, three a monitor, are spread evenly along the stack."""
        return ts_mdegc[self._sensor_of[k]]
