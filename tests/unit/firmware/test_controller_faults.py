"""What opens the contactor and how soon: one fault a test."""

import pytest

from firmware import diagnoses, modes
from tests.unit.firmware.controller_bench import Bench, configuration


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


def test_an_open_interlock_opens_within_200_ms(driving: Bench) -> None:
    driving.board.interlock_open = 1
    assert driving.opened_after_ms() <= 200


def test_bad_insulation_keeps_open_what_is_open_and_does_not_stop_a_drive(driving: Bench) -> None:
    driving.board.insulation_kohm = 1
    driving.run(3000)
    assert driving.closed
    driving.board.wish = modes.WISH_OPEN
    driving.run(1000)
    driving.board.wish = modes.WISH_DRIVE
    driving.run(3000)
    assert not driving.closed and driving.controller.mode == modes.FAULT


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
