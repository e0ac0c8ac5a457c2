"""The filter of firmware/kernels/soc.py as it is usually written, in floats: what integers save is measured against it.

Volts, seconds, currents per C, SoC 0..1. Formulas: docs/estimator.md.
"""

from math import sqrt

from firmware.kernels import soc


class Parameters:
    """The kernel's parameter words as floats."""

    def __init__(self, par):
        self.c_per_ma = par[soc.C_PER_MA_Q35] / 2**35
        self.tau1, self.tau2 = par[soc.TAU1_MS] / 1e3, par[soc.TAU2_MS] / 1e3
        self.tau_b, self.tau_eta = par[soc.TAU_B_MS] / 1e3, par[soc.TAU_ETA_MS] / 1e3
        self.hyst_rate = float(par[soc.HYST_RATE])
        self.h_min, self.h_max = par[soc.H_MIN_UV] / 1e6, par[soc.H_MAX_UV] / 1e6
        self.s0, self.ssl, self.r0 = par[soc.S0_Q16] / 65536, par[soc.SSL_Q16] / 65536, par[soc.R0_Q16] / 65536
        self.rho, self.rhof = par[soc.RHO_Q15] / 32768, par[soc.RHOF_Q12] / 4096
        self.sd_q, self.sd_i = par[soc.SD_Q_Q15] / 32768, par[soc.SD_I_Q30] / 2**30
        self.p_min = par[soc.P_MIN_Q32] / 2**32
        self.ocv = [uv / 1e6 for uv in par[soc.OCV_UV : soc.DUDT_UV]]
        self.dudt = [uv / 1e6 for uv in par[soc.DUDT_UV : soc.HYST_UV]]
        self.gap = [uv / 1e6 for uv in par[soc.HYST_UV : soc.R_UV]]
        self.r = [uv / 1e6 for uv in par[soc.R_UV :]]


class Cell:
    """One cell, from the words of a state; `soc` and `sd` are its estimate."""

    def __init__(self, s):
        self.capacity = s[soc.CAP_MC] / 1e3  # C
        self.charge = s[soc.Q_MC] / 1e3
        self.x1, self.x2 = s[soc.X1_Q24] / 2**24, s[soc.X2_Q24] / 2**24
        self.hysteresis, self.b, self.eta = s[soc.HYST_Q15] / 32768, s[soc.B_Q24] / 2**24, s[soc.ETA_Q20] / 2**20
        self.pzz, self.pzb, self.pbb = s[soc.PZZ_Q32] / 2**32, s[soc.PZB_Q32] / 2**32, s[soc.PBB_Q32] / 2**32
        self.soc, self.sd = self.charge / self.capacity, sqrt(self.pzz)
        self.open_window()

    def open_window(self):
        self.t = self.v_sum = self.i_sum = self.x_sum = 0.0


def step(c, p, i_ma, v_uv, t_mdegc, dt_ms):
    """Advance the Cell `c` by one sample; units and result as the kernel's."""
    dt = dt_ms / 1e3
    current = i_ma / 1e3
    rate = i_ma * p.c_per_ma
    c.charge = min(max(c.charge - current * dt, 0.0), c.capacity)
    gain = min(2 * dt / (2 * p.tau1 + dt), 1.0)
    moved = gain * (rate - c.x1)
    c.t += dt
    c.v_sum += v_uv / 1e6 * dt
    c.i_sum += rate * dt
    c.x_sum += (c.x1 + moved / 2) * dt
    c.x1 += moved
    if c.t < 0.9995:
        return 0
    correct(c, p, t_mdegc / 1e3)
    c.open_window()
    return 1


def correct(c, p, celsius):
    """Take the means of the window that is complete."""
    t = c.t
    rate = c.i_sum / t
    moved2 = t / (2 * p.tau2 + t) * (rate - c.x2)
    x2 = c.x2 + moved2
    c.x2 += 2 * moved2
    moved = c.i_sum / 3600
    z = min(max(c.charge / c.capacity + moved / 2, 0.0), 1.0)
    k = min(int(z * 64), 63)
    slope = slope_at(p, z, k)
    crossed = abs(moved) * p.hyst_rate
    c.hysteresis += ((-1.0 if moved > 0 else 1.0) - c.hysteresis) * crossed / (1 + crossed)
    polarisation = voltage_lost(p, z, celsius, rate, c.x_sum / t, x2)
    seen = min(max(polarisation, -2.0), 2.0)
    c.eta += t / (p.tau_eta + t) * (seen - c.eta)
    fast = min(p.rhof * abs(seen - c.eta), 0.5)
    slow = min(p.rho * abs(c.eta), 0.25)

    c.pzz = min(c.pzz + 2 * c.sd * (p.sd_q * abs(moved) + p.sd_i * t), 0.25)
    fade = t / (p.tau_b + t)
    c.b -= fade * c.b
    c.pzb -= fade * c.pzb
    c.pbb += fade * (2 - fade) * (p.s0 * p.s0 + slow * slow + (p.ssl * slope) ** 2 - c.pbb)
    f = z * 64 - k
    open_circuit = p.ocv[k] + f * (p.ocv[k + 1] - p.ocv[k])
    k >>= 2
    open_circuit += p.dudt[k] * (celsius - 25) + p.gap[k] * c.hysteresis
    update(c, p, slope, c.v_sum / t - open_circuit + polarisation - c.b, p.r0 * p.r0 + fast * fast)


def slope_at(p, z, k):
    """OCV slope, V per unit of SoC, running smoothly from segment to segment."""
    ocv = p.ocv
    rise = ocv[k + 1] - ocv[k]
    low = ocv[k] - ocv[k - 1] if k > 0 else rise
    high = ocv[k + 2] - ocv[k + 1] if k < 63 else rise
    return min(max(32 * (rise + low + (high - low) * (z * 64 - k)), p.h_min), p.h_max)


def voltage_lost(p, z, celsius, *currents):
    """Polarisation, V: three resistances over temperature and SoC, each times its current."""
    row = min(max((celsius + 40) / 5, 0.0), 25.9999)
    column = min(z * 16, 15.9999999)
    j, k = int(row), int(column)
    g, f = row - j, column - k
    r = p.r
    at = j * 17 + k
    lost = 0.0
    for current in currents:
        low = r[at] + f * (r[at + 1] - r[at])
        high = r[at + 17] + f * (r[at + 18] - r[at + 17])
        lost += (low + g * (high - low)) * current
        at += 459
    return lost


def update(c, p, slope, error, noise):
    """The Kalman correction by the innovation `error`, V, of variance `noise` beside the states' own."""
    error = min(max(error, -2.0), 2.0)
    nz = slope * c.pzz + c.pzb
    nb = slope * c.pzb + c.pbb
    total = slope * nz + nb + noise
    c.b = min(max(c.b + nb / total * error, -0.5), 0.5)
    c.charge = min(max(c.charge + nz / total * error * c.capacity, 0.0), c.capacity)
    c.pzz = max(c.pzz - nz * nz / total, p.p_min)
    c.pzb -= nz * nb / total
    c.pbb = max(c.pbb - nb * nb / total, 2**-22)
    c.soc, c.sd = c.charge / c.capacity, sqrt(c.pzz)
    most = c.sd * sqrt(c.pbb)
    c.pzb = min(max(c.pzb, -most), most)
