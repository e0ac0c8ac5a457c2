# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""Driving range, first of three kernels: what the last window used, and what the road has taught of consumption.

Words, parameters and units are those of firmware/kernels/reach.py.
"""

from firmware.kernels.dialect import const, micropython, ptr32

E_NV = const(0)
L_NV = const(1)
D_MM = const(2)
C_NV_M = const(3)
LOSS_NV_M = const(4)
W_M = const(5)
P_Q6 = const(6)
PEAK_Q6 = const(7)
USED_NV = const(17)
W_MAX_M = const(2)
OCV_UV = const(8)

_LESSON_MM = const(100000)  # the road teaches every 100 m
_HILL_Q6 = const(63)  # a peak fades over 4 km: 4,000 / 64


@micropython.viper
def step(r: ptr32, par: ptr32, i_q13: int, v_mv: int, t_ms: int, d_mm: int, soc_q21: int) -> int:
    """Advance by one window of the estimator; the consumption with what is lost in the cell, nV/m.

    i_q13    mean current, C, +-163_840            v_mv     voltage of the weakest cell, 0..6_500
    t_ms     length of the window, 0..2_999        d_mm     distance driven in it, 0..300_000
    soc_q21  SoC of the weakest cell, 0..2^21
    """
    k = (soc_q21 >> 15) + 8
    if k > 71: k = 71
    f_q15 = soc_q21 - (k - 8) * 32768
    a = par[OCV_UV + k]
    d = par[OCV_UV + k + 1] - a
    lost_mv = (a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)) // 1000 - v_mv

    # What was used, and the power: the highest of these kilometres is what the cell must still give when it is empty.
    a = ((i_q13 * v_mv) >> 11) * t_ms // 72 * 5  # 3.6e6 * 2^13 / 1e6 / 2^11 is 72 / 5
    e_nv = r[E_NV] + a
    if e_nv > 400000000: e_nv = 400000000
    if e_nv < -400000000: e_nv = -400000000
    d = ((i_q13 * lost_mv) >> 11) * t_ms // 72 * 5
    r[USED_NV] = a + d
    l_nv = r[L_NV] + d
    if l_nv > 400000000: l_nv = 400000000
    if l_nv < -400000000: l_nv = -400000000
    p_q6 = r[P_Q6]
    p_q6 += ((((i_q13 * v_mv) >> 7) - p_q6) >> 6) * t_ms // 1875
    r[P_Q6] = p_q6
    peak_q6 = r[PEAK_Q6]
    if peak_q6 < p_q6: peak_q6 = p_q6

    # The lesson of the road.
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
    return c_nv_m
