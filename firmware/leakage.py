"""Soft shorts: what each cell leaks, looked at once a minute while the pack rests, by firmware/kernels/leak.py."""

from array import array

from firmware import readings as of
from firmware.kernels import leak, soc
from firmware.kernels.dialect import const

SAVED = const(2)  # words that stay over a restart: what the worst cell leaks, which one that is,
SAVED_A_CELL = const(2)  # and of each cell what it leaks, and its deviation
MOST_UA = const(600000000)
_PERIOD_S = const(60)
_LATEST_S = const(3600)
_QUIET_S = const(30)  # resistors off
_BALANCED_S = const(120)  # the same, longer than balancing pauses
_CELLS_A_TICK = const(8)
_SETTLED_S = const(7200)  # at rest, after which the cells relax alike to a tenth of a mV,
_LOW_PASSES = (soc.X1_Q24, soc.X2_Q24, soc.X3_Q24)
_STILL_Q24 = const(335544)  # as the low-passes of their current have fallen to C/50
_BRANCH_Q24 = const(-16760000)
_SLOPE_LEAST_UV = const(5000)
_SLOPE_MOST_UV = const(2000000)


class Leakage:
    """config, readings as everywhere; states: of the estimator; balancing: firmware/balancing.py.

    state: words of firmware/kernels/leak.py. step: its kernel, or the compiled one. `update` writes LEAK_UA and
    LEAK_AT: of the cell that leaks most where that is certain, else 0.
    """

    def __init__(self, config, states, readings, balancing, step=leak.step):
        self._states = states
        self._readings = readings
        self._balancing = balancing
        self._resistors = balancing.resistors
        self._par = config.soc_par
        self._bled = False  # in this rest
        self._step = step
        self._cells = config.cells
        self.state = array("i", [0] * (leak.LEAKS + leak.A_LEAK * config.cells))
        self.state[leak.SINCE_S] = -1
        self._seen = array("i", [0] * (leak.A_SIGHT * config.cells))
        self._ms = 0
        self._since_s = 0
        self._at = -1  # cell that is looked at next; -1 between two looks

    def update(self, dt_ms):
        """Once a tick; a look is spread over several."""
        self._ms += dt_ms
        self._since_s += self._ms // 1000
        self._ms %= 1000
        if self._at < 0 and self._since_s >= _PERIOD_S and self._resistors.quiet_s >= _QUIET_S:
            self._at = 0
        over = self._bled and self._resistors.quiet_s > _BALANCED_S
        if self._at < 0 and (over or self._since_s > _LATEST_S):
            self._break_off()
        if self._at >= 0:
            self._look_on()

    def _look_on(self):
        last = min(self._at + _CELLS_A_TICK, self._cells)
        for k in range(self._at, last):
            self._look_at(k)
        self._at = last
        if last < self._cells:
            return
        self._at = -1
        if self._resistors.quiet_s >= _QUIET_S:
            self._judge()

    def _look_at(self, k):
        s, seen, taken_mc = self._states[k], self._seen, self._resistors.taken_mc
        at = leak.A_SIGHT * k
        seen[at + leak.SEEN_UV] = s[soc.V_UV]
        seen[at + leak.SLOPE_UV] = min(max(_slope_uv(self._par, s), _SLOPE_LEAST_UV), _SLOPE_MOST_UV)
        seen[at + leak.CAP_MC] = max(s[soc.CAP_MC], 639000)
        seen[at + leak.TAKEN_MC] += taken_mc[k]
        if taken_mc[k]:
            self._bled = True
        taken_mc[k] = 0

    def _judge(self):
        x, r, seen = self.state, self._readings, self._seen
        answers = x[leak.ANSWERS]
        t_mdegc = (r[of.T_MAX_MDEGC] + r[of.T_MIN_MDEGC]) // 2
        self._step(x, seen, self._cells, t_mdegc, min(self._since_s, _LATEST_S), 1 if self._settled() else 0)
        self._since_s = 0
        for k in range(self._cells):
            seen[leak.A_SIGHT * k + leak.TAKEN_MC] = 0
        r[of.LEAK_UA] = x[leak.WORST_UA]
        r[of.LEAK_AT] = x[leak.WORST_AT]
        if x[leak.ANSWERS] != answers:
            self._resistors.judge(x)

    def _settled(self):
        s = self._states[0]  # the current is all cells'
        if s[soc.BLIND_MS] or self._balancing.rest_s < _SETTLED_S or self._readings[of.UNUSED_MS]:
            return False
        for word in _LOW_PASSES:
            if not -_STILL_Q24 < s[word] < _STILL_Q24:
                return False
        return True

    def _break_off(self):
        """This rest has told what it could: nothing has been seen for too long, or balancing is over and blurs it."""
        self._bled = False
        self._step(self.state, self._seen, self._cells, 0, 1, 0)
        self._since_s = 0

    def save(self, words, at):
        """Write SAVED words, and SAVED_A_CELL a cell, from `at` on."""
        x = self.state
        words[at] = x[leak.WORST_UA]
        words[at + 1] = x[leak.WORST_AT]
        at += SAVED
        for k in range(self._cells):
            base = leak.LEAKS + leak.A_LEAK * k
            words[at] = x[base + leak.LEAK_UA]
            words[at + 1] = x[base + leak.SD_UA]
            at += SAVED_A_CELL

    def restore(self, words, at):
        """Take over what `save` wrote; False, and nothing is taken, if it cannot be that."""
        worst_ua, worst_at = words[at], words[at + 1]
        at += SAVED
        for k in range(self._cells):
            leak_ua, sd_ua = words[at + 2 * k], words[at + 2 * k + 1]
            if not -MOST_UA <= leak_ua <= MOST_UA or not 0 <= sd_ua <= MOST_UA:
                return False
        if not 0 <= worst_at < self._cells or worst_ua not in (0, max(words[at + 2 * worst_at], 0)):
            return False
        x, r = self.state, self._readings
        for k in range(self._cells):
            base = leak.LEAKS + leak.A_LEAK * k
            x[base + leak.OLD_UA] = x[base + leak.LEAK_UA] = words[at + 2 * k]
            x[base + leak.OLD_SD_UA] = x[base + leak.SD_UA] = words[at + 2 * k + 1]
        r[of.LEAK_UA] = x[leak.WORST_UA] = worst_ua
        r[of.LEAK_AT] = x[leak.WORST_AT] = worst_at
        return True


def _slope_uv(par, s):
    """Of the rest voltage, uV per unit of SoC: the OCV's and, as far as the cell is not on its discharge branch, that
    of the hysteresis, which the leaking cell crosses."""
    z_q21 = s[soc.MID_Q21]
    column = (z_q21 + 262144) >> 16 if z_q21 < 524288 else 12 + ((z_q21 - 524288) >> 17)
    crossing_uv = par[soc.HYST_UV + min(column, 24)] * par[soc.HYST_RATE]
    if s[soc.HYST_HIGH_Q24] <= _BRANCH_Q24:
        crossing_uv = 0
    elif s[soc.HYST_LOW_Q24] <= _BRANCH_Q24:
        crossing_uv >>= 1  # nobody knows
    return (s[soc.H_Q14] * 15625 >> 8) + crossing_uv
