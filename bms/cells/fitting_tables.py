"""The tables over surface SoC and temperature that explain the samples best, and what they leave.

Model: V = OCV(z) + shift(z,T) + M(z) h - R0(z,T) i - A(z,T) s(i) - R1(z,T) x1 - R2(z,T) x2, z the SoC of the surface.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from bms.cells.curves import SURFACE_LEAST
from bms.cells.fitting_rows import BOTH, GAP_SOC, QUANTITIES, Rows, Samples, rows
from bms.cells.fitting_shape import BOLTZMANN, REFERENCE, START_EV, SURFACE_SOC, Shape, arrhenius
from bms.cells.fitting_slow import rising
from bms.cells.fitting_solve import Normal, normal, penalty, solve
from bms.cells.record import Floats

_CORNERS = np.array([0, 1, len(SURFACE_SOC), len(SURFACE_SOC) + 1])
_NEAR = 0.02
_SEEN = 0.02  # of the most visited row's weight: a row with less says nothing of the temperature law


@dataclass(frozen=True)
class Problem:
    """What stays while the shape is sought. curve: SoC and V of the base OCV; dropped: quantities held at 0.

    gap_most: V at GAP_SOC, as solve() takes it. wide: the tests span enough temperatures for activation energies.
    """

    samples: Samples
    nodes: Floats  # K
    curve: tuple[Floats, Floats]
    dropped: tuple[int, ...] = ()
    gap_most: Floats | None = None
    wide: bool = True


@dataclass(frozen=True)
class Tables:
    """Fitted under `shape`: figures (temperatures, soc, QUANTITIES) in V and V per C beside the Arrhenius laws."""

    shape: Shape
    nodes: Floats
    scaled: Floats
    gap: Floats  # V at GAP_SOC

    @property
    def shift(self) -> Floats:
        """(temperatures, soc) V."""
        return self.scaled[:, :, 0]

    @property
    def resistance(self) -> Floats:
        """(4, temperatures, soc) V per C: R0, charge transfer, R1, R2."""
        laws = np.stack([arrhenius(energy, self.nodes) for energy in self.shape.energy])
        return np.moveaxis(self.scaled[:, :, 1:], 2, 0) * laws[:, :, None]


def fit_tables(problem: Problem, shape: Shape, positive: bool = True) -> Tables:
    """Least squares over all samples."""
    part = rows(problem.samples, shape, problem.nodes, problem.curve)
    system = normal(part, problem.samples.weight, len(problem.nodes)) + penalty(problem.nodes)
    return _tables(problem, shape, system, positive)


def judged(problem: Problem, shape: Shape) -> tuple[Floats, list[Tables]]:
    """V left on each sample, (n,), by tables fitted on the other half (NaN for what always trains); both tables."""
    samples = problem.samples
    part = rows(samples, shape, problem.nodes, problem.curve)
    always = penalty(problem.nodes)
    of = [samples.half == k for k in (0, 1, BOTH)]
    halves = [normal(_picked(part, use), samples.weight[use], len(problem.nodes)) for use in of if use.any()]
    if len(halves) > BOTH:
        always += halves[BOTH]
    error, found = np.full(len(samples), np.nan), []
    for k in (0, 1):
        tables = _tables(problem, shape, always + halves[1 - k], positive=True)
        here = samples.half == k
        picked = _picked(part, here)
        error[here] = picked.rest - predict(tables, picked)
        found.append(tables)
    return error, found


def predict(tables: Tables, part: Rows) -> Floats:
    """(n,) V less base OCV that the tables give for `part`, which must have been made under their shape."""
    at = tables.scaled.reshape(-1, QUANTITIES)[part.corner[:, None] + _CORNERS].reshape(len(part.corner), -1)
    return np.einsum("ij,ij->i", at, part.factors) + np.einsum("ij,j->i", part.gap, tables.gap)


def polarisation(tables: Tables, part: Rows) -> Floats:
    """(n,) V that the resistances take, positive on discharge."""
    figures = tables.scaled.copy()
    figures[:, :, 0] = 0
    bare = replace(tables, scaled=figures, gap=np.zeros(len(GAP_SOC)))
    return -predict(bare, part)


def ocv_slope(tables: Tables, problem: Problem, at: Floats, temperature: Floats) -> Floats:
    """(n,) V per unit of SoC, of base and shift together, over +-_NEAR around the surface's SoC `at`."""
    above, below = np.clip(at + _NEAR, SURFACE_LEAST, 1), np.clip(at - _NEAR, SURFACE_LEAST, 1)
    shift = RegularGridInterpolator((tables.nodes, SURFACE_SOC), tables.shift, bounds_error=False)
    kelvin = np.clip(temperature, tables.nodes[0], tables.nodes[-1])
    high, low = (np.interp(z, *problem.curve) + shift((kelvin, z)) for z in (above, below))
    return (high - low) / (above - below)


def rebased(
    tables: Tables, curve: tuple[Floats, Floats], least: float = 0.0
) -> tuple[Tables, tuple[Floats, Floats]]:
    """The same voltages with the shift near 25 degC moved into the base OCV, as far as that then does not fall; the OCV
    ends at `least` V, as no test tells what it is below."""
    near = int(np.abs(tables.nodes - REFERENCE).argmin())
    old = np.interp(SURFACE_SOC, *curve)
    new = rising(old + tables.shift[near])
    scaled = tables.scaled.copy()
    scaled[:, :, 0] += old - new
    return replace(tables, scaled=scaled), (SURFACE_SOC, np.maximum(new, least))


def with_energies(problem: Problem, shape: Shape) -> Shape:
    """`shape` with the activation energies of the resistances that tables fitted under it show; as it is where the
    tests span few kelvin: a cell that warms itself up under load changes more than its temperature."""
    if not problem.wide or len(problem.nodes) < 3:
        return shape
    part = rows(problem.samples, shape, problem.nodes, problem.curve)
    tables = fit_tables(problem, shape, positive=False)
    seen = _visited(part, problem.samples.weight, len(problem.nodes))
    inverse = 1 / (BOLTZMANN * problem.nodes)
    weight = seen.sum(axis=1)
    found = []
    for table in tables.resistance:
        mean = (table * seen).sum(axis=1) / np.maximum(weight, 1e-9)
        use = (weight > _SEEN * weight.max()) & (mean > 0)
        energy = START_EV
        if use.sum() > 1:
            energy = np.polyfit(inverse[use], np.log(mean[use]), 1, w=np.sqrt(weight[use]))[0]
        found.append(float(np.clip(energy, 0.0, 0.8)))
    return replace(shape, energy=(found[0], found[1], found[2], found[3]))


def _tables(problem: Problem, shape: Shape, system: Normal, positive: bool) -> Tables:
    scaled, gap = solve(system, problem.dropped, positive, problem.gap_most)
    return Tables(shape, problem.nodes, scaled, gap)


def _picked(part: Rows, use: np.ndarray) -> Rows:
    return Rows(part.corner[use], part.factors[use], part.gap[use], part.rest[use], part.surface[use])


def _visited(part: Rows, weight: Floats, count: int) -> Floats:
    """(temperatures, soc): how much sample weight lies at each node."""
    share = np.abs(part.factors[:, ::QUANTITIES]) * weight[:, None]  # the shift's factors are the bilinear shares
    at = (part.corner[:, None] + _CORNERS).ravel()
    total = np.bincount(at, share.ravel(), count * len(SURFACE_SOC)).astype(np.float64)
    return total.reshape(count, len(SURFACE_SOC))
