# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""Driving range: the energy left in the weakest cell over the consumption that the drive has taught, or the route.

Energy is taken per unit of rated charge, so its unit is the volt: a full cell holds its mean OCV, and consumption is
nV/m whatever the size and the number of cells; power is V times C, the current per rated charge. Formulas:
docs/estimator.md.
"""

from firmware.kernels.dialect import const, micropython, ptr32

# State, `r`; firmware/start.py begins it.
E_NV = const(0)  # energy at the terminals since the last lesson, nV
L_NV = const(1)  # energy lost in the cell since then
D_MM = const(2)  # distance since then, 0..99_999
C_NV_M = const(3)  # consumption with what is lost in the cell, 1_000..1_500_000
LOSS_NV_M = const(4)  # what is lost of it, 0..a third
W_M = const(5)  # distance that stands behind both, W_PRIOR_M..W_MAX_M
P_Q6 = const(6)  # power, mean of about two minutes, mV C
PEAK_Q6 = const(7)  # its highest, which fades over the kilometres
ROUTE_NV_M = const(8)  # what the rest of the road will take at the terminals, told; 0 if nobody knows
SHOWN_MM = const(9)  # range with even chances, without jumps, 0..2_000_000_000
P10_M = const(10)  # range, m: one chance in ten to get less far,
P50_M = const(11)  # even chances,
P90_M = const(12)  # one chance in ten to get farther
ENERGY_UV = const(13)  # what the cell, as cold as it is, gives at its terminals per unit of rated charge, 0..8_040_000
SHARE_Q15 = const(14)  # capacity that the cell has left as a share of the rated one, told; counts as 0..36_000
CUT = const(15)  # told: not 0 while a fault lets nothing be drawn; all ranges are 0 then
ANEW = const(16)  # not 0: what is shown goes to the next figure at once
STATE = const(17)

# Parameters, `par`.
C_PRIOR_NV_M = const(0)  # the vehicle's consumption at the terminals, 1_000..1_000_000
W_PRIOR_M = const(1)  # the distance that the prior is worth, 200..100_000
W_MAX_M = const(2)  # memory, not below W_PRIOR_M, 400 (one lesson is less) ..100_000
SD_PRIOR_Q15 = const(3)  # deviation of the prior consumption as a share, 0..16_384
SD_ROAD_Q15 = const(4)  # deviation of a long road that is to come from what has been, 0..8_192
SD_ROUTE_Q15 = const(5)  # deviation of what is told of the route, 0..16_384
SD_ENERGY_Q15 = const(6)  # deviation of the energy of a cell whose SoC is known, 0..16_384
STEP_Q6 = const(7)  # power between two columns of EMPTY_Q15, 6_400..2_000_000
OCV_UV = const(8)  # 73 voltages over SoC from -1/8, rising, 0..6_500_000
E_UV = const(81)  # 73 integrals of the OCV from there, rising, 0..7_312_500
EMPTY_Q15 = const(154)  # SoC that a power needs, -4_096..32_768: 14 rows from -40 degC by 10 K, of 9 powers
PARAMETERS = const(280)

_LESSON_MM = const(100000)  # the road teaches every 100 m
_START_M = const(15000)  # so long after a start that knows no road it may move by 10 % a minute, else by 1 %
_ROAD_M = const(4000)  # over so long a road consumption varies as much as over all longer ones
_COLD_Q21 = const(629146)  # 0.3: colder or weaker than that, a cell will have warmed by the time the road is long
_LAST_Q21 = const(83886)  # 0.04
_DOUBT_Q16 = const(524)  # deviation of the SoC at which a cell is empty, 0.008; and half of it
_HILL_Q6 = const(63)  # a peak fades over 4 km: 4,000 / 64


@micropython.viper
def step(
    r: ptr32, par: ptr32, i_q13: int, v_mv: int, t_ms: int, d_mm: int, soc_q21: int, sd_q16: int, t_mdegc: int
) -> int:
    """Advance by one window of the estimator; the median range, m.

    i_q13    mean current, C, +-163_840            v_mv     voltage of the weakest cell, 0..6_500
    t_ms     length of the window, 0..2_999        d_mm     distance driven in it, 0..300_000
    soc_q21  SoC of the weakest cell, 0..2^21      sd_q16   its deviation, 0..32_768
    t_mdegc  its temperature, -40_000..85_000
    """
    k = (soc_q21 >> 15) + 8
    if k > 71: k = 71
    f_q15 = soc_q21 - (k - 8) * 32768
    a = par[OCV_UV + k]
    d = par[OCV_UV + k + 1] - a
    lost_mv = (a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)) // 1000 - v_mv
    a = par[E_UV + k]
    d = par[E_UV + k + 1] - a
    e_uv = a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)

    # What was used, and the power: the highest of these kilometres is what the cell must still give when it is empty.
    e_nv = r[E_NV] + ((i_q13 * v_mv) >> 11) * t_ms // 72 * 5  # 3.6e6 * 2^13 / 1e6 / 2^11 is 72 / 5
    if e_nv > 400000000: e_nv = 400000000
    if e_nv < -400000000: e_nv = -400000000
    l_nv = r[L_NV] + ((i_q13 * lost_mv) >> 11) * t_ms // 72 * 5
    if l_nv > 400000000: l_nv = 400000000
    if l_nv < -400000000: l_nv = -400000000
    p_q6 = r[P_Q6]
    p_q6 += ((((i_q13 * v_mv) >> 7) - p_q6) >> 6) * t_ms // 1875
    r[P_Q6] = p_q6
    peak_q6 = r[PEAK_Q6]
    if peak_q6 < p_q6: peak_q6 = p_q6

    # The lesson of the road.
    moved_mm = d_mm
    d_mm += r[D_MM]
    c_nv_m = r[C_NV_M]
    loss_nv_m = r[LOSS_NV_M]
    w_m = r[W_M]
    if d_mm >= _LESSON_MM:
        d_m = d_mm // 1000
        d_mm -= d_m * 1000
        w_m += d_m
        if w_m > par[W_MAX_M]: w_m = par[W_MAX_M]
        c_nv_m += (e_nv + l_nv - c_nv_m * d_m + (w_m >> 1)) // w_m
        if c_nv_m < 1000: c_nv_m = 1000
        if c_nv_m > 1500000: c_nv_m = 1500000
        loss_nv_m += (l_nv - loss_nv_m * d_m + (w_m >> 1)) // w_m
        if loss_nv_m < 0: loss_nv_m = 0
        if loss_nv_m > c_nv_m // 3: loss_nv_m = c_nv_m // 3
        peak_q6 += ((p_q6 - peak_q6) >> 6) * d_m // _HILL_Q6
        r[C_NV_M] = c_nv_m
        r[LOSS_NV_M] = loss_nv_m
        r[W_M] = w_m
        e_nv = 0
        l_nv = 0
    if peak_q6 < 0: peak_q6 = 0
    r[E_NV] = e_nv
    r[L_NV] = l_nv
    r[D_MM] = d_mm
    r[PEAK_Q6] = peak_q6

    # SoC at which the cell is empty under that peak, at this temperature.
    t_mdegc += 40000
    k = t_mdegc // 10000
    f_q10 = (t_mdegc - k * 10000) * 1024 // 10000
    k = EMPTY_Q15 + 9 * k
    j = peak_q6 // par[STEP_Q6]
    g_q10 = 1024
    if j > 7: j = 7
    else: g_q10 = (peak_q6 - j * par[STEP_Q6] >> 6) * 1024 // ((par[STEP_Q6] >> 6) + 1)
    k += j
    a = par[k] * 1024 + (par[k + 1] - par[k]) * g_q10 >> 10
    d = par[k + 9] * 1024 + (par[k + 10] - par[k + 9]) * g_q10 >> 10
    empty_q21 = (a * 1024 + (d - a) * f_q10 >> 10) * 64
    doubt_q16 = _DOUBT_Q16
    if empty_q21 > 0: doubt_q16 += empty_q21 >> 6

    # What is left between there and here: now, and for a road on which a cold cell warms.
    share_q15 = r[SHARE_Q15]
    if share_q15 < 0: share_q15 = 0
    if share_q15 > 36000: share_q15 = 36000
    full_uv = e_uv
    cold = 2
    while cold:
        k = (empty_q21 >> 15) + 8
        if k > 71: k = 71
        f_q15 = empty_q21 - (k - 8) * 32768
        a = par[E_UV + k]
        d = par[E_UV + k + 1] - a
        e_uv = full_uv - (a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15))
        if e_uv < 0: e_uv = 0
        e_uv = (e_uv >> 15) * share_q15 + (((e_uv & 32767) * share_q15) >> 15)
        if cold == 2: r[ENERGY_UV] = e_uv - (e_uv >> 10) * (loss_nv_m * 1024 // c_nv_m)
        cold -= 1
        if empty_q21 <= _COLD_Q21: cold = 0
        else: empty_q21 = _COLD_Q21
    left_q21 = soc_q21 - empty_q21

    # It takes the car so far; near empty the deviations are those of the last 4 %, as nothing has no share.
    far_m = 0
    wide_m = 0
    sd_q15 = 0
    route_nv_m = r[ROUTE_NV_M]
    if r[CUT] == 0:
        if route_nv_m > 0:
            if route_nv_m < 1000: route_nv_m = 1000
            if route_nv_m > 1000000: route_nv_m = 1000000
            c_nv_m = route_nv_m + (route_nv_m * (loss_nv_m * 1024 // (c_nv_m - loss_nv_m)) >> 10)
        if left_q21 > 0: far_m = (e_uv * 256 // c_nv_m) * 1000 >> 8
        if far_m > 2000000: far_m = 2000000
        wide_m = far_m
        if left_q21 < _LAST_Q21:
            left_q21 = _LAST_Q21
            a = ((d >> 6) * 41 * 256 // c_nv_m) * 1000 >> 6
            if a > 2000000: a = 2000000
            if wide_m < a: wide_m = a

        # Deviations as shares: SoC, SoC when empty, energy, what is still to come, what the prior did not know.
        a = sd_q16 * 16384 // ((left_q21 >> 6) + 1)
        if a > 16384: a = 16384
        d = doubt_q16 * 16384 // ((left_q21 >> 6) + 1)
        if d > 16384: d = 16384
        a = a * a + d * d + par[SD_ENERGY_Q15] * par[SD_ENERGY_Q15]
        if route_nv_m > 0:
            a += par[SD_ROUTE_Q15] * par[SD_ROUTE_Q15]
        else:
            a += (par[SD_ROAD_Q15] * par[SD_ROAD_Q15] >> 6) * (64 + 64 * _ROAD_M // (wide_m + 500))
            d = par[W_PRIOR_M] * 8192 // w_m
            if d > 8192: d = 8192
            a += ((par[SD_PRIOR_Q15] * par[SD_PRIOR_Q15]) >> 13) * d
        k = 16384
        while k > 0:
            if (sd_q15 + k) * (sd_q15 + k) <= a:
                sd_q15 += k
            k >>= 1

    # What is shown falls as the car drives, and goes to that figure without a jump, unless it has begun, charges, or a
    # fault has ended.
    far_mm = far_m * 1000
    shown_mm = r[SHOWN_MM] - moved_mm
    if shown_mm < 0: shown_mm = 0
    if far_mm > 0:
        if w_m == par[W_PRIOR_M]: shown_mm = far_mm
        if r[ANEW] != 0: shown_mm = far_mm
        r[ANEW] = 0
    if r[CUT] != 0:
        r[ANEW] = 1
        shown_mm = 0
    if moved_mm == 0 and i_q13 < -82 and p_q6 < -2304: shown_mm = far_mm  # C/100, now and for a minute
    most_mm = shown_mm // 6000 * t_ms // 1000
    if most_mm < t_ms // 3: most_mm = t_ms // 3  # 20 m a minute: none is stuck at nothing
    if w_m - par[W_PRIOR_M] < _START_M and w_m < par[W_MAX_M]: most_mm *= 10
    d = far_mm - shown_mm
    if d > most_mm: d = most_mm
    if d < -most_mm: d = -most_mm
    shown_mm += d
    r[SHOWN_MM] = shown_mm
    shown_m = shown_mm // 1000
    a = sd_q15 * 41 >> 5  # 1.2816 standard deviations
    d = (wide_m >> 15) * a + (((wide_m & 32767) * a) >> 15)
    a = far_m + d
    if a < shown_m: a = shown_m
    r[P90_M] = a
    a = far_m - d
    if a < 0: a = 0
    if a > shown_m: a = shown_m
    r[P10_M] = a
    r[P50_M] = shown_m
    return shown_m
