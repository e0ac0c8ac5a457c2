"""The filter of firmware/cell.py as it is usually written, in floats: the oracle of the tests, and what integers save.

Volts, seconds, currents per C, SoC 0..1. The six states: SoC, slow voltage error, offset of the current sensor in C/4,
resistance beyond the table's, the current before a blind start in C/2 or, later, 1/capacity beyond the one assumed, and
a voltage error of hours; in these units their variances are of one order, and the bounds are the kernel's. The capacity
stays as it is told: firmware/kernels/health.py has no counterpart here. Formulas: docs/estimator.md.
"""

from math import asinh, sqrt

from firmware.kernels import soc

_VARIANCE_LEAST, _VARIANCE_MOST, _VARIANCE_B_MOST = 2**-22, 0.25, 0.0625
_BLIND_S, _BLIND_MEAN_S, _BLIND_PRIOR_S = 3000.0, 600.0, 60.0
_GAIN_MOST, _GAIN_TIMES_N_MOST = 32.0, 819.2e6 / 2**32
_X_LEAST, _X_MOST = (0.0, -0.5, -1.0, -0.5, -1.0), (1.0, 0.5, 1.0, 1.5, 1.0)
_STATES, _LASTING = 6, 5  # the last one is only considered
_STEEPEST, _SIZE_S, _SHRINKS = 8.0, 1800.0, 1 / 32
_WIDER, _TRUTH = 12.25 / 8, 164419 / 2**32  # of the published variance
_DOUBT_SOC, _DOUBT_OFFSET = 0.09 / 600, 0.052 / 600  # variances per s, at four times the size


class Parameters:
    """The kernel's parameter words as floats."""

    def __init__(self, par):
        self.c_per_ma = par[soc.C_PER_MA_Q35] / 2**35
        self.tau = [par[soc.TAU1_MS + k] / 1e3 for k in range(3)]
        self.fade_b, self.fade_eta = par[soc.FADE_B_Q31] * 1e3 / 2**31, par[soc.FADE_ETA_Q31] * 1e3 / 2**31
        self.hyst_rate = float(par[soc.HYST_RATE])
        self.h_min, self.h_max = par[soc.H_MIN_UV] / 1e6, par[soc.H_MAX_UV] / 1e6
        self.s0, self.ssl, self.r0 = par[soc.S0_Q16] / 65536, par[soc.SSL_Q16] / 65536, par[soc.R0_Q16] / 65536
        self.rho, self.rhof = par[soc.RHO_Q15] / 32768, par[soc.RHOF_Q12] / 4096
        self.least = [par[soc.P_MIN_Q32] / 2**32, _VARIANCE_LEAST, par[soc.PC_MIN_Q32] / 2**32]
        self.least += [par[soc.PG_MIN_Q32] / 2**32, _VARIANCE_LEAST, 2**-28]
        self.capacity_variance, self.lasting = par[soc.PQ_Q32] / 2**32, par[soc.PV_Q32] / 2**32
        self.ocv = [uv / 1e6 for uv in par[soc.OCV_UV : soc.HYST_UV]]
        self.gap = [uv / 1e6 for uv in par[soc.HYST_UV : soc.ASINH_Q16]]
        self.wide = [q / 4096 for q in par[soc.WIDE_Q12 : soc.LASTING_Q12]]
        self.grown = [q / 4096 for q in par[soc.LASTING_Q12 : soc.SHIFT_UV]]
        self.lag2 = [q / 32768 for q in par[soc.LAG2_Q15 : soc.LAG3_Q15]]
        self.lag3 = [q / 32768 for q in par[soc.LAG3_Q15 : soc.I0_Q13]]
        self.exchange = [q / 8192 for q in par[soc.I0_Q13 : soc.WIDE_Q12]]
        self.tables = [uv / 1e6 for uv in par[soc.SHIFT_UV : soc.PARAMETERS]]  # shift, R0, charge transfer, R1, R2


class Cell:
    """One cell, from the words of a state; `soc` and `sd` are its estimate."""

    def __init__(self, s):
        self.capacity, self.charge = s[soc.CAP_MC] / 1e3, s[soc.Q_MC] / 1e3  # C
        self.x = [self.charge / self.capacity, s[soc.B_Q24] / 2**24, s[soc.C_Q26] / 2**24]
        self.x += [s[soc.G_Q24] / 2**24, s[soc.W_Q24] / 2**24, 0.0]
        self.cov = [[s[soc.P_Q32 + _word(j, k)] / 2**32 for k in range(_STATES)] for j in range(_STATES)]
        self.low = [s[soc.X1_Q24 + k] / 2**24 for k in range(3)]
        self.left = [s[soc.F1_Q24 + k] / 2**24 for k in range(3)]  # of the current before a blind start, in each
        self.hysteresis = [s[soc.HYST_LOW_Q24] / 2**24, s[soc.HYST_HIGH_Q24] / 2**24]
        self.eta, self.size = s[soc.ETA_Q20] / 2**20, s[soc.SCALE_Q24] / 2**24
        self.blind, self.past = s[soc.BLIND_MS] / 1e3, s[soc.UBAR_Q24] / 2**24
        self.sd, self.steep = s[soc.SD_Q16] / 2**16, 1.0
        self.open_window()

    @property
    def soc(self):
        return self.x[0]

    def open_window(self):
        self.t = self.v_sum = self.i_sum = 0.0


def step(c, p, i_ma, v_uv, t_mdegc, dt_ms):
    """Advance the Cell `c` by one sample; units and result as the kernel's."""
    dt = dt_ms / 1e3
    c.charge = min(max(c.charge - i_ma / 1e3 * dt, 0.0), c.capacity)
    c.t += dt
    c.v_sum += v_uv / 1e6 * dt
    c.i_sum += i_ma * p.c_per_ma * dt
    if c.t < 0.9995:
        return 0
    moved = c.i_sum / 3600
    z = min(max(c.charge / c.capacity + moved / 2, 0.0), 1.0)
    voltage, h, fast, slow, lasting = predicted(c, p, z, t_mdegc / 1e3, c.i_sum / c.t, c.t)
    by_offset, by_capacity, fade = transition(c, p, moved, c.t)
    gained = by_offset * c.x[2] + by_capacity * c.x[4]
    c.x[1] -= fade * c.x[1]
    spread(c.cov, by_offset, by_capacity, fade, slow)
    doubt(c.cov, c.size, c.t)
    last(c.cov, lasting)
    gained += correct(c, p, c.v_sum / c.t - voltage - c.x[1], h, fast)
    adapt(c, slow, c.t)
    c.charge = min(max(c.charge + gained * c.capacity, 0.0), c.capacity)
    c.x[0], c.sd = c.charge / c.capacity, published(c.cov[0][0], c.size)
    c.open_window()
    return 1


def predicted(c, p, z, celsius, rate, t):
    """Move all that is known from the current over a window of `t` s whose mean SoC is z, whose mean current `rate`.

    Returns its mean voltage (without the slow error), what that depends on each state by, and three variances, V^2: of
    an error that is new every second, of the slow one, and of the one that lasts for hours.
    """
    moved = rate * t / 3600
    rate -= c.x[2] / 4
    x1, x2, x3 = filtered(c, p, rate, t)
    j, g = _place((celsius + 40) / 5, 26)
    lag2 = p.lag2[j] + g * (p.lag2[j + 1] - p.lag2[j])
    lag3 = p.lag3[j] + g * (p.lag3[j + 1] - p.lag3[j])
    lag = lag2 * x2 + lag3 * x3
    surface = min(max(z - lag, -0.125), 1.0)
    lag = min(max(lag, -1.0), 1.0)
    exchange = p.exchange[j] + g * (p.exchange[j + 1] - p.exchange[j])
    transfer = exchange * asinh(rate / exchange)
    turned = rate / exchange

    voltage, slope = open_circuit(p, surface)
    steep = 32 if surface < 0.25 else 16
    k, f = _place((surface + 0.125) * 32 if surface < 0.25 else 12 + (surface - 0.25) * 16, 24)
    flowed = moved if c.blind > 0 else moved - c.x[2] / 4 * t / 3600
    c.hysteresis = [min(max(side - flowed * p.hyst_rate, -1.0), 1.0) for side in c.hysteresis]
    gap = p.gap[k] + f * (p.gap[k + 1] - p.gap[k])
    gap = min(gap * (p.wide[j] + g * (p.wide[j + 1] - p.wide[j])), 0.262)
    voltage += gap * (c.hysteresis[0] + c.hysteresis[1]) / 2
    at = j * 25 + k
    shift, rise = _bilinear(p.tables, at, f, g)
    voltage += shift
    slope += rise * steep
    lost = rise = by_rate = by_past = 0.0
    shares = (1.0, 1 / sqrt(1 + turned * turned), 1.0, 1.0)
    left = (0.0, 0.0, c.left[0], c.left[1])
    for n, current in enumerate((rate, transfer, x1, x2)):
        r, higher = _bilinear(p.tables, at + 675 * (n + 1), f, g)
        lost += r * current
        rise += higher * current
        by_rate += r * shares[n]
        by_past += r * left[n]
    lost, rise = min(max(lost, -8.0), 8.0), min(max(rise, -30.0), 30.0)
    by_soc = min(max(slope - rise * steep, p.h_min), p.h_max)
    steepest = min(slope, _STEEPEST)
    slope = min(max(slope, p.h_min), p.h_max)
    by_rate = min(by_rate + slope * (lag2 + lag3), 4.0)
    by_past = min(by_past + slope * (lag2 * c.left[1] + lag3 * c.left[2]), 2.0)
    h = (by_soc, 1.0, by_rate / 4, -min(max(lost, -1.0), 1.0), -by_past / 2, 1.0)
    grown = (p.grown[j] + g * (p.grown[j + 1] - p.grown[j])) ** 2
    lasting = (gap * (c.hysteresis[1] - c.hysteresis[0]) / 2) ** 2 + grown * (p.lasting + (p.ssl * by_soc / 2) ** 2)
    overvoltage = min(max(lost + slope * lag, -2.0), 2.0)
    c.steep = max(steepest, slope)
    fast, slow = variances(c, p, overvoltage, c.steep, t)
    return voltage - lost * (1 + c.x[3]), h, fast, slow, lasting


def filtered(c, p, rate, t):
    """Move the low-passed currents over t s; their means. A blind start's past is in them as far as it is left."""
    blind = c.blind > 0
    past = 0.0
    if blind:
        if c.blind < _BLIND_MEAN_S:
            c.past += (rate - c.past) * t / (_BLIND_PRIOR_S + c.blind)
        past = min(max(c.past + c.x[4] / 2, -3.0), 3.0)
        c.blind += t
        if c.blind > _BLIND_S:
            c.blind = 0.0
    means = []
    for k in range(3):
        a = min(2 * t / (2 * p.tau[k] + t), 1.0)
        way = a * (rate - c.low[k])
        c.left[k] -= a * c.left[k]
        means.append(c.low[k] + way / 2 + c.left[k] * past)
        c.low[k] += way
        if c.blind == 0:
            c.low[k] += c.left[k] * past
            c.left[k] = 0.0
    if blind and c.blind == 0:
        c.x[4] = 0.0
        for k in range(_STATES):
            c.cov[4][k] = c.cov[k][4] = 0.0
        c.cov[4][4] = p.capacity_variance
    return means


def open_circuit(p, surface):
    """OCV at 25 degC of a SoC, V, and its slope, which runs smoothly from segment to segment."""
    k, f = _place((surface + 0.125) * 64, 72)
    ocv = p.ocv
    rise = ocv[k + 1] - ocv[k]
    low = ocv[k] - ocv[k - 1] if k > 0 else rise
    high = ocv[k + 2] - ocv[k + 1] if k < 71 else rise
    return ocv[k] + f * rise, 32 * (rise + low + (high - low) * f)


def variances(c, p, overvoltage, slope, t):
    """Of the voltage's new and slow errors, V^2; moves the mean overvoltage."""
    c.eta += _faded(t * p.fade_eta) * (overvoltage - c.eta)
    fast = min(p.rhof * abs(overvoltage - c.eta), 0.5)
    slow = min(p.rho * abs(c.eta), 0.25)
    slow2 = p.s0 * p.s0 + slow * slow + min(p.ssl * slope, 0.25) ** 2
    return p.r0 * p.r0 + fast * fast, min(min(slow2, _VARIANCE_B_MOST) * c.size, _VARIANCE_B_MOST)


def transition(c, p, moved, t):
    """What the SoC gains in a window per unit of offset and of capacity, and the share of the slow error that fades."""
    return t / 3600 / 4, (0.0 if c.blind > 0 else -moved), _faded(t * p.fade_b)


def _faded(x):
    return x - x * x / 2  # 1 - exp(-x)


def spread(cov, by_offset, by_capacity, fade, slow):
    """The covariance over a window; the first one of all tells how large the slow error is."""
    if cov[1][1] == 0:
        cov[1][1] = slow
    for k in range(_STATES):
        cov[0][k] += by_offset * cov[2][k] + by_capacity * cov[4][k]
    for k in range(_STATES):
        cov[k][0] += by_offset * cov[k][2] + by_capacity * cov[k][4]
    for k in range(_STATES):
        cov[1][k] *= 1 - fade
    for k in range(_STATES):
        cov[k][1] *= 1 - fade
    cov[1][1] += fade * (2 - fade) * slow


def doubt(cov, size, t):
    """A slow error that shows as twice its size or more tells that SoC and offset are wrong: their doubt grows."""
    beyond = max(size - 2, 0.0) / 2
    cov[0][0] += t * beyond * _DOUBT_SOC
    cov[2][2] += t * beyond * _DOUBT_OFFSET


def published(variance, size):
    """The deviation that is told of a SoC of this variance, while the slow error shows as of this size."""
    return sqrt(min(_WIDER * size * variance, 0.25) + _TRUTH)


def last(cov, lasting):
    """The error of hours shrinks as the hysteresis becomes known, its covariances as well; a larger one is new."""
    before = cov[_LASTING][_LASTING]
    if before > lasting:
        lasting = max(lasting, before * (1 - _SHRINKS))
        for k in range(_LASTING):
            cov[k][_LASTING] = cov[_LASTING][k] = cov[k][_LASTING] * (1 - (1 - lasting / before) / 2)
    cov[_LASTING][_LASTING] = lasting


def adapt(c, slow, t):
    """The slow error shows its own size: a step towards it."""
    shown = min((c.x[1] ** 2 + c.cov[1][1]) / (slow + 2**-32), 4.0)
    c.size = min(max(c.size * (1 + t / _SIZE_S * (shown - 1)), 0.3), 4.0)


def correct(c, p, error, h, noise):
    """Correct all states but the SoC, and the covariance, by the innovation, V; what the SoC gains."""
    error = min(max(error, -2.0), 2.0)
    corrected = 5 if c.blind > 0 else 4  # the capacity is considered, not corrected
    n = [sum(row[k] * h[k] for k in range(_STATES)) for row in c.cov]
    total = max(noise + sum(n[k] * h[k] for k in range(_STATES)), noise)
    most = min(_GAIN_MOST, _GAIN_TIMES_N_MOST / max([abs(x) for x in n] + [1e-9]))
    gain = [min(max(n[k] / total, -most), most) for k in range(_STATES)]
    move = [min(max(gain[k] * error, -1.0), 1.0) for k in range(_STATES)]
    most = abs(error) / c.steep  # there the voltage agrees
    move[0] = min(max(move[0], -most), most)
    for k in range(1, corrected):
        c.x[k] = min(max(c.x[k] + move[k], _X_LEAST[k]), _X_MOST[k])
    cov = c.cov
    for j in range(corrected):
        for k in range(j, _STATES):
            cov[j][k] -= gain[j] * n[k]
    for j in range(_STATES):
        cov[j][j] = min(max(cov[j][j], p.least[j]), _VARIANCE_B_MOST if j == 1 else _VARIANCE_MOST)
        for k in range(j):
            bound = (cov[j][j] + cov[k][k]) / 2
            cov[k][j] = cov[j][k] = min(max(cov[k][j], -bound), bound)
    return move[0]


def _word(j, k):
    return _STATES * min(j, k) + max(j, k)


def _place(x, last):
    """Segment of 0..last - 1 and the share of it."""
    x = min(max(x, 0.0), last - 1e-9)
    k = int(x)
    return k, x - k


def _bilinear(table, at, f, g):
    """Value between four neighbours of a table of 25 columns, and its rise to the next column."""
    low, high = table[at + 1] - table[at], table[at + 26] - table[at + 25]
    first, second = table[at] + f * low, table[at + 25] + f * high
    return first + g * (second - first), low + g * (high - low)
