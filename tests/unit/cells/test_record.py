"""A record that cannot be the named cell's, or not in the stated units, is refused; every measured one is taken."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bms.cells import library
from bms.cells.record import check_charge, check_scale, check_sign, check_trend, check_voltage
from bms.errors import InputError
from bms.estimation.logs import Log, read

MEASURED = Path(__file__).parents[3] / ".." / "shared" / "data" / "cells"
CELL = library.load("panasonic-ncr18650pf")


@pytest.fixture
def pulses() -> Log:
    time = np.arange(0, 3600.0)
    current = np.where(time % 60 < 20, 4.0, 0.5)
    return Log(Path("pulses.csv"), time, current, 3.8 - 0.03 * current, np.full(time.shape, 298.15))


def refusal(check: Callable[[], None]) -> str:
    with pytest.raises(InputError) as e:
        check()
    said = str(e.value)
    assert said.startswith("pulses.csv: ") and said.endswith(".") and "\n" not in said
    return said


def test_pulses_of_the_cell_are_taken(pulses: Log) -> None:
    check_scale(pulses, 2.8)
    check_charge(pulses, 2.8)
    check_sign(pulses)
    check_trend(pulses, 2.8)
    check_voltage(pulses, CELL)


def test_a_swapped_sign_is_told_by_the_steps(pulses: Log) -> None:
    assert "change the sign of current_a" in refusal(lambda: check_sign(replace(pulses, current=-pulses.current)))


def test_a_swapped_sign_is_told_without_steps_by_the_charge_that_moved(pulses: Log) -> None:
    steady = replace(pulses, current=np.full(len(pulses), 2.0), voltage=4.1 - 2e-4 * pulses.time)
    check_trend(steady, 2.8)
    check_sign(replace(steady, current=-steady.current))
    swapped = replace(steady, current=-steady.current)
    assert "change the sign of current_a" in refusal(lambda: check_trend(swapped, 2.8))


def test_a_rest_after_a_load_is_no_swapped_sign_however_the_sensor_drifts(pulses: Log) -> None:
    check_trend(replace(pulses, current=np.full(len(pulses), 0.01), voltage=3.7 + 1e-5 * pulses.time), 2.8)


def test_more_charge_than_the_cell_holds_is_another_unit_or_another_cell(pulses: Log) -> None:
    assert "1.66" in refusal(lambda: check_charge(pulses, 0.5))
    assert "time_s must be in s" in refusal(lambda: check_charge(replace(pulses, time=10 * pulses.time), 2.8))


def test_discharges_on_either_side_of_a_pause_do_not_add_up(pulses: Log) -> None:
    time = np.where(pulses.time < 1800, pulses.time, pulses.time + 86400)
    with pytest.raises(InputError):
        check_charge(pulses, 0.5)
    check_charge(replace(pulses, time=time), 0.5)


def test_the_offset_of_a_sensor_at_rest_is_no_charge(pulses: Log) -> None:
    time = np.arange(0, 2e6, 10.0)
    current = np.where(time < 1000, 4.0, 0.05)
    check_charge(replace(pulses, time=time, current=current), 2.8)


def test_the_voltage_of_a_pack_or_of_nothing_is_not_the_cells(pulses: Log) -> None:
    for voltage in (0.0, 1.9, 4.6):
        log = replace(pulses, voltage=np.full(len(pulses), voltage))
        assert "works between 2.5 and 4.2 V" in refusal(lambda log=log: check_voltage(log, CELL))


@pytest.mark.skipif(not MEASURED.is_dir(), reason="the measured cells are not on this machine")
def test_every_measured_record_is_taken() -> None:
    for path in sorted(MEASURED.glob("*/*.parquet")):
        panasonic = path.parent.name.startswith("panasonic")
        log, capacity = read(path), 2.79 if panasonic else 2.05
        check_scale(log, capacity)
        check_charge(log, capacity)
        check_sign(log)
        check_trend(log, capacity)
        if panasonic:
            check_voltage(log, CELL)
