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


def test_what_lasts_grows_beyond_the_tests_of_a_fit() -> None:
    grown = parameters(library.load("a123-26650-lfp"))[soc.LASTING_Q12 : soc.SHIFT_UV]  # tested at -25..45 degC
    assert (grown[2:19] == 4096).all()  # -30..50 degC: up to the first row beyond
    assert grown[[1, 0, 19, 20, 26]].tolist() == pytest.approx([5034, 7143, 5034, 7143, 22528], abs=1)


def test_a_cell_that_names_no_tests_is_doubted_alike_everywhere() -> None:
    assert (parameters(library.load("factorial-fest77"))[soc.LASTING_Q12 : soc.SHIFT_UV] == 4096).all()
