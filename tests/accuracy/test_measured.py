"""The estimator over all that was measured on the Panasonic cell, drives and slow tests alike."""

import pytest

from bms.cells import library
from bms.estimation import logs
from bms.estimation.capacity_cycles import aged
from bms.estimation.run import estimate


def test_every_measured_file_of_the_cell_runs(shared):
    cell = library.load("panasonic-ncr18650pf")
    paths = sorted((shared / "cells" / "panasonic_18650pf").glob("*.parquet"))
    assert paths
    for path in paths:
        result = estimate(logs.read(path), cell)
        assert ((result.soc >= 0) & (result.soc <= 1)).all(), path.name
        assert (result.sd > 0).all(), path.name


@pytest.mark.parametrize(("test", "ah"), [("1_START", 2.80), ("2_START", 2.75), ("1_END", 2.43), ("2_END", 2.35)])
def test_the_capacity_of_the_ageing_cell_is_found_within_3_percent(shared, test: str, ah: float):
    log = logs.read(shared / "cells" / "panasonic_18650pf" / f"p25C__Dis1C_{test}.parquet")
    found = aged(log, library.load("panasonic-ncr18650pf"))
    assert found.delivered_ah == pytest.approx(ah, abs=0.006)
    assert abs(found.error) <= 0.03
