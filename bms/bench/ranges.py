"""The documented ranges of the kernels as tables, and whatever lies within them: parameters and states to try.

The tables say what the comments of firmware/kernels say. `Pick` chooses a number between two bounds: a seeded
generator for parity, Hypothesis for the range proof. Words are int32, as the kernels take them.
"""

from collections.abc import Callable, Sequence
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from bms.estimation.parameters import RANGES
from firmware.kernels import reach, soc

Pick = Callable[[int, int], int]
Limits = dict[int, tuple[int, int]]
_Words = NDArray[np.int32]

SOC_PAR: Limits = RANGES
CAP_MC = (1_600_000, 1_980_000_000)
_C20_Q24 = (20 << 24) + 4096  # 20C; C_PER_MA_Q35 is rounded, which is worth 8 ppm at 500 Ah

REACH_PAR: Limits = {
    reach.C_PRIOR_NV_M: (1_000, 1_000_000),
    reach.W_PRIOR_M: (200, 100_000),
    reach.W_MAX_M: (400, 100_000),
    reach.SD_PRIOR_Q15: (0, 16_384),
    reach.SD_ROAD_Q15: (0, 16_384),
    reach.SD_ENERGY_Q15: (0, 16_384),
    reach.V_EMPTY_UV: (0, 6_000_000),
    reach.OCV_UV: (0, 6_500_000),
    reach.E_UV: (0, 6_500_000),
}
# i_q13, v_mv, t_ms, d_mm, soc_q21, sd_q16, eta_q20
REACH_SAMPLE = (
    (-163_840, 163_840), (0, 6_500), (1, 2_999), (0, 300_000), (0, 1 << 21), (0, 32_768), (-(1 << 21), 1 << 21)
)  # fmt: skip


def corners(low: int, high: int) -> list[int]:
    """The ends of a range, their neighbours, and zero where it lies within."""
    return sorted({n for n in (low, low + 1, -1, 0, 1, high - 1, high) if low <= n <= high})


def soc_sample(par: _Words) -> tuple[tuple[int, int], ...]:
    """Ranges of i_ma, v_uv, t_mdegc, dt_ms for a cell type."""
    i_ma = min(10_000_000, (_C20_Q24 << 11) // int(par[soc.C_PER_MA_Q35]))
    return (-i_ma, i_ma), (-6_500_000, 6_500_000), (-40_000, 85_000), (1, 2_000)


def soc_limits(par: _Words, s: Sequence[int]) -> Limits:
    """Ranges of a cell's words, given its capacity, the length of its open window and the charge that waits."""
    cap_mc, t_ms, rest_uc = s[soc.CAP_MC], s[soc.T_MS], s[soc.REST_UC]
    c_sum = (_C20_Q24 + 1024 >> 11) * t_ms
    most_uc = soc_sample(par)[0][1] * t_ms
    return {
        soc.Q_MC: (0, cap_mc),
        soc.REST_UC: (0, 999),
        soc.CAP_MC: CAP_MC,
        soc.X1_Q24: (-_C20_Q24, _C20_Q24),
        soc.X2_Q24: (-_C20_Q24, _C20_Q24),
        soc.HYST_Q15: (-32_768, 32_768),
        soc.B_Q24: (-(1 << 23), 1 << 23),
        soc.PZZ_Q32: (0, 1 << 30),
        soc.PBB_Q32: (0, 1 << 30),
        soc.ETA_Q20: (-(1 << 21), 1 << 21),
        soc.SD_Q16: (0, 32_768),
        soc.SOC_Q21: (0, 1 << 21),
        soc.T_MS: (0, 999),
        soc.V_SUM: (-406_250 * t_ms, 406_250 * t_ms),
        soc.I_SUM: (-c_sum, c_sum),
        soc.X1_SUM: (-c_sum, c_sum),
        soc.MOVED_MC: (-((most_uc + rest_uc) // 1000), (most_uc + 999 - rest_uc) // 1000),
        soc.I_Q13: (-(_C20_Q24 >> 11), _C20_Q24 >> 11),
    }


def reach_limits(par: _Words) -> Limits:
    """Ranges of the range's words for a vehicle."""
    return {
        reach.E_NV: (-500_000_000, 500_000_000),
        reach.D_MM: (0, 99_999),
        reach.C_NV_M: (1_000, 1_000_000),
        reach.W_M: (int(par[reach.W_PRIOR_M]), int(par[reach.W_MAX_M])),
        reach.ETA_UV: (0, 1_000_000),
    }


def soc_parameters(pick: Pick) -> _Words:
    """Any cell type that the documentation allows."""
    par = np.zeros(soc.PARAMETERS, np.int32)
    for word, (low, high) in SOC_PAR.items():
        if word < soc.OCV_UV:
            par[word] = pick(low, high)
    par[soc.H_MAX_UV] = pick(int(par[soc.H_MIN_UV]), SOC_PAR[soc.H_MAX_UV][1])
    par[soc.OCV_UV : soc.DUDT_UV] = _rising(pick, 65, *SOC_PAR[soc.OCV_UV])
    par[soc.DUDT_UV : soc.HYST_UV] = _table(pick, 17, *SOC_PAR[soc.DUDT_UV])
    par[soc.HYST_UV : soc.R_UV] = _table(pick, 17, *SOC_PAR[soc.HYST_UV])
    par[soc.R_UV :] = _table(pick, soc.PARAMETERS - soc.R_UV, *SOC_PAR[soc.R_UV])
    return par


def soc_state(pick: Pick, par: _Words) -> _Words:
    """Any state of a cell: every word within its range, the covariance positive semidefinite."""
    s = np.zeros(soc.STATE, np.int32)
    s[soc.CAP_MC], s[soc.T_MS], s[soc.REST_UC] = pick(*CAP_MC), pick(0, 999), pick(0, 999)
    for word, (low, high) in soc_limits(par, s.tolist()).items():
        if word not in (soc.CAP_MC, soc.T_MS, soc.REST_UC):
            s[word] = pick(low, high)
    pzz, pbb = int(s[soc.PZZ_Q32]), int(s[soc.PBB_Q32])
    s[soc.PZB_Q32] = isqrt(pzz * pbb) * pick(-256, 256) // 256
    s[soc.SD_Q16] = isqrt(pzz)
    return s


def reach_parameters(pick: Pick) -> _Words:
    """Any vehicle and cell type that the documentation allows."""
    par = np.zeros(reach.PARAMETERS, np.int32)
    for word, (low, high) in REACH_PAR.items():
        if word < reach.OCV_UV:
            par[word] = pick(low, high)
    least, most = REACH_PAR[reach.W_MAX_M]
    par[reach.W_MAX_M] = pick(max(least, int(par[reach.W_PRIOR_M])), most)
    par[reach.OCV_UV : reach.E_UV] = _rising(pick, 65, *REACH_PAR[reach.OCV_UV])
    par[reach.E_UV :] = _rising(pick, 65, *REACH_PAR[reach.E_UV])
    return par


def reach_state(pick: Pick, par: _Words) -> _Words:
    """Any state of the range."""
    r = np.zeros(reach.STATE, np.int32)
    for word, (low, high) in reach_limits(par).items():
        r[word] = pick(low, high)
    return r


def outside(kernel: str, par: _Words, state: Sequence[int]) -> list[str]:
    """What of a state lies outside its documented range; empty when it may be stepped again."""
    s = [int(word) for word in state]
    limits = soc_limits(par, s) if kernel == "soc" else reach_limits(par)
    wrong = [f"word {w} is {s[w]}, not {low} .. {high}" for w, (low, high) in limits.items() if not low <= s[w] <= high]
    if kernel == "soc" and s[soc.PZB_Q32] ** 2 > s[soc.PZZ_Q32] * s[soc.PBB_Q32]:
        wrong.append(f"covariance {s[soc.PZZ_Q32]}, {s[soc.PZB_Q32]}, {s[soc.PBB_Q32]} is not positive semidefinite")
    return wrong


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
