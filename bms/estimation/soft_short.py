"""Soft shorts in a log: the voltage dips by tens of millivolts, for one to a few samples, and recovers.

Dips of 20..80 mV over one to a few samples are what lithium-metal cells show (arXiv 2505.14283, 2506.13394).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, poisson

from bms.estimation.unexplained import Unexplained

SIZE = (0.015, 0.100)  # V of a dip
LASTING = 6  # samples at most
LEAST_SCORE = 6.5  # usual sizes that a dip is deep
SURE = 0.99
_RECOVERED = 0.5  # of its depth, that a dip has lost in the samples after it
_OUTLIERS = 0.05, 0.005  # a log, of one sample or shallow, and others (assumed)
_SHALLOW = 9.0  # usual sizes
_UNEVEN = 4.0  # times the rises, dips that a model's error makes: measured sound cells show up to 2.6


@dataclass(frozen=True)
class Dip:
    """s since the log began, V of its depth and in usual sizes, samples and s that it lasted."""

    time: float
    size: float
    score: float
    samples: int
    seconds: float


def dips(found: Unexplained, sign: float = -1.0) -> list[Dip]:
    """All of them in order; with sign 1 the rises of the same shape, which errors of the model make as well.

    None where what is unexplained is usually as large as a dip: that estimate is lost.
    """
    if float(np.median(found.usual)) > SIZE[0]:
        return []
    size, score = sign * found.error, sign * found.score
    deep = (size >= SIZE[0]) & (score >= LEAST_SCORE)
    shape = []
    for first, stop in _runs(deep):
        first, stop = _whole(size, first, stop)
        depth = float(size[first:stop].max())
        after = size[stop : stop + 3]
        recovers = len(after) > 0 and float(after.min()) < _RECOVERED * depth
        if depth <= SIZE[1] and stop - first <= LASTING and recovers:
            time = float(found.time[first])
            told = float(score[first:stop].max())
            shape.append(Dip(time, depth, told, stop - first, float(found.time[stop]) - time))
    return shape


def confidence(found: Unexplained, seen: list[Dip], rises: list[Dip]) -> float:
    """That so many dips are no chance, 0..1: no noise, no outliers of a sensor, no errors of the model.

    Such errors make rises as well, though not as many.
    """
    if not seen:
        return 0.0
    chance = len(found.time) * float(norm.sf(LEAST_SCORE))
    clear = any(dip.samples > 1 and dip.score >= _SHALLOW for dip in seen)
    outliers = _OUTLIERS[1] if clear else _OUTLIERS[0]
    return float(poisson.cdf(len(seen) - 1, chance + _UNEVEN * len(rises) + outliers))


def detected(found: Unexplained, seen: list[Dip], rises: list[Dip]) -> Dip | None:
    """The dip with which one is sure, knowing what came before it; None where one is not after the whole log."""
    if confidence(found, seen, rises) < SURE:
        return None
    for n, dip in enumerate(seen, 1):
        if confidence(found, seen[:n], [rise for rise in rises if rise.time <= dip.time]) >= SURE:
            return dip
    return None


def _runs(true: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and behind the last of each stretch of true."""
    edges = np.flatnonzero(np.diff(np.r_[False, true, False].astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _whole(size: NDArray[np.float64], first: int, stop: int) -> tuple[int, int]:
    """The stretch with the rows beside it that are more than half as deep."""
    half = _RECOVERED * float(size[first:stop].max())
    while first > 0 and size[first - 1] > half:
        first -= 1
    while stop < len(size) and size[stop] > half:
        stop += 1
    return first, stop
