"""R0, R1, R2 over SoC and temperature: smoothed linear least squares on low-passed currents.

Model: V = OCV(z) + (T - 25 degC) dOCV/dT + M h - R0 i - R1 x1 - R2 x2, x the low-passed currents, h the hysteresis.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls

from bms.cells.fitting_slow import Slow
from bms.cells.fitting_trace import Trace, low_passed
from bms.cells.record import Floats

TABLE_SOC = np.array([0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
BOLTZMANN = 8.617333e-5  # eV/K
REFERENCE = 298.15  # K
_ROWS = 12000  # a test; more are thinned, so that a day of rests does not outweigh a drive
_SPACING = 5.0  # K between rows of the table
_SMOOTH_SOC, _SMOOTH_TEMPERATURE, _LEVEL, _RIDGE = 100.0, 300.0, 2.0, 0.01  # A^2: by cross-validation on training files
_GAP_WEIGHT = 200.0  # one point of the slow test's branch gap counts as so many samples
_SOC_ERROR, _VOLTAGE_ERROR = 0.01, 0.02  # the truth's own error as SoC, and V: what a good fit leaves
_START_EV = 0.3  # activation energy before the first fit


@dataclass(frozen=True)
class Shape:
    """What the tables are fitted under: time constants (s), activation energies of R0, R1, R2 (eV)."""

    tau1: float
    tau2: float
    energy: tuple[float, float, float] = (_START_EV, _START_EV, _START_EV)


@dataclass(frozen=True)
class Tables:
    """Fitted: resistances (3, temperatures, soc) in Ohm, half hysteresis gap in V."""

    shape: Shape
    temperature: Floats  # K, rising
    resistance: Floats
    half_gap: float
    ocv_slope: float  # V/K


@dataclass(frozen=True)
class Rows:
    """The thinned samples of one test, (n,) each: V - OCV, three currents, hysteresis, weight, place in the table."""

    rest_voltage: Floats
    currents: Floats  # (3, n) A
    share: Floats  # hysteresis, -1..1
    weight: Floats
    soc: Floats
    temperature: Floats


def rows(test: Trace, slow: Slow, shape: Shape, thinned: bool = True) -> Rows:
    """Samples of `test`; near the lowest voltage or on a steep OCV they weigh less, or the last percents would rule."""
    pick = np.arange(0, len(test), max(1, -(-len(test) // _ROWS)) if thinned else 1)
    currents = np.stack([test.current, low_passed(test, shape.tau1), low_passed(test, shape.tau2)])
    soc = np.clip(test.soc, 0, 1)[pick]
    voltage = test.voltage[pick]
    window = slow.voltage_max - slow.voltage_min
    weight = np.clip((voltage - slow.voltage_min + 0.06 * window) / (0.4 * window), 0.15, 1)
    weight /= 1 + (_SOC_ERROR * np.interp(soc, slow.soc, np.gradient(slow.ocv, slow.soc)) / _VOLTAGE_ERROR) ** 2
    return Rows(
        rest_voltage=voltage - np.interp(soc, slow.soc, slow.ocv),
        currents=currents[:, pick],
        share=test.hysteresis[pick],
        weight=weight * min(1.0, _ROWS / len(test)) ** 0.5,
        soc=soc,
        temperature=test.temperature[pick],
    )


def temperatures(tests: Sequence[Trace]) -> Floats:
    """Rows of the table, K: every 5 K over what the tests visited."""
    low = min(float(np.quantile(test.temperature, 0.02)) for test in tests) - 273.15
    high = max(float(np.quantile(test.temperature, 0.98)) for test in tests) - 273.15
    first, last = np.round(low / _SPACING), np.round(high / _SPACING)
    return 273.15 + _SPACING * np.arange(first, max(last, first + 1) + 1)


def arrhenius(energy: float, temperature: Floats) -> Floats:
    """Factor on a resistance against 25 degC; eV, K."""
    return np.exp(energy / BOLTZMANN * (1 / temperature - 1 / REFERENCE))


def fit_tables(samples: Sequence[Rows], slow: Slow, shape: Shape, nodes: Floats, positive: bool = True) -> Tables:
    """Least squares over `samples`; with `positive`, no resistance below zero (slower)."""
    size = 3 * len(nodes) * len(TABLE_SOC) + 2
    normal, right = _smoothing(shape, nodes), np.zeros(size)
    for part in [*samples, *_gap_rows(slow)]:
        design = _design(part, shape, nodes)
        weighted = sparse.diags_array(part.weight) @ design
        normal += (design.T @ weighted).toarray()
        right += weighted.T @ part.rest_voltage
    factor = cholesky(normal)
    target = solve_triangular(factor, right, trans=1)
    unknown = _nonnegative(factor, target) if positive else solve_triangular(factor, target)
    scale = np.stack([arrhenius(energy, nodes) for energy in shape.energy])[:, :, None]
    resistance = unknown[:-2].reshape(3, len(nodes), len(TABLE_SOC)) * scale
    return Tables(shape, nodes, resistance, float(unknown[-2]), float(unknown[-1]))


def predict(tables: Tables, part: Rows) -> Floats:
    """(n,) V - OCV that the tables give for the samples of `part`."""
    scale = np.stack([arrhenius(energy, tables.temperature) for energy in tables.shape.energy])[:, :, None]
    unknown = np.r_[(tables.resistance / scale).ravel(), tables.half_gap, tables.ocv_slope]
    return _design(part, tables.shape, tables.temperature) @ unknown


def polarisation(tables: Tables, part: Rows) -> Floats:
    """(n,) V that the resistances take, positive on discharge."""
    drop = predict(tables, part)
    return tables.half_gap * part.share + tables.ocv_slope * (part.temperature - REFERENCE) - drop


def energies(tables: Tables, seen: Floats) -> tuple[float, float, float]:
    """Activation energies, eV, of R0, R1, R2; `seen` (temperatures, soc) is the weight of samples at each node."""
    inverse = 1 / (BOLTZMANN * tables.temperature)
    weight = seen.sum(axis=1)
    found = []
    for table in tables.resistance:
        mean = (table * seen).sum(axis=1) / np.maximum(weight, 1e-9)
        use = (weight > 0.02 * weight.max()) & (mean > 0)
        energy = _START_EV
        if use.sum() > 1:
            energy = np.polyfit(inverse[use], np.log(mean[use]), 1, w=np.sqrt(weight[use]))[0]
        found.append(float(np.clip(energy, 0.0, 0.8)))
    return found[0], found[1], found[2]


def visited(samples: Sequence[Rows], nodes: Floats) -> Floats:
    """(temperatures, soc): how much sample weight lies at each node of the table."""
    total = np.zeros(len(nodes) * len(TABLE_SOC))
    for part in samples:
        total += _position(part, nodes).T @ part.weight
    return total.reshape(len(nodes), len(TABLE_SOC))


def _position(part: Rows, nodes: Floats) -> sparse.csr_array:
    """(n, nodes x soc) bilinear weights."""
    n, width = len(part.soc), len(TABLE_SOC)
    row, u = _cell(nodes, part.temperature)
    col, v = _cell(TABLE_SOC, part.soc)
    corner = row * width + col
    index = np.stack([corner, corner + 1, corner + width, corner + width + 1], axis=1)
    value = np.stack([(1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v], axis=1)
    return sparse.csr_array((value.ravel(), index.ravel(), np.arange(0, 4 * n + 1, 4)), shape=(n, len(nodes) * width))


def _cell(axis: Floats, at: Floats) -> tuple[NDArray[np.intp], Floats]:
    k = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, len(axis) - 2)
    return k, np.clip((at - axis[k]) / (axis[k + 1] - axis[k]), 0, 1)


def _design(part: Rows, shape: Shape, nodes: Floats) -> sparse.csr_array:
    position = _position(part, nodes)
    blocks = []
    for current, energy in zip(part.currents, shape.energy, strict=True):
        scaled = position @ sparse.diags_array(np.repeat(arrhenius(energy, nodes), len(TABLE_SOC)))
        blocks.append(sparse.diags_array(-current) @ scaled)
    rest = np.stack([part.share, part.temperature - REFERENCE], axis=1)
    return sparse.csr_array(sparse.hstack([*blocks, sparse.csr_array(rest)]))


def _nonnegative(factor: Floats, target: Floats) -> Floats:
    """Least squares with every unknown at least 0 but the last, which is the difference of two such."""
    both = nnls(np.column_stack([factor, -factor[:, -1]]), target)[0]
    return np.append(both[:-2], both[-2] - both[-1])


def _gap_rows(slow: Slow) -> list[Rows]:
    """The slow test's half gap as samples: half_gap = M + (R0 + R1 + R2) i, in the middle of the SoC."""
    if slow.half_gap is None:
        return []
    soc = np.linspace(0.15, 0.9, 16)
    gap = np.interp(soc, slow.soc, slow.half_gap)
    n = len(soc)
    one, i = np.ones(n), np.full((3, n), slow.current)
    return [Rows(-gap, i, -one, np.full(n, _GAP_WEIGHT), soc, np.full(n, slow.temperature))]


def _smoothing(shape: Shape, nodes: Floats) -> Floats:
    """Penalty on curvature over SoC and on steps over temperature, both beside the Arrhenius law."""
    rise, width = len(nodes), len(TABLE_SOC)
    bend = np.zeros((width - 2, width))
    gap = np.diff(TABLE_SOC)
    for k in range(width - 2):
        bend[k, k : k + 3] = 1 / gap[k], -1 / gap[k] - 1 / gap[k + 1], 1 / gap[k + 1]
    bend *= np.median(gap)
    level = np.diff(np.eye(width), axis=0)
    step = np.diff(np.eye(rise), axis=0)
    one = _SMOOTH_SOC * np.kron(np.eye(rise), bend.T @ bend + _LEVEL * level.T @ level)
    one += _SMOOTH_TEMPERATURE * np.kron(step.T @ step, np.eye(width))
    one += _RIDGE * np.eye(rise * width)
    out = np.zeros((3 * rise * width + 2,) * 2)
    for k in range(3):
        part = slice(k * rise * width, (k + 1) * rise * width)
        out[part, part] = one
    out[-2, -2] = out[-1, -1] = _RIDGE
    return out
