"""From the thermistors to the readings of temperature: extremes, the fastest rise, and sensors that are none."""

from array import array

from firmware import readings as of
from firmware.kernels.dialect import const

_COLDEST_MDEGC = const(-40000)  # there or below it is an open thermistor: nothing here is made for such a cold
_HOTTEST_MDEGC = const(125000)  # above it a shorted one: a cell in runaway is below that for long enough to be seen
_BACK = const(5)  # samples, one a second, over which a rise is taken:
_RISE_S = const(3)  # from the warmer of the two oldest to the colder of the two newest, so that no single one makes it


class Thermometers:
    """`take` writes T_MAX, T_MIN, T_SPREAD and T_RISE. bad: sensors whose value cannot be; they tell no temperature."""

    def __init__(self, sensors, readings):
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
        r[of.T_RISE_MDEGC_MIN] = rise * (60 // _RISE_S)

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
