"""The numbers that enter the model nonlinearly, by a short search for the least cross-validated error."""

from collections.abc import Callable, Sequence

import numpy as np

from bms.cells.fitting_shape import Shape
from bms.cells.fitting_tables import Problem, judged, with_energies

_STEP = np.array([0.3, 0.3, 0.3, 0.06, 0.06, 0.06])  # first steps: logarithms of the values, then eV
_LOWEST = np.array([np.log(1e-3), np.log(1e-3), np.log(0.1), 0.0, 0.0, -0.6])
_HIGHEST = np.array([np.log(0.1), np.log(0.1), np.log(20.0), 0.7, 0.7, 0.0])
_ROUNDS = 3
Told = Callable[[float], None]
_CALM = 0.2  # C: a mean current that counts half as much as a high one


def score(problem: Problem, shape: Shape) -> float:
    """V, weighted RMS on the halves left out, more where the mean current is high."""
    error, _ = judged(problem, shape)
    use = np.isfinite(error)
    load = np.abs(problem.samples.currents[2][use])
    weight = problem.samples.weight[use] * load / (load + _CALM)
    return float(np.sqrt(np.average(error[use] ** 2, weights=weight)))


def search(problem: Problem, start: Shape, free: Sequence[int], told: Told) -> Shape:
    """The best shape near `start`; `free` are the places of Shape.vector() that the tests can tell.

    `told` hears the share done, 0..1. One number at a time moves by a step, which grows in the direction that helped
    and halves otherwise.
    """
    shape = with_energies(problem, start)
    best, step = score(problem, shape), _STEP.copy()
    for turn in range(_ROUNDS):
        for n, k in enumerate(free):
            shape, best, step[k] = _along(problem, shape, best, k, step[k])
            told((turn + (n + 1) / len(free)) / _ROUNDS)
        shape = with_energies(problem, shape)
        best = score(problem, shape)
    return shape


def _along(problem: Problem, shape: Shape, best: float, k: int, step: float) -> tuple[Shape, float, float]:
    for way in (step, -step):
        tried = _moved(shape, k, way)
        found = score(problem, tried)
        if found < best:
            return tried, found, 1.5 * way
    return shape, best, step / 2


def _moved(shape: Shape, k: int, by: float) -> Shape:
    vector = shape.vector()
    vector[k] = np.clip(vector[k] + by, _LOWEST[k], _HIGHEST[k])
    return shape.moved(vector)
