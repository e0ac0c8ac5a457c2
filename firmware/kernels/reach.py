# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""Driving range: the energy left in the weakest cell over the consumption that the drive has taught.

Energy is taken per unit of rated charge, so its unit is the volt: a full cell holds its mean voltage, and
consumption is nV/m whatever the size and the number of cells. Formulas: docs/estimator.md.
"""

from firmware.kernels.dialect import const, micropython, ptr32

# State, `r`.
E_NV = const(0)  # energy since the last lesson, nV
D_MM = const(1)  # distance since the last lesson, 0..99_999
C_NV_M = const(2)  # consumption, 1_000..1_000_000
W_M = const(3)  # distance that stands behind it, W_PRIOR_M..W_MAX_M
ETA_UV = const(4)  # mean polarisation on the road, 0..1_000_000
P10_M = const(5)  # range, m: one chance in ten to get less far,
P50_M = const(6)  # even chances,
P90_M = const(7)  # one chance in ten to get farther
STATE = const(8)

# Parameters, `par`.
C_PRIOR_NV_M = const(0)  # the vehicle's consumption, 1_000..1_000_000
W_PRIOR_M = const(1)  # the distance that the prior is worth, 200..100_000
W_MAX_M = const(2)  # memory, not below W_PRIOR_M, 400 (one lesson is less) ..100_000
SD_PRIOR_Q15 = const(3)  # deviation of the prior consumption as a share, 0..16_384
SD_ROAD_Q15 = const(4)  # deviation of what is to come from what has been, 0..16_384
SD_ENERGY_Q15 = const(5)  # deviation of the energy of a cell whose SoC is known, 0..16_384
V_EMPTY_UV = const(6)  # discharge ends here, 0..6_000_000
OCV_UV = const(7)  # 65 voltages over SoC, rising, 0..6_500_000
E_UV = const(72)  # 65 integrals of the OCV from empty, rising, 0..6_500_000
PARAMETERS = const(137)

_LESSON_MM = const(100000)  # the road teaches every 100 m


@micropython.viper
def step(
    r: ptr32, par: ptr32, i_q13: int, v_mv: int, t_ms: int, d_mm: int, soc_q21: int, sd_q16: int, eta_q20: int
) -> int:
    """Advance by one window of the estimator; the median range, m.

    i_q13    mean current, C, +-163_840            v_mv     mean voltage of a cell, 0..6_500
    t_ms     length of the window, 1..2_999        d_mm     distance driven in it, 0..300_000
    soc_q21  SoC of the weakest cell, 0..2^21      sd_q16   its deviation, 0..32_768
    eta_q20  its mean polarisation, V, +-2^21
    """
    e_nv = r[E_NV] + ((i_q13 * v_mv) >> 11) * t_ms // 72 * 5  # 3.6e6 * 2^13 / 1e6 / 2^11 is 72 / 5
    if e_nv > 500000000: e_nv = 500000000
    if e_nv < -500000000: e_nv = -500000000
    d_mm += r[D_MM]
    c_nv_m = r[C_NV_M]
    w_m = r[W_M]
    if d_mm >= _LESSON_MM:
        d_m = d_mm // 1000
        d_mm -= d_m * 1000
        w_m += d_m
        if w_m > par[W_MAX_M]:
            w_m = par[W_MAX_M]
        c_nv_m += (e_nv - c_nv_m * d_m) // w_m
        if c_nv_m < 1000:
            c_nv_m = 1000
        if c_nv_m > 1000000:
            c_nv_m = 1000000
        eta_uv = (eta_q20 >> 6) * 15625 >> 8
        if eta_uv < 0:
            eta_uv = 0
        if eta_uv > 1000000:
            eta_uv = 1000000
        r[ETA_UV] += (eta_uv - r[ETA_UV]) * d_m // w_m
        r[C_NV_M] = c_nv_m
        r[W_M] = w_m
        e_nv = 0
    r[E_NV] = e_nv
    r[D_MM] = d_mm

    # SoC at which the cell is empty under the load of this road.
    eta_uv = r[ETA_UV]
    v_uv = par[V_EMPTY_UV] + eta_uv
    k = 0
    while k < 64 and par[OCV_UV + k] < v_uv:
        k += 1
    empty_q21 = 0
    if k > 0:
        a = v_uv - par[OCV_UV + k - 1]
        d = par[OCV_UV + k] - par[OCV_UV + k - 1]
        if d < 1:
            d = 1
        if a > d:
            a = d
        while d > 65535:
            d >>= 1
            a >>= 1
        empty_q21 = (k - 1) * 32768 + a * 32768 // d
    left_q21 = soc_q21 - empty_q21
    if left_q21 <= 0:
        r[P10_M] = 0
        r[P50_M] = 0
        r[P90_M] = 0
        return 0

    # Energy between there and here, less what the polarisation takes.
    e_uv = 0
    z_q21 = empty_q21
    while True:
        k = z_q21 >> 15
        if k > 63:
            k = 63
        f_q15 = z_q21 - k * 32768
        a = par[E_UV + k]
        d = par[E_UV + k + 1] - a
        e_uv = a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15) - e_uv
        if z_q21 == soc_q21:
            break
        z_q21 = soc_q21
    e_uv -= (eta_uv >> 6) * (left_q21 >> 6) >> 9
    if e_uv < 0: e_uv = 0

    # Deviations as shares: SoC, energy, what the prior did not know, what is still to come.
    a = sd_q16 * 16384 // ((left_q21 >> 6) + 1)
    if a > 16384: a = 16384
    a = a * a + par[SD_ENERGY_Q15] * par[SD_ENERGY_Q15] + par[SD_ROAD_Q15] * par[SD_ROAD_Q15]
    d = par[W_PRIOR_M] * 8192 // w_m
    if d > 8192: d = 8192
    a += ((par[SD_PRIOR_Q15] * par[SD_PRIOR_Q15]) >> 13) * d
    sd_q15 = 0
    k = 16384
    while k > 0:
        if (sd_q15 + k) * (sd_q15 + k) <= a:
            sd_q15 += k
        k >>= 1
    p50_m = (e_uv * 256 // c_nv_m) * 1000 >> 8
    a = sd_q15 * 41 >> 5  # 1.2816 standard deviations
    d = (p50_m >> 15) * a + (((p50_m & 32767) * a) >> 15)
    r[P50_M] = p50_m
    r[P90_M] = p50_m + d
    if d > p50_m: d = p50_m
    r[P10_M] = p50_m - d
    return p50_m
