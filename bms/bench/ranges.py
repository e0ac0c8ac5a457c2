"""The documented ranges of the kernels as tables: what a parameter, a sample and a word of a state may be.

The tables say what the comments of firmware/kernels say. Words are int32, as the kernels take them.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bms.estimation.parameters import RANGES
from firmware.kernels import extremes, frame, guard, leak, power, reach, soc

Limits = dict[int, tuple[int, int]]
_Words = NDArray[np.int32]

SOC_PAR: Limits = RANGES
CAP_MC = (639_000, 1_980_000_000)
STATES = 6  # of the filter: SoC, B, C, G, W, offset of the voltage
_ONE_Q24, _ONE_Q21 = 1 << 24, 1 << 21
_C20_Q24 = (20 << 24) + 4096  # 20C; C_PER_MA_Q35 is rounded, which is worth 8 ppm at 500 Ah
_I_Q13 = 163_922  # 20.01 C: a mean over a second is of charge in whole mC
_UBAR_Q24 = 340_577_484  # 20.3 C: that, and the offset
_X_Q24 = 21 << 24
_SV_Q32 = 343_597_383  # 0.08
_P_Q6 = 163_840 * 6_500 // 128 + 64  # 20 C at 6.5 V, and what rounds down
_W_CAPACITY_Q24, _PW_CAPACITY_Q32 = 1 << 22, 1 << 28  # while the fifth state is the capacity

REACH_PAR: Limits = {
    reach.C_PRIOR_NV_M: (1_000, 1_000_000),
    reach.W_PRIOR_M: (200, 100_000),
    reach.W_MAX_M: (400, 100_000),
    reach.SD_PRIOR_Q15: (0, 16_384),
    reach.SD_ROAD_Q15: (0, 8_192),
    reach.SD_ROUTE_Q15: (0, 16_384),
    reach.SD_ENERGY_Q15: (0, 16_384),
    reach.STEP_Q6: (6_400, 2_000_000),
    reach.OCV_UV: (0, 6_500_000),
    reach.E_UV: (0, 7_312_500),
    reach.EMPTY_Q15: (-4_096, 32_768),
}
HEALTH_SAMPLE = ((-1, 1 << 21), (1, 32_768))  # told_q21, sd_q16
# i_q13, v_mv, t_ms, d_mm, soc_q21, sd_q16, t_mdegc
REACH_SAMPLE = (
    (-163_840, 163_840), (0, 6_500), (0, 2_999), (0, 300_000), (0, 1 << 21), (0, 32_768), (-40_000, 85_000)
)  # fmt: skip


GUARD_ROW: Limits = {  # columns of firmware/diagnoses.py; reading and gate are places among the readings
    0: (0, 7),
    1: (-1, 1),
    2: (0, 7),
    3: (-1_073_741_823, 1_073_741_823),
    4: (-1_073_741_823, 1_073_741_823),
    5: (0, 1_000_000),
    6: (0, 1_000_000_000),
    7: (0, 1_000_000),
    8: (0, 1),
    9: (0, 63),
}
GUARD_SAMPLE = (*[(-1_073_741_823, 1_073_741_823)] * 8, (0, 1_000_000))
EXTREMES_SAMPLE = (*[(-6_553_600, 6_553_600)] * 16, (-536_870_911, 536_870_911), (0, 536_870_911), (0, 1_000_000))
LEAK_SIGHT = ((-6_500_000, 6_500_000), (5_000, 2_000_000), CAP_MC, (0, 1_000_000))  # of a cell
LEAK_SAMPLE = (*LEAK_SIGHT * 4, (-200_000, 200_000), (1, 3_600), (0, 1))
POWER_LIM: Limits = {
    power.V_MIN_UV: (0, 6_500_000),
    power.V_MAX_UV: (0, 6_500_000),
    power.KEEP_Q15: (0, 32_768),
    power.DZ_Q15: (0, 70_000),
    power.MOST_Q13: (0, 163_840),
    power.CHARGE_Q13: (0, 163_840),
}
POWER_SAMPLE = ((-40_000, 85_000),)
# Six values, then size, group, counter, known:
FRAME_SAMPLE = (*[(-1_073_741_823, 1_073_741_823)] * 6, (0, 6), (0, 255), (0, 14), (0, 1))


def corners(low: int, high: int) -> list[int]:
    """The ends of a range, their neighbours, and zero where it lies within."""
    return sorted({n for n in (low, low + 1, -1, 0, 1, high - 1, high) if low <= n <= high})


def soc_sample(par: _Words) -> tuple[tuple[int, int], ...]:
    """Ranges of i_ma, v_uv, t_mdegc, dt_ms for a cell type."""
    i_ma = min(10_000_000, (_C20_Q24 << 11) // int(par[soc.C_PER_MA_Q35]))
    return (-i_ma, i_ma), (-6_500_000, 6_500_000), (-40_000, 85_000), (1, 2_000)


def soc_limits(par: _Words, s: Sequence[int]) -> Limits:
    """Ranges of a cell's words; some follow from its capacity, its open window, and whether its start was blind."""
    cap_mc, t_ms, rest_uc, blind = s[soc.CAP_MC], s[soc.T_MS], s[soc.REST_UC], s[soc.BLIND_MS] > 0
    most_uc = soc_sample(par)[0][1] * t_ms
    w_most = _ONE_Q24 if blind else _W_CAPACITY_Q24
    limits = {
        soc.Q_MC: (0, cap_mc),
        soc.REST_UC: (0, 999),
        soc.CAP_MC: CAP_MC,
        soc.REST_Q30: (0, 511),
        soc.B_Q24: (-_ONE_Q24 // 2, _ONE_Q24 // 2),
        soc.C_Q26: (-_ONE_Q24, _ONE_Q24),
        soc.G_Q24: (-_ONE_Q24 // 2, _ONE_Q24 * 3 // 2),
        soc.W_Q24: (-w_most, w_most),
        soc.HYST_LOW_Q24: (-(1 << 24), s[soc.HYST_HIGH_Q24]),
        soc.HYST_HIGH_Q24: (-(1 << 24), 1 << 24),
        soc.ETA_Q20: (-_ONE_Q21, _ONE_Q21),
        soc.BLIND_MS: (0, 3_000_000),
        soc.UBAR_Q24: (-_UBAR_Q24, _UBAR_Q24),
        soc.T_MS: (0, 999),
        soc.V_SUM: (-406_250 * t_ms, 406_250 * t_ms),
        soc.MOVED_MC: (-((most_uc + rest_uc) // 1000), (most_uc + 999 - rest_uc) // 1000),
        soc.SD_Q16: (0, 32_768),
        soc.SOC_Q21: (0, _ONE_Q21),
        soc.SCALE_Q24: (5_033_165, 1 << 26),
    }
    for k in range(3):
        limits[soc.F1_Q24 + k] = (0, _ONE_Q24 if blind else 0)
        x_most = _X_Q24 - 21 * s[soc.F1_Q24 + k]
        limits[soc.X1_Q24 + k] = (-x_most, x_most)
    for k in range(STATES):
        limits[soc.P_Q32 + 7 * k] = (0, 1 << 30)
    limits[soc.P_Q32 + 7] = (0, 1 << 28)
    limits[soc.P_Q32 + 35] = (0, _SV_Q32)
    limits[soc.P_Q32 + 28] = (0, 1 << 30 if blind else _PW_CAPACITY_Q32)
    if s[soc.BEST]:
        limits |= dict.fromkeys((soc.BEST_VX_Q32, soc.BEST_VY_Q32), (107_374, 1_073_741_823))
    return _WINDOW | _HEALTH | limits


# Of the closed window: a step writes them before it reads them.
_WINDOW: Limits = {
    soc.SPAN_MS: (0, 2_999),
    soc.V_UV: (-6_500_000, 6_500_000),
    soc.I_Q13: (-_I_Q13, _I_Q13),
    soc.DZ_Q30: (-18_000_000, 18_000_000),
    soc.MID_Q21: (0, _ONE_Q21),
    soc.ERR_UV: (-36_000_000, 36_000_000),
    soc.H_Q14: (0, 32_768),
    soc.H_Q14 + 1: (0, 16_384),
    soc.H_Q14 + 2: (0, 16_384),
    soc.H_Q14 + 3: (-16_384, 16_384),
    soc.H_Q14 + 4: (-16_384, 0),
    soc.H_Q14 + 5: (0, 16_384),
    soc.R_Q27: (0, 41_943_040),
    soc.SB_Q32: (0, 1 << 28),
    soc.SV_Q32: (0, _SV_Q32),
    soc.STEEP_Q7: (0, 1_024),
    **{soc.XE_Q13 + k: (-(21 << 13), 21 << 13) for k in range(5)},
    **{soc.P_Q32 + STATES * k: (-(1 << 22), 1 << 22) for k in range(1, STATES)},
    **{soc.N_Q30 + k: (-(1 << 31), (1 << 31) - 1) for k in range(STATES)},
}
_HEALTH: Limits = {
    **{soc.C_Q7 + k: (0, 800_000_000) for k in range(6)},
    soc.SHARE_Q24: (13_107 << 9, 36_044 << 9),
    soc.PAIRS: (0, 1_000_000),
    soc.REASON: (0, 3),
    soc.FROM_Q21: (0, _ONE_Q21),
    soc.FROM_Q32: (0, 1 << 30),
    soc.OUT_Q28: (-348_966_093, 348_966_093),
    soc.SINCE_MIN: (0, 1_920),
    soc.PART_MS: (0, 59_999),
    soc.BEST_X_Q15: (-42_598, 42_598),
    soc.BEST_Y_Q15: (-42_598, 42_598),
    soc.BEST_VX_Q32: (0, 1_073_741_823),
    soc.BEST_VY_Q32: (0, 1_073_741_823),
    soc.BEST: (0, 4_400_000),
    soc.REST_MS: (0, 1_000_000_000),
    soc.ZERO_Q26: (-_ONE_Q24, _ONE_Q24),
    soc.ZERO_Q36: (16, 1 << 28),
    soc.FULL_MS: (0, 1_000_000_000),
}


def reach_limits(par: _Words, r: Sequence[int]) -> Limits:
    """Ranges of the range's words for a vehicle; what is lost follows from the consumption."""
    return {
        reach.E_NV: (-400_000_000, 400_000_000),
        reach.L_NV: (-400_000_000, 400_000_000),
        reach.D_MM: (0, 99_999),
        reach.C_NV_M: (1_000, 1_500_000),
        reach.LOSS_NV_M: (0, r[reach.C_NV_M] // 3),
        reach.W_M: (int(par[reach.W_PRIOR_M]), int(par[reach.W_MAX_M])),
        reach.P_Q6: (-_P_Q6, _P_Q6),
        reach.PEAK_Q6: (0, _P_Q6),
        reach.ROUTE_NV_M: (-(1 << 31), (1 << 31) - 1),
        reach.SHOWN_MM: (0, 2_000_000_000),
        reach.USED_NV: (-220_000_000, 220_000_000),
        **dict.fromkeys((reach.ENERGY_UV, reach.AHEAD_UV), (0, 8_040_000)),
        reach.LEFT_Q21: (-_ONE_Q21, _ONE_Q21 + (1 << 18)),
        reach.SLOPE_UV: (0, 7_312_500),
        reach.DOUBT_Q16: (524, 33_292),
        reach.TOLD_Q6: (0, 192_000_000),
        **dict.fromkeys((reach.SHARE_Q15, reach.CUT, reach.ANEW), (-(1 << 31), (1 << 31) - 1)),
    }


def guard_limits() -> Limits:
    """Ranges of a guard's words, for eight rows."""
    words = range(guard.WARNINGS_A, guard.TIMER_MS)
    return {
        **dict.fromkeys(words, (0, 255)),
        guard.WARNINGS_B: (0, 0),
        guard.TRIPS_B: (0, 0),
        **{guard.TIMER_MS + k: (-1, 1_000_000) for k in range(8)},
    }


def extremes_limits() -> Limits:
    """Ranges of what is kept of sixteen cells, and of a current that stands still."""
    steady: Limits = {
        extremes.STUCK_MS: (0, 1_000_000),
        extremes.BAND_MA: (0, 1_000_000),
        extremes.STEADY_MA: (-536_870_911, 536_870_911),
        extremes.STEADY: (0, 34),
        extremes.STEPPED: (-1, 1),
        **{word + k: (-32_768_000, 32_768_000) for word in (extremes.TOP_UV, extremes.BOTTOM_UV) for k in range(3)},
    }
    return steady | {
        extremes.CELLS + extremes.A_CELL * k + word: limits
        for k in range(16)
        for word, limits in (
            (extremes.SAME_MS, (0, 1_000_000)),
            (extremes.LAST_UV, (-6_553_600, 6_553_600)),
            (extremes.AT_MA, (-536_870_911, 536_870_911)),
        )
    }


def leak_limits() -> Limits:
    """Ranges of what is kept of four cells at rest."""
    words = {
        leak.NOW_Q6: 64 * 6_553_600,
        leak.BASE_Q6: 64 * 6_553_600,
        leak.OLD_UA: 600_000_000,
        leak.LEAK_UA: 600_000_000,
        leak.GAINED_MC: 1_000_000_000,
    }
    return {
        leak.WORST_UA: (0, 600_000_000),
        leak.WORST_AT: (0, 3),
        leak.REST_S: (0, 3_600),
        leak.SINCE_S: (-1, 1_000_000),
        leak.NOW_MDEGC: (-200_000, 200_000),
        leak.BASE_MDEGC: (-200_000, 200_000),
        leak.MEDIAN_MC: (-1_000_000_000, 1_000_000_000),
        leak.ANSWERS: (0, 1_000_000_000),
        **{leak.LEAKS + leak.A_LEAK * k + word: (-most, most) for k in range(4) for word, most in words.items()},
        **{
            leak.LEAKS + leak.A_LEAK * k + word: (0, most)
            for k in range(4)
            for word, most in (
                (leak.BLED_MC, 1_000_000_000),
                (leak.OLD_SD_UA, 600_000_000),
                (leak.SD_UA, 600_000_000),
                (leak.SD_MC, 1_000_000_000),
                (leak.EASING_MC, 15_625_000),
            )
        },
    }


def power_limits() -> Limits:
    """Ranges of the power kernel's answer."""
    return {
        **{power.LIMIT_Q13 + k: (0, 163_840) for k in range(6)},
        **{power.THEN_UV + k: (-36_000_000, 36_000_000) for k in range(6)},
    }


def frame_limits() -> Limits:
    """Ranges of the bytes of a frame, of which three signals and the group or the counter may share one."""
    return dict.fromkeys(range(frame.BYTES), (0, 4 * 255))


def covariance_most(s: Sequence[int], j: int, k: int) -> int:
    """What the covariance of two states may be: the mean of their variances.

    health.py lowers the capacity's variance and leaves its covariances for kalman.py to bring below.
    """
    variances = [s[soc.P_Q32 + 7 * n] for n in (j, k)]
    if 4 in (j, k) and not s[soc.BLIND_MS]:
        variances[(j, k).index(4)] = _PW_CAPACITY_Q32
    return (variances[0] >> 1) + (variances[1] >> 1)


def outside(kernel: str, par: _Words, state: Sequence[int]) -> list[str]:
    """What of a state lies outside its documented range; empty when it may be stepped again."""
    s = [int(word) for word in state]
    simple = {"guard": guard_limits, "extremes": extremes_limits, "power": power_limits, "leak": leak_limits}
    simple["frame"] = frame_limits
    limits = simple[kernel]() if kernel in simple else reach_limits(par, s) if kernel == "reach" else soc_limits(par, s)
    wrong = [f"word {w} is {s[w]}, not {low} .. {high}" for w, (low, high) in limits.items() if not low <= s[w] <= high]
    if kernel in ("soc", "health"):
        for j, k in combinations(range(STATES), 2):
            covariance = s[soc.P_Q32 + STATES * j + k]
            if abs(covariance) > covariance_most(s, j, k):
                wrong.append(f"covariance {j},{k} is {covariance}, not within {covariance_most(s, j, k)}")
    return wrong
