"""The estimator over all that was measured on the Panasonic cell, drives and slow tests alike."""

from bms.cells import library
from bms.estimation import logs
from bms.estimation.run import estimate


def test_every_measured_file_of_the_cell_runs(shared):
    cell = library.load("panasonic-ncr18650pf")
    paths = sorted((shared / "cells" / "panasonic_18650pf").glob("*.parquet"))
    assert paths
    for path in paths:
        result = estimate(logs.read(path), cell)
        assert ((result.soc >= 0) & (result.soc <= 1)).all(), path.name
        assert (result.sd > 0).all(), path.name
