"""The estimator on a cell that it knows from tests alone: PyBaMM's DFN of lithium metal against NMC."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from typer.testing import CliRunner

from bms import cli
from bms.cells import library
from bms.cells.schema import Cell
from bms.cells.temperature import REFERENCE
from bms.driving import cycles, drive, vehicle
from bms.estimation import logs
from bms.estimation.logs import Log
from bms.estimation.run import Estimate, estimate
from tests.pybamm import half_cell
from tests.pybamm.half_cell import CAPACITY_AH, HIGHEST, LOWEST, STEP

PEAK_C, EMPTIED = 3.0, 0.9  # of the drive, whose peaks are higher than the pulses' 2C; share of the charge it takes
ALLOWED = 0.02  # SoC
FOUND = 600  # s after which a start without a SoC, or with a wrong one, is held to it
GAIN, OFFSET = 1.02, 0.04  # of a current sensor that reads too much; A

pytestmark = [pytest.mark.pybamm, pytest.mark.slow]


class Judged(NamedTuple):
    """The cell that `bms fit` found from the slow test and the pulses, and a drive that it never saw."""

    cell: Cell
    driven: Log


def us06() -> np.ndarray:
    """A in each second of US06 in the reference sedan, scaled to PEAK_C and repeated until EMPTIED is taken."""
    power = drive.trace(cycles.load("us06"), vehicle.load("midsize-sedan"), REFERENCE, STEP).power
    once, asked = PEAK_C * CAPACITY_AH * power / power.max(), EMPTIED * CAPACITY_AH * 3600 / STEP
    current = np.tile(once, int(asked / once.sum()) + 1)
    return current[: np.searchsorted(np.cumsum(current), asked)]


@pytest.fixture(scope="module")
def judged(pybamm, tmp_path_factory) -> Judged:
    folder: Path = tmp_path_factory.mktemp("half_cell")
    slow, pulses, driven, cell = (folder / name for name in ("slow.csv", "pulses.csv", "us06.csv", "cell.toml"))
    half_cell.slow(pybamm, slow)
    half_cell.pulses(pybamm, pulses)
    half_cell.drive(pybamm, driven, us06())
    said = CliRunner().invoke(cli.app, ["fit", f"--ocv={slow}", f"--dynamic={pulses}", f"--out={cell}"])
    assert said.exit_code == 0, said.output
    return Judged(library.load(cell), logs.read(driven))


def worst(result: Estimate, since: int = 0) -> float:
    """SoC, from row `since` on."""
    assert result.error is not None
    return float(np.abs(result.error[since:]).max())


def test_the_drive_stays_within_the_cell_and_nearly_empties_it(judged):
    log = judged.driven
    assert log.voltage.min() > LOWEST and log.voltage.max() < HIGHEST + 0.05
    assert log.soc is not None and log.soc[-1] == pytest.approx(1 - EMPTIED, abs=0.005)
    assert judged.cell.capacity_ah.value == pytest.approx(CAPACITY_AH, rel=0.01)


def test_from_the_true_start_soc_stays_within_2_percent(judged):
    result = estimate(judged.driven, judged.cell, 1.0)
    assert worst(result) <= ALLOWED
    assert result.coverage is not None and result.coverage >= 0.95


@pytest.mark.parametrize("start", [None, 0.85], ids=["blind", "15 points off"])
def test_a_start_without_the_truth_finds_it_within_ten_minutes(judged, start):
    assert worst(estimate(judged.driven, judged.cell, start, 0.1), FOUND) <= ALLOWED


def test_a_current_sensor_that_reads_too_much_does_not_carry_soc_away(judged):
    log = judged.driven
    wrong = replace(log, current=GAIN * log.current + OFFSET)
    counted = 1 - np.cumsum(wrong.current) * STEP / 3600 / judged.cell.capacity_ah.value
    assert np.abs(counted - log.soc).max() > 1.5 * ALLOWED
    assert worst(estimate(wrong, judged.cell, 1.0)) <= ALLOWED
