# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""What current a cell can give and take for 2, 10 and 30 s, whatever it is that stops it first.

The model of firmware/kernels/ecm.py, looked ahead at a constant current: at its mean less (on charge: plus) two
standard deviations the voltage stays within the window, the SoC within its own; a temperature takes some of the current
away, and plating some of the charging current. Words of `s` and `par` are those of firmware/kernels/soc.py. Formulas:
docs/estimator.md, "Power".
"""

from firmware.kernels.dialect import const, micropython, ptr32

B_Q24 = const(4)
G_Q24 = const(6)
P_Q32 = const(8)
X1_Q24 = const(44)
SD_Q16 = const(84)
SOC_Q21 = const(85)
SHARE_Q24 = const(92)

OCV_UV = const(26)
HYST_UV = const(99)
ASINH_Q16 = const(124)
LAG2_Q15 = const(253)
LAG3_Q15 = const(280)
I0_Q13 = const(307)
WIDE_Q12 = const(334)
SHIFT_UV = const(388)

# The answer, `out`: C, discharge for 2, 10, 30 s, then charge for 2, 10, 30 s, all positive; and the voltages then.
LIMIT_Q13 = const(0)  # 0..163_840
THEN_UV = const(6)  # +-36_000_000
STATE = const(12)

# Parameters, `lim`.
V_MIN_UV = const(0)  # 0..6_500_000
V_MAX_UV = const(1)  # 0..6_500_000
KEEP_Q15 = const(2)  # what is left of each of three low-passes after each of three times, 0..32_768: 9 words
DZ_Q15 = const(11)  # SoC, 2^-21, that C/8192 takes in each time, 0..70_000
MOST_Q13 = const(14)  # over 27 temperatures: the cell's own limit of discharge, 0..163_840,
CHARGE_Q13 = const(41)  # and of charge, the plating limit with it, 0..163_840
PARAMETERS = const(68)

_TRIES = const(7)
_CLOSE_UV = const(20000)  # so near the window, or an eighth of the current, is near enough
_SURFACE_LEAST = const(-262144)  # SoC -1/8
_SHARE_LEAST_Q14 = const(6553)  # 0.4


@micropython.viper
def step(out: ptr32, s: ptr32, par: ptr32, lim: ptr32, t_mdegc: int) -> int:
    """Find the six limits; that of a discharge for 10 s.

    t_mdegc  temperature, mdegC, -40_000..85_000
    """
    a = t_mdegc + 40000
    row = (a >> 3) * 107375 >> 26  # a / 5,000
    g_q10 = (a - row * 5000) * 53687 >> 18
    lag2_q15 = par[LAG2_Q15 + row]
    lag2_q15 += (par[LAG2_Q15 + row + 1] - lag2_q15) * g_q10 >> 10
    lag3_q15 = par[LAG3_Q15 + row]
    lag3_q15 += (par[LAG3_Q15 + row + 1] - lag3_q15) * g_q10 >> 10
    i0_q13 = par[I0_Q13 + row]
    i0_q13 += (par[I0_Q13 + row + 1] - i0_q13) * g_q10 >> 10
    wide_q12 = par[WIDE_Q12 + row]
    wide_q12 += (par[WIDE_Q12 + row + 1] - wide_q12) * g_q10 >> 10
    z_q21 = s[SOC_Q21]
    sd_q21 = s[SD_Q16] * 64
    x1_q13 = (s[X1_Q24] + 1024) >> 11
    x2_q13 = (s[X1_Q24 + 1] + 1024) >> 11
    x3_q13 = (s[X1_Q24 + 2] + 1024) >> 11
    share_q14 = s[SHARE_Q24] >> 10
    if share_q14 < _SHARE_LEAST_Q14: share_q14 = _SHARE_LEAST_Q14

    # Deviations of the voltage: slow error and offset together, the resistance's apart; the SoC's moves along the OCV.
    var_q32 = s[P_Q32 + 7] + (s[P_Q32 + 35] >> 1)
    sd_g_q16 = 0
    sd_q16 = 0
    j = 32768
    while j > 0:
        if j < 16384:
            if (sd_q16 + j) * (sd_q16 + j) <= var_q32: sd_q16 += j
            if (sd_g_q16 + j) * (sd_g_q16 + j) <= s[P_Q32 + 21]: sd_g_q16 += j
        elif j == 16384:
            if var_q32 >= 268435456: sd_q16 = j
            if s[P_Q32 + 21] >= 268435456: sd_g_q16 = j
        j >>= 1
    doubt_uv = sd_q16 * 15625 >> 10
    sd_g_q14 = sd_g_q16 >> 2
    b_uv = ((s[B_Q24] >> 7) * 15625) >> 11
    g_share_q15 = s[G_Q24] >> 9

    low_q13 = 0
    zero_uv = -1
    j = 0
    while j < 6:
        sign = 1
        at = j
        most_q13 = lim[MOST_Q13 + row]
        d = lim[MOST_Q13 + row + 1]
        room_q21 = z_q21
        apart_q21 = 0
        if j > 2:
            sign = -1
            at = j - 3
            most_q13 = lim[CHARGE_Q13 + row]
            d = lim[CHARGE_Q13 + row + 1]
            room_q21 = 2097152 - z_q21
            if z_q21 < 1048576: apart_q21 = sd_q21 * 2  # there it is a lower SoC that has the higher resistance
        most_q13 += (d - most_q13) * g_q10 >> 10
        keep1_q15 = lim[KEEP_Q15 + at]
        keep2_q15 = lim[KEEP_Q15 + 3 + at]
        keep3_q15 = lim[KEEP_Q15 + 6 + at]
        dz_q15 = lim[DZ_Q15 + at] * 16384 // share_q14
        room_q21 -= sd_q21
        if room_q21 < 0: room_q21 = 0
        a = room_q21 * 512 // (dz_q15 + 1)
        if a < 2560:
            if a * 64 < most_q13: most_q13 = a * 64
        if at == 0: zero_uv = -1
        elif most_q13 > low_q13: most_q13 = low_q13  # what it cannot do for a shorter time it cannot for a longer
        low_q13 = 0
        low_uv = zero_uv
        low_v_uv = 0
        high_q13 = most_q13
        high_uv = 0
        i_q13 = most_q13
        tries = 0
        if most_q13 == 0: tries = _TRIES
        while tries < _TRIES:
            # The voltage after that time at i_q13: currents of R1, R2 and the third low-pass, surface, charge transfer,
            # five tables.
            i1_q13 = i_q13 * sign
            i2_q13 = i1_q13 + ((x2_q13 - i1_q13 >> 3) * keep2_q15 >> 12)
            a = i1_q13 + ((x3_q13 - i1_q13 >> 3) * keep3_q15 >> 12)
            zs_q21 = z_q21 - sign * sd_q21 - ((i1_q13 >> 5) * dz_q15 >> 10)
            zs_q21 -= (lag2_q15 * (i2_q13 >> 3) >> 4) + (lag3_q15 * (a >> 3) >> 4)
            if zs_q21 < _SURFACE_LEAST: zs_q21 = _SURFACE_LEAST
            if zs_q21 > 2097152: zs_q21 = 2097152
            a = i_q13 * 4096 // i0_q13
            k = ASINH_Q16
            if a < 16384:
                k += a >> 9
                a = (a & 511) * 64
            else:
                k += 32
                while a > 32767:
                    a >>= 1
                    k += 8
                k += (a - 16384) >> 11
                a = (a & 2047) * 16
            a = (par[k] + ((par[k + 1] - par[k]) * a >> 15) + 8) >> 4
            s_q13 = sign * (i0_q13 * a + 2048 >> 12)

            k = (zs_q21 + 262144) >> 15
            if k > 71: k = 71
            v_uv = par[OCV_UV + k]
            a = par[OCV_UV + k + 1] - v_uv
            f_q15 = zs_q21 + 262144 - k * 32768
            v_uv += b_uv + (a >> 15) * f_q15 + (((a & 32767) * f_q15) >> 15)
            zs_q21 -= apart_q21
            if zs_q21 < _SURFACE_LEAST: zs_q21 = _SURFACE_LEAST
            k = (zs_q21 + 262144) >> 16
            f_q10 = ((zs_q21 + 262144) & 65535) >> 6
            if k > 11:
                k = 12 + ((zs_q21 - 524288) >> 17)
                f_q10 = ((zs_q21 - 524288) & 131071) >> 7
                if k > 23:
                    k = 23
                    f_q10 = 1024
            a = par[HYST_UV + k]
            a += (par[HYST_UV + k + 1] - a) * f_q10 >> 10
            a = (a >> 3) * wide_q12 >> 9
            if a > 262000: a = 262000
            v_uv -= sign * a
            k += SHIFT_UV + row * 25
            above_q10 = f_q10 * g_q10 >> 10
            f_q10 -= above_q10
            a = 1024 - f_q10 - g_q10
            pol_uv = 0
            c_q13 = 0
            n = 0
            while n < 5:
                d = (par[k] >> 4) * a + (par[k + 1] >> 4) * f_q10
                d = d + (par[k + 25] >> 4) * (g_q10 - above_q10) + (par[k + 26] >> 4) * above_q10 >> 10  # 16 uV
                pol_uv += (d >> 8) * c_q13 + ((d & 255) * c_q13 >> 8) >> 1
                if n == 0:
                    v_uv += d * 16
                    c_q13 = i1_q13
                elif n == 1: c_q13 = s_q13
                elif n == 2: c_q13 = i1_q13 + ((x1_q13 - i1_q13 >> 3) * keep1_q15 >> 12)
                else: c_q13 = i2_q13
                k += 675
                n += 1
            if pol_uv > 8000000: pol_uv = 8000000
            if pol_uv < -8000000: pol_uv = -8000000
            pol_uv += (pol_uv >> 15) * g_share_q15 + (((pol_uv & 32767) * g_share_q15) >> 15)
            v_uv -= pol_uv
            if pol_uv < 0: pol_uv = -pol_uv
            d = 2 * (doubt_uv + ((pol_uv >> 8) * sd_g_q14 >> 6))
            if d > 8000000: d = 8000000
            room_uv = v_uv - d - lim[V_MIN_UV]
            if sign < 0: room_uv = lim[V_MAX_UV] - v_uv - d
            if room_uv < -16000000: room_uv = -16000000
            if room_uv > 8000000: room_uv = 8000000

            # The next: between the best and the least that is too much, on their line and a little below it.
            if room_uv >= 0:
                if low_q13 > 0: high_uv >>= 1
                low_q13 = i_q13
                low_uv = room_uv
                low_v_uv = v_uv
                if i_q13 == 0: zero_uv = room_uv
            else:
                if high_uv < 0: low_uv >>= 1
                high_q13 = i_q13
                high_uv = room_uv
            tries += 1
            d = high_q13 - low_q13
            if low_uv < 0:
                if i_q13 == 0: tries = _TRIES
                i_q13 = 0
            elif d <= low_q13 >> 3 or (d < low_q13 and low_uv < _CLOSE_UV): tries = _TRIES
            else:
                a = (low_uv >> 7) * 4096 // ((low_uv - high_uv >> 7) + 1)
                i_q13 = low_q13 + (d * a >> 12) - (d >> 6)
                if i_q13 <= low_q13: i_q13 = low_q13 + (d >> 2)
        out[LIMIT_Q13 + j] = low_q13
        out[THEN_UV + j] = low_v_uv
        j += 1
    return out[LIMIT_Q13 + 1]
