"""What the controller remembers over a power cut: when each kind of record is saved, and what a start finds again.

`count` runs every tick and allocates nothing. `save` writes one record at most, where the heap may be cleaned: it takes
some 3 kB of it, and as long as an erase of the flash (W25Q16JV: 45 ms, at most 400 ms). Wear: docs/memory.md.
"""

from array import array

from firmware import leakage, records
from firmware.commands import AHEAD
from firmware.config import checksum
from firmware.kernels import soc
from firmware.kernels.dialect import const
from firmware.store import Store

UNDER_WAY_MS = const(8000)  # between saves while current flows: a cut loses less than 10 s of charge
AT_REST_MS = const(60000)
LEARNED_MS = const(900000)
FAULTS_MS = const(60000)  # between saves of the counts, unless a trip that persists is new
_AGAIN_MS = const(5000)  # between two tries where the trips cannot be saved, so that the rest is
_EVENTS = const(8)  # that wait; written one a call, and over a long time one a minute
_EVENT_MS = const(60000)
_BURST = const(16)
_COUNT_MOST = const(2147483647)
_AH_MC = const(3600000)


class Memory:
    """Records of the estimator and the protection on `storage` (firmware/drivers/files.py).

    faults: words that Protection.save writes; leaks: from records.LEAKS_FOUND on those that Leakage.save writes.
    leaks_due: they are next. starts, uptime_s, out_ah, in_ah: of the pack's life. age: of the state found, s, None if
    unknown. doubted: cells whose stored state was not believed at this start.
    """

    def __init__(self, storage, config, faults):
        self._par = config.soc_par
        self._road_par = config.reach_par
        self._cells = config.cells
        self._capacity_mc = config.capacity_mc
        self._small_ma = config.capacity_mc // 360000  # C/100: less is no current
        rated_mc = self._par[soc.RATED_MC]
        self._stores = (
            Store(storage, records.state_kind(self._cells, rated_mc)),
            Store(storage, records.learned_kind(self._cells, rated_mc)),
            Store(storage, records.faults_kind(faults)),
            Store(storage, records.event_kind()),
            Store(storage, records.leaks_kind(self._cells, rated_mc)),
            Store(storage, records.counter_kind()),
        )
        self._state, self._learned, self._faults, self._log, self._leaks, self._counter = self._stores
        self._words = array("i", [0] * (records.STATE_CELLS + records.STATE_A_CELL * self._cells))
        self._taught = None  # what was learned, from `recall` to the end of the start
        self.faults = array("i", [0] * faults)
        self.leaks = array("i", [0] * (records.LEAKS_FOUND + leakage.SAVED + leakage.SAVED_A_CELL * self._cells))
        self._saved_leaks = 0  # their checksum
        self._known_leaks = self.leaks_due = False
        self._kept = array("i", [0])
        self._saved_faults = array("i", [0] * faults)
        self._events = array("i", [0] * (_EVENTS * records.EVENT_WORDS))
        self._event = array("i", [0] * records.EVENT_WORDS)
        self._waiting = self._first = self._lost = 0
        self._said = 0  # the number of the newest event in the log, at the start
        self._credit = _BURST
        self._known = False
        self._begun = False
        self.age = None
        self.doubted = 0
        self.starts = 0
        self.uptime_s = self.out_ah = self.in_ah = 0
        self._out_mc = self._in_mc = 0
        self._rest_uc = 0
        self._part_ms = 0
        self._since_ms = self._learned_ms = self._faults_ms = self._event_ms = 0

    @property
    def errors(self):
        """Failed reads and writes of all records since the start."""
        return sum([store.errors for store in self._stores])

    @property
    def failing(self):
        """Saves in a row that did not succeed, of the kind that is worst off."""
        return max([store.failing for store in self._stores])

    def recall(self, clock_s):
        """Read all records, at a start. Faults that persist are in `faults` then; False if none were found."""
        words = self._words
        self._known = self._state.load(words)
        if self._known:
            from firmware import restore

            self.starts = words[records.STARTS]
            self.uptime_s = words[records.UPTIME_S]
            self.out_ah, self._out_mc = words[records.OUT_AH], words[records.OUT_MC]
            self.in_ah, self._in_mc = words[records.IN_AH], words[records.IN_MC]
            self.age = restore.age_s(words, clock_s)
        self._taught = self._lessons()
        if not self._learned.load(self._taught):
            self._taught = None
        self._known_leaks = self._leaks.load(self.leaks)
        self.leaks[0] = self._par[soc.RATED_MC]
        self._saved_leaks = checksum(self.leaks)
        self._counter.load(self._kept)
        found = self._faults.load(self.faults)
        self._keep_faults()
        if self._log.load(self._event):
            self._said = min(self._event[records.EVENT_NUMBER], records.REJECTED)
        self.starts = min(self.starts + 1, _COUNT_MOST)
        rejected = sum([store.rejected for store in self._stores])
        if rejected:
            self.note(records.REJECTED, rejected, clock_s)
        self.note(records.STARTED, -1 if self.age is None else self.age, clock_s)
        return found

    def begin(self, i_ma, cell_uv, cell_mdegc, clock_s, alive=None):
        """States of all cells from what is stored and one sample; None where nothing is.

        cell_mdegc: of each cell. A cell whose voltage contradicts its stored state begins blind; where more than a
        quarter of them do, it is another pack or another time, and all do, of what was learned as well. Nothing of the
        estimator is saved before this has been called. alive: as of firmware/estimate.py.
        """
        self._begun = True
        if not self._known:
            self._taught = None
            return None
        from firmware import restore, start

        states = []
        self.doubted = 0
        for k in range(self._cells):
            if alive:
                alive()
            sample = (i_ma, cell_uv[k], cell_mdegc[k])
            state = restore.begun(self._par, self._words, self._taught, k, self.age, sample)
            if state is None:
                self.doubted += 1
                t_mdegc = cell_mdegc[k]
                state = start.blind(self._par, self._capacity_mc, i_ma, cell_uv[k], t_mdegc, start.PAUSED)
            states.append(state)
        if self.doubted:
            self.note(records.NOT_BELIEVED, self.doubted, clock_s)
        if 4 * self.doubted > self._cells:
            self._taught = None
            self._known = self._known_leaks = False
            return None
        return states

    def give_road(self, road):
        """What was learned of the road into a new state of the range, once, after `begin`; False if nothing was."""
        self._taught = None  # the memory is the board's again
        return self._known and records.give_road(self._words, self._road_par, road)

    def give_leaks(self, found):
        """What each cell leaked into firmware/leakage.py; False if nobody knows."""
        return self._known_leaks and found.restore(self.leaks, records.LEAKS_FOUND)

    @property
    def counter(self):
        """Of challenges, no smaller than any that has been given out."""
        return self._kept[0]

    def reserve(self, counter):
        """Keep the numbers behind this one; so far they may be given out, after a restart as well."""
        kept = self._kept[0]
        if not counter + AHEAD // 2 <= kept <= counter + AHEAD:
            self._kept[0] = counter + AHEAD
            if not self._counter.save(self._kept):
                self._kept[0] = kept
        return self._kept[0]

    def count(self, dt_ms, i_ma):
        """Time and charge of one tick, dt_ms up to 2,000."""
        self._part_ms += dt_ms
        if self._part_ms >= 1000:
            self.uptime_s += self._part_ms // 1000
            self._part_ms %= 1000
        amps = i_ma // 1000
        self._rest_uc += (i_ma - amps * 1000) * dt_ms
        moved_mc = amps * dt_ms + self._rest_uc // 1000
        self._rest_uc %= 1000
        if moved_mc > 0:
            self._out_mc += moved_mc
            self.out_ah += self._out_mc // _AH_MC
            self._out_mc %= _AH_MC
        else:
            self._in_mc -= moved_mc
            self.in_ah += self._in_mc // _AH_MC
            self._in_mc %= _AH_MC
        if self._begun:
            self._since_ms += dt_ms
            self._learned_ms += dt_ms
        self._faults_ms = min(self._faults_ms + dt_ms, FAULTS_MS)
        self._event_ms += dt_ms
        if self._event_ms >= _EVENT_MS:
            self._event_ms = 0
            if self._credit < _BURST:
                self._credit += 1

    def stop(self):
        """The contactors have opened, or the pack is shut down: what would be saved later is due."""
        if self._begun:
            self._since_ms = AT_REST_MS
        if self._learned_ms >= AT_REST_MS:
            self._learned_ms = LEARNED_MS

    def note(self, number, value, clock_s, frame=None, at=0):
        """Remember an event until it is written; where no room is left, only that it was.

        Of starts in a row only what is of a higher number than the last noted: they push no frames of faults out.
        """
        if records.STARTED <= number <= self._said:
            return
        if self._waiting == _EVENTS:
            self._lost += 1
            return
        to = (self._first + self._waiting) % _EVENTS * records.EVENT_WORDS
        self._waiting += 1
        self._events[to] = number
        self._events[to + records.EVENT_UPTIME_S] = self.uptime_s
        self._events[to + records.EVENT_CLOCK_S] = clock_s
        self._events[to + records.EVENT_VALUE] = value
        for k in range(records.EVENT_WORDS - records.EVENT_FRAME):
            self._events[to + records.EVENT_FRAME + k] = frame[at + k] if frame else 0

    def save(self, estimator, i_ma, clock_s, now=False):
        """Write the record that is due, if one is; True if something was written. now: the state in any case.

        The caller has let Protection.save write `faults`. What persists over a restart goes first.
        """
        if self._faults_due():
            self._faults_ms = 0
            return self._faults.save(self.faults) and self._keep_faults()
        period_ms = UNDER_WAY_MS if i_ma > self._small_ma or i_ma < -self._small_ma else AT_REST_MS
        if self._begun and (now or self._since_ms >= period_ms):
            self._since_ms = 0
            return self._save_state(estimator, i_ma, clock_s)
        if self._waiting and self._credit:
            return self._save_event()
        if self._learned_ms >= LEARNED_MS:
            return self.save_learned(estimator)
        return self.leaks_due and self.save_leaks()

    def save_learned(self, estimator):
        """Write what the cells have taught."""
        self._learned_ms = 0
        self.leaks_due = True
        taught = self._lessons()
        records.take_learned(taught, self._par, estimator.states)
        return self._learned.save(taught)

    def _lessons(self):
        words = records.LEARNED_CELLS + records.LEARNED_A_CELL * self._cells
        return array("i", range(words))  # a list of zeros would take its room twice

    def save_leaks(self):
        """Write `leaks`, which the caller has let Leakage.save fill, if that is not what was written last."""
        self.leaks_due = False
        found = checksum(self.leaks)
        if found == self._saved_leaks or not self._leaks.save(self.leaks):
            return False
        self._saved_leaks = found
        return True

    def _save_state(self, estimator, i_ma, clock_s):
        words = self._words
        words[records.RATED_MC] = self._par[soc.RATED_MC]
        words[records.UPTIME_S] = self.uptime_s
        words[records.CLOCK_S] = clock_s
        words[records.STARTS] = self.starts
        words[records.OUT_AH], words[records.OUT_MC] = self.out_ah, self._out_mc
        words[records.IN_AH], words[records.IN_MC] = self.in_ah, self._in_mc
        records.take_state(words, estimator.states, estimator.range, i_ma)
        return self._state.save(words)

    def _save_event(self):
        at = self._first * records.EVENT_WORDS
        for k in range(records.EVENT_WORDS):
            self._event[k] = self._events[at + k]
        self._first = (self._first + 1) % _EVENTS
        self._waiting -= 1
        self._credit -= 1
        written = self._log.save(self._event)
        if self._lost and not self._waiting:
            self.note(records.EVENTS_LOST, self._lost, self._event[records.EVENT_CLOCK_S])
            self._lost = 0
        return written

    def _faults_due(self):
        for k in range(len(self.faults)):
            if self.faults[k] != self._saved_faults[k]:
                at_once = k < 2 and not self._faults.failing  # the first two are the trips that persist
                return at_once or self._faults_ms >= (_AGAIN_MS if k < 2 else FAULTS_MS)
        return False

    def _keep_faults(self):
        for k in range(len(self.faults)):
            self._saved_faults[k] = self.faults[k]
        return True
