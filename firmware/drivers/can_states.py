"""States of a CAN controller, the same for all of them: `can.state` is one of these.

A CAN object has send(identifier, data) -> True if a buffer took the frame, whose data are up to eight numbers that can
be indexed (array, bytearray); receive(buffer) -> its identifier, or -1,
with length in buffer[0] and data behind it; and state. Standard data frames only; nothing is raised.
"""

from firmware.kernels.dialect import const

ACTIVE = const(0)
PASSIVE = const(1)  # many errors, or nobody who acknowledges
BUS_OFF = const(2)  # silent, until it tries again
ABSENT = const(3)  # the controller does not answer
NAMES = ("active", "passive", "bus off", "absent")

LEAST_MS = const(100)  # of a silence; 128 x 11 recessive bits, which ISO 11898-1 demands, take 12 ms at 125 kbit/s
MOST_MS = const(10000)
CALM_MS = const(10000)  # so long without a bus-off, and the next silence is short again
TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits


class BackOff:
    """How long to be silent: 100 ms, twice as long each time, at most 10 s. times: how often."""

    def __init__(self, clock_ms):
        self._clock_ms = clock_ms
        self._since_ms = 0
        self._rest_ms = 0
        self.times = 0

    def begin(self):
        """A silence begins."""
        now_ms = self._clock_ms()
        calm = (now_ms - self._since_ms) & TICKS > self._rest_ms + CALM_MS
        self._rest_ms = LEAST_MS if calm or not self._rest_ms else min(self._rest_ms * 2, MOST_MS)
        self._since_ms = now_ms
        self.times += 1

    def over(self):
        """It has been long enough."""
        return (self._clock_ms() - self._since_ms) & TICKS >= self._rest_ms
