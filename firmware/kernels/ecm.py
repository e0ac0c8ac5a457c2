# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""State of charge of one cell, second of five kernels: the equivalent circuit predicts the voltage of a window.

A surface that lags behind the mean SoC, charge transfer that grows as asinh does, resistances and OCV from tables over
temperature and SoC; beside the prediction, how it depends on each estimated state and how far it may be wrong.
Words are those of firmware/kernels/soc.py, units too. Formulas: docs/estimator.md.
"""

from firmware.kernels.dialect import const, micropython, ptr32

C_Q26 = const(5)
G_Q24 = const(6)
HYST_LOW_Q24 = const(47)
HYST_HIGH_Q24 = const(48)
ETA_Q20 = const(49)
BLIND_MS = const(50)
F1_Q24 = const(51)
SPAN_MS = const(58)
V_UV = const(59)
DZ_Q30 = const(61)
MID_Q21 = const(62)
ERR_UV = const(63)
H_Q14 = const(64)
R_Q27 = const(70)
SB_Q32 = const(71)
SV_Q32 = const(72)
SCALE_Q24 = const(109)
STEEP_Q7 = const(110)
XE_Q13 = const(73)

HYST_RATE = const(7)
H_MIN_UV = const(8)
H_MAX_UV = const(9)
S0_Q16 = const(10)
SSL_Q16 = const(11)
RHO_Q15 = const(12)
R0_Q16 = const(13)
RHOF_Q12 = const(14)
FADE_ETA_Q31 = const(16)
PV_Q32 = const(25)
OCV_UV = const(26)
HYST_UV = const(99)
ASINH_Q16 = const(124)
LAG2_Q15 = const(253)
LAG3_Q15 = const(280)
I0_Q13 = const(307)
WIDE_Q12 = const(334)
LASTING_Q12 = const(361)
SHIFT_UV = const(388)

_SURFACE_LEAST = const(-262144)  # SoC -1/8
_STEEPEST_UV = const(8000000)
_V_Q33 = const(8589)  # 1 uV; a division costs as much as ten products


@micropython.viper
def step(s: ptr32, par: ptr32, t_mdegc: int) -> int:
    """Predict the voltage of the window that has just closed; the prediction, uV.

    t_mdegc   temperature of the cell, -40_000..85_000 (the tables end at -40 and 90 degC)
    """
    t_ms = s[SPAN_MS]
    i_q13 = s[XE_Q13]
    blind_ms = s[BLIND_MS]

    a = t_mdegc + 40000
    if a < 0: a = 0
    if a > 129999: a = 129999
    row = (a >> 3) * 107375 >> 26  # a / 5,000
    g_q15 = (a - row * 5000) * 53687 >> 13

    # The surface lags behind the mean.
    x2_q13 = s[XE_Q13 + 3]
    x3_q13 = s[XE_Q13 + 4]
    lag2_q15 = par[LAG2_Q15 + row]
    d = par[LAG2_Q15 + row + 1] - lag2_q15
    lag2_q15 += (d >> 15) * g_q15 + (((d & 32767) * g_q15) >> 15)
    lag3_q15 = par[LAG3_Q15 + row]
    d = par[LAG3_Q15 + row + 1] - lag3_q15
    lag3_q15 += (d >> 15) * g_q15 + (((d & 32767) * g_q15) >> 15)
    lag_q21 = (lag2_q15 * (x2_q13 >> 3) >> 4) + (lag3_q15 * (x3_q13 >> 3) >> 4)
    zs_q21 = s[MID_Q21] - lag_q21
    if zs_q21 < _SURFACE_LEAST: zs_q21 = _SURFACE_LEAST
    if zs_q21 > 2097152: zs_q21 = 2097152
    if lag_q21 > 2097152: lag_q21 = 2097152
    if lag_q21 < -2097152: lag_q21 = -2097152

    # Charge transfer: I0 asinh(i / I0), and its slope.
    i0_q13 = par[I0_Q13 + row]
    d = par[I0_Q13 + row + 1] - i0_q13
    i0_q13 += (d >> 15) * g_q15 + (((d & 32767) * g_q15) >> 15)
    a = i_q13
    if a < 0: a = -a
    a = a * 4096 // i0_q13
    k = ASINH_Q16
    j = 0
    if a < 16384:
        k += a >> 9
        a = (a & 511) * 64
    else:
        k += 32
        while a > 32767:
            a >>= 1
            k += 8
            j += 1
        k += (a - 16384) >> 11
        a = (a & 2047) * 16
    d = par[k + 1] - par[k]
    a = (par[k] + ((d * a) >> 15) + 8) >> 4
    ds_q15 = d * 4
    if k >= ASINH_Q16 + 32:
        ds_q15 = d
        while j > 0:
            ds_q15 >>= 1
            j -= 1
    if ds_q15 > 32768: ds_q15 = 32768
    a = (i0_q13 * a + 2048) >> 12
    if i_q13 < 0: a = -a
    s[XE_Q13 + 1] = a

    # OCV of the surface: segment k of 72 and the share f of it; the slope passes smoothly from one to the next.
    k = (zs_q21 + 262144) >> 15
    if k > 71: k = 71
    f_q15 = zs_q21 + 262144 - k * 32768
    a = par[OCV_UV + k]
    d = par[OCV_UV + k + 1] - a
    p_uv = a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)
    lo = d
    hi = d
    if k > 0: lo = a - par[OCV_UV + k - 1]
    if k < 71: hi = par[OCV_UV + k + 2] - par[OCV_UV + k + 1]
    a = hi - lo
    so_uv = (d + lo + (a >> 15) * f_q15 + (((a & 32767) * f_q15) >> 15)) * 32

    # The tables' columns are 1/32 apart below SoC 1/4 and 1/16 above.
    steep = 32
    k = (zs_q21 + 262144) >> 16
    f_q15 = ((zs_q21 + 262144) & 65535) >> 1
    if k > 11:
        steep = 16
        k = 12 + ((zs_q21 - 524288) >> 17)
        f_q15 = ((zs_q21 - 524288) & 131071) >> 2
        if k > 23:
            k = 23
            f_q15 = 32768

    # Hysteresis moves with the charge until it lies on a branch; what two extremes have in common is known. An offset
    # would move it while nothing flows.
    a = s[DZ_Q30]
    if blind_ms == 0: a -= (((s[C_Q26] + 512) >> 10) * t_ms >> 6) * 2386 >> 13  # 2^14 / 3.6e6
    a = ((a + 32) >> 6) * par[HYST_RATE]
    lo = s[HYST_LOW_Q24] - a
    hi = s[HYST_HIGH_Q24] - a
    if lo > 16777216: lo = 16777216
    if lo < -16777216: lo = -16777216
    if hi > 16777216: hi = 16777216
    if hi < -16777216: hi = -16777216
    s[HYST_LOW_Q24] = lo
    s[HYST_HIGH_Q24] = hi
    d = par[HYST_UV + k + 1] - par[HYST_UV + k]
    a = par[HYST_UV + k] + ((d >> 4) * (f_q15 >> 4) >> 7)
    d = par[WIDE_Q12 + row]
    d += (par[WIDE_Q12 + row + 1] - d) * g_q15 >> 15
    a = (a >> 3) * d >> 9
    if a > 262000: a = 262000
    p_uv += ((a >> 2) * ((lo + hi) >> 10)) >> 13
    a = ((a >> 2) * ((hi - lo) >> 10) >> 17) * _V_Q33 >> 13
    s[SV_Q32] = a * a

    # Five tables, bilinear: the OCV's shift, then four resistances, each times its current.
    pol_uv = 0  # polarisation,
    rise_uv = 0  # how it grows over a segment,
    hc_uv = 0  # with the sensor's offset, at 1C,
    hu_uv = 0  # and with the current before a blind start, at 1C
    i = SHIFT_UV + row * 25 + k
    j = 0
    while j < 5:
        a = par[i]
        lo = par[i + 1] - a
        a += (lo >> 15) * f_q15 + (((lo & 32767) * f_q15) >> 15)
        k = par[i + 25]
        hi = par[i + 26] - k
        d = k + (hi >> 15) * f_q15 + (((hi & 32767) * f_q15) >> 15) - a
        a += (d >> 15) * g_q15 + (((d & 32767) * g_q15) >> 15)
        d = hi - lo
        d = lo + (d >> 15) * g_q15 + (((d & 32767) * g_q15) >> 15)
        if j == 0:
            p_uv += a
            so_uv += d * steep
        else:
            x_q13 = s[XE_Q13 + j - 1]
            pol_uv += (a >> 13) * x_q13 + (((a & 8191) * x_q13) >> 13)
            rise_uv += (d >> 13) * x_q13 + (((d & 8191) * x_q13) >> 13)
            if j > 2 and blind_ms > 0:
                hu_uv += (a >> 15) * (s[F1_Q24 + j - 3] >> 9) + (((a & 32767) * (s[F1_Q24 + j - 3] >> 9)) >> 15)
            if j == 2:
                a = (a >> 15) * ds_q15 + (((a & 32767) * ds_q15) >> 15)
            hc_uv += a
        i += 675
        j += 1
    if pol_uv > 8000000: pol_uv = 8000000
    if pol_uv < -8000000: pol_uv = -8000000
    if rise_uv > 30000000: rise_uv = 30000000
    if rise_uv < -30000000: rise_uv = -30000000
    h_uv = so_uv - rise_uv * steep
    if h_uv < par[H_MIN_UV]: h_uv = par[H_MIN_UV]
    if h_uv > par[H_MAX_UV]: h_uv = par[H_MAX_UV]
    steep_uv = so_uv  # on a steep part the SoC axis errs by more than the filter's slope tells
    if steep_uv > _STEEPEST_UV: steep_uv = _STEEPEST_UV
    if so_uv < par[H_MIN_UV]: so_uv = par[H_MIN_UV]
    if so_uv > par[H_MAX_UV]: so_uv = par[H_MAX_UV]
    if steep_uv < so_uv: steep_uv = so_uv
    s[STEEP_Q7] = ((steep_uv >> 6) * 67 >> 13) + 1  # 2^7 / 1e6

    hc_uv += (so_uv >> 7) * (lag2_q15 + lag3_q15) >> 8
    if hc_uv > 4000000: hc_uv = 4000000
    a = (h_uv >> 4) * _V_Q33 >> 15
    s[H_Q14] = a
    a = par[SSL_Q16] * a >> 15  # half of what the SoC axis errs by lasts for hours as well
    a = a * a + par[PV_Q32]
    d = par[LASTING_Q12 + row]
    d += (par[LASTING_Q12 + row + 1] - d) * g_q15 >> 15
    lasting_q11 = d * d >> 13  # on its variance
    a = s[SV_Q32] + (a >> 11) * lasting_q11 + ((a & 2047) * lasting_q11 >> 11)
    if a > 343597383: a = 343597383
    s[SV_Q32] = a
    s[H_Q14 + 1] = 16384
    s[H_Q14 + 2] = (hc_uv >> 5) * _V_Q33 >> 16
    a = pol_uv
    if a > 1000000: a = 1000000
    if a < -1000000: a = -1000000
    s[H_Q14 + 3] = (-a >> 4) * _V_Q33 >> 15
    d = 0
    if blind_ms > 0:
        a = (lag2_q15 * (s[F1_Q24 + 1] >> 10) >> 14) + (lag3_q15 * (s[F1_Q24 + 2] >> 10) >> 14)
        hu_uv += (so_uv >> 7) * a >> 8
        if hu_uv > 2000000: hu_uv = 2000000
        d = (-hu_uv >> 4) * _V_Q33 >> 16
    s[H_Q14 + 4] = d
    s[H_Q14 + 5] = 16384

    a = s[G_Q24] >> 9
    p_uv -= pol_uv + (pol_uv >> 15) * a + (((pol_uv & 32767) * a) >> 15)
    s[ERR_UV] = s[V_UV] - p_uv

    # What the model cannot explain: slowly sb (OCV, overvoltage), quickly r (a load that has just changed).
    pol_uv += (so_uv >> 6) * (lag_q21 >> 6) >> 9
    if pol_uv > 2000000: pol_uv = 2000000
    if pol_uv < -2000000: pol_uv = -2000000
    eta_q16 = (pol_uv >> 4) * _V_Q33 >> 13
    a = t_ms * par[FADE_ETA_Q31] >> 16
    a -= a * a >> 16  # 1 - exp(-x) is x - x x / 2
    d = eta_q16 * 16 - s[ETA_Q20]
    d = s[ETA_Q20] + (d >> 15) * a + (((d & 32767) * a + 16384) >> 15)
    s[ETA_Q20] = d
    d = (d + 8) >> 4
    a = eta_q16 - d
    if a < 0: a = -a
    a = ((a >> 3) * par[RHOF_Q12]) >> 9
    if a > 32768: a = 32768
    s[R_Q27] = (par[R0_Q16] * par[R0_Q16] + a * a) >> 5
    if d < 0: d = -d
    a = ((d >> 2) * par[RHO_Q15]) >> 13
    if a > 16384: a = 16384
    d = (par[SSL_Q16] * ((steep_uv >> 6) * _V_Q33 >> 13)) >> 14
    if d > 16384: d = 16384
    a = par[S0_Q16] * par[S0_Q16] + a * a + d * d
    if a > 268435456: a = 268435456
    k = s[SCALE_Q24] >> 12
    a = (a >> 15) * k * 8 + (((a & 32767) * k) >> 12)
    if a > 268435456: a = 268435456
    s[SB_Q32] = a
    return p_uv
