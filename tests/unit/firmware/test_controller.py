"""The controller: when it closes, what it does in a silence, and whom it obeys."""

from collections.abc import Callable

import pytest

from firmware import diagnoses, modes
from firmware import readings as of
from firmware.controller import ALL, ODOMETER_MASK, TICK_MS, URGENT_MS
from firmware.drivers.bq76952 import TEMPERATURES
from firmware.kernels import guard
from tests.unit.firmware.controller_bench import CLOCK, Bench, Monitor, configuration

SILENT_MS = 150  # of a monitor, after which nothing is closed


@pytest.fixture
def bench() -> Bench:
    return Bench(configuration())


@pytest.fixture
def driving(bench: Bench) -> Bench:
    """On the road, the contactor closed."""
    bench.start()
    bench.run(2000)
    return bench


def silent(monitor: Monitor) -> None:
    monitor.answers = False


def cell_of_6_volts(monitor: Monitor) -> None:
    monitor.cell_uv[2] = 6_060_000


def no_temperatures(monitor: Monitor) -> None:
    monitor.valid[TEMPERATURES] = 0


def test_contactor_is_opened_when_the_controller_is_made(bench: Bench) -> None:
    assert bench.board.commands == [False] and bench.controller.mode == modes.SELF_TEST


@pytest.mark.parametrize("hazard", [silent, cell_of_6_volts, no_temperatures])
def test_nothing_closes_over_a_pack_that_is_not_understood(bench: Bench, hazard: Callable[[Monitor], None]) -> None:
    assert bench.controller.prepare()
    hazard(bench.monitor)
    bench.run(5000)
    assert bench.board.commands == [False] and bench.controller.mode == modes.SELF_TEST
    bench.monitor.__init__(bench.board)
    bench.monitor.settings_lost = False
    bench.controller.protection.clear()
    bench.run(10_000)
    assert bench.board.commands == [False, True] and bench.controller.mode == modes.DRIVE


def test_a_silent_monitor_opens_within_its_time(driving: Bench) -> None:
    silent(driving.monitor)
    assert driving.opened_after_ms() <= SILENT_MS
    assert diagnoses.STALE_CELLS in driving.tripped()


def test_a_failed_read_is_repeated_soon_and_costs_nothing(driving: Bench) -> None:
    silent(driving.monitor)
    assert driving.controller.tick(driving.now_ms) == URGENT_MS
    driving.monitor.answers = True
    driving.now_ms += URGENT_MS
    assert driving.controller.tick(driving.now_ms) == TICK_MS
    driving.run(2000)
    assert driving.board.commands == [False, True]


def test_contactor_closes_again_over_cells_that_are_back(driving: Bench) -> None:
    silent(driving.monitor)
    driving.run(1000)
    assert not driving.closed
    driving.monitor.answers = True
    driving.run(4000)
    assert not driving.closed, "the bus has to be quiet for five seconds"
    driving.run(3000)
    assert driving.closed, driving.tripped()


def test_a_silence_as_long_as_the_clock_is_a_silence(driving: Bench) -> None:
    silent(driving.monitor)
    driving.run(2000)
    driving.now_ms += CLOCK - 2000  # twelve days later the clock shows the same
    driving.run(500)
    assert driving.board.commands == [False, True, False]


@pytest.mark.parametrize("bit", range(24))
def test_a_trip_of_the_monitor_opens_at_once_and_for_good(driving: Bench, bit: int) -> None:
    driving.monitor.safety_status = 1 << bit
    assert driving.opened_after_ms() <= TICK_MS
    driving.monitor.safety_status = 0
    driving.run(30_000)
    assert driving.board.commands == [False, True, False]
    assert driving.tripped() == {diagnoses.CHIP_FAULT} and driving.controller.mode == modes.FAULT


def test_what_is_cleared_may_close_again(driving: Bench) -> None:
    driving.monitor.safety_status = 8
    driving.run(1000)
    driving.controller.protection.clear()
    driving.run(1000)
    assert not driving.closed, "it is still there"
    driving.monitor.safety_status = 0
    driving.controller.protection.clear()
    driving.run(1000)
    assert driving.closed


def test_a_monitor_that_was_reset_opens_at_once_and_is_given_its_settings(driving: Bench) -> None:
    probed = driving.monitor.probed
    driving.monitor.settings_lost, driving.monitor.takes_settings = True, False
    assert driving.opened_after_ms() <= TICK_MS
    driving.run(200)
    assert driving.monitor.probed >= probed + 3, "it is tried each time"
    driving.monitor.takes_settings = True
    driving.run(10_000)
    assert driving.board.commands == [False, True, False, True]


def test_contactor_is_open_while_a_reset_monitor_is_written(driving: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(driving.monitor, "probe", lambda: seen.append(driving.closed))
    driving.monitor.settings_lost = True
    driving.controller.tick(driving.now_ms)
    assert seen == [False]


def test_a_monitor_that_does_not_answer_is_not_prepared(bench: Bench) -> None:
    bench.monitor.answers = False
    assert not bench.controller.prepare()
    bench.monitor.answers, bench.monitor.takes_settings = True, False
    assert not bench.controller.prepare()


@pytest.mark.parametrize(
    ("wish", "mode"), [(modes.WISH_OPEN, modes.OFF), (modes.WISH_DRIVE, modes.DRIVE), (modes.WISH_CHARGE, modes.CHARGE)]
)
def test_the_vehicle_gets_what_it_wishes(bench: Bench, wish: int, mode: int) -> None:
    bench.board.wish = wish
    assert bench.controller.prepare()
    bench.run(3000)
    assert bench.controller.mode == mode and bench.closed == (wish != modes.WISH_OPEN)
    assert bench.controller.readings[of.MODE] == mode


def test_the_host_goes_before_the_input(driving: Bench) -> None:
    driving.controller.wish(modes.WISH_OPEN)
    driving.run(200)
    assert not driving.closed
    driving.controller.wish(-1)
    driving.run(500)
    assert driving.closed


def test_the_clock_and_the_odometer_come_round() -> None:
    bench = Bench(configuration(), now_ms=CLOCK - 1500).start()
    bench.board.mm = ODOMETER_MASK - 2_000
    bench.run(100)
    for _ in range(20):
        bench.board.mm = (bench.board.mm + 1_500) & ODOMETER_MASK
        bench.run(100)
        assert (bench.controller.dt_ms, bench.controller.d_mm) == (TICK_MS, 1_500)
    assert bench.now_ms > CLOCK and bench.board.commands == [False, True]


def test_a_monitor_whose_fets_stay_off_is_told_again_and_nothing_closes_before(driving: Bench) -> None:
    """As after its reset, with an error on the bus at the last of what it is told."""
    monitor = driving.monitor
    monitor.switch_fets = lambda on: False
    monitor.settings_lost = True
    driving.run(1000)
    assert not monitor.settings_lost and not driving.closed and driving.controller.cluttered
    del monitor.switch_fets
    driving.run(2000)
    assert driving.closed


@pytest.mark.parametrize(
    ("reaction", "discharges", "charges"),
    [
        (diagnoses.NO_CHARGE, True, False),
        (diagnoses.NO_DISCHARGE, False, True),
        (diagnoses.OPEN, False, False),
        (diagnoses.NO_CLOSE, True, True),
    ],
)
def test_no_current_is_promised_that_a_diagnosis_forbids(
    driving: Bench, reaction: int, discharges: bool, charges: bool
) -> None:
    """Whoever keeps to the limits must not run into the diagnosis that opens on a current where it is forbidden."""

    def promised() -> tuple[bool, ...]:
        r = driving.controller.readings
        return tuple(r[first + k] > 0 for first in (of.LIMIT_MA, of.POWER_W) for k in (0, 3))

    protection, driving.monitor.drawn_ma = driving.controller.protection, 0
    driving.run(3000)
    assert promised() == (True,) * 4
    judge, protection._step = protection._step, lambda g, *_: g.__setitem__(guard.REACTION, reaction)
    driving.run(100)
    assert promised() == (discharges, charges) * 2
    protection._step = judge
    driving.run(100)
    assert promised() == (True,) * 4


def test_the_road_of_a_silence_is_counted_when_it_ends(driving: Bench) -> None:
    silent(driving.monitor)
    driving.board.mm += 7 * 1_500
    driving.run(700)
    driving.monitor.answers = True
    driving.board.mm += 1_500
    driving.run(10)
    assert driving.controller.d_mm == 8 * 1_500 and 700 <= driving.controller.dt_ms <= 900


def test_every_task_says_that_it_has_run(driving: Bench) -> None:
    driving.controller.done = 0
    driving.run(100)
    assert driving.controller.done == ALL


@pytest.mark.parametrize("hazard", [silent, lambda monitor: None], ids=["silent", "well"])
def test_shut_down_opens_for_good(driving: Bench, hazard: Callable[[Monitor], None]) -> None:
    hazard(driving.monitor)
    driving.controller.shut_down()
    assert not driving.closed
    driving.run(5000)
    assert not driving.closed and driving.controller.mode == modes.SHUTDOWN
