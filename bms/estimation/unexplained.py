"""What of a measured voltage neither the estimator nor the load's own changes explain: its usual size.

The estimator's voltage error, less its running median, is fitted by the current and its low-passes: a resistance or a
time constant that is a little off shows there and must not look like a fault. What remains grows with the load's
activity, so its usual size is told over that.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter
from scipy.signal import lfilter

from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation.logs import Log
from bms.estimation.run import Estimate

Floats = NDArray[np.float64]

SETTLED = 240.0  # s, after which a blind start no longer shows
SHORTEST = 600.0  # s of a log
_AROUND = 31  # rows of the running median
_BLOCK = 900  # rows that are fitted as one: the resistance changes with temperature and SoC
_PASSES, _TUKEY = 6, 4.5  # of a robust fit: rows further off than so many deviations do not count
_RIDGE = 1e-6
_NORMAL = 1.4826  # standard deviations in a median absolute one
_ASINH_C = 0.3  # where charge transfer bends, about
_SLOW = (0.9, 0.97)  # a second, of two low-passes between tau1 and minutes
_EMPTY = 0.08  # SoC, below which an OCV falls off faster than a description knows
_FULL, _SMALL_C = 0.03, 0.1  # V below the highest, at less than so many C
_CLASSES = 12  # of activity
_TOLD = 0.98  # of the rows, by activity, what tells its usual size


@dataclass(frozen=True)
class Unexplained:
    """Arrays (n,), a second or two apart: s since the log began, what is left in V, and its usual size in V."""

    time: Floats
    error: Floats
    usual: Floats

    @property
    def score(self) -> Floats:
        """In usual sizes."""
        return self.error / self.usual


def unexplained(result: Estimate, cell: Cell) -> Unexplained:
    """From SETTLED s on; InputError for a log that is too short, or too coarse to see seconds in."""
    log = result.log
    _check(log)
    rows = seconds(log)
    current = log.current[rows] / cell.capacity_ah.value
    error = result.voltage_error[rows]
    size = min(_AROUND, len(rows))
    features = _features(current, cell.tau1_s.value)
    left = _fitted(features - median_filter(features, (size, 1)), error - median_filter(error, size))
    late = log.time[rows] - log.time[0] >= SETTLED
    usual = _usual(left[late], _activity(current)[late])
    usual[_ends(result.soc[rows], current, log.voltage[rows], cell)[late]] = np.inf
    return Unexplained(log.time[rows][late] - log.time[0], left[late], usual)


def seconds(log: Log) -> NDArray[np.int64]:
    """Rows of the log that are the last of their second."""
    second = np.floor(log.time - log.time[0] + 1e-6)
    return np.flatnonzero(np.diff(second, append=np.inf) > 0)


def _ends(soc: Floats, current: Floats, voltage: Floats, cell: Cell) -> NDArray[np.bool_]:
    """(n,) where the error is the estimate's own: near empty, and where it may be told that the cell is full."""
    full = (voltage >= cell.voltage_max_v.value - _FULL) & (np.abs(current) < _SMALL_C)
    return (soc < _EMPTY) | maximum_filter1d(full.astype(int), _AROUND).astype(bool)


def _features(current: Floats, tau1: float) -> Floats:
    """(n, 11): the current now and up to three seconds ago, low-passed, and bent as charge transfer bends it."""
    bent = np.arcsinh(current / _ASINH_C)
    past = [_delayed(current, k) for k in range(4)]
    fast = float(np.exp(-1 / tau1))
    low = [_low(current, share) for share in (fast, *_SLOW)]
    return np.array([*past, *low, bent, _delayed(bent, 1), _low(bent, fast), current * np.abs(current)]).T


def _delayed(values: Floats, by: int) -> Floats:
    return np.r_[np.zeros(by), values[: len(values) - by]]


def _low(values: Floats, share: float) -> Floats:
    return np.asarray(lfilter([1 - share], [1, -share], values))


def _fitted(features: Floats, error: Floats) -> Floats:
    """(n,) V that a robust fit leaves, block by block."""
    left = np.empty_like(error)
    edges = np.linspace(0, len(error), max(1, len(error) // _BLOCK) + 1).astype(int)
    for first, stop in pairwise(edges):
        f, target = features[first:stop], error[first:stop]
        f = f / (np.sqrt((f**2).mean(0)) + 1e-12)
        weight, rest = np.ones(len(target)), target
        for _ in range(_PASSES):
            weighted = f * weight[:, np.newaxis]
            square = weighted.T @ f + _RIDGE * len(target) * np.eye(f.shape[1])
            rest = target - f @ np.linalg.solve(square, weighted.T @ target)
            weight = np.clip(1 - (rest / (_TUKEY * _deviation(rest))) ** 2, 0, None) ** 2
        left[first:stop] = rest
    return left


def _activity(current: Floats) -> Floats:
    """C: the largest change of the last seconds, and how far the current is from its mean."""
    change = np.abs(np.diff(current, prepend=current[0]))
    return maximum_filter1d(change, 4, origin=1) + np.abs(current - _low(current, _SLOW[0]))


def _usual(left: Floats, activity: Floats) -> Floats:
    """(n,) V: the deviation among rows of like activity, never less than that of quieter ones; in proportion beyond.

    Infinite at the most active rows: so few tell nothing of what is usual there.
    """
    order = np.array_split(np.argsort(activity), _CLASSES)
    middle = np.array([activity[rows].mean() for rows in order])
    size = np.maximum.accumulate([_deviation(left[rows]) for rows in order])
    beyond = np.maximum(activity / max(middle[-1], 1e-9), 1)
    beyond[activity > np.quantile(activity, _TOLD)] = np.inf
    return np.interp(activity, middle, size) * beyond


def _deviation(values: Floats) -> float:
    """V; robust, and not below what a monitor resolves."""
    return max(_NORMAL * float(np.median(np.abs(values))), 5e-5)


def _check(log: Log) -> None:
    length, usual = float(log.time[-1] - log.time[0]), float(np.median(np.diff(log.time)))
    if length < SHORTEST:
        raise InputError(
            f"{log.name}: the log lasts {length:.0f} s; {SHORTEST:.0f} s or more are needed, give a longer one."
        )
    if usual > 2.0:
        raise InputError(
            f"{log.name}: time_s rises by {usual:g} s from row to row; dips last seconds, so give a log "
            "with a row every 2 s or less."
        )
