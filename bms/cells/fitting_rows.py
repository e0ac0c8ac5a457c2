"""The samples of the tests as rows of one least squares problem, linear in the tables at a given shape."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from bms.cells.curves import SURFACE_LEAST
from bms.cells.fitting_shape import SURFACE_SOC, TAU, Law, Shape, arrhenius, cell
from bms.cells.fitting_slow import Slow
from bms.cells.fitting_trace import Trace, hysteresis, low_passed
from bms.cells.record import Floats

GAP_SOC = np.array([0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 1.0])  # nodes of the hysteresis
QUANTITIES = 5  # at each node: shift of the OCV (V), R0, charge transfer, R1, R2 (V per C)
MERGED = (2, 3)  # of these, charge transfer and R1 cannot be told from R0 by slow sampling
CORNERS = 4 * QUANTITIES
BOTH = 2  # the half of what trains always and is never judged
_MOST = 12000  # s of a test; more weighs no more, so that a day of rests does not outweigh a drive
_PULSES = 0.3  # weight of a test with pauses: how the charge flowed in them is unknown
_SLOW_SECONDS = 500.0  # a slow branch weighs as so many samples
_SOC_ERROR, _VOLTAGE_ERROR = 0.01, 0.01  # of a slow test: its truth's own error as SoC, and V
_BLOCKS = 64  # stretches of a test that is alone at its temperature, taken in turn for the two halves


@dataclass(frozen=True)
class Samples:
    """(n,) each: V, currents in C (now, low-passed at the three TAU), SoC, K, hysteresis, weight, half (0, 1, BOTH)."""

    voltage: Floats
    currents: Floats  # (4, n)
    soc: Floats
    temperature: Floats
    hysteresis: Floats
    weight: Floats
    half: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.voltage)

    def part(self, use: slice | NDArray[np.bool_]) -> "Samples":
        """Those that `use` picks."""
        return Samples(*(getattr(self, field.name)[..., use] for field in fields(self)))


@dataclass(frozen=True)
class Rows:
    """(n,) first corner in the tables, (n, CORNERS) factors on the tables' figures, (n, gaps) on the hysteresis."""

    corner: NDArray[np.intp]
    factors: Floats
    gap: Floats
    rest: Floats  # V less the base OCV at the surface
    surface: Floats  # SoC


def picked(test: Trace, most: int) -> tuple[NDArray[np.intp], float]:
    """Places of at most `most` steps, as dense as the test was sampled, and for how many seconds each stands."""
    seen = np.cumsum(test.sampled)
    stride = max(1.0, seen[-1] / most)
    return np.flatnonzero(np.diff(np.floor(seen / stride + 1e-6), prepend=0) > 0), float(stride * test.step)


def samples(test: Trace, slow: Slow, rate: float, most: int) -> Samples:
    """At most `most` steps of `test`; near the lowest voltage they weigh less, or the last percents would rule."""
    pick, seconds = picked(test, most)
    currents = np.stack([test.current, *(low_passed(test, tau) for tau in TAU)]) / slow.capacity_ah
    voltage = test.voltage[pick]
    known = _PULSES if len(test.starts) > 1 else 1.0
    weight = _weight(voltage, slow) * known * min(seconds, _MOST / len(pick))
    half = np.full(len(voltage), BOTH)
    return Samples(
        voltage, currents[:, pick], test.soc[pick], test.temperature[pick], hysteresis(test, rate)[pick], weight, half
    )


def slow_samples(slow: Slow, rate: float) -> list[Samples]:
    """The slow branches, which train always: they tell the hysteresis, and temperatures that no dynamic test has."""
    out = []
    for branch in slow.branches:
        n = len(branch.soc)
        hours = np.abs(branch.soc - branch.soc[0]) * slow.capacity_ah / abs(branch.current)
        settled = [1 - np.exp(-3600 * hours / tau) for tau in TAU]
        currents = branch.current / slow.capacity_ah * np.stack([np.ones(n), *settled])
        side = -np.sign(branch.current)
        crossed = rate * np.abs(branch.soc - branch.soc[0])
        share = side * np.minimum(crossed - 1, 1)  # from the other branch's end
        slope = np.interp(branch.soc, slow.soc, np.gradient(slow.ocv, slow.soc))
        weight = _SLOW_SECONDS / n / (1 + (_SOC_ERROR * slope / _VOLTAGE_ERROR) ** 2)
        out.append(
            Samples(
                branch.voltage,
                currents,
                branch.soc,
                np.full(n, branch.temperature),
                share,
                weight,
                np.full(n, BOTH),
            )
        )
    return out


def halved(parts: Sequence[Samples], ambient: Sequence[float], pauses: Sequence[bool]) -> list[Samples]:
    """The tests shared out to two halves so that each temperature is in both.

    A test with pauses trains always where there are others at its temperature; a lone test is cut into stretches that
    are taken in turn.
    """
    out = list(parts)
    for t in dict.fromkeys(ambient):
        here = [k for k, other in enumerate(ambient) if other == t]
        judged = [k for k in here if not pauses[k]]
        if len(judged) < 2:
            judged = judged or here
            turn = {k: (_BLOCKS * np.arange(len(parts[k])) // len(parts[k])) % 2 for k in judged}
        else:
            turn = {k: np.full(len(parts[k]), n % 2) for n, k in enumerate(judged)}
        for k, half in turn.items():
            out[k] = replace(parts[k], half=half)
    return out


def joined(parts: Sequence[Samples]) -> Samples:
    """All samples as one."""
    return Samples(*(np.concatenate([getattr(p, field.name) for p in parts], axis=-1) for field in fields(Samples)))


def surface(part: Samples, shape: Shape) -> Floats:
    """(n,) SoC of the electrodes' surface."""
    lag2, lag3 = (law.at(part.temperature) for law in (shape.lag2, shape.lag3))
    return np.clip(part.soc - lag2 * part.currents[2] - lag3 * part.currents[3], SURFACE_LEAST, 1)


def transferred(current: Floats, temperature: Floats, exchange: Law) -> Floats:
    """(n,) C: what the current counts in charge transfer, exchange asinh(i / exchange)."""
    size = exchange.at(temperature)
    return size * np.arcsinh(current / size)


def rows(part: Samples, shape: Shape, nodes: Floats, curve: tuple[Floats, Floats]) -> Rows:
    """`part` under `shape` in tables with rows at `nodes` (K); `curve`: SoC and V of the base OCV."""
    zs = surface(part, shape)
    kinetic = transferred(part.currents[0], part.temperature, shape.exchange)
    x1, x2 = part.currents[1:3]
    row, u = cell(nodes, part.temperature)
    column, v = cell(SURFACE_SOC, zs)
    terms = np.stack([np.ones(len(part)), -part.currents[0], -kinetic, -x1, -x2], axis=1)
    scale = np.stack([np.ones(len(nodes)), *(arrhenius(energy, nodes) for energy in shape.energy)], axis=1)
    cold, warm = terms * scale[row] * (1 - u)[:, None], terms * scale[row + 1] * u[:, None]
    low, high = (1 - v)[:, None], v[:, None]
    factors = np.concatenate([cold * low, cold * high, warm * low, warm * high], axis=1)
    place, w = cell(GAP_SOC, np.clip(zs, 0, 1))
    gap = np.zeros((len(part), len(GAP_SOC)))
    each = np.arange(len(part))
    side = part.hysteresis * shape.widening.at(part.temperature)
    gap[each, place], gap[each, place + 1] = (1 - w) * side, w * side
    corner = row * len(SURFACE_SOC) + column
    return Rows(corner, factors, gap, part.voltage - np.interp(zs, *curve), zs)


def _weight(voltage: Floats, slow: Slow) -> Floats:
    window = slow.voltage_max - slow.voltage_min
    return np.clip((voltage - slow.voltage_min + 0.06 * window) / (0.4 * window), 0.15, 1)
