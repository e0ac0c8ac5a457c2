# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""State of charge of one cell, third of five kernels: what is known of the six states becomes less over a window.

The covariance follows the model: the SoC moves with the offset of the current, the slow voltage error fades, and what
is absurd is doubted. firmware/kernels/kalman.py has the states. Words are those of firmware/kernels/soc.py. Formulas:
docs/estimator.md.
"""

from firmware.kernels.dialect import const, micropython, ptr32

REST_Q30 = const(3)
B_Q24 = const(4)
C_Q26 = const(5)
W_Q24 = const(7)
P_Q32 = const(8)
BLIND_MS = const(50)
SPAN_MS = const(58)
DZ_Q30 = const(61)
SB_Q32 = const(71)
SV_Q32 = const(72)
SCALE_Q24 = const(109)

FADE_B_Q31 = const(15)

_TWICE_Q24 = const(33554432)


@micropython.viper
def step(s: ptr32, par: ptr32) -> int:
    """Predict the covariance over the window that has closed, and the slow voltage error, Q24, which is returned."""
    d = s[P_Q32]  # first, as a board's compiler keeps the first of a function's locals in a register
    t_ms = s[SPAN_MS]
    dz_q30 = s[DZ_Q30]

    # Predict: the SoC moves with the offset and, where it is a state, with the capacity.
    c_q24 = t_ms * 1193 >> 10  # 2^24 / 14.4e6
    w_q20 = 0
    rest_q30 = s[REST_Q30] + ((((s[C_Q26] + 512) >> 10) * t_ms >> 6) * 2386 >> 13)  # 2^14 / 3.6e6
    d += (((s[P_Q32 + 2] + 4096) >> 13) * c_q24 + 1024) >> 11
    if s[BLIND_MS] == 0:
        w_q20 = -((dz_q30 + 512) >> 10)
        rest_q30 -= ((dz_q30 + 64) >> 7) * ((s[W_Q24] + 256) >> 9) >> 8
        d += (((s[P_Q32 + 4] + 4096) >> 13) * w_q20 + 64) >> 7
        s[P_Q32 + 1] += (((s[P_Q32 + 10] + 4096) >> 13) * w_q20 + 64) >> 7
        s[P_Q32 + 2] += (((s[P_Q32 + 16] + 4096) >> 13) * w_q20 + 64) >> 7
        s[P_Q32 + 3] += (((s[P_Q32 + 22] + 4096) >> 13) * w_q20 + 64) >> 7
        s[P_Q32 + 4] += (((s[P_Q32 + 28] + 4096) >> 13) * w_q20 + 64) >> 7
        s[P_Q32 + 5] += (((s[P_Q32 + 29] + 4096) >> 13) * w_q20 + 64) >> 7
    s[P_Q32 + 1] += (((s[P_Q32 + 8] + 4096) >> 13) * c_q24 + 1024) >> 11
    s[P_Q32 + 2] += (((s[P_Q32 + 14] + 4096) >> 13) * c_q24 + 1024) >> 11
    s[P_Q32 + 3] += (((s[P_Q32 + 15] + 4096) >> 13) * c_q24 + 1024) >> 11
    s[P_Q32 + 4] += (((s[P_Q32 + 16] + 4096) >> 13) * c_q24 + 1024) >> 11
    s[P_Q32 + 5] += (((s[P_Q32 + 17] + 4096) >> 13) * c_q24 + 1024) >> 11
    d += (((s[P_Q32 + 2] + 4096) >> 13) * c_q24 + 1024) >> 11
    s[P_Q32] = d + ((((s[P_Q32 + 4] + 4096) >> 13) * w_q20 + 64) >> 7)
    s[REST_Q30] = rest_q30  # more than a 2^-21 of SoC for now

    # The slow voltage error fades towards its own size.
    a = t_ms * par[FADE_B_Q31] >> 14
    a -= a * a >> 18  # 1 - exp(-x) is x - x x / 2
    b_q24 = s[B_Q24]
    b_q24 -= ((b_q24 >> 15) * a + (((b_q24 & 32767) * a) >> 15) + 2) >> 2
    s[B_Q24] = b_q24
    pbb = s[P_Q32 + 7]
    if pbb == 0: pbb = s[SB_Q32]  # the first window of all
    j = P_Q32 + 11
    while j > P_Q32 + 7:
        d = s[j]
        s[j] = d - (((d >> 15) * a + (((d & 32767) * a) >> 15) + 2) >> 2)
        j -= 1
    d = s[P_Q32 + 1]
    s[P_Q32 + 1] = d - (((d >> 15) * a + (((d & 32767) * a) >> 15) + 2) >> 2)
    d = s[SB_Q32] - pbb
    a = 2 * a - ((a * a) >> 17)  # 1 - (1 - a)^2: P stays positive
    s[P_Q32 + 7] = pbb + (((d >> 15) * a + (((d & 32767) * a) >> 15) + 2) >> 2)

    # A slow error that shows as twice its size or more tells that SoC and offset are wrong: their doubt grows.
    a = s[SCALE_Q24] - _TWICE_Q24
    if a > 0:
        a = (a >> 15) * t_ms
        s[P_Q32] += a * 644 >> 10  # at four times, 0.3 and C/17 after ten minutes
        s[P_Q32 + 14] += a * 372 >> 10

    # The offset of the voltage shrinks as the hysteresis becomes known, and its covariances with its deviation; a
    # larger one is a new one.
    d = s[SV_Q32]
    a = s[P_Q32 + 35]
    if a > d:
        if a - (a >> 5) > d: d = a - (a >> 5)
        a = (a - d) * 64 // ((a >> 9) + 1)  # half of what its variance loses, q16
        j = P_Q32 + 5
        while j < P_Q32 + 35:
            s[j] -= (s[j] >> 15) * a + (((s[j] & 32767) * a) >> 15) + 1 >> 1
            j += 6
    s[P_Q32 + 35] = d
    return b_q24
