"""Contactors, link and what the board's inputs say: one hazard a test, on every target."""

from bms.emulation.pack import Pack
from firmware import modes
from firmware import readings as of
from hil_tests.bench import Bench, cells, monitor

FAILS_S = 10.0
TICK_S = 0.1
CLOCK_S = 820_000_000  # s since 2000


def opened_after(controller: Bench) -> float:
    """s from FAILS_S to the first opening under way."""
    return next(time for time, closed in controller.under_way if not closed) - FAILS_S


def test_a_link_that_is_shorted_is_tried_three_times_and_never_closed_on(controller: Bench) -> None:
    controller.plant.link_shorted = True
    controller.drive(seconds=60)
    assert not any(closed for _, closed in controller.switched)
    assert controller.readings[of.PRECHARGE_FAILURES] == 3 and controller.tripped("pre-charge failed")
    assert controller.mirror.mismatches == 0


def test_a_link_without_capacitor_is_not_closed_on(controller: Bench) -> None:
    controller.plant.link_absent = True
    controller.drive(seconds=30)
    assert not any(closed for _, closed in controller.switched)


def test_an_open_interlock_opens_within_200_ms_and_its_return_closes(controller: Bench) -> None:
    controller.at(FAILS_S, lambda: setattr(controller.plant, "interlock_open", 1))
    controller.at(FAILS_S + 5, lambda: setattr(controller.plant, "interlock_open", 0))
    controller.drive(seconds=30)
    assert 0 < opened_after(controller) <= 0.2 + TICK_S
    assert [closed for _, closed in controller.under_way] == [True, False, True]


def test_a_welded_contactor_is_known_and_nothing_closes_again(controller: Bench) -> None:
    controller.plant.welded = False

    def weld() -> None:
        controller.plant.welded = True
        controller.plant.wish = modes.WISH_OPEN
        controller.load.power.fill(0.0)

    controller.at(FAILS_S, weld)
    controller.at(FAILS_S + 5, lambda: setattr(controller.plant, "wish", modes.WISH_DRIVE))
    controller.drive(seconds=30)
    assert [closed for _, closed in controller.under_way] == [True, False]
    assert controller.tripped("welded contactor") and controller.readings[of.MODE] == modes.FAULT


def test_who_wishes_nothing_gets_an_open_pack_that_is_watched(controller: Bench) -> None:
    controller.plant.wish = modes.WISH_OPEN
    controller.drive(seconds=10)
    assert not any(closed for _, closed in controller.switched)
    assert controller.readings[of.MODE] == modes.OFF and controller.readings[of.SOC_MEAN_Q15] > 0


def test_a_restart_goes_on_from_what_was_stored(controller: Bench, pack: Pack) -> None:
    """Ten minutes after a power cut, by the board's clock, the firmware is at once as sure as it was."""
    controller.plant.clock_s = CLOCK_S
    controller.drive(seconds=100)
    sure = max(controller.history.sd[-1])
    again = Bench(controller.target, cells(), monitor())
    again.files = dict(controller.files)
    again.plant.clock_s = CLOCK_S + 600
    again.plant.pack.soc = pack.soc
    again.drive(seconds=20)
    assert max(again.history.sd[0]) < 1.5 * sure
    assert again.worst_error < 0.02
    assert again.mirror.mismatches == 0


def test_limits_that_are_told_are_what_the_cells_give(controller: Bench, pack: Pack) -> None:
    controller.drive(seconds=60)
    r = controller.readings
    two, ten, thirty = r[of.LIMIT_MA : of.LIMIT_MA + 3]
    assert 0 < thirty <= ten <= two <= 308_000
    assert r[of.POWER_W] <= two * pack.stack_voltage / 1000
    assert 0 < r[of.ENERGY_WH] < pack.energy_left.sum() / 3600
