"""What opens the contactor and how soon: one fault a test."""

from array import array
from collections.abc import Callable
from itertools import pairwise

import pytest

from firmware import diagnoses, modes
from firmware.controller import REST_MS
from tests.unit.firmware.controller_bench import Bench, configuration, small_configuration


@pytest.fixture
def bench() -> Bench:
    return Bench(configuration())


@pytest.fixture
def driving(bench: Bench) -> Bench:
    """On the road, the contactor closed."""
    bench.start()
    bench.run(2000)
    return bench


def test_over_current_opens_within_120_ms(driving: Bench) -> None:
    driving.monitor.drawn_ma = 330_000  # of cells of 308 A
    assert driving.opened_after_ms() <= 120
    assert diagnoses.OVER_CURRENT_DISCHARGE_FAST in driving.tripped()


def test_over_voltage_opens_within_half_a_second(driving: Bench) -> None:
    driving.monitor.cell_uv[1] = 4_300_000
    assert driving.opened_after_ms() <= 500 - 63  # the monitor's scan comes before
    assert driving.tripped() == {diagnoses.OVER_VOLTAGE}


def test_under_voltage_ends_discharge_and_leaves_charge(driving: Bench) -> None:
    driving.monitor.drawn_ma = 0
    driving.monitor.cell_uv[1] = 2_600_000
    driving.run(1000)
    assert driving.monitor.permitted == (True, False) and driving.closed


def test_a_current_that_is_forbidden_opens(driving: Bench) -> None:
    driving.monitor.cell_uv[1] = 2_600_000
    assert driving.opened_after_ms() <= 1000
    assert diagnoses.LIMIT_IGNORED in driving.tripped()


@pytest.mark.parametrize(("drawn_ma", "opens"), [(-500, True), (-200, False), (500, True), (200, False)])
def test_a_small_pack_does_not_take_a_current_that_is_forbidden_for_the_sensors_error(
    drawn_ma: int, opens: bool
) -> None:
    """Below -25 degC none may flow in, with a cell at 2.46 V none out; 500 mA are C/5 to 2.8 Ah."""
    bench = Bench(small_configuration())
    bench.monitor.drawn_ma = drawn_ma
    bench.start()
    if drawn_ma < 0:
        bench.monitor.ts_mdegc[:] = array("i", [-26_000] * 4)
    else:
        bench.monitor.cell_uv[1] = 2_460_000
    bench.run(5000)
    assert bench.closed is not opens and (diagnoses.LIMIT_IGNORED in bench.tripped()) is opens


def test_an_open_interlock_opens_within_200_ms(driving: Bench) -> None:
    driving.board.interlock_open = 1
    assert driving.opened_after_ms() <= 200


def test_a_fault_that_comes_with_every_closing_does_not_wear_the_contactor_out(driving: Bench) -> None:
    """A monitor that each inrush resets. Once is gone on from at once, and a pack that asks for less load again too."""
    opened_ms: list[int] = []
    while len(opened_ms) < 12:
        driving.run(200)
        driving.monitor.settings_lost = True
        driving.opened_after_ms()
        opened_ms.append(driving.now_ms)
        while not driving.closed:
            driving.run(10)
    apart_ms = [after - before for before, after in pairwise(opened_ms)]
    assert apart_ms[0] < 1000 and all(60_000 <= ms < 61_000 for ms in apart_ms[-4:])
    driving.run(61_000)
    driving.monitor.settings_lost = True
    begun = driving.now_ms + driving.opened_after_ms()
    while not driving.closed:
        driving.run(10)
    assert driving.now_ms - begun < 1000, "it has held for a minute"


def test_a_vehicle_that_has_asked_for_an_open_pack_does_not_wait_for_the_next_closing(driving: Bench) -> None:
    for _ in range(6):
        driving.monitor.settings_lost = True
        driving.run(40_000)
    assert driving.closed
    driving.monitor.settings_lost = True
    driving.run(1000)
    assert not driving.closed
    driving.board.wish = modes.WISH_OPEN
    driving.run(200)
    driving.board.wish = modes.WISH_DRIVE
    driving.run(500)
    assert driving.closed


def test_a_vehicle_that_has_asked_for_an_open_pack_while_the_fault_lasts_does_not_wait_either(driving: Bench) -> None:
    for _ in range(6):
        driving.monitor.settings_lost = True
        driving.run(40_000)
    assert driving.closed
    driving.board.interlock_open = 1
    driving.run(500)
    driving.board.wish = modes.WISH_OPEN
    driving.run(500)
    driving.board.interlock_open = 0
    driving.board.wish = modes.WISH_DRIVE
    driving.run(2000)
    assert driving.closed


def test_bad_insulation_keeps_open_what_is_open_and_does_not_stop_a_drive(driving: Bench) -> None:
    driving.board.insulation_kohm = 1
    driving.run(3000)
    assert driving.closed
    driving.board.wish = modes.WISH_OPEN
    driving.run(1000)
    driving.board.wish = modes.WISH_DRIVE
    driving.run(3000)
    assert not driving.closed and driving.controller.mode == modes.FAULT


@pytest.mark.parametrize("wakes_ms", [100, 500, 950])
def test_a_pack_that_wakes_up_to_a_silent_monitor_closes_nothing(driving: Bench, wakes_ms: int) -> None:
    driving.board.wish = modes.WISH_OPEN
    driving.run(320_000)
    told = len(driving.board.commands)
    driving.now_ms += wakes_ms - REST_MS
    driving.monitor.answers = False
    driving.board.wish = modes.WISH_DRIVE
    driving.run(3000)
    assert len(driving.board.commands) == told
    driving.monitor.answers = True
    driving.run(8000)
    assert driving.closed, "and goes on once it answers"


def test_a_welded_contactor_is_known_300_ms_after_it_should_be_open(driving: Bench) -> None:
    driving.board.feedback = 1
    driving.run(1000)
    driving.board.wish = modes.WISH_OPEN
    driving.monitor.drawn_ma = 0
    begun = driving.now_ms
    while diagnoses.WELDED not in driving.tripped():
        driving.now_ms += driving.controller.tick(driving.now_ms)
    assert driving.now_ms - begun <= 300
    driving.board.wish = modes.WISH_DRIVE
    driving.run(5000)
    assert not driving.closed


def pulse(bench: Bench, period_ms: int, sign: int, seconds: int) -> None:
    """A load of 20 and 60 A in turn, seen through a sensor of that sign; the cells are those of 50 ms ago."""
    monitor, begun = bench.monitor, bench.now_ms

    def drawn_ma(now_ms: int) -> int:
        return 60_000 if (now_ms - begun) % period_ms < period_ms // 2 else 20_000

    def read(now_ms: int, real: Callable[[int], bool] = monitor.read) -> bool:
        monitor.drawn_ma = sign * drawn_ma(now_ms)
        for k in range(4):
            monitor.cell_uv[k] = 3_900_000 + 1000 * k - drawn_ma(now_ms - 50)
        return real(now_ms)

    monitor.read = read
    while bench.now_ms < begun + 1000 * seconds and bench.closed:
        bench.now_ms += bench.controller.tick(bench.now_ms)


@pytest.mark.parametrize("period_ms", [70, 75, 80, 108, 125, 140, 300, 2000])
def test_a_load_that_pulses_faster_than_it_is_seen_is_no_sensor_of_the_wrong_sign(
    driving: Bench, period_ms: int
) -> None:
    pulse(driving, period_ms, 1, 120)
    assert driving.closed and not driving.tripped()


def test_a_sensor_of_the_wrong_sign_opens_within_ten_seconds_where_the_load_steps_each_second(driving: Bench) -> None:
    begun = driving.now_ms
    pulse(driving, 2000, -1, 20)
    assert driving.tripped() == {diagnoses.SIGN_ERROR} and driving.now_ms - begun <= 10_000
