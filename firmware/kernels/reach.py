# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""Driving range, third of three kernels: the energy left in the weakest cell over what the road takes, and how sure.

Energy is taken per unit of rated charge, so its unit is the volt: a full cell holds its mean OCV, and consumption is
nV/m whatever the size and the number of cells; power is V times C, the current per rated charge. Before it come
road.py and ahead.py, see firmware/driving.py. Formulas: docs/estimator.md.
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
ANEW = const(16)  # not 0: what is shown goes to the next figure at once; from 1_000 on to that of so much nV/m
# From here on what road.py and ahead.py tell of the window.
USED_NV = const(17)  # energy used in it with what is lost in the cell, +-220_000_000
AHEAD_UV = const(18)  # energy left on a road on which a cold cell warms, per unit of rated charge, 0..8_040_000
LEFT_Q21 = const(19)  # SoC above that of an empty cell, -2^21..2^21 and an eighth
SLOPE_UV = const(20)  # energy of 1/64 of SoC there, 0..7_312_500
DOUBT_Q16 = const(21)  # deviation of the SoC of an empty cell, 524..33_292
TOLD_Q6 = const(22)  # consumption that the range shown counts with, without jumps, nV/m, 0..192_000_000
STATE = const(23)

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

_ROAD_M = const(4000)  # over so long a road consumption varies as much as over all longer ones
_LAST_Q21 = const(83886)  # 0.04


@micropython.viper
def step(r: ptr32, par: ptr32, i_q13: int, t_ms: int, moved_mm: int, sd_q16: int) -> int:
    """The median range, m.

    i_q13   mean current of the window, C, +-163_840    t_ms      its length, 0..2_999
    sd_q16  deviation of the cell's SoC, 0..32_768      moved_mm  distance driven in it, 0..300_000
    """
    c_nv_m = r[C_NV_M]
    loss_nv_m = r[LOSS_NV_M]
    w_m = r[W_M]
    left_q21 = r[LEFT_Q21]

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
        if left_q21 > 0: far_m = (r[AHEAD_UV] * 256 // c_nv_m) * 1000 >> 8
        if far_m > 2000000: far_m = 2000000
        wide_m = far_m
        if left_q21 < _LAST_Q21:
            left_q21 = _LAST_Q21
            a = ((r[SLOPE_UV] >> 6) * 41 * 256 // c_nv_m) * 1000 >> 6
            if a > 2000000: a = 2000000
            if wide_m < a: wide_m = a

        # Deviations as shares: SoC, SoC when empty, energy, what is still to come, what the prior did not know.
        a = sd_q16 * 16384 // ((left_q21 >> 6) + 1)
        if a > 16384: a = 16384
        d = r[DOUBT_Q16] * 16384 // ((left_q21 >> 6) + 1)
        if d > 16384: d = 16384
        a = a * a + d * d + par[SD_ENERGY_Q15] * par[SD_ENERGY_Q15]
        if route_nv_m > 0:
            a += par[SD_ROUTE_Q15] * par[SD_ROUTE_Q15]
        else:
            a += (par[SD_ROAD_Q15] * par[SD_ROAD_Q15] >> 6) * (64 + 64 * _ROAD_M // (wide_m + 500))
            d = par[W_PRIOR_M] * 8192 // w_m
            if d > 8192: d = 8192
            prior_q30 = ((par[SD_PRIOR_Q15] * par[SD_PRIOR_Q15]) >> 13) * d
            # That share of the prior is still in what the road has taught: is it farther from the road than was feared?
            k = c_nv_m - ((par[C_PRIOR_NV_M] >> 7) * d >> 6)
            if k < c_nv_m >> 3: k = c_nv_m >> 3
            d = ((par[C_PRIOR_NV_M] - c_nv_m >> 7) * d >> 6) * 512 // ((k >> 6) + 1)
            if d > 16384: d = 16384
            if d < -16384: d = -16384
            if prior_q30 < d * d: prior_q30 = d * d
            a += prior_q30
        k = 16384
        while k > 0:
            if (sd_q15 + k) * (sd_q15 + k) <= a:
                sd_q15 += k
            k >>= 1

    # What is shown falls by what was used, at the energy there was before over the metres shown; twice and half of what
    # it counts with are the ends of that, as energy may just have been found or missed. It goes to the figure of the
    # road, as that consumption does, without a jump, unless it has begun, charges, or a fault has ended.
    far_mm = far_m * 1000
    shown_mm = r[SHOWN_MM]
    told_q6 = r[TOLD_Q6]
    if told_q6 < 64000: told_q6 = 64000
    told_q8 = (r[AHEAD_UV] + r[USED_NV] // 1000) * 256 // (shown_mm // 1000 + 1)
    if told_q8 < told_q6 // 500: told_q8 = told_q6 // 500
    if told_q8 > told_q6 // 125: told_q8 = told_q6 // 125
    d = r[USED_NV] // told_q8
    d = d * 256 + (r[USED_NV] - d * told_q8) * 256 // told_q8
    if d > 1000000: d = 1000000
    if d < -1000000: d = -1000000
    shown_mm -= d
    if shown_mm < 0: shown_mm = 0
    a = 1000000000
    if shown_mm > a + a: shown_mm = a + a
    k = r[ANEW]
    if k == 0 and w_m == par[W_PRIOR_M]: k = 1
    if far_mm == 0: k = 0
    else: r[ANEW] = 0
    if moved_mm == 0 and i_q13 < -82 and r[P_Q6] < -2304: k = 1  # C/100, now and for a minute
    if k != 0:
        shown_mm = far_mm
        told_q6 = c_nv_m * 64
    if k >= 1000:
        if k > 3000000: k = 3000000
        told_q6 = k * 64
        a = (r[AHEAD_UV] * 256 // k) * 1000 >> 8
        if a > 2000000: a = 2000000
        shown_mm = a * 1000
    if r[CUT] != 0:
        r[ANEW] = 1
        shown_mm = 0
    a = told_q6 // 6000 * t_ms // 1000
    d = c_nv_m * 64 - told_q6
    if d > a: d = a
    if d < -a: d = -a
    r[TOLD_Q6] = told_q6 + d
    most_mm = shown_mm // 6000 * t_ms // 1000
    if most_mm < t_ms // 3: most_mm = t_ms // 3  # 20 m a minute: none is stuck at nothing
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
