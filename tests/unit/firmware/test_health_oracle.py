"""The capacity of health.py against total least squares in floats, written from docs/estimator.md alone."""

from array import array

import numpy as np
import pytest

from bms.cells import library
from bms.estimation.parameters import capacity_mc, parameters
from firmware import start
from firmware.kernels import health, soc

LEAST, MOST = 0.4, 1.1  # shares that the kernel keeps to
VARIANCE_LEAST, VARIANCE_MOST = 0.005**2, 0.25


class Memory:
    """c1 .. c6 of the pairs so far, in floats. pair(): x, y and their variances."""

    def __init__(self, cell: array) -> None:
        self.sums = np.array(cell[soc.C_Q7 : soc.C_Q7 + 6]) / 2**7

    def pair(self, x: float, y: float, x_variance: float, y_variance: float) -> None:
        products = np.array([x * x, x * y, y * y])
        kept = [np.clip(v, VARIANCE_LEAST, VARIANCE_MOST) for v in (y_variance, x_variance)]
        self.sums = self.sums * 63 / 64 + np.concatenate([products / kept[0], products / kept[1]])

    def share(self, near: float) -> float:
        """The capacity that explains them best; of the roots the one that is nearest."""
        c1, c2, c3, c4, c5, c6 = self.sums
        roots = np.roots([c5, 2 * c4 - c1 - c6, 3 * (c2 - c5), c1 - 2 * c3 + c6, -c2])
        real = roots[np.abs(roots.imag) < 1e-9].real
        return float(real[np.argmin(np.abs(real - near))])


@pytest.mark.parametrize("seed", range(8))
def test_the_capacity_is_that_of_total_least_squares_in_floats(seed: int) -> None:
    """Pairs of either direction, of a few minutes to days, told well and badly, of cells of 0.7 to 1.05."""
    rng, cell_type = np.random.default_rng(seed), library.load("factorial-fest77")
    par = array("i", parameters(cell_type).tolist())
    cell = start.known(par, capacity_mc(cell_type), start.FULL_Q21, 328)
    memory, true_share = Memory(cell), rng.uniform(0.7, 1.05)
    offset_variance = cell[soc.ZERO_Q36] / 2**36  # in C, squared
    for k in range(60):
        x, way = rng.uniform(0.3, 1.0), int(rng.choice([-1, 1]))
        hours, deviations = int(rng.integers(10, 1_900)) / 60, rng.integers(30, 2_000, 2)
        y = x * true_share * (1 + rng.normal(0, 0.02))
        begun = 1.0 if way > 0 else 0.0
        cell[soc.REASON] = 0  # what lies between two of these pairs is none
        tell(cell, par, begun, int(deviations[0]))
        cell[soc.OUT_Q28], cell[soc.SINCE_MIN] = round(way * y * 2**28), round(60 * hours)
        tell(cell, par, begun - way * x, int(deviations[1]))
        memory.pair(x, y, float(((deviations / 2**16) ** 2).sum()), offset_variance * hours**2)
        learned = cell[soc.SHARE_Q24] / 2**24
        if k >= 3:  # a step of the search is 0.1 at most, four a pair
            assert learned == pytest.approx(np.clip(memory.share(true_share), LEAST, MOST), abs=5e-4)
    assert cell[soc.SHARE_Q24] / 2**24 == pytest.approx(true_share, abs=0.05)


def tell(cell: array, par: array, share: float, sd_q16: int) -> None:
    """That SoC, told with its deviation, which is that of the filter as well."""
    cell[soc.SOC_Q21], cell[soc.P_Q32] = round(share * 2**21), sd_q16**2
    cell[soc.DZ_Q30], cell[soc.SPAN_MS], cell[soc.I_Q13], cell[soc.V_UV] = 0, 1000, 8_192, 3_000_000
    health.step(cell, par, cell[soc.SOC_Q21], sd_q16)
