# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""Driving range, second of three kernels: the energy that is left between the SoC of now and that of an empty cell.

Words, parameters and units are those of firmware/kernels/reach.py.
"""

from firmware.kernels.dialect import const, micropython, ptr32

C_NV_M = const(3)
LOSS_NV_M = const(4)
PEAK_Q6 = const(7)
ENERGY_UV = const(13)
SHARE_Q15 = const(14)
AHEAD_UV = const(18)
LEFT_Q21 = const(19)
SLOPE_UV = const(20)
DOUBT_Q16 = const(21)
STEP_Q6 = const(7)
E_UV = const(81)
EMPTY_Q15 = const(154)

_COLD_Q21 = const(629146)  # 0.3: colder or weaker than that, a cell will have warmed by the time the road is long
_DOUBT_Q16 = const(524)  # deviation of the SoC at which a cell is empty, 0.008; and half of it


@micropython.viper
def step(r: ptr32, par: ptr32, soc_q21: int, t_mdegc: int) -> int:
    """What the cell, as cold as it is, gives at its terminals, uV per unit of rated charge.

    soc_q21  SoC of the weakest cell, 0..2^21      t_mdegc  its temperature, -40_000..85_000
    """
    k = (soc_q21 >> 15) + 8
    if k > 71: k = 71
    f_q15 = soc_q21 - (k - 8) * 32768
    a = par[E_UV + k]
    d = par[E_UV + k + 1] - a
    full_uv = a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)

    # SoC at which the cell is empty under that peak, at this temperature.
    t_mdegc += 40000
    peak_q6 = r[PEAK_Q6]
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
    e_uv = 0
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
        if cold == 2: r[ENERGY_UV] = e_uv - (e_uv >> 10) * (r[LOSS_NV_M] * 1024 // r[C_NV_M])
        cold -= 1
        if empty_q21 <= _COLD_Q21: cold = 0
        else: empty_q21 = _COLD_Q21
    r[LEFT_Q21] = soc_q21 - empty_q21
    r[AHEAD_UV] = e_uv
    r[SLOPE_UV] = d
    r[DOUBT_Q16] = doubt_q16
    return r[ENERGY_UV]
