"""What outlives a power cut, kept up: state, lessons, faults, events; and whether the configuration is whole."""

from firmware import modes
from firmware import readings as of
from firmware.commands import COUNTER
from firmware.kernels.dialect import const
from firmware.protection import FRAME
from firmware.records import LEAKS_FOUND

_LOOK_MS = const(10000)
_LONGEST_MS = const(2000)
_NEW_MS = const(50)  # temperatures that have come in this tick
_SLOW_MS = const(1000)  # between two looks at what is to be saved, unless something trips


class Keeping:
    """A service of the controller. memory: firmware/memory.py; board.clock_s: s since 2000, 0 where nobody knows."""

    def __init__(self, memory, config, board):
        self._vehicle = None
        self._memory = memory
        self._config = config
        self._board = board
        self._seen = [0, 0]
        self._stopped = 0
        self._looked_ms = 0
        self._waited_ms = 0
        self._due = False

    def keep(self, vehicle):
        """From now on the numbers of its challenges as well, firmware/listening.py; it is told which ticks are long."""
        self._vehicle = vehicle

    def recall(self, protection):
        """At a start: what was stored; trips that persist come back."""
        faults = self._memory.faults
        if self._memory.recall(self._board.clock_s) and protection.restore(faults, 0):
            self._seen[0], self._seen[1] = faults[0], faults[1]  # noted when they tripped, with their frames

    def __call__(self, controller, _, dt_ms):
        memory, r, protection = self._memory, controller.readings, controller.protection
        memory.count(min(dt_ms, _LONGEST_MS), 0 if r[of.OPEN] else r[of.CURRENT_MA])  # open, it is the sensor's offset
        stopped = r[of.OPEN] + (r[of.MODE] == modes.SHUTDOWN)
        if stopped > self._stopped:
            memory.stop()
        self._stopped = stopped
        tripped = r[of.TRIPS_A] & ~self._seen[0] or r[of.TRIPS_B] & ~self._seen[1]
        self._waited_ms += dt_ms
        long = controller.estimator.corrected or r[of.TEMPERATURES_AGE_MS] < _NEW_MS  # such a tick is long enough
        if self._due and not tripped and (not long or self._waited_ms >= _SLOW_MS):
            self._save(controller)  # behind the look, as both together are a long one
            return
        slow_ms = 2 * _SLOW_MS if long else _SLOW_MS
        if self._waited_ms < slow_ms and not tripped:
            return
        self._looked_ms += self._waited_ms
        self._waited_ms = 0
        for word in range(2):
            trips = r[of.TRIPS_A + word]
            new = trips & ~self._seen[word]
            self._seen[word] = trips
            if new:
                self._note(protection, 30 * word, new)
        protection.save(memory.faults, 0)
        if controller.running and memory.leaks_due:
            controller.leakage.save(memory.leaks, LEAKS_FOUND)
        if self._vehicle:
            commands = self._vehicle.commands
            commands.kept = memory.reserve(commands.words[COUNTER])
        self._due = True
        if tripped:
            self._save(controller)

    def _save(self, controller):
        self._due = False
        memory, r = self._memory, controller.readings
        long = memory.save(controller.estimator, r[of.CURRENT_MA], self._board.clock_s)
        r[of.STORE_ERRORS] = memory.failing
        if not long and self._looked_ms >= _LOOK_MS:
            self._looked_ms = 0
            r[of.CONFIG_BAD] = 0 if self._config.intact() else 1
            long = True
        if self._vehicle:
            self._vehicle.put_off = long

    def _note(self, protection, first, new):
        for bit in range(30):
            if new >> bit & 1:
                k = first + bit
                self._memory.note(k, protection.counts[k], self._board.clock_s, protection.frames, k * len(FRAME))
