"""The diagnoses of a pack: judged once a tick, counted, and the first of each kept as it was found."""

from array import array

from firmware import diagnoses
from firmware import readings as of
from firmware.kernels import guard
from firmware.kernels.dialect import const

FRAME = (  # readings that a freeze frame keeps
    of.UPTIME_S, of.MODE, of.CURRENT_MA, of.STACK_MV, of.LINK_MV, of.CELL_MAX_UV, of.CELL_MIN_UV, of.CELL_MAX_AT,
    of.CELL_MIN_AT, of.T_MAX_MDEGC, of.T_MIN_MDEGC, of.SOC_MIN_Q15,
)  # fmt: skip
SAVED = const(45)  # words that stay over a restart: persistent trips (2), counts
_COUNT_MOST = const(1000000000)


class Protection:
    """table: words of the configuration's section. step: the kernel, or the compiled one.

    reaction: bits of firmware/diagnoses.py that act now. pending: something will trip soon if it lasts. counts: trips
    of each diagnosis since ever. frames: FRAME of the first trip of each since it was last cleared.
    """

    def __init__(self, table, readings, step=guard.step):
        self._table = table
        self._readings = readings
        self._step = step
        self.state = array("i", [0] * guard.TIMER_MS + [-1] * diagnoses.DIAGNOSES)
        self.counts = array("i", [0] * diagnoses.DIAGNOSES)
        self.frames = array("i", [0] * (diagnoses.DIAGNOSES * len(FRAME)))
        self._framed = array("i", [0, 0])
        self._before = array("i", [0, 0])
        self._lasting = [_lasting(table, 0), _lasting(table, 1)]
        self._clearing = False

    @property
    def reaction(self):
        return self.state[guard.REACTION]

    @property
    def pending(self):
        return self.state[guard.PENDING] > 0

    def tripped(self, diagnosis):
        """Whether this one has tripped and not recovered."""
        word, bit = diagnosis // 30, diagnosis % 30
        return bool(self.state[guard.TRIPS_A + word] >> bit & 1)

    def update(self, dt_ms):
        """Judge all of them over the readings, and write what comes of it there."""
        g, r = self.state, self._readings
        if self._clearing:
            self._clearing = False
            self._forget()
        self._step(g, self._table, r, diagnoses.DIAGNOSES, dt_ms)
        r[of.WARNINGS_A] = g[guard.WARNINGS_A]
        r[of.WARNINGS_B] = g[guard.WARNINGS_B]
        r[of.TRIPS_A] = g[guard.TRIPS_A]
        r[of.TRIPS_B] = g[guard.TRIPS_B]
        r[of.REACTION] = g[guard.REACTION]
        for word in range(2):
            trips = g[guard.TRIPS_A + word]
            new = trips & ~self._before[word]
            if new:
                self._note(word, new)
            self._before[word] = trips

    def _note(self, word, new):
        for bit in range(30):
            if new >> bit & 1:
                k = 30 * word + bit
                if self.counts[k] < _COUNT_MOST:
                    self.counts[k] += 1
                if not self._framed[word] >> bit & 1:
                    self._framed[word] |= 1 << bit
                    at = k * len(FRAME)
                    for reading in FRAME:
                        self.frames[at] = self._readings[reading]
                        at += 1

    def save(self, words, at):
        """Write SAVED words from `at` on."""
        for word in range(2):
            words[at + word] = self.state[guard.TRIPS_A + word] & self._lasting[word]
        for k in range(diagnoses.DIAGNOSES):
            words[at + 2 + k] = self.counts[k]

    def restore(self, words, at):
        """Take over what `save` wrote; False, and nothing is taken, if it cannot be that."""
        for word in range(2):
            if words[at + word] & ~self._lasting[word]:
                return False
        for k in range(diagnoses.DIAGNOSES):
            if not 0 <= words[at + 2 + k] <= _COUNT_MOST:
                return False
        for word in range(2):
            self.state[guard.TRIPS_A + word] |= words[at + word]
            self._before[word] |= words[at + word]
        for k in range(diagnoses.DIAGNOSES):
            self.counts[k] = words[at + 2 + k]
        return True

    def clear(self):
        """On an authenticated command: with the next update forget the trips whose cause is over, and their frames."""
        self._clearing = True

    def _forget(self):
        g, table = self.state, self._table
        at = 0
        for k in range(diagnoses.DIAGNOSES):
            word, bit = k // 30, 1 << k % 30
            short = table[at + diagnoses.TRIP] - self._readings[table[at + diagnoses.READING]]
            if table[at + diagnoses.SIGN] < 0:
                short = -short
            if g[guard.TRIPS_A + word] & bit and short > table[at + diagnoses.HYSTERESIS]:
                g[guard.TRIPS_A + word] ^= bit
                g[guard.TIMER_MS + k] = -1
                self._framed[word] &= ~bit
                self._before[word] &= ~bit
            at += diagnoses.COLUMNS


def _lasting(table, word):
    """Bits of the diagnoses that stay over a restart."""
    lasting = 0
    for k in range(30 * word, min(30 * word + 30, diagnoses.DIAGNOSES)):
        if table[k * diagnoses.COLUMNS + diagnoses.REACTION] & diagnoses.PERSIST:
            lasting |= 1 << k % 30
    return lasting
