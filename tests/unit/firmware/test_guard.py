"""How a diagnosis is judged in time: faults that come and go, ticks that come late, rows beyond the first word."""

from array import array
from collections.abc import Callable

import pytest

from fastcore import batch
from firmware import diagnoses as d
from firmware.kernels import guard

Step = Callable[..., int]
ALWAYS, VALUE, GATE = 0, 1, 2  # readings
LIMIT, DELAY_MS, RECOVERY_MS = 100, 200, 1_000


@pytest.fixture(params=[guard.step, batch.guard_step], ids=["source", "compiled"])
def step(request: pytest.FixtureRequest) -> Step:
    return request.param


class Judged:
    """`rows` diagnoses; the last has the limit 100, a delay of 200 ms, comes back by 10 for a second and opens."""

    def __init__(self, step: Step, rows: int = 1, latch: int = 0, gate: int = ALWAYS) -> None:
        quiet = [ALWAYS, 1, ALWAYS, 9, 9, 0, 0, 0, 0, d.NO_CHARGE]
        judged = [VALUE, 1, gate, LIMIT - 20, LIMIT, DELAY_MS, 10, RECOVERY_MS, latch, d.OPEN]
        self.table = array("i", quiet * (rows - 1) + judged)
        self.state = array("i", [0] * guard.TIMER_MS + [-1] * rows)
        self.readings = array("i", [1, 0, 1])
        self._step, self._rows = step, rows

    def show(self, value: int, ms: int, tick_ms: int = 10) -> bool:
        """Whether it trips at any tick of a stretch of `ms` with this value."""
        self.readings[VALUE] = value
        seen = False
        for _ in range(ms // tick_ms):
            self._step(self.state, self.table, self.readings, self._rows, tick_ms)
            seen |= self.tripped
        return seen

    @property
    def tripped(self) -> bool:
        k = self._rows - 1
        return bool(self.state[guard.TRIPS_A + k // 30] >> k % 30 & 1)


def test_a_glitch_shorter_than_the_delay_never_trips(step: Step) -> None:
    pack = Judged(step)
    assert not any(pack.show(LIMIT, 200) or pack.show(0, 10) for _ in range(500)), "200 ms of ticks are 190 ms of time"


def test_half_the_time_trips_in_the_first_stretch_that_is_long_enough_or_never(step: Step) -> None:
    """250 ms on, 250 ms off: fault case 4, which has to be the same each time."""
    assert Judged(step).show(LIMIT, 250)
    slower = Judged(step)
    slower.table[d.DELAY_MS] = 300
    assert not any(slower.show(LIMIT, 250) or slower.show(0, 250) for _ in range(200))


def test_a_relapse_starts_the_recovery_anew(step: Step) -> None:
    pack = Judged(step)
    pack.show(LIMIT, 300)
    for _ in range(20):
        pack.show(0, 900)
        pack.show(LIMIT, 10)
        assert pack.tripped
    pack.show(0, 1_000)
    assert pack.tripped
    pack.show(0, 10)
    assert not pack.tripped


def test_one_late_tick_is_all_the_time_that_it_took(step: Step) -> None:
    pack = Judged(step)
    assert not pack.show(LIMIT, 5_000, 5_000), "nobody knows since when"
    assert pack.show(LIMIT, 200, 200)


def test_waits_are_told_so_that_the_next_tick_comes_soon(step: Step) -> None:
    pack = Judged(step)
    pack.show(LIMIT, 10)
    assert pack.state[guard.PENDING] == 1
    pack.table[d.DELAY_MS] = 301
    pack.show(LIMIT, 10)
    assert pack.state[guard.PENDING] == 0


@pytest.mark.parametrize("rows", [1, 29, 30, 31, 59, 60])
def test_every_place_has_its_own_bit(step: Step, rows: int) -> None:
    pack = Judged(step, rows)
    pack.show(LIMIT, 300)
    k = rows - 1
    words = [1 << k, 0] if k < 30 else [0, 1 << (k - 30)]
    assert pack.state[guard.TRIPS_A : guard.TRIPS_B + 1].tolist() == words
    assert pack.state[guard.WARNINGS_A : guard.WARNINGS_B + 1].tolist() == words
    assert pack.state[guard.REACTION] == d.OPEN


def test_a_limit_of_charging_does_not_end_because_it_ended_charging(step: Step) -> None:
    pack = Judged(step, gate=GATE)
    pack.show(LIMIT, 300)
    pack.readings[GATE] = 0
    pack.show(LIMIT - 10, 5_000)
    assert pack.tripped and pack.state[guard.WARNINGS_A] == 0
    pack.show(LIMIT - 11, 1_010)
    assert not pack.tripped


def test_a_gate_that_closes_starts_the_delay_anew(step: Step) -> None:
    pack = Judged(step, gate=GATE)
    for _ in range(10):
        pack.readings[GATE] = 1
        assert not pack.show(LIMIT, 200)
        pack.readings[GATE] = 0
        assert not pack.show(LIMIT, 10)


def test_a_fault_of_twelve_days_is_still_one(step: Step) -> None:
    pack = Judged(step, latch=1)
    pack.show(LIMIT, 4_000_000, 1_000_000)
    pack.show(0, 1_000_000_000, 1_000_000)
    assert pack.tripped
