# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""Capacity of one cell: where the SoC is known anew, and what the charge moved in between tells.

A pair is the change of SoC between an anchor and a later moment, and the charge that flowed. Both are noisy, so the
capacity comes from total least squares with forgetting (AWTLS; G. L. Plett, J. Power Sources 196 (2011) 2319), in which
a pair counts by the variances of its two members. The charge is corrected by the offset that the sensor showed at rest,
never by the filter's, which takes a wrong capacity for an offset. Words are those of firmware/kernels/soc.py.
"""

from firmware.kernels.dialect import const, micropython, ptr32

Q_MC = const(0)
CAP_MC = const(2)
REST_Q30 = const(3)
C_Q26 = const(5)
P_Q32 = const(8)
BLIND_MS = const(50)
SPAN_MS = const(58)
V_UV = const(59)
I_Q13 = const(60)
DZ_Q30 = const(61)
SD_Q16 = const(84)
SOC_Q21 = const(85)
C_Q7 = const(86)
SHARE_Q24 = const(92)
PAIRS = const(93)
REASON = const(94)
FROM_Q21 = const(95)
FROM_Q32 = const(96)
OUT_Q28 = const(97)
SINCE_MIN = const(98)
PART_MS = const(99)
BEST_X_Q15 = const(100)
BEST_Y_Q15 = const(101)
BEST_VX_Q32 = const(102)
BEST_VY_Q32 = const(103)
BEST = const(104)
REST_MS = const(105)
ZERO_Q26 = const(106)
ZERO_Q36 = const(107)
FULL_MS = const(108)

RATED_MC = const(23)
V_FULL_UV = const(24)

_MINUTE_MS = const(60000)
_LONG_MIN = const(1920)
_X_MOST_Q15 = const(42598)  # 1.3
_X_LEAST_Q15 = const(8192)  # a pair spans a quarter of the SoC at least
_LEAST_Q32 = const(107374)  # 0.5 %, squared: no pair is better,
_MODEL_Q32 = const(10737418)  # and no capacity better known than to 5 %: what the model errs by is alike in every cycle
_SMALL_Q13 = const(410)  # C/20 ends a charge when it has lasted for a minute,
_FULL_MS = const(60000)
_IDLE_Q13 = const(20)  # C/400 is no charge,
_RESTING_Q13 = const(82)  # C/100 is rest
_REST_MS = const(1800000)  # after half an hour the surface is like the rest of the cell
_FULL_SD_Q16 = const(655)  # 1 %


@micropython.viper
def step(s: ptr32, par: ptr32, told_q21: int, sd_q16: int) -> int:
    """Look for an anchor after a window has been corrected; why there is one: 0 none, 1 told, 2 full, 3 rest.

    told_q21  SoC that somebody knows, 0..2^21, or -1
    sd_q16    its standard deviation, 1..32_768
    """
    t_ms = s[SPAN_MS]
    a = s[OUT_Q28] + (s[DZ_Q30] >> 2) - ((((s[ZERO_Q26] + 512) >> 10) * t_ms >> 6) * 2386 >> 15)
    if a > 348966093: a = 348966093
    if a < -348966093: a = -348966093
    s[OUT_Q28] = a
    y_q15 = (a + 4096) >> 13
    part_ms = s[PART_MS] + t_ms
    due = 0
    if part_ms >= _MINUTE_MS:
        part_ms -= _MINUTE_MS
        due = 1
        if s[SINCE_MIN] < _LONG_MIN: s[SINCE_MIN] += 1
    s[PART_MS] = part_ms

    # Is this an anchor?
    i_q13 = s[I_Q13] - (s[C_Q26] >> 13)
    a = s[REST_MS]
    rest_ms = 0
    if -_RESTING_Q13 < i_q13 and i_q13 < _RESTING_Q13:
        rest_ms = a + t_ms
        if rest_ms > 1000000000: rest_ms = 1000000000
    s[REST_MS] = rest_ms
    reason = 0
    if a < _REST_MS and rest_ms >= _REST_MS and s[BLIND_MS] == 0: reason = 3
    a = s[FULL_MS]
    full_ms = 0
    if s[V_UV] >= par[V_FULL_UV] and -_SMALL_Q13 < i_q13 and i_q13 < -_IDLE_Q13:
        full_ms = a + t_ms
        if full_ms > 1000000000: full_ms = 1000000000
    s[FULL_MS] = full_ms
    if a < _FULL_MS and full_ms >= _FULL_MS:
        reason = 2
        told_q21 = 2097152
        sd_q16 = _FULL_SD_Q16
    if told_q21 >= 0 and reason == 0: reason = 1

    # The pair from the last anchor to here, if it tells more than the best so far.
    if s[REASON] > 0 and (reason > 0 or due > 0):
        x_q15 = (s[FROM_Q21] - s[SOC_Q21]) >> 6
        vx_q32 = (s[P_Q32] >> 1) + (s[FROM_Q32] >> 1)
        if vx_q32 < 53687: vx_q32 = 53687
        if vx_q32 > 536870911: vx_q32 = 536870911
        vx_q32 *= 2
        d = s[SINCE_MIN] * 4369 >> 8  # since / 4 h, q12, at most 8: the offset is in quarters of a C
        a = ((((s[ZERO_Q36] >> 15) * d >> 12) >> 4) * d + 64) >> 7
        vy_q32 = 1073741823
        if a < 65535: vy_q32 = a * 16384 + 53687
        if vy_q32 < _LEAST_Q32: vy_q32 = _LEAST_Q32
        a = x_q15
        if a < 0: a = -a
        if a > _X_MOST_Q15: a = _X_MOST_Q15
        d = (a * a >> 15) * 8192 // ((vx_q32 >> 11) + (vy_q32 >> 11))
        if a >= _X_LEAST_Q15 and d > s[BEST]:
            s[BEST] = d
            s[BEST_X_Q15] = x_q15
            s[BEST_Y_Q15] = y_q15
            s[BEST_VX_Q32] = vx_q32
            s[BEST_VY_Q32] = vy_q32
    if reason == 0:
        return 0

    if s[BEST] > 0:
        x_q15 = s[BEST_X_Q15]
        y_q15 = s[BEST_Y_Q15]
        if x_q15 < 0:
            x_q15 = -x_q15
            y_q15 = -y_q15
        if x_q15 > _X_MOST_Q15: x_q15 = _X_MOST_Q15
        if y_q15 < 0: y_q15 = 0
        k = 0
        j = 0
        while j < 6:
            a = s[BEST_VY_Q32]
            if j > 2: a = s[BEST_VX_Q32]
            w_q7 = 1073741823 // (a >> 9)
            d = x_q15 * x_q15 >> 15
            if j == 1 or j == 4: d = x_q15 * y_q15 >> 15
            if j == 2 or j == 5: d = y_q15 * y_q15 >> 15
            a = s[C_Q7 + j]
            a += ((w_q7 >> 8) * d >> 7) - (a >> 6)  # the memory is 64 pairs
            if a > 800000000: a = 800000000
            s[C_Q7 + j] = a
            if a > k: k = a
            j += 1
        c1 = s[C_Q7]
        c2 = s[C_Q7 + 1]
        c3 = s[C_Q7 + 2]
        c4 = s[C_Q7 + 3]
        c5 = s[C_Q7 + 4]
        c6 = s[C_Q7 + 5]
        d = 0
        while k > 33554432:
            k >>= 1
            c1 >>= 1
            c2 >>= 1
            c3 >>= 1
            c4 >>= 1
            c5 >>= 1
            c6 >>= 1
            d += 1
        q_q15 = s[SHARE_Q24] >> 9
        rise = 32768
        j = 0
        while j < 4:  # Newton's steps towards the root of the derivative of chi^2
            f = c5
            rise = c5
            f = (f >> 15) * q_q15 + (((f & 32767) * q_q15) >> 15) + 2 * c4 - c1 - c6
            rise = (rise >> 15) * q_q15 + (((rise & 32767) * q_q15) >> 15) + f
            f = (f >> 15) * q_q15 + (((f & 32767) * q_q15) >> 15) + 3 * (c2 - c5)
            rise = (rise >> 15) * q_q15 + (((rise & 32767) * q_q15) >> 15) + f
            f = (f >> 15) * q_q15 + (((f & 32767) * q_q15) >> 15) + c1 - 2 * c3 + c6
            rise = (rise >> 15) * q_q15 + (((rise & 32767) * q_q15) >> 15) + f
            f = (f >> 15) * q_q15 + (((f & 32767) * q_q15) >> 15) - c2
            if rise < 32768: rise = 32768
            a = f // (rise >> 15)
            if a > 3277: a = 3277
            if a < -3277: a = -3277
            q_q15 -= a
            if q_q15 < 13107: q_q15 = 13107
            if q_q15 > 36044: q_q15 = 36044
            j += 1
        s[SHARE_Q24] = q_q15 * 512
        cap_mc = (par[RATED_MC] >> 15) * q_q15 + (((par[RATED_MC] & 32767) * q_q15) >> 15)
        s[CAP_MC] = cap_mc
        a = 1073741823 // ((rise >> 12) + 1)  # 8 / rise, q32
        while d > 0:
            a >>= 1
            d -= 1
        if a < _MODEL_Q32: a = _MODEL_Q32
        if a > 21474836: a = 21474836
        if s[BLIND_MS] == 0: s[P_Q32 + 28] = a
        a = s[SOC_Q21]
        s[Q_MC] = (cap_mc >> 15) * (a >> 6) + (((cap_mc & 32767) * (a >> 6)) >> 15) + (((cap_mc >> 15) * (a & 63)) >> 6)
        if s[PAIRS] < 1000000: s[PAIRS] += 1

    if told_q21 >= 0:  # the SoC is what it is told to be, and owes nothing to the other states
        a = told_q21
        s[SOC_Q21] = a
        cap_mc = s[CAP_MC]
        s[Q_MC] = (cap_mc >> 15) * (a >> 6) + (((cap_mc & 32767) * (a >> 6)) >> 15) + (((cap_mc >> 15) * (a & 63)) >> 6)
        s[REST_Q30] = 0
        s[SD_Q16] = sd_q16
        j = 1
        while j < 6:
            s[P_Q32 + j] = 0
            j += 1
        s[P_Q32] = sd_q16 * sd_q16
    s[REASON] = reason
    s[FROM_Q21] = s[SOC_Q21]
    s[FROM_Q32] = s[P_Q32]
    s[OUT_Q28] = 0
    s[SINCE_MIN] = 0
    s[PART_MS] = 0
    s[BEST] = 0
    return reason
