"""The banded solution is the one that a plain, dense least squares gives, and no resistance in it is negative."""

import numpy as np
import pytest
from scipy.optimize import nnls

from bms.cells.fitting_rows import GAP_SOC, QUANTITIES, Rows
from bms.cells.fitting_shape import SURFACE_SOC
from bms.cells.fitting_solve import Normal, normal, penalty, solve

NODES = np.array([273.15, 278.15, 283.15])
WIDTH = len(SURFACE_SOC)


@pytest.fixture(scope="module")
def part() -> Rows:
    """2,000 random rows whose figures pull some resistances below zero."""
    rng = np.random.default_rng(0)
    n = 2000
    corner = rng.integers(0, len(NODES) - 1, n) * WIDTH + rng.integers(0, WIDTH - 1, n)
    factors, gap = rng.normal(0, 1, (n, 4 * QUANTITIES)), rng.normal(0, 0.3, (n, len(GAP_SOC)))
    return Rows(corner, factors, gap, factors.sum(axis=1) * 0.01 + rng.normal(0, 0.2, n), np.zeros(n))


def dense(part: Rows) -> np.ndarray:
    size = len(NODES) * WIDTH * QUANTITIES
    design = np.zeros((len(part.corner), size + len(GAP_SOC)))
    for row, corner in enumerate(part.corner):
        for k, place in enumerate((corner, corner + 1, corner + WIDTH, corner + WIDTH + 1)):
            design[row, place * QUANTITIES : (place + 1) * QUANTITIES] = part.factors[row, k * QUANTITIES :][
                :QUANTITIES
            ]
    design[:, size:] = part.gap
    return design


def matrix(system: Normal) -> np.ndarray:
    size, gaps = len(system.right), len(system.right_gap)
    out = np.zeros((size + gaps, size + gaps))
    for d, diagonal in enumerate(system.band):
        out[np.arange(d, size), np.arange(size - d)] = diagonal[: size - d]
    out += np.tril(out, -1).T
    out[:size, size:], out[size:, :size], out[size:, size:] = system.border, system.border.T, system.corner
    return out


def test_the_normal_equations_are_those_of_the_rows(part: Rows) -> None:
    weight = np.random.default_rng(1).uniform(0.1, 2, len(part.corner))
    system, design = normal(part, weight, len(NODES)), dense(part)
    assert matrix(system) == pytest.approx(design.T @ (weight[:, None] * design), abs=1e-9)
    assert np.r_[system.right, system.right_gap] == pytest.approx(design.T @ (weight * part.rest), abs=1e-9)


def test_the_positive_solution_is_that_of_nonnegative_least_squares(part: Rows) -> None:
    system = normal(part, np.ones(len(part.corner)), len(NODES)) + penalty(NODES)
    tables, gap = solve(system, positive=True)
    whole, right = matrix(system), np.r_[system.right, system.right_gap]
    root = np.linalg.cholesky(whole).T
    target = np.linalg.solve(root.T, right)
    shifts = np.arange(0, len(system.right), QUANTITIES)
    found = nnls(np.hstack([root, -root[:, shifts]]), target, maxiter=10_000)[0]
    expected = found[: len(right)]
    expected[shifts] -= found[len(right) :]
    assert (tables[:, :, 1:] >= 0).all() and (tables[:, :, 1:] == 0).any() and (gap >= 0).all()

    def cost(unknown: np.ndarray) -> float:
        return float(unknown @ whole @ unknown - 2 * right @ unknown)

    assert cost(np.r_[tables.ravel(), gap]) == pytest.approx(cost(expected), rel=1e-3)


def test_what_is_dropped_stays_at_zero(part: Rows) -> None:
    system = normal(part, np.ones(len(part.corner)), len(NODES)) + penalty(NODES)
    tables, gap = solve(system, dropped=(2, 3), gap_most=np.zeros(len(GAP_SOC)))
    assert not tables[:, :, 2:4].any() and not gap.any() and tables[:, :, 1].any()
