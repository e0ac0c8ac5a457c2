"""At rest: the controller ticks once a second, sees as much, and is there at once when it is wanted."""

from collections.abc import Callable

import pytest

from firmware import diagnoses, modes
from firmware import readings as of
from firmware.controller import REST_MS, TICK_MS, URGENT_MS
from firmware.drivers.bq76952 import BALANCING, CHARGE, TEMPERATURES
from firmware.resting import pause
from tests.unit.firmware import bq76952_bench
from tests.unit.firmware.controller_bench import CLOCK, Bench, configuration

REST_AFTER_MS = 300_000


@pytest.fixture
def resting() -> Bench:
    """Driven, opened on a wish, and at rest since."""
    bench = Bench(configuration()).start()
    bench.run(2000)
    bench.board.wish = modes.WISH_OPEN
    bench.run(REST_AFTER_MS - 1000)
    assert waits(bench) == TICK_MS
    bench.run(4000)
    return bench


def waits(bench: Bench) -> int:
    """A tick, and how long the controller then waits."""
    wait_ms = bench.controller.tick(bench.now_ms % CLOCK)
    bench.now_ms += wait_ms
    return wait_ms


def test_an_open_pack_that_nobody_wants_is_looked_at_once_a_second(resting: Bench) -> None:
    assert [waits(resting) for _ in range(100)] == [REST_MS] * 100
    r = resting.controller.readings
    assert not resting.tripped() and not r[of.WARNINGS_A] and not r[of.WARNINGS_B]
    assert r[of.PERIOD_MS] == TICK_MS and r[of.CELLS_AGE_MS] == 0 and r[of.MODE] == modes.OFF


def test_time_at_rest_is_counted_whole(resting: Bench) -> None:
    r, begun_ms = resting.controller.readings, resting.now_ms
    before_s = r[of.UPTIME_S]
    resting.run(3_600_000)
    assert r[of.UPTIME_S] - before_s == pytest.approx((resting.now_ms - begun_ms) / 1000, abs=1)


def wish(bench: Bench) -> None:
    bench.board.wish = modes.WISH_DRIVE


def interlock(bench: Bench) -> None:
    bench.board.interlock_open = 1


def feedback(bench: Bench) -> None:
    bench.board.feedback = 1


@pytest.mark.parametrize("stirs", [wish, interlock, feedback])
def test_what_cannot_wait_ends_the_pause_within_a_tick(resting: Bench, stirs: Callable[[Bench], None]) -> None:
    slept: list[int] = []

    def sleep_until(due_ms: int) -> int:
        slept.append(due_ms)
        if len(slept) == 3:
            stirs(resting)
        return due_ms

    begun_ms = resting.now_ms % CLOCK
    assert waits(resting) == REST_MS
    assert pause(resting.controller, begun_ms, (begun_ms + REST_MS) % CLOCK, sleep_until) == begun_ms + 3 * TICK_MS
    assert len(slept) == 3
    resting.now_ms = begun_ms + 3 * TICK_MS
    while waits(resting) == URGENT_MS:  # the interlock is believed after 50 ms
        pass
    if stirs is wish:
        waits(resting)
        assert resting.closed
    else:
        assert resting.tripped() and waits(resting) <= REST_MS


def test_a_pause_feeds_the_watchdog_and_ends_in_time_over_the_wrap_of_the_clock(resting: Bench) -> None:
    fed: list[int] = []
    now_ms, due_ms = CLOCK - 300, REST_MS - 300

    def sleep_until(until_ms: int) -> int:
        return until_ms

    assert pause(resting.controller, now_ms, due_ms, sleep_until, lambda: fed.append(1)) == due_ms
    assert len(fed) == REST_MS // TICK_MS
    assert pause(resting.controller, due_ms + 5, due_ms, sleep_until) == due_ms + 5, "it is past"


def test_a_monitor_that_falls_silent_at_rest_is_asked_again_at_once_and_trips_as_fast(resting: Bench) -> None:
    resting.monitor.answers = False
    assert waits(resting) == URGENT_MS and diagnoses.STALE_CELLS not in resting.tripped()
    begun_ms = resting.now_ms
    while diagnoses.STALE_CELLS not in resting.tripped():
        assert waits(resting) == URGENT_MS
    assert resting.now_ms - begun_ms <= 50


def test_one_failed_read_at_rest_trips_nothing(resting: Bench) -> None:
    resting.monitor.answers = False
    assert waits(resting) == URGENT_MS
    resting.monitor.answers = True
    assert waits(resting) == REST_MS
    resting.run(10_000)
    assert not resting.tripped()


def test_a_tick_that_comes_late_at_rest_is_late(resting: Bench) -> None:
    resting.now_ms += 300
    waits(resting)
    assert diagnoses.OVERRUN in resting.tripped()


def test_a_current_ends_the_rest(resting: Bench) -> None:
    resting.monitor.drawn_ma = 1_500
    resting.board.commands.append(True)  # what the monitor here takes for a closed contactor
    assert waits(resting) == TICK_MS


def test_who_must_be_served_faster_is(resting: Bench) -> None:
    resting.controller.may_rest = False
    assert waits(resting) == TICK_MS


def test_at_that_rate_the_monitor_is_asked_for_all_that_it_tells() -> None:
    bench = bq76952_bench.Bench()
    bench.feed(current=5.0)
    seen = {CHARGE: 0, BALANCING: 0}
    for _ in range(120):
        bench.now_ms += REST_MS
        bench.chip.advance(bench.now_ms / 1000)
        assert bench.driver.read(bench.now_ms)
        assert bench.driver.age_ms(TEMPERATURES, bench.now_ms) == 0 or _ == 0
        for group in seen:
            seen[group] += bench.driver.age_ms(group, bench.now_ms) == 0
    assert all(120 / 6 <= times <= 120 / 3 for times in seen.values()), seen
    assert not bench.driver.silences
