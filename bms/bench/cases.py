"""Parameters and states to try a kernel with: anything that its documented ranges allow (bms/bench/ranges.py).

`Pick` chooses a number between two bounds: a seeded generator for parity, Hypothesis for the range proof.
"""

from collections.abc import Callable
from functools import cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from bms.bench.ranges import (
    CAP_MC,
    GUARD_ROW,
    POWER_LIM,
    REACH_PAR,
    SOC_PAR,
    STATES,
    Limits,
    covariance_most,
    extremes_limits,
    guard_limits,
    leak_limits,
    reach_limits,
    soc_limits,
)
from bms.cells import library
from bms.estimation.parameters import parameters
from firmware import e2e, frames
from firmware.audit import least_share
from firmware.kernels import extremes, frame, guard, leak, power, reach, soc

Pick = Callable[[int, int], int]
_Words = NDArray[np.int32]
_RESISTANCE = 27 * 25  # words of one of the four
# Words of which the ranges of others follow:
_FIRST = (soc.CAP_MC, soc.T_MS, soc.REST_UC, soc.BLIND_MS, soc.HYST_HIGH_Q24, soc.BEST)


def soc_parameters(pick: Pick) -> _Words:
    """Any cell type that the documentation allows."""
    par = np.zeros(soc.PARAMETERS, np.int32)
    for word, (low, high) in SOC_PAR.items():
        if word < soc.OCV_UV:
            par[word] = pick(low, high)
    for k in range(3):
        par[soc.A1_Q28 + k] = least_share(int(par[soc.TAU1_MS + k]))
    par[soc.H_MAX_UV] = pick(int(par[soc.H_MIN_UV]), SOC_PAR[soc.H_MAX_UV][1])
    par[soc.OCV_UV : soc.HYST_UV] = _rising(pick, soc.HYST_UV - soc.OCV_UV, *SOC_PAR[soc.OCV_UV])
    par[soc.HYST_UV : soc.ASINH_Q16] = _table(pick, soc.ASINH_Q16 - soc.HYST_UV, *SOC_PAR[soc.HYST_UV])
    par[soc.ASINH_Q16 : soc.LAG2_Q15] = asinh()
    thermal = (soc.LAG2_Q15, soc.LAG3_Q15, soc.I0_Q13, soc.WIDE_Q12, soc.LASTING_Q12)
    for first, end in pairwise((*thermal, soc.SHIFT_UV, soc.R_UV)):
        par[first:end] = _table(pick, end - first, *SOC_PAR[first])
    for first in range(soc.R_UV, soc.PARAMETERS, _RESISTANCE):
        par[first : first + _RESISTANCE] = _table(pick, _RESISTANCE, *SOC_PAR[soc.R_UV])
    return par


@cache
def asinh() -> _Words:
    """The one table that is the same for every cell."""
    return parameters(library.load(library.names()[0]))[soc.ASINH_Q16 : soc.LAG2_Q15]


def soc_state(pick: Pick, par: _Words) -> _Words:
    """Any state of a cell: every word within its range; of two states' covariance only that is sure."""
    s = np.zeros(soc.STATE, np.int32)
    s[soc.CAP_MC], s[soc.T_MS], s[soc.REST_UC] = pick(*CAP_MC), pick(0, 999), pick(0, 999)
    s[soc.BLIND_MS] = pick(0, 1) and pick(1, 3_000_000)
    s[soc.HYST_HIGH_Q24], s[soc.BEST] = pick(-(1 << 24), 1 << 24), pick(0, 1) and pick(1, 4_400_000)
    if s[soc.BLIND_MS]:
        for k in range(3):
            s[soc.F1_Q24 + k] = pick(0, 1 << 24)
    words = s.tolist()
    for word, (low, high) in soc_limits(par, words).items():
        if word not in _FIRST and not soc.F1_Q24 <= word < soc.F1_Q24 + 3:
            words[word] = pick(low, high)
    s[:] = words
    _correlate(pick, s)
    s[soc.SD_Q16] = pick(0, 32_768) if pick(0, 1) else int(np.sqrt(s[soc.P_Q32]))
    return s


def _correlate(pick: Pick, s: _Words) -> None:
    """Covariances: those of one thing known in six ways (rank one), of several, or any that the bound allows."""
    kind, sd = pick(0, 2), np.sqrt(s[soc.P_Q32 : soc.X1_Q24 : STATES + 1].astype(float))
    ways = np.random.default_rng(pick(0, 2**31)).standard_normal((STATES, 1 + 2 * kind))
    unit = ways / np.linalg.norm(ways, axis=1, keepdims=True)
    words = s.tolist()
    for j, k in combinations(range(STATES), 2):
        most = covariance_most(words, j, k)
        value = round(float(unit[j] @ unit[k] * sd[j] * sd[k])) if kind < 2 else pick(-most, most)
        s[soc.P_Q32 + STATES * j + k] = min(max(value, -most), most)


def reach_parameters(pick: Pick) -> _Words:
    """Any vehicle and cell type that the documentation allows."""
    par = np.zeros(reach.PARAMETERS, np.int32)
    for word, (low, high) in REACH_PAR.items():
        if word < reach.OCV_UV:
            par[word] = pick(low, high)
    least, most = REACH_PAR[reach.W_MAX_M]
    par[reach.W_MAX_M] = pick(max(least, int(par[reach.W_PRIOR_M])), most)
    par[reach.OCV_UV : reach.E_UV] = _rising(pick, 73, *REACH_PAR[reach.OCV_UV])
    par[reach.E_UV : reach.EMPTY_Q15] = _rising(pick, 73, *REACH_PAR[reach.E_UV])
    par[reach.EMPTY_Q15 :] = _table(pick, reach.PARAMETERS - reach.EMPTY_Q15, *REACH_PAR[reach.EMPTY_Q15])
    return par


def reach_state(pick: Pick, par: _Words) -> _Words:
    """Any state of the range."""
    r = np.zeros(reach.STATE, np.int32)
    r[reach.C_NV_M] = pick(1_000, 1_500_000)
    for word, (low, high) in reach_limits(par, r.tolist()).items():
        if word != reach.C_NV_M:
            r[word] = pick(low, high)
    return r


def guard_table(pick: Pick) -> _Words:
    """Eight diagnoses of any kind over eight readings."""
    rows = [[pick(*GUARD_ROW[column]) for column in range(len(GUARD_ROW))] for _ in range(8)]
    return np.array(rows, np.int32).ravel()


def guard_state(pick: Pick) -> _Words:
    """Any state of eight diagnoses."""
    return _within(pick, guard.TIMER_MS + 8, guard_limits())


def extremes_state(pick: Pick) -> _Words:
    """Any past of sixteen cells; sums of as many samples as have been counted since the last five."""
    x = _within(pick, extremes.CELLS + 16 * extremes.A_CELL, extremes_limits())
    most_uv = 6_553_600 * (int(x[extremes.STEADY]) % 5)
    for word in (extremes.TOP_UV, extremes.BOTTOM_UV):
        x[word] = pick(-most_uv, most_uv)
    return x


def leak_state(pick: Pick) -> _Words:
    """Any past of four cells at rest."""
    return _within(pick, leak.LEAKS + 4 * leak.A_LEAK, leak_limits())


def frame_table(pick: Pick) -> _Words:
    """A message of three signals anywhere in its frame, protected or not, multiplexed or not."""
    words = [*e2e.TABLE[: frame.CHECKS], *(1 << k for k in range(9)), 3, pick(0, 4), pick(-1, 2_047)]
    for _ in range(3):
        bits = pick(1, 31)
        start = pick(0, 64 - bits)
        words += frames.signal_words(pick(0, 5), pick(1, 1_073_741_823), pick(0, 1), start, bits)
    return np.array(words, np.int32)


def power_parameters(pick: Pick) -> _Words:
    """Any limits of a cell."""
    lim = np.zeros(power.PARAMETERS, np.int32)
    ends = [*list(POWER_LIM)[1:], power.PARAMETERS]
    for (first, bounds), end in zip(POWER_LIM.items(), ends, strict=True):
        lim[first:end] = _table(pick, end - first, *bounds)
    return lim


def _within(pick: Pick, length: int, limits: Limits) -> _Words:
    words = np.zeros(length, np.int32)
    for word, (low, high) in limits.items():
        words[word] = pick(low, high)
    return words


def _rising(pick: Pick, points: int, low: int, high: int) -> NDArray[np.int64]:
    """Straight, flat, with a step, or random."""
    first = pick(low, high)
    last = pick(first, high)
    kind = pick(0, 2)
    if kind == 0:
        return np.linspace(first, last, points).astype(np.int64)
    if kind == 1:
        return np.where(np.arange(points) < pick(1, points - 1), first, last)
    return np.sort(np.random.default_rng(pick(0, 2**31)).integers(first, last + 1, points))


def _table(pick: Pick, points: int, low: int, high: int) -> NDArray[np.int64]:
    """Constant, alternating between neighbours, or random; in a table of odd rows the neighbours above differ too."""
    one, other = pick(low, high), pick(low, high)
    kind = pick(0, 2)
    if kind == 0:
        return np.full(points, one)
    if kind == 1:
        return np.where(np.arange(points) % 2, one, other)
    return np.random.default_rng(pick(0, 2**31)).integers(min(one, other), max(one, other) + 1, points)
