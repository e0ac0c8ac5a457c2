"""What stands between pack and vehicle: main contactor, pre-charge path and the contact that tells the truth.

Closing goes through the pre-charge resistor and is judged: by the voltage behind the contactors, by the current, and
by the time that it took. Opening is one call and needs nothing of what the pack says.
"""

from firmware import readings as of
from firmware.kernels.dialect import const

OPEN = const(0)
PRECHARGING = const(1)
CLOSED = const(2)
RESTING = const(3)  # after a try that failed, while the resistor cools; opened meanwhile, it cools as long

_SETTLE_MS = const(200)  # a contactor and its auxiliary contact take up to 50 ms; a link needs longer to discharge
_REST_MS = const(2000)
_TRIES = const(3)
_AGAIN_MS = const(1000)  # before what faults have opened twice closes by itself; doubled by each,
_MINUTE_MS = const(60000)  # up to this, and forgotten after it: contactors do not break their load often
_NEAR_Q7 = const(3)  # the link is charged when 3/128 of the stack are missing, as long as that is more than
_NEAR_MV = const(2000)  # what the two voltages can err by
_EMPTY_PARTS = const(4)  # below a quarter of the stack a link counts as empty; one that still holds more charges sooner
_CALM_MA = const(1000)  # and the current has died down


class Contactors:
    """board: main(on), precharge(on), and feedback: 1 closed, 0 open, -1 nobody knows.

    most_ms: the longest pre-charge, 0 if the pack has none; least_ms: a link that was empty and is charged sooner is
    no link. state: one of the above. failures: tries in a row that were not as they should be; after three `close` does
    nothing until `forgive`. tried_ms: what the last one took. Writes the readings OPEN .. PRECHARGE_FAILURES.
    """

    def __init__(self, board, readings, most_ms=0, least_ms=0):
        self._board = board
        self._readings = readings
        self._most_ms = most_ms
        self._least_ms = least_ms
        self._was_empty = False
        self.state = OPEN
        self.failures = 0
        self.tried_ms = 0
        self._since_ms = 0
        self._hot_ms = 0  # so long the resistor has to cool
        self._wait_ms = self._again_ms = 0
        self._wanted = False
        self.open()

    @property
    def closed(self):
        return self.state == CLOSED

    @property
    def known_open(self):
        """Told to be open and, as far as anybody can tell, open."""
        return self.state == OPEN and self._board.feedback != 1

    def close(self):
        """Ask for closed contactors; `update` goes there."""
        self._wanted = True

    def open(self):
        """Open both, now."""
        self._board.main(False)
        self._board.precharge(False)
        self._wanted = False
        if self.state == PRECHARGING:
            self._hot_ms = _REST_MS
        if self.state != OPEN:
            self._go(OPEN)

    def trip(self):
        """Open both, now, for a fault that may end by itself."""
        if self.state == CLOSED:
            self._wait_ms = self._again_ms
            self._again_ms = min(2 * self._again_ms or _AGAIN_MS, _MINUTE_MS)
        self.open()

    def forgive(self):
        """Forget the failed tries and trips; on a command, or once the vehicle has asked for an open pack."""
        self.failures = self._wait_ms = self._again_ms = 0

    def update(self, dt_ms):
        """One period, dt_ms after the last; readings of current, stack and link are those of this period."""
        self._since_ms = min(self._since_ms + dt_ms, 1000000)
        self._hot_ms = max(self._hot_ms - dt_ms, 0)
        self._wait_ms = max(self._wait_ms - dt_ms, 0)
        if self.state == CLOSED and self._since_ms >= _MINUTE_MS:
            self._again_ms = 0
        if self.state == OPEN and self._wanted and self.failures < _TRIES and not (self._hot_ms or self._wait_ms):
            self._begin()
        elif self.state == RESTING and not self._hot_ms:
            self._go(OPEN)
        elif self.state == PRECHARGING:
            self._judge()
        self._watch()

    def _begin(self):
        if self._most_ms:
            r = self._readings
            self._was_empty = r[of.LINK_MV] * _EMPTY_PARTS < r[of.STACK_MV]
            self._board.precharge(True)
            self._go(PRECHARGING)
        else:
            self._board.main(True)
            self._go(CLOSED)

    def _charged(self):
        r = self._readings
        stack_mv = r[of.STACK_MV]
        return abs(stack_mv - r[of.LINK_MV]) <= max(stack_mv * _NEAR_Q7 >> 7, _NEAR_MV)

    def _judge(self):
        """The time is judged first: a tick that comes late must not close what took too long."""
        charged = self._charged() and -_CALM_MA <= self._readings[of.CURRENT_MA] <= _CALM_MA
        too_soon = charged and self._was_empty and self._since_ms < self._least_ms
        if self._since_ms > self._most_ms or too_soon:
            self._fail()
        elif charged:
            self.tried_ms = self._since_ms
            self.failures = 0
            self._board.main(True)
            self._board.precharge(False)
            self._go(CLOSED)

    def _fail(self):
        self.tried_ms = self._since_ms
        self.failures += 1
        self._hot_ms = _REST_MS
        self._board.precharge(False)
        self._go(RESTING)

    def _go(self, state):
        self.state = state
        self._since_ms = 0

    def _watch(self):
        """What the auxiliary contact says, once there has been time for it."""
        r = self._readings
        settled = self._since_ms >= _SETTLE_MS
        feedback = self._board.feedback
        told_open = self.state != CLOSED
        r[of.OPEN] = 1 if settled and self.state == OPEN else 0
        r[of.WELDED] = 1 if told_open and settled and feedback == 1 else 0
        r[of.STUCK_OPEN] = 1 if not told_open and settled and feedback == 0 else 0
        r[of.PRECHARGE_FAILURES] = self.failures
