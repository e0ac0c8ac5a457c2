"""Where a cell's state begins after a restart: what was stored, widened by what may have happened since.

The first voltage is asked whether it can be true, and what it contradicts is not believed; how far the voltages then
correct it, the filter weighs. Runs once, before the contactors close: plain Python on integers of any size.
"""

from array import array

from firmware import records, start
from firmware.cell import LEARNED
from firmware.kernels import ecm, soc
from firmware.kernels.dialect import const

_POINTS = const(64)  # SoC that are tried, over four standard deviations to either side
_DAY_S = const(86400)
_LOSS_Q16_DAY = const(54)  # self-discharge: 2.5 % a month, assumed (1..2 % and the electronics; Battery Univ. 802b),
_DOUBT_Q4 = const(10)  # and a deviation of 10/16 of it
# 90 days: a stored state of unknown age is taken for one that old; of an older one nobody knows the loss or the clock.
_OLDEST_S = const(7776000)
_BELIEVED_S = const(315360000)  # ten years: no clock that tells more is right
_UNSEEN_S = const(5)  # half the time between two saves under way: so long its current goes on flowing, give or take
_SUDDEN_S = const(3)  # that of 1C
_PER_LN2_Q16 = const(94548)  # 1 / ln 2
_STILL_Q24 = (1 << 24) // 25  # C/50 where nothing is known to have flowed


def age_s(words, clock_s):
    """Age of a stored state, s; None where no clock tells it, or tells what cannot be."""
    then_s = words[records.CLOCK_S]
    if not then_s or not clock_s or not 0 <= clock_s - then_s <= _BELIEVED_S:
        return None
    return clock_s - then_s


def widened(par, words, k, age):
    """SoC of cell k now, as Q21, and its variance as Q32, before the voltage is asked."""
    at = records.STATE_CELLS + records.STATE_A_CELL * k
    soc_q21 = words[at + records.SOC_Q21]
    variance_q32 = words[at + records.VARIANCE_Q32]
    i_ma = words[records.CURRENT_MA]
    rated_mc = par[soc.RATED_MC]
    soc_q21 -= _UNSEEN_S * i_ma * start.FULL_Q21 // rated_mc
    unseen_q16 = (_SUDDEN_S * abs(i_ma) << 16) // rated_mc + (_SUDDEN_S << 16) // 3600
    if age is None:
        doubt_q16 = _OLDEST_S // _DAY_S * _LOSS_Q16_DAY
    else:
        lost_q16 = age * _LOSS_Q16_DAY // _DAY_S
        soc_q21 -= lost_q16 << 5
        doubt_q16 = lost_q16 * _DOUBT_Q4 >> 4
    variance_q32 += unseen_q16**2 + doubt_q16**2
    return min(max(soc_q21, 0), start.FULL_Q21), min(variance_q32, 1 << 30)


def begun(par, words, learned, k, age, sample):
    """State of cell k, or None when its voltage contradicts what is stored beyond four standard deviations.

    words, learned: of firmware/records.py; learned None where there is none. sample: mA, uV, mdegC.
    """
    i_ma, v_uv, t_mdegc = sample
    if age is not None and age > _OLDEST_S:
        return _anew(par, learned, k, sample)
    soc_q21, variance_q32 = widened(par, words, k, age)
    s = _remembered(par, words, learned, k, age, soc_q21, variance_q32)
    past_sd_q24 = _past(s, words) if age is None else _relaxed(s, par, words, age)
    s[soc.V_UV] = v_uv
    s[soc.SPAN_MS] = 1000
    s[soc.XE_Q13] = i_ma * par[soc.C_PER_MA_Q35] >> 22
    for j in range(3):
        s[soc.XE_Q13 + 2 + j] = (s[soc.X1_Q24 + j] + (s[soc.F1_Q24 + j] * s[soc.UBAR_Q24] >> 24)) >> 11
    sd_q21 = start.root(variance_q32) << 5
    low_q21 = max(soc_q21 - 4 * sd_q21, 0)
    wide_q21 = min(soc_q21 + 4 * sd_q21, start.FULL_Q21) - low_q21
    trial = array("i", s)
    least_q16 = _misfit(par, s, trial, soc_q21, t_mdegc, past_sd_q24)
    _owe(s, trial, words[records.STATE_CELLS + records.STATE_A_CELL * k + records.VARIANCE_Q32])
    for point in range(_POINTS):
        at_q21 = low_q21 + wide_q21 * point // (_POINTS - 1)
        halvings_q16 = ((at_q21 - soc_q21) >> 5) ** 2 * start.HALVINGS_Q16 // variance_q32
        if max(halvings_q16, start.HALVINGS_Q16) < least_q16:  # else it could not be less, or need not
            least_q16 = min(least_q16, halvings_q16 + _misfit(par, s, trial, at_q21, t_mdegc, past_sd_q24))
    if least_q16 > start.UNEXPLAINED_Q16:
        return None
    _doubt(s, variance_q32 * max(least_q16, start.HALVINGS_Q16) // start.HALVINGS_Q16)
    s[soc.V_UV] = s[soc.SPAN_MS] = 0
    return s


def _doubt(s, variance_q32):
    """The variance of the SoC; where the voltage lies beyond a deviation, so much that it lies at one."""
    variance_q32 = min(variance_q32, 1 << 30)
    s[soc.P_Q32] = variance_q32
    shown_q32 = variance_q32 * s[soc.SCALE_Q24] >> 24
    s[soc.SD_Q16] = min(start.root(shown_q32 * 49 // 32 + 164419), 32768)  # as kalman.py will tell it


def _owe(s, trial, variance_q32):
    """What is stored may owe all that it knows to the voltage, which errs today as it did then: it tells nothing twice.

    trial: at the SoC that is believed, as ecm.py left it. variance_q32: as stored.
    """
    lasting_q32 = s[soc.P_Q32 + 35] = trial[soc.SV_Q32]
    told_q32 = variance_q32 * trial[soc.H_Q14] >> 14
    s[soc.P_Q32 + 5] = -min(told_q32, start.root(variance_q32 * lasting_q32))


def _anew(par, learned, k, sample):
    """A blind start of a cell that keeps what it has learned."""
    at = records.LEARNED_CELLS + records.LEARNED_A_CELL * k
    i_ma, v_uv, t_mdegc = sample
    s = start.blind(par, learned[at] if learned else par[soc.RATED_MC], i_ma, v_uv, t_mdegc, start.PAUSED)
    if learned:
        _taught(s, learned, at)
    return s


def _taught(s, learned, at):
    for j in range(len(LEARNED)):
        s[LEARNED[j]] = learned[at + j]
    s[soc.SCALE_Q24] = learned[at + records.SCALE_Q24]


def _remembered(par, words, learned, k, age, soc_q21, variance_q32):
    """A rested cell of that SoC with what it has learned and the hysteresis that it was left with."""
    at = records.LEARNED_CELLS + records.LEARNED_A_CELL * k
    cap_mc = learned[at] if learned else par[soc.RATED_MC]
    s = start.known(par, cap_mc, soc_q21, start.root(variance_q32))
    if learned:
        _taught(s, learned, at)
        s[soc.P_Q32 + 28] = learned[at + records.CAPACITY_Q32]
    s[soc.REASON] = 0  # what the estimator told itself is no anchor to learn the capacity from
    low_q24, high_q24 = words[records.HYST_Q24], words[records.HYST_Q24 + 1]
    s[soc.HYST_LOW_Q24], s[soc.HYST_HIGH_Q24] = min(low_q24, high_q24), max(low_q24, high_q24)
    return s


def _relaxed(s, par, words, age):
    """Let the currents in the low-passes and the overvoltage fade for so long."""
    for j in range(3):
        halvings_q16 = age * 1000 * _PER_LN2_Q16 // par[soc.TAU1_MS + j]
        s[soc.X1_Q24 + j] = words[records.X_Q24 + j] * start.halved(halvings_q16) >> 40
    halvings_q16 = age * 1000 * par[soc.FADE_ETA_Q31] * _PER_LN2_Q16 >> 31
    s[soc.ETA_Q20] = words[records.ETA_Q20] * start.halved(halvings_q16) >> 40
    return 0


def _past(s, words):
    """Of unknown age: what was left in the low-passes or nothing, as likely. As a blind start, but its SoC is known.

    Returns the deviation of that current in C/2, Q24.
    """
    past_q24 = words[records.X_Q24 + 1] >> 1
    sd_q24 = min(abs(past_q24) * 2 + _STILL_Q24, 1 << 23)  # the variance that W may have is a quarter
    s[soc.BLIND_MS] = 1
    s[soc.F1_Q24] = s[soc.F2_Q24] = s[soc.F3_Q24] = 1 << 24
    s[soc.UBAR_Q24] = past_q24
    s[soc.P_Q32 + 28] = (sd_q24 >> 8) ** 2
    return sd_q24


def _misfit(par, s, trial, soc_q21, t_mdegc, past_sd_q24):
    for word in range(soc.STATE):
        trial[word] = s[word]
    trial[soc.MID_Q21] = soc_q21
    ecm.step(trial, par, t_mdegc)
    return start.misfit(trial, past_sd_q24, trial[soc.SV_Q32])[0]
