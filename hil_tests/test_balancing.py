"""Balancing on the real firmware at rest: cells that are 50 mV apart come within 5 mV, whatever their size."""

import pytest

from bms.bench import balancing_loop
from bms.bench.targets import target
from bms.errors import InputError


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(
    ("cell", "hours"), [("panasonic-ncr18650pf", 6.0), ("quantumscape-qse5", 12.0), ("factorial-fest77", 120.0)]
)
def test_cells_50_mv_apart_come_within_5_mv(cell: str, hours: float) -> None:
    result = balancing_loop.run(cell, hours, target("python"))
    assert result["begun_mv"] >= 50 and result["converged"] and result["ended_mv"] <= 5
    assert result["hours"] < hours and result["lowest_cell_lost_pct"] < 0.1


def test_cells_on_a_plateau_are_refused() -> None:
    with pytest.raises(InputError, match="cells on such a plateau are not told apart by their voltage"):
        balancing_loop.run("a123-26650-lfp", 1.0, target("python"))
