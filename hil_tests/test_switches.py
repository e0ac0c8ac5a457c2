"""Contactors, link and what the board's inputs say: one hazard a test, on every target."""

from firmware import modes
from firmware import readings as of
from hil_tests.bench import Bench

FAILS_S = 10.0
TICK_S = 0.1
CLOCK_S = 820_000_000  # s since 2000


def opened_after(bench: Bench) -> float:
    """s from FAILS_S to the first opening under way."""
    return next(time for time, closed in bench.under_way if not closed) - FAILS_S


def test_a_link_that_is_shorted_is_tried_three_times_and_never_closed_on(bench: Bench) -> None:
    bench.plant.link_shorted = True
    bench.drive(seconds=60)
    assert not any(closed for _, closed in bench.switched)
    assert bench.readings[of.PRECHARGE_FAILURES] == 3 and bench.tripped("pre-charge failed")
    assert bench.mirror.mismatches == 0


def test_a_link_without_capacitor_is_not_closed_on(bench: Bench) -> None:
    bench.plant.link_absent = True
    bench.drive(seconds=30)
    assert not any(closed for _, closed in bench.switched)


def test_an_open_interlock_opens_within_200_ms_and_its_return_closes(bench: Bench) -> None:
    bench.at(FAILS_S, lambda: setattr(bench.plant, "interlock_open", 1))
    bench.at(FAILS_S + 5, lambda: setattr(bench.plant, "interlock_open", 0))
    bench.drive(seconds=30)
    assert 0 < opened_after(bench) <= 0.2 + TICK_S
    assert [closed for _, closed in bench.under_way] == [True, False, True]


def test_a_welded_contactor_is_known_and_nothing_closes_again(bench: Bench) -> None:
    bench.plant.welded = False

    def weld() -> None:
        bench.plant.welded = True
        bench.plant.wish = modes.WISH_OPEN
        bench.load.power.fill(0.0)

    bench.at(FAILS_S, weld)
    bench.at(FAILS_S + 5, lambda: setattr(bench.plant, "wish", modes.WISH_DRIVE))
    bench.drive(seconds=30)
    assert [closed for _, closed in bench.under_way] == [True, False]
    assert bench.tripped("welded contactor") and bench.readings[of.MODE] == modes.FAULT


def test_who_wishes_nothing_gets_an_open_pack_that_is_watched(bench: Bench) -> None:
    bench.plant.wish = modes.WISH_OPEN
    bench.drive(seconds=10)
    assert not any(closed for _, closed in bench.switched)
    assert bench.readings[of.MODE] == modes.OFF and bench.readings[of.SOC_MEAN_Q15] > 0


def test_a_restart_goes_on_from_what_was_stored(bench: Bench) -> None:
    """Ten minutes after a power cut, by the board's clock, the firmware is at once as sure as it was."""
    bench.plant.clock_s = CLOCK_S
    bench.drive(seconds=100)
    sure = max(bench.history.sd[-1])
    again = Bench(bench.target)
    again.files = dict(bench.files)
    again.plant.clock_s = CLOCK_S + 600
    again.plant.pack.soc = bench.pack.soc
    again.drive(seconds=20)
    assert max(again.history.sd[0]) < 1.5 * sure
    assert again.worst_error < 0.02
    assert again.mirror.mismatches == 0


def test_limits_that_are_told_are_what_the_cells_give(bench: Bench) -> None:
    bench.drive(seconds=60)
    r = bench.readings
    two, ten, thirty = r[of.LIMIT_MA : of.LIMIT_MA + 3]
    assert 0 < thirty <= ten <= two <= 308_000
    assert r[of.POWER_W] <= two * bench.pack.stack_voltage / 1000
    assert 0 < r[of.ENERGY_WH] < bench.pack.energy_left.sum() / 3600
