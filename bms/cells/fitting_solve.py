"""Banded least squares for all tables at once: unknowns run over temperature, then SoC, then quantity."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve_banded, cholesky_banded
from scipy.optimize import lsq_linear, nnls

from bms.cells.fitting_rows import CORNERS, GAP_SOC, QUANTITIES, Rows
from bms.cells.fitting_shape import SURFACE_SOC
from bms.cells.record import Floats

_WIDTH = len(SURFACE_SOC)
_BAND = 2 * _WIDTH * QUANTITIES  # a curvature over temperature couples three rows
_CORNER = np.array([q + QUANTITIES * (dz + _WIDTH * dt) for dt in (0, 1) for dz in (0, 1) for q in range(QUANTITIES)])
# Penalties by cross-validation on training cycles; per (V)^2 of the shift, per (V per C)^2 of a resistance.
_BEND_SOC, _BEND_TEMPERATURE = (30.0, 4.0), (30.0, 4.0)
_STEP_SOC, _STEP_TEMPERATURE = (1.0, 1.0), (5.0, 50.0)
_RIDGE = (0.03, 0.001)
_EMPTY, _SOFT = 0.15, (0.01, 1.0)  # below this SoC the shift may bend: there the OCV falls, and moves as the cell ages
_GAP_BEND, _GAP_RIDGE = 300.0, 3.0
_GAP_LEAST = 1e-9  # V; a bound of 0 would leave nothing to solve for
_PIVOTS = 12
_CHUNK = 256  # rows; OpenBLAS hands larger products to several threads, which wait for each other on a busy machine


@dataclass(frozen=True)
class Normal:
    """Normal equations: lower band (_BAND + 1, n), border (n, gaps), corner (gaps, gaps), right sides (n,), (gaps,)."""

    band: Floats
    border: Floats
    corner: Floats
    right: Floats
    right_gap: Floats

    def __add__(self, other: "Normal") -> "Normal":
        return Normal(
            self.band + other.band,
            self.border + other.border,
            self.corner + other.corner,
            self.right + other.right,
            self.right_gap + other.right_gap,
        )


def normal(part: Rows, weight: Floats, count: int) -> Normal:
    """Of the rows of `part` for tables with `count` temperatures."""
    size, gaps = count * _WIDTH * QUANTITIES, len(GAP_SOC)
    order = np.argsort(part.corner, kind="stable")
    corner = part.corner[order]
    whole = np.concatenate([part.factors, part.gap, part.rest[:, None]], axis=1)[order]
    weighted = whole * weight[order, None]
    edges = np.unique(np.r_[0, np.flatnonzero(np.diff(corner)) + 1, np.arange(0, len(corner), _CHUNK), len(corner)])
    blocks = np.stack([weighted[a:b].T @ whole[a:b] for a, b in pairwise(edges)])
    index = corner[edges[:-1], None] * QUANTITIES + _CORNER
    below = np.tril_indices(CORNERS)
    row, column = index[:, below[0]], index[:, below[1]]
    flat = ((row - column) * size + column).ravel()
    figures = blocks[:, below[0], below[1]].ravel()
    band = np.bincount(flat, figures, (_BAND + 1) * size).astype(np.float64).reshape(_BAND + 1, size)
    border, right = np.zeros((size, gaps)), np.zeros(size)
    np.add.at(border, index, blocks[:, :CORNERS, CORNERS:-1])
    np.add.at(right, index, blocks[:, :CORNERS, -1])
    total = blocks[:, CORNERS:, CORNERS:].sum(axis=0)
    return Normal(band, border, total[:-1, :-1], right, total[:-1, -1])


def penalty(nodes: Floats) -> Normal:
    """What keeps the tables smooth and unseen nodes near the seen ones."""
    count, gaps = len(nodes), len(GAP_SOC)
    size = count * _WIDTH * QUANTITIES
    band = np.zeros((_BAND + 1, size))
    step = _steps(_WIDTH)
    for quantity in range(QUANTITIES):
        kind = min(quantity, 1)
        bend = _bends(SURFACE_SOC, np.where(SURFACE_SOC < _EMPTY, _SOFT[kind], 1.0))
        over_soc = _BEND_SOC[kind] * bend + _STEP_SOC[kind] * step + _RIDGE[kind] * np.eye(_WIDTH)
        over_temperature = _BEND_TEMPERATURE[kind] * _bends(nodes) + _STEP_TEMPERATURE[kind] * _steps(count)
        full = np.kron(np.eye(count), over_soc) + np.kron(over_temperature, np.eye(_WIDTH))
        row, column = np.nonzero(np.tril(full))
        at = column * QUANTITIES + quantity
        band[(row - column) * QUANTITIES, at] = full[row, column]
    corner = _GAP_BEND * _bends(GAP_SOC) + _GAP_RIDGE * np.eye(gaps)
    return Normal(band, np.zeros((size, gaps)), corner, np.zeros(size), np.zeros(gaps))


def solve(
    system: Normal, dropped: Sequence[int] = (), positive: bool = False, gap_most: Floats | None = None
) -> tuple[Floats, Floats]:
    """Tables (temperatures, soc, QUANTITIES) and hysteresis (gaps,) of least error.

    dropped: quantities held at 0. positive: no resistance below 0, by pivoting on the ones that would be. gap_most:
    V, (gaps,), the largest hysteresis; None where nothing but the samples bounds it.
    """
    size = len(system.right)
    quantity = np.arange(size) % QUANTITIES
    held = np.isin(quantity, dropped)
    found, gap = _solved(system, held, gap_most)
    if positive:
        for _ in range(_PIVOTS):
            wrong = (found < -1e-9) & (quantity > 0)
            pull = system.right - system.border @ gap - _times(system.band, found)
            free = held & ~np.isin(quantity, dropped) & (pull > 1e-6)
            if not wrong.any() and not free.any():
                break
            held = (held | wrong) & ~free
            found, gap = _solved(system, held, gap_most)
        found = np.where(quantity > 0, np.maximum(found, 0), found)
    return found.reshape(-1, _WIDTH, QUANTITIES), gap


def _solved(system: Normal, held: NDArray[np.bool_], gap_most: Floats | None) -> tuple[Floats, Floats]:
    band, border, right = system.band, system.border, system.right
    if held.any():
        band, border, right = band.copy(), border.copy(), right.copy()
        at = np.flatnonzero(held)
        border[at], right[at] = 0, 0
        band[:, at] = 0
        for d in range(1, len(band)):
            band[d, at[at >= d] - d] = 0
        band[0, at] = 1
    factor = (cholesky_banded(band, lower=True, check_finite=False), True)
    both = cho_solve_banded(factor, np.column_stack([right, border]), check_finite=False)
    if gap_most is not None and not gap_most.any():
        return both[:, 0], np.zeros(border.shape[1])
    schur = system.corner - border.T @ both[:, 1:]
    root = np.linalg.cholesky(schur).T
    wanted = np.linalg.solve(root.T, system.right_gap - border.T @ both[:, 0])
    if gap_most is None:
        gap = nnls(root, wanted)[0]
    else:
        gap = lsq_linear(root, wanted, (0, np.maximum(gap_most, _GAP_LEAST)), "bvls").x
    return both[:, 0] - both[:, 1:] @ gap, gap


def _times(band: Floats, vector: Floats) -> Floats:
    out = band[0] * vector
    for d in range(1, len(band)):
        if band[d].any():
            out[d:] += band[d, :-d] * vector[:-d]
            out[:-d] += band[d, :-d] * vector[d:]
    return out


def _bends(axis: Floats, weight: Floats | None = None) -> Floats:
    """Penalty on changes of slope at each node, in units of the usual distance between nodes."""
    gap = np.diff(axis)
    bend = np.zeros((max(len(axis) - 2, 0), len(axis)))
    for k in range(len(bend)):
        bend[k, k : k + 3] = 1 / gap[k], -1 / gap[k] - 1 / gap[k + 1], 1 / gap[k + 1]
    bend *= np.median(gap)
    return bend.T @ (bend if weight is None else weight[1:-1, None] * bend)


def _steps(count: int) -> Floats:
    step = np.diff(np.eye(count), axis=0)
    return step.T @ step
