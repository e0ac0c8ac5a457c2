# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""State of charge of one cell: a Kalman filter over {charge, slow voltage error} in 32-bit integers.

Charge is counted at every sample, the voltage corrects it when the means of at least 1,000 ms are complete.
Currents are taken per C: `_q13` and `_q24` of the rated capacity in one hour, so that one
scaling serves 0.5 to 500 Ah. SoC is `_q21`. Voltages in the filter are `_q16` or `_q24` of a volt,
variances `_q32` of SoC^2, SoC V and V^2. Where a state comes from: firmware/start.py.
Formulas: docs/estimator.md.
"""

from firmware.kernels.dialect import const, micropython, ptr32

# State of a cell, `s`.
Q_MC = const(0)  # charge left, 0..CAP_MC
REST_UC = const(1)  # charge that does not fill a mC yet, 0..999
CAP_MC = const(2)  # capacity, 1.6e6..1.98e9
X1_Q24 = const(3)  # current through the fast RC branch, +-20C
X2_Q24 = const(4)  # current through the slow RC branch, +-20C
HYST_Q15 = const(5)  # hysteresis, -1 (discharge branch) .. 1 (charge branch)
B_Q24 = const(6)  # slow voltage error, +-0.5 V
PZZ_Q32 = const(7)  # variance of the SoC, up to 0.25
PZB_Q32 = const(8)  # covariance
PBB_Q32 = const(9)  # variance of the slow voltage error, up to 0.25
ETA_Q20 = const(10)  # polarisation, low-passed, V, +-2
SD_Q16 = const(11)  # standard deviation of the SoC
SOC_Q21 = const(12)  # SoC at the last correction
T_MS = const(13)  # length of the open window, 0..999, and its sums:
V_SUM = const(14)  # 16 uV ms
I_SUM = const(15)  # C_q13 ms
X1_SUM = const(16)  # C_q13 ms
MOVED_MC = const(17)  # charge taken out
ERR_UV = const(18)  # last innovation
I_Q13 = const(19)  # mean current of the last window, C
STATE = const(20)

# Parameters of a cell type, `par`.
C_PER_MA_Q35 = const(0)  # C-rate of 1 mA, 65_000..75_000_000
TAU1_MS = const(1)  # 50..60_000
TAU2_MS = const(2)  # 5_000..20_000_000
HYST_RATE = const(3)  # share of the hysteresis crossed per unit of SoC, 0..1_000
H_MIN_UV = const(4)  # the OCV slope that the filter believes, per unit of SoC: at least, 5_000..2_000_000
H_MAX_UV = const(5)  # at most, 5_000..2_000_000, not below H_MIN_UV
S0_Q16 = const(6)  # OCV error, V, 0..16_384
SSL_Q16 = const(7)  # OCV error along the SoC axis, 0..6_553
RHO_Q15 = const(8)  # model error as a share of the polarisation, 0..32_768
R0_Q16 = const(9)  # white voltage noise of a 1 s mean, V, 328 (it bounds the gain) ..16_384
RHOF_Q12 = const(10)  # error after a change of load, as a share of the change, 0..32_768
TAU_B_MS = const(11)  # correlation of the slow voltage error, 10_000..5_000_000
TAU_ETA_MS = const(12)  # memory of the polarisation, 10_000..5_000_000
SD_Q_Q15 = const(13)  # capacity error as a share, 0..8_192
SD_I_Q30 = const(14)  # current offset, as SoC a second, 0..300_000
P_MIN_Q32 = const(15)  # least variance of the SoC, 16..4_294_967
OCV_UV = const(16)  # 65 voltages over SoC 0..1, rising, 0..6_500_000
DUDT_UV = const(81)  # 17 temperature coefficients over SoC, uV/K, +-2_000
HYST_UV = const(98)  # 17 half widths of the hysteresis, 0..262_000
R_UV = const(115)  # R0, R1, R2: each 27 temperatures (-40..90 degC) x 17 SoC, uV at 1C, 0..16_000_000
PARAMETERS = const(1492)


@micropython.viper
def step(s: ptr32, par: ptr32, i_ma: int, v_uv: int, t_mdegc: int, dt_ms: int) -> int:
    """Advance the cell `s` by one sample; 1 when the voltage has corrected the SoC, else 0.

    i_ma      current, mA, discharge positive, within +-20C and +-10_000_000
    v_uv      terminal voltage, uV, +-6_500_000
    t_mdegc   temperature of the cell, -40_000..85_000 (the tables end at -40 and 90 degC)
    dt_ms     time since the last sample, ms, 1..2000
    """
    cap_mc = s[CAP_MC]
    i_a = i_ma // 1000
    moved_mc = (i_ma - i_a * 1000) * dt_ms + s[REST_UC]  # uC; what does not fill a mC waits
    a = moved_mc // 1000
    s[REST_UC] = moved_mc - a * 1000
    moved_mc = a + i_a * dt_ms
    q_mc = s[Q_MC] - moved_mc
    if q_mc < 0: q_mc = 0
    if q_mc > cap_mc: q_mc = cap_mc
    s[Q_MC] = q_mc
    moved_mc += s[MOVED_MC]

    a = par[C_PER_MA_Q35]  # four partial products, so that none leaves 32 bits
    i_q24 = (i_ma >> 12) * (a >> 13) * 16384 + (i_ma >> 12) * (a & 8191) * 2
    i_q24 += (i_ma & 4095) * (a >> 13) * 4 + (((i_ma & 4095) * (a & 8191)) >> 11)

    d = 2 * par[TAU1_MS] + dt_ms  # fast branch, trapezoidal: a = 2 dt / (2 tau + dt)
    a = dt_ms * 65536 // d
    a = a * 8192 + (dt_ms * 65536 - a * d) * 8192 // d
    if a > 268435456: a = 268435456
    x_q24 = s[X1_Q24]
    d = i_q24 - x_q24
    d = (d >> 15) * (a >> 13) + (((d & 32767) * (a >> 13) + 16384) >> 15) + (((d >> 15) * (a & 8191) + 4096) >> 13)
    s[X1_Q24] = x_q24 + d
    t_ms = s[T_MS] + dt_ms
    v_sum = s[V_SUM] + ((v_uv + 8) >> 4) * dt_ms
    i_sum = s[I_SUM] + ((i_q24 + 1024) >> 11) * dt_ms
    x_sum = s[X1_SUM] + ((x_q24 + (d >> 1) + 1024) >> 11) * dt_ms
    if t_ms < 1000:
        s[T_MS] = t_ms
        s[V_SUM] = v_sum
        s[I_SUM] = i_sum
        s[X1_SUM] = x_sum
        s[MOVED_MC] = moved_mc
        return 0
    s[T_MS] = 0
    s[V_SUM] = 0
    s[I_SUM] = 0
    s[X1_SUM] = 0
    s[MOVED_MC] = 0
    d = t_ms >> 1
    i_q13 = (i_sum + d) // t_ms
    x1_q13 = (x_sum + d) // t_ms
    v_uv = (v_sum + d) // t_ms * 16
    s[I_Q13] = i_q13

    d = 2 * par[TAU2_MS] + t_ms  # slow branch, once a window
    a = t_ms * 262144
    while d > 65535:
        d >>= 1
        a >>= 1
    k = a // d
    a = k * 2048 + (a - k * d) * 2048 // d
    x_q24 = s[X2_Q24]
    d = i_q13 * 2048 - x_q24
    d = (d >> 15) * (a >> 13) + (((d & 32767) * (a >> 13) + 16384) >> 15) + (((d >> 15) * (a & 8191) + 4096) >> 13)
    s[X2_Q24] = x_q24 + d
    x2_q13 = (x_q24 + (d >> 1) + 1024) >> 11

    # SoC in the middle of the window: segment k of 64 and the share f of it.
    q_mid_mc = q_mc + (moved_mc >> 1)
    if q_mid_mc < 0: q_mid_mc = 0
    if q_mid_mc > cap_mc: q_mid_mc = cap_mc
    d = cap_mc >> 6
    k = q_mid_mc // d
    if k > 63: k = 63
    a = q_mid_mc - k * d
    if a > d: a = d
    while d > 65535:
        d >>= 1
        a >>= 1
    f_q15 = a * 32768 // d
    z_q21 = k * 32768 + f_q15
    a = par[OCV_UV + k]
    d = par[OCV_UV + k + 1] - a
    p_uv = a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)
    lo = d  # rise of the segment below, hi of the one above: the slope passes smoothly from one to the next
    hi = d
    if k > 0: lo = a - par[OCV_UV + k - 1]
    if k < 63: hi = par[OCV_UV + k + 2] - par[OCV_UV + k + 1]
    a = hi - lo
    h_uv = (d + lo + (a >> 15) * f_q15 + (((a & 32767) * f_q15) >> 15)) * 32
    if h_uv < par[H_MIN_UV]: h_uv = par[H_MIN_UV]
    if h_uv > par[H_MAX_UV]: h_uv = par[H_MAX_UV]
    h_q14 = h_uv * 256 // 15625
    f_q15 = ((k & 3) * 32768 + f_q15) >> 2
    k >>= 2  # from here on of 16 segments
    p_uv += par[DUDT_UV + k] * (t_mdegc - 25000) // 1000

    # Hysteresis runs towards its branch with the charge moved.
    sdz_q30 = ((i_sum >> 6) * 149) >> 6  # 2^19 / 3.6e6 is 149 / 1024
    dz_q30 = sdz_q30
    if dz_q30 < 0: dz_q30 = -dz_q30
    a = 32768 - 1073741823 // (32768 + (((dz_q30 >> 10) * par[HYST_RATE]) >> 5))
    d = 32767
    if i_q13 > 0: d = -32767
    d -= s[HYST_Q15]
    hyst_q15 = s[HYST_Q15] + ((d * a + 16384) >> 15)
    s[HYST_Q15] = hyst_q15
    p_uv += ((par[HYST_UV + k] >> 2) * hyst_q15) >> 13

    # Polarisation: three resistances over temperature (5 K) and SoC (1/16), each times its current.
    a = t_mdegc + 40000
    if a < 0: a = 0
    if a > 129999: a = 129999
    j = a // 5000
    g_q15 = (a - j * 5000) * 32768 // 5000
    j = R_UV + j * 17 + k
    pol_uv = 0
    x_q13 = i_q13
    lo = 0
    while lo < 3:
        a = par[j]
        d = par[j + 1] - a
        a += (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)
        k = par[j + 17]
        d = par[j + 18] - k
        d = k + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15) - a
        a += (d >> 15) * g_q15 + (((d & 32767) * g_q15) >> 15)
        pol_uv += (a >> 13) * x_q13 + (((a & 8191) * x_q13) >> 13)
        x_q13 = x2_q13
        if lo == 0:
            x_q13 = x1_q13
        j += 459
        lo += 1
    p_uv -= pol_uv
    if pol_uv > 2000000: pol_uv = 2000000
    if pol_uv < -2000000: pol_uv = -2000000

    # What the model cannot explain: slowly sb (OCV, polarisation), quickly r (a load that has just changed).
    pol_q16 = pol_uv * 1024 // 15625
    a = t_ms * 32768 // (par[TAU_ETA_MS] + t_ms)
    d = pol_q16 * 16 - s[ETA_Q20]
    eta_q20 = s[ETA_Q20] + (d >> 15) * a + (((d & 32767) * a + 16384) >> 15)
    s[ETA_Q20] = eta_q20
    d = pol_q16 - (eta_q20 >> 4)
    if d < 0: d = -d
    r_q16 = ((d >> 3) * par[RHOF_Q12]) >> 9
    if r_q16 > 32768: r_q16 = 32768
    r_q29 = (par[R0_Q16] * par[R0_Q16] + r_q16 * r_q16) >> 3
    d = eta_q20 >> 6
    if d < 0: d = -d
    a = (d * par[RHO_Q15]) >> 13
    if a > 16384: a = 16384
    d = (par[SSL_Q16] * h_q14) >> 14
    sb_q32 = par[S0_Q16] * par[S0_Q16] + a * a + d * d

    # Predict: capacity and current offset are constant errors, so the deviation grows, not the variance.
    d = (((dz_q30 >> 8) * par[SD_Q_Q15]) >> 7) + par[SD_I_Q30] * t_ms // 1000
    a = s[SD_Q16]
    pzz = s[PZZ_Q32] + (d >> 13) * a + (((d & 8191) * a) >> 13)
    if pzz > 1073741823: pzz = 1073741823
    a = t_ms * 131072 // (par[TAU_B_MS] + t_ms)
    b_q24 = s[B_Q24]
    b_q24 -= ((b_q24 >> 15) * a + (((b_q24 & 32767) * a) >> 15) + 2) >> 2
    pzb = s[PZB_Q32]
    pzb -= ((pzb >> 15) * a + (((pzb & 32767) * a) >> 15) + 2) >> 2
    pbb = s[PBB_Q32]
    d = sb_q32 - pbb
    a = 2 * a - ((a * a) >> 17)  # 1 - (1 - a)^2: P stays positive
    pbb += ((d >> 15) * a + (((d & 32767) * a) >> 15) + 2) >> 2

    # Correct: gain K = n / S with n = P h, both scaled down together to 16 bits of S.
    nz = (pzz >> 15) * h_q14 + (((pzz & 32767) * h_q14) >> 15) + (pzb >> 1)
    nb = (pzb >> 15) * h_q14 + (((pzb & 32767) * h_q14) >> 15) + (pbb >> 1)
    d = ((nz >> 15) * h_q14 + (((nz & 32767) * h_q14) >> 15)) >> 1
    d += (nb >> 2) + r_q29
    a = nz
    j = nb
    while d > 65535:
        d >>= 1
        a >>= 1
        j >>= 1
    k = a // d
    kz_q17 = k * 32768 + (a - k * d) * 32768 // d
    k = j // d
    kb_q17 = k * 32768 + (j - k * d) * 32768 // d
    a = kz_q17 >> 15
    k = kz_q17 & 32767
    pzz -= a * (nz >> 1) + (((nz >> 15) * k) >> 1) + (((nz & 32767) * k) >> 16)
    pzb -= a * (nb >> 1) + (((nb >> 15) * k) >> 1) + (((nb & 32767) * k) >> 16)
    a = kb_q17 >> 15
    k = kb_q17 & 32767
    pbb -= a * (nb >> 1) + (((nb >> 15) * k) >> 1) + (((nb & 32767) * k) >> 16)
    if pzz < par[P_MIN_Q32]: pzz = par[P_MIN_Q32]
    if pbb < 1024: pbb = 1024
    b_uv = ((b_q24 >> 7) * 15625) >> 11
    a = v_uv - p_uv - b_uv
    s[ERR_UV] = a
    if a > 2000000: a = 2000000
    if a < -2000000: a = -2000000
    e_q16 = a * 1024 // 15625
    b_q24 += (kb_q17 >> 9) * e_q16 + (((kb_q17 & 511) * e_q16 + 256) >> 9)
    if b_q24 > 8388608: b_q24 = 8388608
    if b_q24 < -8388608: b_q24 = -8388608
    s[B_Q24] = b_q24
    a = (kz_q17 >> 12) * e_q16 + (((kz_q17 & 4095) * e_q16 + 2048) >> 12)
    if a > 2097152: a = 2097152
    if a < -2097152: a = -2097152
    z_q21 += a - (sdz_q30 >> 10)
    if z_q21 < 0: z_q21 = 0
    if z_q21 > 2097152: z_q21 = 2097152
    s[SOC_Q21] = z_q21
    d = (cap_mc >> 15) * (a >> 6) + (((cap_mc & 32767) * (a >> 6)) >> 15) + (((cap_mc >> 15) * (a & 63)) >> 6)
    if d > cap_mc - q_mc: d = cap_mc - q_mc
    if d < -q_mc: d = -q_mc
    s[Q_MC] = q_mc + d

    # Deviations by square roots, bit by bit; rounding may not take |Pzb| beyond their product.
    j = 16384
    while j * j > pzz and j * j > pbb:
        j >>= 1
    a = 0
    d = 0
    while j > 0:
        if (a + j) * (a + j) <= pzz:
            a += j
        if (d + j) * (d + j) <= pbb:
            d += j
        j >>= 1
    s[SD_Q16] = a
    a *= d
    if pzb > a: pzb = a
    if pzb < -a: pzb = -a
    s[PZZ_Q32] = pzz
    s[PZB_Q32] = pzb
    s[PBB_Q32] = pbb
    return 1
