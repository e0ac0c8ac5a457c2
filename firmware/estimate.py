"""Every cell's estimate and the pack's range, advanced by one sample of the cell monitor."""

from array import array

from firmware import cell, start
from firmware.kernels import reach, soc
from firmware.kernels.dialect import const

_LONGEST_MS = const(2000)  # the kernel's longest step
_FORGET_MS = const(600000)  # after so long without a sample nothing counts but the next one
_I_MAX_MA = const(10000000)
_D_MAX_MM = const(300000)


class Estimator:
    """States of `config.cells` cells in series. `advance` allocates nothing.

    states: one array a cell, words of firmware/kernels/soc.py. range: words of firmware/kernels/reach.py.
    weakest: index of the cell with the lowest SoC. refused: samples outside the kernels' ranges, not used; their time,
    missed_ms, goes with the next good one.
    The two step functions are those of firmware/cell.py and the range kernel; the desktop passes the compiled ones.
    """

    def __init__(self, config, step=cell.step, reach_step=reach.step):
        self._step = step
        self._reach_step = reach_step
        self._par = config.soc_par
        self._reach_par = config.reach_par
        self._capacity_mc = config.capacity_mc
        self._i_max_ma = min(_I_MAX_MA, config.capacity_mc // 180)  # 20C
        self.states = [array("i", [0] * soc.STATE) for _ in range(config.cells)]
        self.range = array("i", [0] * reach.STATE)
        self.weakest = 0
        self.refused = 0
        self.missed_ms = 0
        self._behind_mm = 0  # driven since the last good sample
        self._window_ms = 0
        self._window_mm = 0

    def begin(self, i_ma, cell_uv, ts_mdegc):
        """Start blind behind an open contactor, from one sample; False if it is not one to start from."""
        if not self._usable(i_ma, cell_uv, ts_mdegc):
            return False
        for k in range(len(self.states)):
            t_mdegc = self._t_mdegc(ts_mdegc, k)
            state = start.blind(self._par, self._capacity_mc, i_ma, cell_uv[k], t_mdegc, start.PAUSED)
            for word in range(soc.STATE):
                self.states[k][word] = state[word]
        self._behind_mm = self._window_ms = self._window_mm = 0
        begun = start.road(self._reach_par)
        for word in range(reach.STATE):
            self.range[word] = begun[word]
        self._reach(0, cell_uv, ts_mdegc)
        return True

    def tell_route(self, consumption_nv_m):
        """Take what the rest of the road will take at the terminals, in the range kernel's unit; 0 if unknown."""
        self.range[reach.ROUTE_NV_M] = consumption_nv_m

    def advance(self, dt_ms, i_ma, cell_uv, ts_mdegc, d_mm):
        """One sample, dt_ms after the last one; the distance is that driven since then.

        A pause longer than the kernel's longest step is taken in several, at the current that the sample shows, the
        distance spread over them; after ten minutes the estimate begins anew, blind.
        """
        self._behind_mm += d_mm
        dt_ms += self.missed_ms
        self.missed_ms = 0
        if not self._usable(i_ma, cell_uv, ts_mdegc):
            self.refused += 1
            self.missed_ms = dt_ms
            return
        if dt_ms > _FORGET_MS:
            self.begin(i_ma, cell_uv, ts_mdegc)
            return
        while dt_ms > 0:
            part_ms = _LONGEST_MS if dt_ms > _LONGEST_MS else dt_ms
            part_mm = self._behind_mm // ((dt_ms + _LONGEST_MS - 1) // _LONGEST_MS)
            dt_ms -= part_ms
            self._behind_mm -= part_mm
            self._window_ms += part_ms
            self._window_mm += part_mm
            corrected = 0
            for k in range(len(self.states)):
                corrected = self._step(
                    self.states[k], self._par, i_ma, cell_uv[k], self._t_mdegc(ts_mdegc, k), part_ms
                )
            if corrected:
                self._reach(self._window_ms, cell_uv, ts_mdegc)

    def _reach(self, window_ms, cell_uv, ts_mdegc):
        lowest_q21 = 1 << 21
        for k in range(len(self.states)):
            if self.states[k][soc.SOC_Q21] <= lowest_q21:
                lowest_q21 = self.states[k][soc.SOC_Q21]
                self.weakest = k
        s = self.states[self.weakest]
        d_mm = self._window_mm if self._window_mm < _D_MAX_MM else _D_MAX_MM
        self._reach_step(
            self.range,
            self._reach_par,
            s[soc.I_Q13],
            cell_uv[self.weakest] // 1000,
            window_ms,
            d_mm,
            lowest_q21,
            s[soc.SD_Q16],
            self._t_mdegc(ts_mdegc, self.weakest),
        )
        self._window_ms = 0
        self._window_mm -= d_mm

    def _usable(self, i_ma, cell_uv, ts_mdegc):
        if not -self._i_max_ma <= i_ma <= self._i_max_ma:
            return False
        for k in range(len(self.states)):
            if not 0 < cell_uv[k] <= 6500000:
                return False
            if not -40000 <= self._t_mdegc(ts_mdegc, k) <= 85000:
                return False
        return True

    def _t_mdegc(self, ts_mdegc, k):
        """The sensor of cell k: the first three of `ts_mdegc` are spread evenly along the stack."""
        return ts_mdegc[k * 3 // len(self.states)]
