# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""State of charge of one cell, first of five kernels: count every sample's charge, gather a window of 1 s.

Charge is counted to the last uC. Currents are taken per C: `_q13` and `_q24` of the rated capacity in one hour, so
that one scaling serves 0.5 to 500 Ah. SoC is `_q21`. When a window is complete, firmware/kernels/ecm.py predicts its
voltage, spread.py and kalman.py estimate the state, health.py learns the capacity (firmware/cell.py calls the five).
The list of words here is the whole one; the others repeat the words that they use. Formulas: docs/estimator.md.
"""

from firmware.kernels.dialect import const, micropython, ptr32

# State of a cell, `s`. Estimated:
Q_MC = const(0)  # charge left, 0..CAP_MC
REST_UC = const(1)  # charge that does not fill a mC yet, 0..999
CAP_MC = const(2)  # capacity, 0.639e6..1.98e9
REST_Q30 = const(3)  # SoC that does not fill a 2^-21 yet, 0..511
B_Q24 = const(4)  # slow voltage error, +-0.5 V
C_Q26 = const(5)  # offset of the current sensor, +-0.25 C
G_Q24 = const(6)  # resistance beyond the table's, as a share, -0.5..1.5
W_Q24 = const(7)  # after a blind start the current before it, unit C/2, +-1; else 1/capacity beyond 1/CAP_MC, +-0.25
# 6 x 6 covariances of SoC, B, C, G, W and the offset of the voltage, in the units of _Q24 (C: of C/4), at 6 j + k for
# j <= k; at 6 j + 6 kalman.py keeps the gain of state j. A variance is up to 0.25, of B and of the capacity 0.0625; a
# covariance up to the mean of its variances (for the capacity its most)
P_Q32 = const(8)
# Known from current and voltage:
X1_Q24 = const(44)  # currents through three low-passes, +-21 C; after a blind start +-21 C (1 - F)
X2_Q24 = const(45)
X3_Q24 = const(46)
HYST_LOW_Q24 = const(47)  # hysteresis, -1 (discharge branch) .. 1 (charge branch): the lowest that it can be
HYST_HIGH_Q24 = const(48)  # and the highest, not below that
ETA_Q20 = const(49)  # overvoltage, low-passed, V, +-2
BLIND_MS = const(50)  # since a blind start, 1..3_000_000; 0 when the past is known
F1_Q24 = const(51)  # what is left in each low-pass of the current before a blind start, 0..1
F2_Q24 = const(52)
F3_Q24 = const(53)
UBAR_Q24 = const(54)  # mean current since a blind start, +-20.3 C
# The open window, and the closed one:
T_MS = const(55)  # length of the open window, 0..999, and its sums:
V_SUM = const(56)  # 16 uV ms
MOVED_MC = const(57)  # charge taken out
SPAN_MS = const(58)  # length of the last window, 1_000..2_999, or 0
V_UV = const(59)  # its mean voltage, +-6_500_000
I_Q13 = const(60)  # its mean current, +-20.01 C (its charge is in whole mC)
DZ_Q30 = const(61)  # charge that it took out, share of the rated capacity, +-18_000_000
MID_Q21 = const(62)  # SoC in its middle
# What ecm.py tells kalman.py:
ERR_UV = const(63)  # voltage less prediction, +-36_000_000; kalman.py takes B off as well
H_Q14 = const(64)  # how the voltage depends on SoC (0..2), B (1), C (0..1), G (+-1), W (-1..0), its offset (1): 6 words
R_Q27 = const(70)  # variance of the voltage that is new every second, V^2, 32_768..67_108_864
SB_Q32 = const(71)  # variance of the slow voltage error, V^2, 0..0.0625
SV_Q32 = const(72)  # of the offset of the voltage: its own and that of a hysteresis not known, V^2, up to 0.08
# Room to work in:
XE_Q13 = const(73)  # currents of R0, charge transfer, R1, R2, and the third low-pass, +-21 C: 5 words
N_Q30 = const(78)  # P h, +-2: 6 words
# The answer:
SD_Q16 = const(84)  # standard deviation of the SoC, 0..32_768
SOC_Q21 = const(85)  # SoC at the last correction
# What firmware/kernels/health.py learns: sums over pairs of a change of SoC x and the charge y that it took,
C_Q7 = const(86)  # x x, x y, y y by the variance of y, the same by that of x: 6 words, 0..800_000_000
SHARE_Q24 = const(92)  # capacity as a share of the rated one, 0.4..1.1
PAIRS = const(93)  # pairs that have been taken in, up to 1_000_000
REASON = const(94)  # of the last anchor: 0 none, 1 told, 2 full, 3 rest
FROM_Q21 = const(95)  # SoC there, 0..1,
FROM_Q32 = const(96)  # and its variance, up to 0.25
OUT_Q28 = const(97)  # charge taken out since then, share of the rated capacity, +-1.3
SINCE_MIN = const(98)  # minutes, 0..1_920,
PART_MS = const(99)  # and what does not fill one yet, 0..59_999
BEST_X_Q15 = const(100)  # the best pair since then, +-1.3,
BEST_Y_Q15 = const(101)
BEST_VX_Q32 = const(102)  # its variances, 107_374..1_073_741_823 where there is one,
BEST_VY_Q32 = const(103)
BEST = const(104)  # and how well it tells the capacity, up to 4_400_000; 0 without a pair
REST_MS = const(105)  # without current, 0..1_000_000_000
ZERO_Q26 = const(106)  # offset of the sensor as read while no current could flow, +-0.25 C,
ZERO_Q36 = const(107)  # and its variance, in quarters of a C, 16..268_435_456
FULL_MS = const(108)  # at the end of a charge, 0..1_000_000_000
SCALE_Q24 = const(109)  # size of the slow error as it shows, a factor on its variance, 0.3..4
STEEP_Q7 = const(110)  # slope of the OCV, V per unit of SoC, 1..1_024: ecm.py tells it to kalman.py
STATE = const(111)

# Parameters of a cell type, `par`.
C_PER_MA_Q35 = const(0)  # C-rate of 1 mA, 65_000..75_000_000
TAU1_MS = const(1)  # time constants of the low-passes, 50..60_000
TAU2_MS = const(2)  # 5_000..20_000_000
TAU3_MS = const(3)  # 5_000..20_000_000
A1_Q28 = const(4)  # share of the way that each goes in 1,000 ms: 2 t / (2 tau + t), 0..268_435_456
A2_Q28 = const(5)  # 0..268_435_456
A3_Q28 = const(6)  # 0..268_435_456
HYST_RATE = const(7)  # half gaps of the hysteresis crossed per unit of SoC, 0..1_000
H_MIN_UV = const(8)  # the slope that the filter believes, V per unit of SoC: at least, 5_000..2_000_000
H_MAX_UV = const(9)  # at most, 5_000..2_000_000, not below H_MIN_UV
S0_Q16 = const(10)  # OCV error, V, 0..16_384
SSL_Q16 = const(11)  # OCV error along the SoC axis, 0..6_553
RHO_Q15 = const(12)  # model error as a share of the overvoltage, 0..32_768
R0_Q16 = const(13)  # white voltage noise of a 1 s mean, V, 1_024 (it bounds the gain) ..16_384
RHOF_Q12 = const(14)  # error after a change of load, as a share of the change, 0..32_768
FADE_B_Q31 = const(15)  # how fast the slow voltage error fades, 1/ms, 429..214_748 (10..5,000 s)
FADE_ETA_Q31 = const(16)  # how fast the overvoltage is forgotten, 1/ms, 429..214_748
P_MIN_Q32 = const(17)  # least variances of SoC, C and G, 16..4_294_967
PC_MIN_Q32 = const(18)  # 16..4_294_967
PG_MIN_Q32 = const(19)  # 16..4_294_967
PQ_Q32 = const(20)  # variance of 1/capacity, 1_024..268_435_456
PC_Q32 = const(21)  # at a start, of C and G, 16..268_435_456
PG_Q32 = const(22)  # 16..268_435_456
RATED_MC = const(23)  # rated capacity, 1_600_000..1_800_000_000
V_FULL_UV = const(24)  # at a small charging current a cell is full here, 0..6_500_000
PV_Q32 = const(25)  # variance of the offset of the voltage, 16..4_294_967
OCV_UV = const(26)  # 73 voltages over SoC -1/8..1, rising, 0..6_500_000
HYST_UV = const(99)  # 25 half gaps of the hysteresis at 25 degC, 0..262_000; SoC of tables: -1/8 (1/32) 1/4 (1/16) 1
ASINH_Q16 = const(124)  # asinh at 0 (1/8) 4 and at eight points of every octave up to 16,384: 129 words, 0..690_000
LAG2_Q15 = const(253)  # over 27 temperatures (-40..90 degC): SoC by which the surface lags, per C, 0..65_536
LAG3_Q15 = const(280)  # the same for the third low-pass, 0..65_536
I0_Q13 = const(307)  # exchange current, C, 16..163_840
WIDE_Q12 = const(334)  # over the temperatures: how much wider the hysteresis is than at 25 degC, 0..32_768
LASTING_Q12 = const(361)  # over the temperatures: how many times its least what lasts for hours is, 4_096..22_528
SHIFT_UV = const(388)  # OCV beyond OCV_UV: 27 temperatures x 25 SoC, +-1_000_000
R_UV = const(1063)  # R0, charge transfer, R1, R2: each 27 temperatures x 25 SoC, uV at 1C, 0..16_000_000
PARAMETERS = const(3763)

_BLIND_MOST_MS = const(3000000)  # by then the past before a blind start has faded
_BLIND_MEAN_MS = const(600000)  # so long the mean current is gathered that stands for the past
_BLIND_PRIOR_MS = const(60000)  # what was assumed of it counts as a minute
_U_MOST_Q24 = const(50331648)  # 3C


@micropython.viper
def step(s: ptr32, par: ptr32, i_ma: int, v_uv: int, dt_ms: int) -> int:
    """Count one sample; 1 when it completes a window of at least 1,000 ms, else 0.

    i_ma      current, mA, discharge positive, within +-20C and +-10_000_000
    v_uv      terminal voltage, uV, +-6_500_000
    dt_ms     time since the last sample, ms, 1..2000
    """
    cap_mc = s[CAP_MC]
    i_a = (i_ma >> 7) * 8389 >> 16  # nearly, and the rest to the last uC
    moved_mc = (i_ma - i_a * 1000) * dt_ms + s[REST_UC]  # uC; what does not fill a mC waits
    a = moved_mc // 1000
    s[REST_UC] = moved_mc - a * 1000
    moved_mc = a + i_a * dt_ms
    q_mc = s[Q_MC] - moved_mc
    if q_mc < 0: q_mc = 0
    if q_mc > cap_mc: q_mc = cap_mc
    s[Q_MC] = q_mc
    moved_mc += s[MOVED_MC]
    t_ms = s[T_MS] + dt_ms
    v_sum = s[V_SUM] + ((v_uv + 8) >> 4) * dt_ms
    if t_ms < 1000:
        s[T_MS] = t_ms
        s[V_SUM] = v_sum
        s[MOVED_MC] = moved_mc
        return 0
    s[T_MS] = 0
    s[V_SUM] = 0
    s[MOVED_MC] = 0
    s[SPAN_MS] = t_ms
    s[V_UV] = (v_sum + (t_ms >> 1)) // t_ms * 16

    i_ma = moved_mc // t_ms  # A; the rest makes mA of it, then sixteenths
    a = (moved_mc - i_ma * t_ms) * 16000 // t_ms
    i_ma = i_ma * 16000 + a
    a = par[C_PER_MA_Q35]  # q4 x q35 down to q13, in four products, so that none leaves 32 bits
    d = (i_ma >> 14) * (a >> 13) * 2 + (((i_ma >> 14) * (a & 8191)) >> 12)
    i_q13 = d + ((((i_ma & 16383) * (a >> 13)) + (((i_ma & 16383) * (a & 8191)) >> 13) + 4096) >> 13)
    s[I_Q13] = i_q13
    a = i_q13 * t_ms  # 2^30 / (3.6e6 2^13) is 38,177 / 2^20
    s[DZ_Q30] = ((a >> 15) * 38177 + 16 >> 5) + ((a & 32767) * 38177 >> 20)

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
    s[MID_Q21] = k * 32768 + a * 32768 // d

    # The current that flowed, through the low-passes; after a blind start with what is left of a past not known.
    i_q13 -= (s[C_Q26] + 4096) >> 13
    s[XE_Q13] = i_q13
    blind_ms = s[BLIND_MS]
    u_q24 = 0
    if blind_ms > 0:
        if blind_ms < _BLIND_MEAN_MS:
            a = t_ms * 32768 // (_BLIND_PRIOR_MS + blind_ms)
            d = i_q13 * 2048 - s[UBAR_Q24]
            s[UBAR_Q24] += (d >> 15) * a + (((d & 32767) * a + 16384) >> 15)
        u_q24 = s[UBAR_Q24] + (s[W_Q24] >> 1)
        if u_q24 > _U_MOST_Q24: u_q24 = _U_MOST_Q24
        if u_q24 < -_U_MOST_Q24: u_q24 = -_U_MOST_Q24
        blind_ms += t_ms
        if blind_ms > _BLIND_MOST_MS: blind_ms = 0

    j = 0
    while j < 3:  # low-passes, trapezoidal: a = 2 t / (2 tau + t)
        a = par[A1_Q28 + j]
        if t_ms != 1000:
            d = 2 * par[TAU1_MS + j] + t_ms
            a = t_ms * 262144
            while d > 65535:
                d >>= 1
                a >>= 1
            k = a // d
            a = k * 2048 + (a - k * d) * 2048 // d
            if a > 268435456: a = 268435456
        k = a & 8191
        a >>= 13
        x_q24 = s[X1_Q24 + j]
        d = i_q13 * 2048 - x_q24
        d = (d >> 15) * a + (((d & 32767) * a + 16384) >> 15) + (((d >> 15) * k + 4096) >> 13)
        s[X1_Q24 + j] = x_q24 + d
        x_q13 = (x_q24 + (d >> 1) + 1024) >> 11
        d = s[F1_Q24 + j]
        if d > 0:
            d -= (d >> 15) * a + (((d & 32767) * a) >> 15) + (((d >> 15) * k) >> 13)
            a = ((d >> 9) * (u_q24 >> 10)) >> 14
            x_q13 += a >> 2
            if blind_ms == 0:
                s[X1_Q24 + j] += a * 512
                d = 0
            s[F1_Q24 + j] = d
        s[XE_Q13 + 2 + j] = x_q13
        j += 1
    if blind_ms == 0 and s[BLIND_MS] > 0:  # from here on the fifth state is the capacity
        s[W_Q24] = 0
        j = P_Q32 + 4
        while j < P_Q32 + 28:
            s[j] = 0
            j += 6
        s[P_Q32 + 28] = par[PQ_Q32]
        s[P_Q32 + 29] = 0
    s[BLIND_MS] = blind_ms
    return 1
