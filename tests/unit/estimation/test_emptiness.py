"""Where a cell is empty: the harder the road and the colder the cell, the earlier."""

import numpy as np
import pytest

from bms.cells import library
from bms.estimation import emptiness
from bms.estimation.parameters import estimable


@pytest.mark.parametrize("name", estimable())
def test_power_and_cold_empty_a_cell_earlier(name: str) -> None:
    soc = emptiness.empty(library.load(name))
    assert soc.shape == (len(emptiness.CELSIUS), emptiness.POWERS)
    assert ((soc >= -0.125) & (soc <= 1)).all()
    assert (np.diff(soc, axis=1) >= 0).all()
    assert (np.diff(soc[:, 2:], axis=0) <= 0.02).all()


def test_without_load_a_cell_is_empty_where_its_ocv_says() -> None:
    cell = library.load("panasonic-ncr18650pf")
    at_25_c = emptiness.empty(cell)[6:8, 0].mean()
    assert at_25_c == pytest.approx(-0.016, abs=0.02)  # there its OCV is 2.5 V
