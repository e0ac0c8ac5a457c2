"""A cell fitted on tests of one temperature: the interval must know how far from them it is asked."""

from pathlib import Path

import pytest

from bms.cells import fitting
from bms.cells.schema import Cell
from bms.estimation import logs
from bms.estimation.accuracy_cases import exact
from bms.estimation.run import estimate


@pytest.fixture(scope="module")
def lfp(shared: Path) -> Path:
    return shared / "cells" / "a123_lfp"


@pytest.fixture(scope="module")
def warm(lfp: Path) -> Cell:
    slow, drive = sorted(lfp.glob("OCV__p25C__*.parquet")), [lfp / "DYN__p25C__script1.parquet"]
    return fitting.fit_files(slow, drive, None, "warm", logs.read).cell


def told(path: Path, cell: Cell) -> tuple[float, float]:
    """RMSE of the SoC and the share of the time that the interval holds the truth, told the truth at the start."""
    run = exact(logs.read(path), cell)
    found = estimate(run.log, cell, run.start_soc)
    assert found.rmse is not None and found.coverage is not None
    return found.rmse, found.coverage


@pytest.mark.parametrize(("place", "least"), [("m15C", 0.75), ("p45C", 0.9)])
def test_an_interval_far_from_the_tests_holds_the_truth(lfp: Path, warm: Cell, place: str, least: float):
    assert told(lfp / f"DYN__{place}__script1.parquet", warm)[1] >= least


def test_at_the_temperature_of_the_tests_nothing_is_given_away(lfp: Path, warm: Cell):
    rmse, coverage = told(lfp / "DYN__p25C__script1.parquet", warm)
    assert rmse < 0.005
    assert coverage >= 0.9
