"""Where a cell's state begins: from a SoC that is known, or blind, from one sample.

Runs once a cell, so it is plain Python on integers of any size; the words of state and parameters are
those of firmware/kernels/soc.py.
"""

from array import array

from firmware.kernels import soc

FULL_Q21 = 1 << 21
_SD_BLIND_Q16 = 19661  # a SoC of which nothing is known: uniform over 0..1, deviation 0.3
_C_Q24 = 1 << 24
_USUAL_Q24 = _C_Q24 // 5  # C/5, a usual mean current


def known(par, cap_mc, soc_q21, sd_q16):
    """State of a rested cell whose SoC is known to +-`sd_q16`."""
    s = array("i", [0] * soc.STATE)
    s[soc.CAP_MC] = cap_mc
    s[soc.SOC_Q21] = soc_q21
    s[soc.Q_MC] = cap_mc * soc_q21 // FULL_Q21
    s[soc.SD_Q16] = sd_q16
    s[soc.PZZ_Q32] = sd_q16 * sd_q16
    s[soc.PBB_Q32] = max(par[soc.S0_Q16] ** 2, 1024)
    return s


def blind(par, cap_mc, i_ma, v_uv, t_mdegc):
    """State of a cell of which only one sample is known.

    SoC and deviation are where the OCV curve lies within one standard deviation of the rest voltage that
    the sample suggests, on a slope that the filter believes. Of the current before the start nothing is
    known: both RC branches are taken to carry this one up to C/5, give or take C/4.
    """
    i_q24 = i_ma * par[soc.C_PER_MA_Q35] >> 11
    x_q24 = min(max(i_q24, -_USUAL_Q24), _USUAL_Q24)
    row = soc.R_UV + min(max(t_mdegc + 40000, 0), 129999) // 5000 * 17 + 8
    r0_uv, r1_uv, r2_uv = par[row], par[row + 459], par[row + 918]
    pol_uv = (i_q24 * r0_uv + x_q24 * (r1_uv + r2_uv)) >> 24
    pol_uv = min(max(pol_uv, -2000000), 2000000)
    rest_uv = v_uv + pol_uv - par[soc.DUDT_UV + 8] * (t_mdegc - 25000) // 1000

    model_uv = abs(pol_uv) * par[soc.RHO_Q15] >> 15
    fast_uv = r1_uv * max(abs(i_q24 - x_q24), _C_Q24 // 4) >> 25
    slow_uv = r2_uv // 4
    beyond_uv = max(rest_uv - par[soc.OCV_UV + 64], par[soc.OCV_UV] - rest_uv, 0)  # what no SoC explains
    past_uv = _root(fast_uv**2 + slow_uv**2 + beyond_uv**2)
    pbb_q32 = max(par[soc.S0_Q16] ** 2 + _q16(model_uv) ** 2 + _q16(past_uv) ** 2, 1024)
    sum_q32 = pbb_q32 + par[soc.R0_Q16] ** 2
    sd_uv = _root(sum_q32) * 1000000 >> 16
    low_q21, high_q21 = _soc_at(par, rest_uv - sd_uv), _soc_at(par, rest_uv + sd_uv)
    sd_q16 = max((high_q21 - low_q21) >> 6, (sd_uv << 16) // par[soc.H_MAX_UV])
    sd_q16 = min(sd_q16, _SD_BLIND_Q16) + par[soc.SSL_Q16]

    s = known(par, cap_mc, (low_q21 + high_q21) // 2, sd_q16)
    s[soc.PBB_Q32] = pbb_q32
    s[soc.PZB_Q32] = -sd_q16 * pbb_q32 // _root(sum_q32)  # what lifts the voltage lifts the SoC
    s[soc.ETA_Q20] = (pol_uv << 20) // 1000000
    s[soc.X1_Q24] = s[soc.X2_Q24] = x_q24
    return s


def _q16(uv):
    """Volts in the filter's format, at most 0.25 V, which is all that its noise model holds."""
    return min((uv << 16) // 1000000, 1 << 14)


def _soc_at(par, v_uv):
    k = 0
    while k < 63 and par[soc.OCV_UV + k + 1] < v_uv:
        k += 1
    low_uv = par[soc.OCV_UV + k]
    width_uv = max(par[soc.OCV_UV + k + 1] - low_uv, 1)
    share_q15 = min(max(v_uv - low_uv, 0), width_uv) * 32768 // width_uv
    return k * 32768 + share_q15


def _root(n):
    root = 0
    bit = 1 << 31
    while bit:
        if (root + bit) ** 2 <= n:
            root += bit
        bit >>= 1
    return root
