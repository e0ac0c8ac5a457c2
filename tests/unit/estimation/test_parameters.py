"""A cell that the kernels cannot hold is refused by what its owner knows of it, not by a word of the kernel."""

import pytest

from bms.cells import library
from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation.parameters import RANGES, parameters
from firmware.kernels import soc


def of_capacity(ah: float) -> Cell:
    cell = library.load("panasonic-ncr18650pf")
    return cell.model_copy(update={"capacity_ah": cell.capacity_ah.model_copy(update={"value": ah})})


@pytest.mark.parametrize(
    ("ah", "parallel", "said"),
    [(0.2, 1, r"capacity_ah is 0\.2 Ah"), (600, 1, r"capacity_ah is 600 Ah"), (100, 6, r"6 of its cells in parallel")],
)
def test_a_capacity_out_of_reach_is_told_in_ampere_hours(ah: float, parallel: int, said: str) -> None:
    with pytest.raises(InputError, match=said + r".* the estimator takes 0\.46 \.\. 500 Ah"):
        parameters(of_capacity(ah), parallel)


@pytest.mark.parametrize(("ah", "parallel"), [(0.46, 1), (0.2, 3), (2.5, 200)])
def test_a_capacity_within_reach_fits_the_kernels(ah: float, parallel: int) -> None:
    par = parameters(of_capacity(ah), parallel)
    for word in (soc.C_PER_MA_Q35, soc.RATED_MC):
        low, high = RANGES[word]
        assert low <= par[word] <= high
