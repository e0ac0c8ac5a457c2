# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""State of charge of one cell, fourth of five kernels: a Kalman filter over six states, in 32-bit integers.

SoC, slow voltage error, offset of the current sensor, resistance; one that after a blind start is the current before it
and later the capacity; and an offset of the voltage. The capacity and that offset are considered, not corrected: their
doubt widens the interval and weakens the trust. firmware/kernels/health.py learns the capacity. Words are those of
firmware/kernels/soc.py. Formulas: docs/estimator.md.
"""

from firmware.kernels.dialect import const, micropython, ptr32

Q_MC = const(0)
CAP_MC = const(2)
REST_Q30 = const(3)
B_Q24 = const(4)
P_Q32 = const(8)
BLIND_MS = const(50)
SPAN_MS = const(58)
DZ_Q30 = const(61)
MID_Q21 = const(62)
ERR_UV = const(63)
H_Q14 = const(64)
R_Q27 = const(70)
SB_Q32 = const(71)
N_Q30 = const(78)
SD_Q16 = const(84)
SCALE_Q24 = const(109)
SOC_Q21 = const(85)
STEEP_Q7 = const(110)

P_MIN_Q32 = const(17)
PC_MIN_Q32 = const(18)
PG_MIN_Q32 = const(19)

_V_Q33 = const(8589)  # 1 uV; a division costs as much as ten products
_FULL_Q21 = const(2097152)


@micropython.viper
def step(s: ptr32, par: ptr32) -> int:
    """Correct the state by the voltage of the window; the correction of the SoC, Q21."""
    # Gain K = n / S with n = P h, both scaled down together to 16 bits of S.
    a = s[P_Q32]  # first, as a board's compiler keeps the first of a function's locals in a register
    h0 = s[H_Q14]
    h2 = s[H_Q14 + 2]
    h3 = s[H_Q14 + 3]
    h4 = s[H_Q14 + 4]
    n0 = 3 + (((a >> 15) * h0 + (((a & 32767) * h0) >> 15)) >> 1)
    a = s[P_Q32 + 1]
    n0 += a >> 2
    n1 = 3 + (((a >> 15) * h0 + (((a & 32767) * h0) >> 15)) >> 1)
    a = s[P_Q32 + 2]
    n0 += ((a >> 15) * h2 + (((a & 32767) * h2) >> 15)) >> 1
    n2 = 3 + (((a >> 15) * h0 + (((a & 32767) * h0) >> 15)) >> 1)
    a = s[P_Q32 + 3]
    n0 += ((a >> 15) * h3 + (((a & 32767) * h3) >> 15)) >> 1
    n3 = 3 + (((a >> 15) * h0 + (((a & 32767) * h0) >> 15)) >> 1)
    a = s[P_Q32 + 4]
    n0 += ((a >> 15) * h4 + (((a & 32767) * h4) >> 15)) >> 1
    n4 = 3 + (((a >> 15) * h0 + (((a & 32767) * h0) >> 15)) >> 1)
    a = s[P_Q32 + 5]
    n0 += a >> 2
    n5 = 3 + (((a >> 15) * h0 + (((a & 32767) * h0) >> 15)) >> 1)
    a = s[P_Q32 + 7]
    n1 += a >> 2
    a = s[P_Q32 + 8]
    n1 += ((a >> 15) * h2 + (((a & 32767) * h2) >> 15)) >> 1
    n2 += a >> 2
    a = s[P_Q32 + 9]
    n1 += ((a >> 15) * h3 + (((a & 32767) * h3) >> 15)) >> 1
    n3 += a >> 2
    a = s[P_Q32 + 10]
    n1 += ((a >> 15) * h4 + (((a & 32767) * h4) >> 15)) >> 1
    n4 += a >> 2
    a = s[P_Q32 + 11]
    n1 += a >> 2
    n5 += a >> 2
    a = s[P_Q32 + 14]
    n2 += ((a >> 15) * h2 + (((a & 32767) * h2) >> 15)) >> 1
    a = s[P_Q32 + 15]
    n2 += ((a >> 15) * h3 + (((a & 32767) * h3) >> 15)) >> 1
    n3 += ((a >> 15) * h2 + (((a & 32767) * h2) >> 15)) >> 1
    a = s[P_Q32 + 16]
    n2 += ((a >> 15) * h4 + (((a & 32767) * h4) >> 15)) >> 1
    n4 += ((a >> 15) * h2 + (((a & 32767) * h2) >> 15)) >> 1
    a = s[P_Q32 + 17]
    n2 += a >> 2
    n5 += ((a >> 15) * h2 + (((a & 32767) * h2) >> 15)) >> 1
    a = s[P_Q32 + 21]
    n3 += ((a >> 15) * h3 + (((a & 32767) * h3) >> 15)) >> 1
    a = s[P_Q32 + 22]
    n3 += ((a >> 15) * h4 + (((a & 32767) * h4) >> 15)) >> 1
    n4 += ((a >> 15) * h3 + (((a & 32767) * h3) >> 15)) >> 1
    a = s[P_Q32 + 23]
    n3 += a >> 2
    n5 += ((a >> 15) * h3 + (((a & 32767) * h3) >> 15)) >> 1
    a = s[P_Q32 + 28]
    n4 += ((a >> 15) * h4 + (((a & 32767) * h4) >> 15)) >> 1
    a = s[P_Q32 + 29]
    n4 += a >> 2
    n5 += ((a >> 15) * h4 + (((a & 32767) * h4) >> 15)) >> 1
    a = s[P_Q32 + 35]
    n5 += a >> 2
    sum_q27 = s[R_Q27] + (n1 >> 3) + (n5 >> 3)
    sum_q27 += ((n0 >> 15) * h0 + (((n0 & 32767) * h0) >> 15)) >> 2
    sum_q27 += ((n2 >> 15) * h2 + (((n2 & 32767) * h2) >> 15)) >> 2
    sum_q27 += ((n3 >> 15) * h3 + (((n3 & 32767) * h3) >> 15)) >> 2
    sum_q27 += ((n4 >> 15) * h4 + (((n4 & 32767) * h4) >> 15)) >> 2
    if sum_q27 < s[R_Q27]: sum_q27 = s[R_Q27]
    s[N_Q30] = n0
    s[N_Q30 + 1] = n1
    s[N_Q30 + 2] = n2
    s[N_Q30 + 3] = n3
    s[N_Q30 + 4] = n4
    s[N_Q30 + 5] = n5
    most = n5
    if n0 > most: most = n0
    if n1 > most: most = n1
    if n2 > most: most = n2
    if n3 > most: most = n3
    if n4 > most: most = n4
    if -n0 > most: most = -n0
    if -n1 > most: most = -n1
    if -n2 > most: most = -n2
    if -n3 > most: most = -n3
    if -n4 > most: most = -n4
    if -n5 > most: most = -n5
    k = (most >> 15) + 1
    while sum_q27 > 131071:
        most >>= 2
        sum_q27 >>= 2
        n0 >>= 2
        n1 >>= 2
        n2 >>= 2
        n3 >>= 2
        n4 >>= 2
    if sum_q27 > 65535:
        most >>= 1
        sum_q27 >>= 1
        n0 >>= 1
        n1 >>= 1
        n2 >>= 1
        n3 >>= 1
        n4 >>= 1
    inverse = 1073741823 // sum_q27
    a = ((most >> 15) * inverse + (((most & 32767) * inverse) >> 15) + 1) >> 1
    most = 4194304
    if a > most: a = most
    if (a >> 9) * k > 1600000 - k: most = 819200000 // k  # no K n beyond 0.2, where only a P that is none would take it
    e_uv = s[ERR_UV] - (((s[B_Q24] >> 7) * 15625) >> 11)
    s[ERR_UV] = e_uv
    if e_uv > 2000000: e_uv = 2000000
    if e_uv < -2000000: e_uv = -2000000
    e_q16 = (((e_uv + 8) >> 4) * _V_Q33 + 4096) >> 13

    moved_q21 = 0
    last = 4  # the capacity is only considered
    s[P_Q32 + 30] = 0
    if s[BLIND_MS] > 0: last = 5
    n = n0
    j = 0
    while j < last:
        k_q17 = ((n >> 15) * inverse + (((n & 32767) * inverse) >> 15) + 1) >> 1
        if k_q17 > most: k_q17 = most
        if k_q17 < -most: k_q17 = -most
        a = (k_q17 >> 9) * e_q16 + (((k_q17 & 511) * e_q16 + 256) >> 9)
        if a > 16777216: a = 16777216
        if a < -16777216: a = -16777216
        p_most = 1073741823
        p_least = 1024
        if j == 0:  # on a steep part no further than to where the voltage agrees: the filter's slope ends at H_MAX_UV
            d = a
            if d < 0: d = -d
            k = e_q16
            if k < 0: k = -k
            if (d >> 8) * s[STEEP_Q7] > k << 7:
                d = (k << 7) // s[STEEP_Q7] << 8
                if a < 0: d = -d
                a = d
            a = s[REST_Q30] + a * 64
            moved_q21 = a >> 9
            s[REST_Q30] = a - moved_q21 * 512
            p_least = par[P_MIN_Q32]
            n = n1
        else:
            hi = 16777216
            lo = -16777216
            if j == 1:
                hi = 8388608
                lo = -8388608
                p_most = 268435456
                n = n2
            if j == 2:
                p_least = par[PC_MIN_Q32]
                n = n3
            if j == 3:
                hi = 25165824
                lo = -8388608
                p_least = par[PG_MIN_Q32]
                n = n4
            d = s[B_Q24 + j - 1] + a
            if d > hi: d = hi
            if d < lo: d = lo
            s[B_Q24 + j - 1] = d
        s[P_Q32 + 6 * j + 6] = k_q17
        i = P_Q32 + 7 * j
        d = s[N_Q30 + j]
        a = s[i] - (d >> 15) * k_q17 - (((d & 32767) * (k_q17 >> 7) + ((d & 32767) * (k_q17 & 127) >> 7) + 128) >> 8)
        if a > p_most: a = p_most
        if a < p_least: a = p_least
        s[i] = a
        j += 1

    # A covariance stays below the mean of its two variances.
    j = 0
    while j < 5:
        k_q17 = s[P_Q32 + 6 * j + 6]
        hi = k_q17 >> 7
        lo = k_q17 & 127
        i = P_Q32 + 7 * j
        most = s[i] >> 1
        k = j + 1
        at = i + 7
        i += 1
        while k < 6:
            n = s[N_Q30 + k]
            a = n & 32767
            a = s[i] - (n >> 15) * k_q17 - ((a * hi + (a * lo >> 7) + 128) >> 8)
            d = most + (s[at] >> 1)
            at += 7
            if a > d: a = d
            if a < -d: a = -d
            s[i] = a
            i += 1
            k += 1
        j += 1

    # The slow error shows its own size: a step towards the most likely one (expectation maximisation).
    a = s[B_Q24] >> 8
    a = a * a + s[P_Q32 + 7]
    k = s[SB_Q32] + 1
    while k > 65535:
        k >>= 1
        a >>= 1
    if a > 4 * k: a = 4 * k
    a = a * 4096 // k
    d = s[SCALE_Q24]
    d += (((d >> 12) * (a - 4096) >> 9) * s[SPAN_MS] >> 12) * 1193 >> 10  # half an hour: 2^9 / 1.8e6
    if d < 5033165: d = 5033165
    if d > 67108864: d = 67108864
    s[SCALE_Q24] = d

    z_q21 = s[MID_Q21] + moved_q21 - (s[DZ_Q30] >> 10)
    if z_q21 < 0: z_q21 = 0
    if z_q21 > _FULL_Q21: z_q21 = _FULL_Q21
    s[SOC_Q21] = z_q21
    cap_mc = s[CAP_MC]
    q_mc = s[Q_MC]
    a = moved_q21
    if a > _FULL_Q21: a = _FULL_Q21
    if a < -_FULL_Q21: a = -_FULL_Q21
    d = (cap_mc >> 15) * (a >> 6) + (((cap_mc & 32767) * (a >> 6)) >> 15) + (((cap_mc >> 15) * (a & 63)) >> 6)
    if d > cap_mc - q_mc: d = cap_mc - q_mc
    if d < -q_mc: d = -q_mc
    s[Q_MC] = q_mc + d

    # The interval follows the size that the slow error shows, and no truth is known better than to half a percent.
    a = s[P_Q32]
    k = s[SCALE_Q24] >> 12
    a = (a >> 15) * k + (((a & 32767) * k) >> 15)  # q29
    if a > 87600000: a = 87600000
    a = a * 12 + (a >> 2) + 164419  # 1.53 times it and (0.5 %)^2
    d = s[SD_Q16]
    k = a - d * d
    if k < 0: k = -k
    if k < a >> 3:  # the deviation by one of Newton's steps from the last,
        d = (d + a // d + 1) >> 1
        if d > 32768: d = 32768  # the step lands above the root
        s[SD_Q16] = d
        return moved_q21
    j = 16384  # or, where it has jumped, bit by bit
    while j * j > a:
        j >>= 1
    d = 0
    while j > 0:
        if (d + j) * (d + j) <= a: d += j
        j >>= 1
    s[SD_Q16] = d
    return moved_q21
