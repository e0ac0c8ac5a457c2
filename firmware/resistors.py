"""The balancing resistors: switched by a mask a monitor, what each takes counted, and whether each obeys."""

from array import array

from firmware.drivers.bq76952 import BALANCING
from firmware.kernels import leak
from firmware.kernels.dialect import const

OHM = const(68)  # the switch, 28 typically (TI SLUSE13B), and two wires' filters of 20
DUTY_Q10 = const(878)  # 6 in 7: they pause while their cell or a neighbour is measured (TI SLUAA81A)
_DISOBEYS_S = const(30)  # the monitor says once a second what it bleeds
_SHOWS_S = const(5)
_BELOW_PARTS = const(8)  # a cell whose resistor is always on reads lower by an eighth of a cell, at least,
_TAKEN_MOST_MC = const(1000000)
_SURE = const(5)  # deviations
_HALF = const(5)  # tenths of its resistor's current, from which a cell's leakage is taken for it,
_TWICE = const(15)  # up to here


class Resistors:
    """masks: what each monitor is told, bit 0 its lowest cell. on: how many are on.

    left_mc: what each cell still has to lose; taken_mc: what it has lost since the leakage last took it over.
    bleed_ma: of each cell now, a mean. quiet_s: so long all are off. stuck: 1 where one does not obey, stuck_at.
    """

    def __init__(self, afe, cells, chips, ohm=OHM, duty_q10=DUTY_Q10):
        self._afe = afe
        self._cells = cells
        self._per_chip = cells // chips
        self._ohm = ohm
        self._duty_q10 = duty_q10
        self.masks = array("i", [0] * chips)
        self.on = 0
        self.left_mc = array("i", [0] * cells)
        self.taken_mc = array("i", [0] * cells)
        self.bleed_ma = array("i", [0] * cells)
        self._rest_uc = array("i", [0] * cells)
        self.quiet_s = 0
        self.stuck = 0
        self.stuck_at = 0
        self._shown_s = 0
        self._disobeyed_s = 0
        self._disobeys = -1
        self._judged = 0

    def switch(self, chip, mask):
        """Tell a monitor which cells to bleed, all others not."""
        self.masks[chip] = mask
        self._afe.balance(mask, chip)

    def count(self, seconds):
        """So long all have been as they were told."""
        afe = self._afe
        self.on = 0
        for chip in range(len(self.masks)):
            mask = self.masks[chip]
            told = afe.balancing[chip] == mask or not afe.valid[BALANCING]
            for bit in range(self._per_chip):
                k = chip * self._per_chip + bit
                self.bleed_ma[k] = 0
                if mask >> bit & 1 and told:
                    self.on += 1
                    self._take(k, afe.cell_uv[k] // 1000, seconds)
        self.quiet_s = 0 if self.on else min(self.quiet_s + seconds, 1000000)

    def _take(self, k, v_mv, seconds):
        ua = v_mv * 1000 // self._ohm * self._duty_q10 >> 10
        self.bleed_ma[k] = ua // 1000
        uc = self._rest_uc[k] + ua * seconds
        mc = uc // 1000
        self._rest_uc[k] = uc - 1000 * mc
        self.left_mc[k] = max(self.left_mc[k] - mc, 0)
        self.taken_mc[k] = min(self.taken_mc[k] + mc, _TAKEN_MOST_MC)

    def watch(self, seconds, mean_uv, lowest_at):
        """Whether the monitor does what it was told, and whether the lowest cell looks as if it were bled."""
        afe = self._afe
        if afe.valid[BALANCING]:
            disobeys = -1
            for chip in range(len(self.masks)):
                wrong = afe.balancing[chip] ^ self.masks[chip]
                if wrong:
                    disobeys = chip * self._per_chip + _lowest(wrong)
            self._disobeyed_s = self._disobeyed_s + seconds if disobeys >= 0 else 0
            self._disobeys = disobeys
        shows = not self.is_on(lowest_at) and self._looks_bled(lowest_at, mean_uv)
        self._shown_s = self._shown_s + seconds if shows else 0
        self.stuck = self._judged
        if self._disobeyed_s >= _DISOBEYS_S:
            self.stuck, self.stuck_at = 1, self._disobeys
        if self._shown_s >= _SHOWS_S:
            self.stuck, self.stuck_at = 1, lowest_at

    def is_on(self, k):
        return self.masks[k // self._per_chip] >> k % self._per_chip & 1

    def _looks_bled(self, k, mean_uv):
        """A resistor that never pauses takes its cell's reading down by what its two wires drop, and each drop shows
        in a neighbour, which reads higher: half as much, give or take a half of that."""
        cell_uv = self._afe.cell_uv
        down_uv = mean_uv - cell_uv[k]
        if down_uv * _BELOW_PARTS < mean_uv:
            return False
        for neighbour in (k - 1, k + 1):
            if 0 <= neighbour < self._cells:
                up_uv = cell_uv[neighbour] - mean_uv
                if not down_uv // 4 <= up_uv <= down_uv * 3 // 4:
                    return False
        return True

    def judge(self, x):
        """Once the leakage has answered, words of firmware/kernels/leak.py: charge that a resistor took untold, or
        that it was told to take and did not."""
        self._judged = 0
        since_s = x[leak.SINCE_S]
        at = leak.LEAKS
        for k in range(self._cells):
            lost_mc = x[leak.MEDIAN_MC] - x[at + leak.GAINED_MC]  # untold, if above 0
            told_mc = x[at + leak.BLED_MC]
            full_ma = self._afe.cell_uv[k] // 1000 // self._ohm
            if since_s < 1000000 and abs(lost_mc) // _SURE > x[at + leak.SD_MC]:
                always_mc = full_ma * since_s
                on = told_mc < always_mc // 10 and _HALF * always_mc // 10 < lost_mc < _TWICE * always_mc // 10
                off = told_mc > 0 and lost_mc < -told_mc * _HALF // 10
                if on or off:
                    self._judged, self.stuck_at = 1, k
            at += leak.A_LEAK


def _lowest(mask):
    bit = 0
    while not mask >> bit & 1:
        bit += 1
    return bit
