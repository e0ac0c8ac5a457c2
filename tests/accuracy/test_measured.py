"""The estimator over measured cycles that took no part in the fit of the Panasonic cell.

The budgets here are wide: they catch a broken estimator. How accurate it must be is judged by the accuracy protocol.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bms.cells import library
from bms.estimation import logs
from bms.estimation.run import Estimate, estimate

RMSE = 0.04  # mean over the files
COVERAGE = 0.80  # of the 95 % interval, mean over the files


@pytest.fixture(scope="module")
def judged(shared: Path) -> list[logs.Log]:
    folder = shared / "cells" / "panasonic_18650pf"
    paths = sorted([*folder.glob("*__US06.parquet"), *folder.glob("*__LA92.parquet")])
    assert len(paths) == 10
    return [logs.read(path) for path in paths]


@pytest.mark.parametrize("start_soc", [1.0, None], ids=["told", "blind"])
def test_soc_follows_measured_cycles_from_minus_20_to_25_degc(judged, start_soc):
    cell = library.load("panasonic-ncr18650pf")
    results = [estimate(log, cell, start_soc) for log in judged]
    rmse, coverage = (np.array(x) for x in zip(*figures(results), strict=True))
    for result, error, share in zip(results, rmse, coverage, strict=True):
        print(f"{result.log.name:22s} RMSE {100 * error:5.2f} %  coverage {share:.2f}")
    print(f"{'mean':22s} RMSE {100 * rmse.mean():5.2f} %  coverage {coverage.mean():.2f}")
    assert rmse.mean() < RMSE
    assert coverage.mean() > COVERAGE


def figures(results: list[Estimate]) -> Iterator[tuple[float, float]]:
    for result in results:
        assert len(result.soc) == len(result.log)
        assert result.rmse is not None and result.coverage is not None
        yield result.rmse, result.coverage


def test_every_measured_file_of_the_cell_runs(shared):
    cell = library.load("panasonic-ncr18650pf")
    paths = sorted((shared / "cells" / "panasonic_18650pf").glob("*.parquet"))
    assert paths
    for path in paths:
        result = estimate(logs.read(path), cell)
        assert ((result.soc >= 0) & (result.soc <= 1)).all(), path.name
        assert (result.sd > 0).all(), path.name
