"""Balancing planned by charge: what a cell holds beyond the lowest, as far as that is certain, goes through a resistor.

The plan is made at rest, where two cells of a kind are compared best, and carried out at rest or while charging,
whatever the voltages under load may say. Neighbours take turns. Why so, and how long it takes: docs/balancing.md.
"""

from firmware import diagnoses, modes
from firmware import readings as of
from firmware.drivers.bq76952 import CELLS, TEMPERATURES
from firmware.kernels import soc
from firmware.kernels.dialect import const
from firmware.resistors import Resistors

# Why nothing is bled, or that something is: the reading BALANCE_REASON.
BALANCED = const(0)  # nothing is left to do
BLEEDING = const(1)
UNCERTAIN = const(2)  # no rest yet in which the charges could be compared, or they are not known well enough
TOO_HOT = const(3)  # a cell
DIE_TOO_HOT = const(4)  # a monitor, in which the resistors' switches are
TOO_COLD = const(5)
LOW_SOC = const(6)
FORBIDDEN = const(7)  # by a diagnosis
LOADED = const(8)  # the pack is neither at rest nor charged
NOT_PERMITTED = const(9)  # by the host, or the pack is shut down
NO_VALUES = const(10)  # from the monitors
NAMES = (
    "balanced", "bleeding", "charges not known well enough", "cells too hot", "monitor too hot", "cells too cold",
    "state of charge too low", "forbidden by a diagnosis", "neither at rest nor charging", "not permitted",
    "no measurements",
)  # fmt: skip

_PHASE_S = const(60)  # neighbours take turns by the minute (eight of a monitor are 0.7 W in it),
_PHASES = const(10)  # and in the last of so many all are off, for the leakage to look
_PLAN_S = const(3600)
_AGAIN_S = const(300)  # where a plan could not be made
_RESTED_S = const(1800)  # the surface is then like the rest of the cell (firmware/kernels/health.py)
_SURE_Q16 = const(1966)  # a SoC known to 3 %; on a plateau of the OCV it is not, and nothing is bled
# Of two cells of a kind at the same rest, a third of the deviations is their own: what the model errs by is alike in
# both, and two channels are apart by up to 5 mV of the 9 mV or so that the deviation says.
_OWN_PARTS = const(3)
_LONGEST_S = const(1000000)
_WORTH_PARTS = const(400)  # of the capacity; less is not begun with
_REST_PARTS = const(100)  # C/100 is rest
_HOT_MDEGC = const(45000)  # the monitors stop by themselves at 50 degC, their dies at 70 and cells at 0 degC
_DIE_HOT_MDEGC = const(65000)
_COLD_MDEGC = const(3000)
_HYSTERESIS_MDEGC = const(3000)
_LOW_Q15 = const(6554)  # 20 %,
_LOW_CHARGE_Q15 = const(16384)  # and half while charging: below it there is time enough at rest
_STOPS = diagnoses.NO_BALANCE | diagnoses.NO_DISCHARGE | diagnoses.OPEN  # a resistor discharges as a load does


class Balancing:
    """config, readings as everywhere; states: of the estimator; afe: driver of one monitor or of a stack.

    permitted: the host allows it. resistors: firmware/resistors.py; the estimators must count its bleed_ma beside the
    pack's current: else they take what was bled, and the hysteresis that it crossed, for another SoC. rest_s: so long
    the pack has rested. `update` writes BALANCING, BALANCE_REASON and BALANCE_STUCK.
    """

    def __init__(self, config, states, readings, afe):
        self._states = states
        self._readings = readings
        self._afe = afe
        self._chips = config.chips
        self._per_chip = config.cells // config.chips
        self._worth_mc = config.capacity_mc // _WORTH_PARTS
        self._rest_ma = config.capacity_mc // 3600 // _REST_PARTS
        self.resistors = Resistors(afe, config.cells, config.chips)
        self.permitted = True
        self.reason = UNCERTAIN
        self._known = False  # the last rest's plan holds
        self._ms = 0
        self._phase_s = 0
        self._since_plan_s = _PLAN_S
        self.rest_s = 0

    def update(self, dt_ms):
        """Once a tick; acts once a second."""
        self._ms += dt_ms
        if self._ms < 1000:
            return
        seconds = self._ms // 1000
        self._ms -= 1000 * seconds
        r = self._readings
        resistors = self.resistors
        resistors.count(seconds)
        self._since_plan_s += seconds
        self.rest_s = min(self.rest_s + seconds, _LONGEST_S) if r[of.ABSOLUTE_MA] <= self._rest_ma else 0
        valid = self._afe.valid[CELLS] and self._afe.valid[TEMPERATURES] and self._states[0][soc.CAP_MC]
        if valid:
            mean_uv = r[of.SUM_MV] // len(self._states) * 1000
            resistors.watch(seconds, mean_uv, r[of.CELL_MIN_AT])
            if self._since_plan_s >= _PLAN_S and self.rest_s >= _RESTED_S:
                self._plan()
        self.reason = self._judge() if valid else NO_VALUES
        self._phase_s = (self._phase_s + seconds) % (_PHASE_S * _PHASES) if self.reason == BLEEDING else 0
        for chip in range(self._chips):
            mask = self._chosen(chip) if self.reason == BLEEDING else 0
            if mask or resistors.masks[chip]:
                resistors.switch(chip, mask)
        r[of.BALANCING] = resistors.on
        r[of.BALANCE_REASON] = self.reason
        r[of.BALANCE_STUCK] = resistors.stuck

    def _plan(self):
        """What each cell has to lose: its charge beyond the lowest cell's, less what that may be wrong by.

        A plan that is under way only becomes less; so what was bled and not yet seen is not bled again.
        """
        states, left_mc = self._states, self.resistors.left_mc
        self._since_plan_s = 0
        low = states[0]
        for s in states:
            if s[soc.BLIND_MS] or s[soc.SD_Q16] > _SURE_Q16:
                self._known = False
                self._since_plan_s = _PLAN_S - _AGAIN_S
                return
            if s[soc.Q_MC] < low[soc.Q_MC]:
                low = s
        going = self.left_mc() > 0
        most_mc = 0
        for k in range(len(states)):
            s = states[k]
            excess_mc = s[soc.Q_MC] - low[soc.Q_MC] - _margin_mc(s, low)
            if excess_mc < 0:
                excess_mc = 0
            most_mc = max(most_mc, excess_mc)
            left_mc[k] = min(excess_mc, left_mc[k]) if going else excess_mc
        if not going and most_mc < self._worth_mc:
            for k in range(len(states)):
                left_mc[k] = 0
        self._known = True

    def left_mc(self):
        """Of the cell that has most to lose."""
        most_mc = 0
        for mc in self.resistors.left_mc:
            most_mc = max(most_mc, mc)
        return most_mc

    def _judge(self):
        r, reason = self._readings, self.reason
        if not self.permitted or r[of.MODE] == modes.SHUTDOWN:
            return NOT_PERMITTED
        if not self._known:
            return UNCERTAIN
        if not self.left_mc():
            return BALANCED
        if r[of.REACTION] & _STOPS:
            return FORBIDDEN
        if r[of.T_MAX_MDEGC] > _HOT_MDEGC - (_HYSTERESIS_MDEGC if reason == TOO_HOT else 0):
            return TOO_HOT
        if self._die_mdegc() > _DIE_HOT_MDEGC - (2 * _HYSTERESIS_MDEGC if reason == DIE_TOO_HOT else 0):
            return DIE_TOO_HOT
        if r[of.T_MIN_MDEGC] < _COLD_MDEGC + (_HYSTERESIS_MDEGC if reason == TOO_COLD else 0):
            return TOO_COLD
        resting = self.rest_s > 0
        if not resting and not r[of.CHARGING]:
            return LOADED
        if r[of.SOC_MIN_Q15] < (_LOW_Q15 if resting else _LOW_CHARGE_Q15):
            return LOW_SOC
        return BLEEDING

    def _die_mdegc(self):
        afe = self._afe
        most = -1000000
        for chip in range(self._chips):
            most = max(most, afe.ts_mdegc[afe.sensors + chip])
        return most

    def _chosen(self, chip):
        """Of a monitor, the cells with something to lose that are no neighbours; so of sixteen eight at most."""
        phase = self._phase_s // _PHASE_S
        if phase == _PHASES - 1:
            return 0
        return self._every_other(chip, phase & 1) or self._every_other(chip, 1 - (phase & 1))

    def _every_other(self, chip, odd):
        left_mc = self.resistors.left_mc
        first = chip * self._per_chip
        mask = 0
        for k in range(first + ((first ^ odd) & 1), first + self._per_chip, 2):
            if left_mc[k]:
                mask |= 1 << k - first
        return mask


def _margin_mc(s, low):
    """How far the difference of two cells' charges is uncertain: of the root of the sum of squares a third."""
    large, small = s[soc.SD_Q16], low[soc.SD_Q16]
    if large < small:
        large, small = small, large
    sd_q16 = large + (small * 27 >> 6)
    return (s[soc.CAP_MC] >> 16) * sd_q16 // _OWN_PARTS
