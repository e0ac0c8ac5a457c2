"""How much wider the hysteresis is in the cold: from slow branches at several temperatures, resistance taken out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bms.cells.fitting_residual import ambient
from bms.cells.fitting_shape import REFERENCE, SURFACE_SOC, Shape, Widening
from bms.cells.fitting_slow import Branch, Slow
from bms.cells.fitting_tables import Problem, Tables, fit_tables
from bms.cells.fitting_trace import Trace
from bms.cells.record import Floats

_USUAL = np.linspace(0.2, 0.8, 25)  # SoC: towards the ends the OCV is steep, and a distance is one of charge as well
PAIRS_SPAN = 20.0  # K between the coldest and the warmest pair: closer ones tell nothing of temperature
_SAME = 2.5  # K: two branches that lie within it are a pair
_NOTHING = 2e-4  # V: less of a hysteresis has no temperature
_ROUNDS = 3


def tells_widening(calm: Slow) -> bool:
    """Whether the slow tests hold pairs at temperatures far enough apart."""
    kelvin = list(_pairs(calm))
    return bool(kelvin) and max(kelvin) - min(kelvin) >= PAIRS_SPAN


def with_widening(problem: Problem, shape: Shape, tests: Sequence[Trace], calm: Slow) -> Shape:
    """`shape` with the widening that the slow branches tell; as it is where they lie at one temperature.

    Half the distance of a pair is the hysteresis' own half and what resistances and the surface's lag take at the slow
    current. Resistances are known at the temperatures of the dynamic tests, elsewhere by Arrhenius' law through them;
    the tables change with the widening, so both are found in turn.
    """
    if not tells_widening(calm):
        return shape
    pairs = _pairs(calm)
    kelvin = np.array(sorted(pairs))
    half, current = np.array([pairs[t] for t in kelvin]).T
    for _ in range(_ROUNDS):
        own = half - current * (_resistance(fit_tables(problem, shape), tests, kelvin) + _lag(problem, shape, kelvin))
        if own.min() < _NOTHING:
            return replace(shape, widening=Widening())
        factor = own / np.interp(REFERENCE, kelvin, own)
        shape = replace(shape, widening=Widening(tuple(kelvin.tolist()), tuple(factor.tolist())))
    return shape


def _pairs(calm: Slow) -> dict[float, tuple[float, float]]:
    """By temperature, K: half the mean distance of the two branches, V, and their mean current, C."""
    out = {}
    for low in calm.branches:
        for high in calm.branches:
            if low.current > 0 > high.current and abs(low.temperature - high.temperature) < _SAME:
                distance = float(np.mean(_at(high) - _at(low)))
                out[low.temperature] = distance / 2, (low.current - high.current) / 2 / calm.capacity_ah
    return out


def _at(branch: Branch) -> Floats:
    order = np.argsort(branch.soc)
    return np.interp(_USUAL, branch.soc[order], branch.voltage[order])


def _lag(problem: Problem, shape: Shape, kelvin: Floats) -> Floats:
    """(n,) V per C that the OCV differs by between mean and surface of the cell, mean over the usual SoC."""
    rise = float(np.diff(np.interp(_USUAL[[0, -1]], *problem.curve))[0] / (_USUAL[-1] - _USUAL[0]))
    return rise * (shape.lag2.at(kelvin) + shape.lag3.at(kelvin))


def _resistance(tables: Tables, tests: Sequence[Trace], kelvin: Floats) -> Floats:
    """(n,) V per C that all branches take together at `kelvin`, mean over the usual SoC."""
    rows = np.unique([int(np.abs(tables.nodes - 273.15 - ambient(test)).argmin()) for test in tests])
    seen = [np.interp(_USUAL, SURFACE_SOC, tables.resistance[:, row].sum(axis=0)).mean() for row in rows]
    inverse, log = 1 / tables.nodes[rows][::-1], np.log(seen)[::-1]
    if len(rows) == 1:
        return np.full(len(kelvin), seen[0])
    k = np.clip(np.searchsorted(inverse, 1 / kelvin) - 1, 0, len(rows) - 2)
    slope = np.diff(log) / np.diff(inverse)
    return np.exp(log[k] + slope[k] * (1 / kelvin - inverse[k]))
