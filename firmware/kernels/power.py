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

OCV_UV = const(26)
HYST_UV = const(99)
LAG2_Q15 = const(253)
LAG3_Q15 = const(280)
WIDE_Q12 = const(334)
SHIFT_UV = const(361)
R_UV = const(1036)

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
STEP_Q13 = const(68)  # between two points of the next, 64..20_480
KINETIC_Q13 = const(69)  # over the temperatures, charge transfer at 0..8 steps, rising, 0..163_840: 27 x 9
PARAMETERS = const(312)

_TRIES = const(6)


@micropython.viper
def step(out: ptr32, s: ptr32, par: ptr32, lim: ptr32, t_mdegc: int) -> int:
    """Find the six limits; that of a discharge for 10 s.

    t_mdegc  temperature, mdegC, -40_000..85_000
    """
    a = t_mdegc + 40000
    row = (a >> 3) * 107375 >> 26  # a / 5,000
    g_q15 = (a - row * 5000) * 53687 >> 13
    z_q21 = s[SOC_Q21]
    k = (z_q21 + 262144) >> 16
    f_q15 = ((z_q21 + 262144) & 65535) >> 1
    if k > 11:
        k = 12 + ((z_q21 - 524288) >> 17)
        f_q15 = ((z_q21 - 524288) & 131071) >> 2
        if k > 23:
            k = 23
            f_q15 = 32768
    d = par[HYST_UV + k + 1] - par[HYST_UV + k]
    hyst_uv = par[HYST_UV + k] + ((d >> 4) * (f_q15 >> 4) >> 7)
    d = par[WIDE_Q12 + row]
    d += (par[WIDE_Q12 + row + 1] - d) * g_q15 >> 15
    hyst_uv = (hyst_uv >> 3) * d >> 9
    if hyst_uv > 262000: hyst_uv = 262000
    at = SHIFT_UV + row * 25 + k
    shift_uv = 0
    r0_uv = 0
    ra_uv = 0
    r1_uv = 0
    r2_uv = 0
    j = 0
    while j < 5:
        a = par[at]
        d = par[at + 1] - a
        a += (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)
        k = par[at + 25]
        d = par[at + 26] - k
        d = k + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15) - a
        a += (d >> 15) * g_q15 + (((d & 32767) * g_q15) >> 15)
        if j == 0: shift_uv = a
        elif j == 1: r0_uv = a
        elif j == 2: ra_uv = a
        elif j == 3: r1_uv = a
        else: r2_uv = a
        at += 675
        j += 1
    lag2_q15 = par[LAG2_Q15 + row]
    lag2_q15 += (par[LAG2_Q15 + row + 1] - lag2_q15) * g_q15 >> 15
    lag3_q15 = par[LAG3_Q15 + row]
    lag3_q15 += (par[LAG3_Q15 + row + 1] - lag3_q15) * g_q15 >> 15

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
    fixed_uv = shift_uv + (((s[B_Q24] >> 7) * 15625) >> 11)
    g_share_q15 = s[G_Q24] >> 9

    j = 0
    while j < 6:
        sign = 1
        at = j
        most_q13 = lim[MOST_Q13 + row]
        d = lim[MOST_Q13 + row + 1]
        room_q21 = z_q21 - s[SD_Q16] * 64
        if j > 2:
            sign = -1
            at = j - 3
            most_q13 = lim[CHARGE_Q13 + row]
            d = lim[CHARGE_Q13 + row + 1]
            room_q21 = 2097152 - z_q21 - s[SD_Q16] * 64
        most_q13 += (d - most_q13) * (g_q15 >> 3) >> 12
        dz_q15 = lim[DZ_Q15 + at]
        if room_q21 < 0: room_q21 = 0
        a = room_q21 * 512 // (dz_q15 + 1)
        if a < 2560:
            if a * 64 < most_q13: most_q13 = a * 64
        low_q13 = 0
        high_q13 = most_q13
        low_uv = -1
        high_uv = 0
        low_v_uv = 0
        i_q13 = 0
        tries = 0
        while tries < _TRIES:
            # The voltage after that time at i_q13.
            x_q13 = i_q13 * sign
            k = i_q13 // lim[STEP_Q13]
            if k > 7: k = 7
            f_q15 = (i_q13 - k * lim[STEP_Q13]) * 1024 // lim[STEP_Q13]
            if f_q15 > 1024: f_q15 = 1024
            k += KINETIC_Q13 + row * 9
            a = lim[k] + ((lim[k + 1] - lim[k]) * f_q15 >> 10)
            d = lim[k + 9] + ((lim[k + 10] - lim[k + 9]) * f_q15 >> 10)
            a += (d - a) * (g_q15 >> 3) >> 12
            a = a * sign
            pol_uv = (r0_uv >> 13) * x_q13 + (((r0_uv & 8191) * x_q13) >> 13)
            pol_uv += (ra_uv >> 13) * a + (((ra_uv & 8191) * a) >> 13)
            a = (s[X1_Q24] + 1024) >> 11
            d = lim[KEEP_Q15 + at]
            a = x_q13 + ((a - x_q13 >> 3) * d >> 12)
            pol_uv += (r1_uv >> 13) * a + (((r1_uv & 8191) * a) >> 13)
            a = (s[X1_Q24 + 1] + 1024) >> 11
            d = lim[KEEP_Q15 + 3 + at]
            a = x_q13 + ((a - x_q13 >> 3) * d >> 12)
            pol_uv += (r2_uv >> 13) * a + (((r2_uv & 8191) * a) >> 13)
            zs_q21 = z_q21 - (sign * i_q13 >> 5) * dz_q15 // 1024 - (lag2_q15 * (a >> 3) >> 4)
            a = (s[X1_Q24 + 2] + 1024) >> 11
            d = lim[KEEP_Q15 + 6 + at]
            a = x_q13 + ((a - x_q13 >> 3) * d >> 12)
            zs_q21 -= (lag3_q15 * (a >> 3) >> 4) + sign * s[SD_Q16] * 64
            if zs_q21 < -262144: zs_q21 = -262144
            if zs_q21 > 2097152: zs_q21 = 2097152
            if pol_uv > 8000000: pol_uv = 8000000
            if pol_uv < -8000000: pol_uv = -8000000
            pol_uv += (pol_uv >> 15) * g_share_q15 + (((pol_uv & 32767) * g_share_q15) >> 15)
            k = (zs_q21 + 262144) >> 15
            if k > 71: k = 71
            f_q15 = zs_q21 + 262144 - k * 32768
            a = par[OCV_UV + k]
            d = par[OCV_UV + k + 1] - a
            v_uv = a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15) + fixed_uv - pol_uv - sign * hyst_uv
            d = pol_uv
            if d < 0: d = -d
            d = 2 * (doubt_uv + ((d >> 8) * (sd_g_q16 >> 2) >> 6))
            if d > 8000000: d = 8000000
            room_uv = v_uv - d - lim[V_MIN_UV]
            if sign < 0: room_uv = lim[V_MAX_UV] - v_uv - d
            if room_uv < -16000000: room_uv = -16000000
            if room_uv > 8000000: room_uv = 8000000
            if room_uv >= 0:
                low_q13 = i_q13
                low_uv = room_uv
                low_v_uv = v_uv
                if i_q13 == most_q13: tries = _TRIES
                i_q13 = most_q13
            else:
                high_q13 = i_q13
                high_uv = room_uv
                if low_uv < 0: tries = _TRIES
            if tries < _TRIES:
                if high_uv < 0:  # between the two by their line, and a little less: it lies above the curve
                    a = (low_uv >> 7) * 4096 // ((low_uv - high_uv >> 7) + 1)
                    a = (high_q13 - low_q13) * a >> 12
                    i_q13 = low_q13 + a - (a >> 5)
                    if low_q13 > 0: i_q13 = low_q13 + a - (a >> 4)
            tries += 1
        out[LIMIT_Q13 + j] = low_q13
        out[THEN_UV + j] = low_v_uv
        j += 1
    return out[LIMIT_Q13 + 1]
