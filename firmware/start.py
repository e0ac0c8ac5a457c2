"""Where a cell's state begins: from a SoC that is known, or blind, from one sample.

Runs once a cell, so it is plain Python on integers of any size; the words of state and parameters are
those of firmware/kernels/soc.py. And where the range begins. Formulas: docs/estimator.md.
"""

from array import array

from firmware.cell import LEARNED
from firmware.kernels import ecm, health, reach, soc

FULL_Q21 = 1 << 21
_SD_BLIND_Q16 = 19661  # a SoC of which nothing is known: uniform over 0..1, deviation 0.3
_ONE_Q24 = 1 << 24
_SD_ANCHOR_Q16 = 1966  # a SoC told to 3 % is one from which the capacity can be learned
# Past of a blind start: current before it, C, its deviation in C/2, and the highest that the hysteresis can be.
LOADED = (_ONE_Q24 // 3, _ONE_Q24 // 3, 0)  # C/3 +- C/6; so a hysteresis near the charge branch is the less likely
# The contactor was open: that load or none, as likely, is C/6 +- 0.204 C. Nobody says on which branch it rests.
PAUSED = (_ONE_Q24 // 6, _ONE_Q24 * 49 // 120, _ONE_Q24)
_FULL_TOLD_Q21 = FULL_Q21 * 98 // 100
_POINTS = 64  # a blind start weighs so many SoC,
HALVINGS_Q16 = 47274  # 1 / (2 ln 2): halvings of the likelihood at one standard deviation
UNEXPLAINED_Q16 = 756384  # unless none is nearer than four standard deviations: 16 / (2 ln 2) halvings


def known(par, cap_mc, soc_q21, sd_q16):
    """State of a rested cell whose SoC is known to +-`sd_q16`."""
    s = array("i", [0] * soc.STATE)
    s[soc.CAP_MC] = cap_mc
    s[soc.SOC_Q21] = soc_q21
    s[soc.Q_MC] = cap_mc * soc_q21 // FULL_Q21
    s[soc.SD_Q16] = sd_q16
    full = soc_q21 >= _FULL_TOLD_Q21  # a full cell has been charged; of another nobody says on which branch it lies
    s[soc.HYST_LOW_Q24], s[soc.HYST_HIGH_Q24] = (_ONE_Q24 if full else -_ONE_Q24), _ONE_Q24
    hysteresis_q16 = 0 if full else max(par[soc.HYST_UV : soc.HYST_UV + 25]) * 1024 // 15625
    variances = (
        sd_q16 * sd_q16,
        0,  # the first window tells
        par[soc.PC_Q32],
        par[soc.PG_Q32],
        par[soc.PQ_Q32],
        par[soc.PV_Q32] + hysteresis_q16**2,
    )
    for k in range(6):
        s[soc.P_Q32 + 7 * k] = variances[k]
    s[soc.ZERO_Q36] = par[soc.PC_Q32]
    s[soc.SCALE_Q24] = 1 << 24
    share_q24 = (cap_mc << 24) // par[soc.RATED_MC]
    s[soc.SHARE_Q24] = share_q24
    trust_q7 = min((1 << 40) // par[soc.PQ_Q32], 1 << 24)
    for k in range(6):  # as if a pair had told this capacity with the deviation that it has at the start
        s[soc.C_Q7 + k] = trust_q7 * (1 << 48, share_q24 << 24, share_q24 * share_q24)[k % 3] >> 48
    if sd_q16 <= _SD_ANCHOR_Q16:
        s[soc.REASON] = 1
        s[soc.FROM_Q21] = soc_q21
        s[soc.FROM_Q32] = sd_q16 * sd_q16
    return s


def resumed(par, old, soc_q21, sd_q16):
    """State of a cell that has rested unwatched since `old` and whose SoC is known now; what it learned stays."""
    health.step(old, par, soc_q21, sd_q16)
    s = known(par, old[soc.CAP_MC], soc_q21, sd_q16)
    for word in LEARNED:
        s[word] = old[word]
    if not old[soc.BLIND_MS]:
        s[soc.P_Q32 + 28] = old[soc.P_Q32 + 28]
    return s


def road(par):
    """State of the range of which only the vehicle's prior is known; the words are those of firmware/kernels/reach.py.

    A twentieth is lost in the cell, and the hardest that the road asks is the prior's consumption at 90 km/h.
    """
    r = array("i", [0] * reach.STATE)
    prior_nv_m = par[reach.C_PRIOR_NV_M]
    r[reach.LOSS_NV_M] = prior_nv_m // 20
    r[reach.C_NV_M] = prior_nv_m + prior_nv_m // 20
    r[reach.TOLD_Q6] = r[reach.C_NV_M] << 6
    r[reach.SHARE_Q15] = 1 << 15
    r[reach.W_M] = par[reach.W_PRIOR_M]
    r[reach.PEAK_Q6] = prior_nv_m * 144 // 25  # 25 m/s * 3600 s/h * 64 / 1e6
    return r


def blind(par, cap_mc, i_ma, v_uv, t_mdegc, past=LOADED):
    """State of a cell of which only one sample is known, and of what flowed before it `past` is assumed.

    Its SoC is the mean of all that there are, each weighed by how
    well the model then explains the voltage. The filter begins with the uncertainty of a cell of which nothing is
    known. Where none explains it, the nearest voltage tells.
    """
    s = known(par, cap_mc, 0, _SD_BLIND_Q16)
    s[soc.BLIND_MS] = 1
    past_q24, sd_q24, s[soc.HYST_HIGH_Q24] = past
    s[soc.F1_Q24] = s[soc.F2_Q24] = s[soc.F3_Q24] = _ONE_Q24
    s[soc.UBAR_Q24] = past_q24
    s[soc.P_Q32 + 28] = (sd_q24 >> 8) ** 2
    s[soc.V_UV] = v_uv
    s[soc.XE_Q13] = i_ma * par[soc.C_PER_MA_Q35] >> 22
    for k in range(2, 5):
        s[soc.XE_Q13 + k] = past_q24 >> 11
    s[soc.SPAN_MS] = 1000
    trial = array("i", s)
    misfits = [_misfit(par, s, trial, FULL_Q21 * point // _POINTS, t_mdegc, sd_q24) for point in range(1, _POINTS)]
    s[soc.SOC_Q21] = FULL_Q21 * _weighed(misfits) // (_ONE_Q24 * _POINTS)
    _misfit(par, s, trial, s[soc.SOC_Q21], t_mdegc, sd_q24)
    s[soc.ETA_Q20] = trial[soc.ETA_Q20]
    s[soc.Q_MC] = cap_mc * s[soc.SOC_Q21] // FULL_Q21
    s[soc.V_UV] = s[soc.SPAN_MS] = 0
    return s


def _weighed(misfits):
    """The mean point, 1.._POINTS - 1, as Q24."""
    least_q16 = min([misfit[0] for misfit in misfits])
    if least_q16 > UNEXPLAINED_Q16:  # the largest variance would explain it best
        errors = [abs(misfit[2]) for misfit in misfits]
        return (errors.index(min(errors)) + 1) * _ONE_Q24
    total = mean = 0
    for k in range(len(misfits)):
        halvings_q16, deviation_q16, _ = misfits[k]
        weight = halved(halvings_q16 - least_q16) // (deviation_q16 + 1)
        total += weight
        mean += weight * (k + 1)
    return _ONE_Q24 * mean // total


def _misfit(par, s, trial, soc_q21, t_mdegc, sd_q24):
    """How unlikely the sample in `s` is at that SoC, as exp(-e^2 / 2 var) / sqrt(var): the exponent as a power of one
    half, the deviation in V as Q16, and the error in uV. Leaves `trial` there.
    """
    eta_q20 = 0
    for _ in range(2):  # the first tells the overvoltage, which is as well its mean: nothing else is known
        for word in range(soc.STATE):
            trial[word] = s[word]
        trial[soc.MID_Q21] = soc_q21
        trial[soc.ETA_Q20] = eta_q20
        ecm.step(trial, par, t_mdegc)
        eta_q20 += (trial[soc.ETA_Q20] - eta_q20) * (1 << 31) // (1000 * par[soc.FADE_ETA_Q31])
        eta_q20 = min(max(eta_q20, -2 << 20), 2 << 20)
    trial[soc.ETA_Q20] = eta_q20
    return misfit(trial, sd_q24, 0)


def misfit(trial, sd_q24, variance_q32):
    """The same of what ecm.py found for `trial`, with a past known to +-`sd_q24`, and more variance of the voltage."""
    past_q30 = (trial[soc.H_Q14 + 4] * sd_q24) >> 8
    variance_q32 += (trial[soc.R_Q27] << 5) + trial[soc.SB_Q32] + (past_q30**2 >> 28)
    e_q16 = (trial[soc.ERR_UV] << 16) // 1000000
    halvings_q16 = e_q16**2 * HALVINGS_Q16 // variance_q32
    return halvings_q16, root(variance_q32), trial[soc.ERR_UV]


def halved(halvings_q16):
    """2^40 halved so often, to 0.3 %."""
    whole, part = halvings_q16 >> 16, halvings_q16 & 65535
    power_q30 = (65536 * 65536 - 43176 * part + (10408 * part * part >> 16)) >> 2
    return power_q30 << 10 >> whole


def root(n):
    """Square root, rounded down."""
    root = 0
    bit = 1 << 31
    while bit:
        if (root + bit) ** 2 <= n:
            root += bit
        bit >>= 1
    return root
