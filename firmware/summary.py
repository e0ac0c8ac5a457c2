"""From the estimates of every cell to the readings of the pack: the weakest cell counts."""

from array import array

from firmware import diagnoses
from firmware import readings as of
from firmware.kernels import power, reach, soc
from firmware.kernels.dialect import const

_HORIZONS = const(3)
_NO_LIMIT_MA = const(10000000)
_FORBID = const(7)  # OPEN, NO_CHARGE and NO_DISCHARGE of firmware/diagnoses.py


class Summary:
    """estimator: firmware/estimate.py. most_ma: of discharge and of charge, what the host allows beside the cells.

    `update` writes the readings SOC_MEAN_Q15 .. RANGE_P90_M but the leak's.
    """

    def __init__(self, config, estimator, readings):
        self._estimator = estimator
        self._readings = readings
        self._lim = config.power
        self._one_c_ma = config.capacity_mc // 3600
        self._limited = 0
        self.most_ma = array("i", [_NO_LIMIT_MA] * 2)
        self._told_ma = array("i", [_NO_LIMIT_MA] * 2)
        self._forbidden = 0

    def update(self):
        """Once a sample, behind the estimator."""
        estimator, r = self._estimator, self._readings
        if estimator.corrected:
            self._sum_up()
        lowered = self.most_ma[0] != self._told_ma[0] or self.most_ma[1] != self._told_ma[1]
        forbidden = r[of.REACTION] & _FORBID
        if estimator.limited != self._limited or lowered or forbidden != self._forbidden:
            self._limited = estimator.limited
            self._forbidden = forbidden
            self._told_ma[0] = self.most_ma[0]
            self._told_ma[1] = self.most_ma[1]
            self._limit()
        r[of.PLATING_MA] = self._beyond_plating() if r[of.CHARGING] else 0

    def begin(self):
        """After a start, before the first correction."""
        self._sum_up()

    def _sum_up(self):
        estimator, r = self._estimator, self._readings
        states = estimator.states
        total = most = 0
        least = 1 << 21
        capacity_q24 = 1 << 25
        growth = total_growth = 0
        for s in states:
            z_q21 = s[soc.SOC_Q21]
            total += z_q21
            if z_q21 > most:  # max and min are calls
                most = z_q21
            if z_q21 < least:
                least = z_q21
            share_q24 = s[soc.SHARE_Q24]
            if share_q24 < capacity_q24:
                capacity_q24 = share_q24
            share_q12 = 4096 + (s[soc.G_Q24] >> 12)
            if share_q12 > growth:
                growth = share_q12
            total_growth += share_q12
        n = len(states)
        weakest = states[estimator.weakest]
        r[of.SOC_MEAN_Q15] = total // n >> 6
        r[of.SOC_MIN_Q15] = least >> 6
        r[of.SOC_MAX_Q15] = most >> 6
        r[of.SD_Q15] = weakest[soc.SD_Q16] >> 1
        r[of.WEAKEST_AT] = estimator.weakest
        r[of.CAPACITY_Q15] = capacity_q24 >> 9
        r[of.RESISTANCE_Q12] = growth
        others = (total_growth - growth) // (n - 1) if n > 1 else growth
        r[of.CONTACT_Q12] = growth * 4096 // others
        x = estimator.range
        r[of.RANGE_P10_M], r[of.RANGE_P50_M], r[of.RANGE_P90_M] = x[reach.P10_M], x[reach.P50_M], x[reach.P90_M]
        r[of.ENERGY_WH] = x[reach.ENERGY_UV] // 1000 * (self._one_c_ma // 100) // 1000 * n // 10

    def _limit(self):
        """Currents of the weakest cell; power at the lowest voltage that it may then have, and on charge at today's.

        0 where a diagnosis forbids them: whoever keeps to the limit must not be taken for one who ignores it.
        """
        r, limits = self._readings, self._estimator.limits
        for j in range(2 * _HORIZONS):
            least_q13 = 1 << 18
            v_uv = 0
            for out in limits:
                if out[power.LIMIT_Q13 + j] < least_q13:
                    least_q13 = out[power.LIMIT_Q13 + j]
                    v_uv = out[power.THEN_UV + j]
            forbids = diagnoses.OPEN | (diagnoses.NO_DISCHARGE if j < _HORIZONS else diagnoses.NO_CHARGE)
            limit_ma = 0 if self._forbidden & forbids else min(self._ma(least_q13), self.most_ma[j // _HORIZONS])
            pack_mv = v_uv // 1000 * len(limits) if j < _HORIZONS else r[of.SUM_MV]
            r[of.LIMIT_MA + j] = limit_ma
            r[of.POWER_W + j] = max((limit_ma // 100) * (pack_mv // 100) // 100, 0)

    def _ma(self, rate_q13):
        return (rate_q13 >> 3) * (self._one_c_ma >> 4) >> 6

    def _beyond_plating(self):
        """mA of charge that the coldest cell does not take; a 64th is the sensor's error."""
        r, lim = self._readings, self._lim
        at = min(max(r[of.T_MIN_MDEGC] + 40000, 0), 129999)
        row = at // 5000
        low = lim[power.CHARGE_Q13 + row]
        rate_q13 = low + (lim[power.CHARGE_Q13 + row + 1] - low) * (at - 5000 * row) // 5000
        limit_ma = self._ma(rate_q13)
        return max(r[of.CHARGE_MA] - limit_ma - (limit_ma >> 6), 0)
