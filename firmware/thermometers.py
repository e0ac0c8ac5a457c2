"""From the thermistors to the readings of temperature: extremes, the fastest rise, and sensors that are none."""

from array import array

from firmware import readings as of
from firmware.kernels.dialect import const

_COLDEST_MDEGC = const(-40000)  # there or below it is an open thermistor: nothing here is made for such a cold
_HOTTEST_MDEGC = const(125000)  # above it a shorted one: a cell in runaway is below that for long enough to be seen
_BACK = const(5)  # samples, one a second, over which a rise is taken:
_MOST_MW = const(100000000)
_RISE_S = const(3)  # from the warmer of the two oldest to the colder of the two newest, so that no single one makes it


class OwnHeat:
    """What the current loses in the mean cell of `cells`; ocv_uv: words of soc.OCV_UV; heat_dj_k: 0.1 J/K of a cell."""

    def __init__(self, cells, ocv_uv, heat_dj_k, readings):
        self._readings = readings
        self._cells = cells
        self._ocv_uv = ocv_uv
        self._heat_dj_k = heat_dj_k
        self._past_mdegc = array("i", [0] * _BACK)
        self._at = 0

    def take(self):
        """Once a second; mdegC in _RISE_S seconds, the mean of the last _BACK."""
        r = self._readings
        at = min((r[of.SOC_MEAN_Q15] >> 9) + 8, 71)  # the table begins at SoC -1/8, in steps of 1/64
        f_q9 = r[of.SOC_MEAN_Q15] - ((at - 8) << 9)
        low_mv, high_mv = self._ocv_uv[at] // 1000, self._ocv_uv[at + 1] // 1000
        drop_mv = low_mv + (high_mv - low_mv) * f_q9 // 512 - r[of.SUM_MV] // self._cells
        lost_mw = max(r[of.CURRENT_MA] // 100 * drop_mv // 10, 0)
        self._past_mdegc[self._at] = min(lost_mw, _MOST_MW) * 10 // self._heat_dj_k * _RISE_S
        self._at = (self._at + 1) % _BACK
        total = 0
        for past_mdegc in self._past_mdegc:
            total += past_mdegc
        return total // _BACK


class Thermometers:
    """`take` writes T_MAX, T_MIN, T_SPREAD and T_RISE. bad: sensors whose value cannot be; they tell no temperature.

    own: OwnHeat, which is no sign of anything and is left out of the rise.
    """

    def __init__(self, sensors, readings, own):
        self._own = own
        self._readings = readings
        self._sensors = sensors
        self._past_mdegc = array("i", [0] * (_BACK * sensors))
        self._known = array("i", [0] * sensors)  # how many samples of it there are
        self.bad = 0

    def take(self, ts_mdegc):
        """Once a second. Where every sensor is bad the extremes stay as they were: IMPOSSIBLE says so."""
        r = self._readings
        bad = 0
        hottest = -1000000
        coldest = 1000000
        rise = 0
        for k in range(self._sensors):
            t_mdegc = ts_mdegc[k]
            if not _COLDEST_MDEGC < t_mdegc <= _HOTTEST_MDEGC:
                bad += 1
                self._known[k] = 0
                continue
            hottest = max(hottest, t_mdegc)
            coldest = min(coldest, t_mdegc)
            rise = max(rise, self._risen(k, t_mdegc))
        self.bad = bad
        if bad < self._sensors:
            r[of.T_MAX_MDEGC] = hottest
            r[of.T_MIN_MDEGC] = coldest
            r[of.T_SPREAD_MDEGC] = hottest - coldest
        r[of.T_RISE_MDEGC_MIN] = max(rise - self._own.take(), 0) * (60 // _RISE_S)

    def _risen(self, k, t_mdegc):
        """mdegC in _RISE_S seconds; 0 until there is a past to compare with."""
        past_mdegc = self._past_mdegc
        at = _BACK * k
        risen = 0
        if self._known[k] == _BACK:
            before = max(past_mdegc[at], past_mdegc[at + 1])
            risen = min(t_mdegc, past_mdegc[at + _BACK - 1]) - before
        else:
            self._known[k] += 1
        for back in range(_BACK - 1):
            past_mdegc[at + back] = past_mdegc[at + back + 1]
        past_mdegc[at + _BACK - 1] = t_mdegc
        return risen
