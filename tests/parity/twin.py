"""The filter of firmware/kernels/soc.py in plain floats: an oracle that knows nothing of scaling.

Volts, seconds, C (current over rated capacity), SoC 0..1. Formulas as in docs/estimator.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from firmware.kernels import soc

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Twin:
    """One cell; `par` are the kernel's words, `s` the words of a state to start from."""

    par: Sequence[int]
    s: Sequence[int]
    window: list[tuple[float, float, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        par, s = self.par, self.s
        self.rated = 2**35 / par[soc.C_PER_MA_Q35] / 1000 * 3600  # C
        self.capacity = s[soc.CAP_MC] / 1000
        self.charge = s[soc.Q_MC] / 1000
        self.x1, self.x2 = s[soc.X1_Q24] / 2**24, s[soc.X2_Q24] / 2**24
        self.hysteresis, self.b, self.eta = s[soc.HYST_Q15] / 2**15, s[soc.B_Q24] / 2**24, s[soc.ETA_Q20] / 2**20
        self.pzz, self.pzb, self.pbb = (s[k] / 2**32 for k in (soc.PZZ_Q32, soc.PZB_Q32, soc.PBB_Q32))
        self.ocv = np.array(par[soc.OCV_UV : soc.DUDT_UV]) / 1e6
        self.dudt = np.array(par[soc.DUDT_UV : soc.HYST_UV]) / 1e6
        self.gap = np.array(par[soc.HYST_UV : soc.R_UV]) / 1e6
        self.r = np.array(par[soc.R_UV :]).reshape(3, 27, 17) / 1e6
        self.tau1, self.tau2 = par[soc.TAU1_MS] / 1000, par[soc.TAU2_MS] / 1000

    @property
    def soc(self) -> float:
        return self.charge / self.capacity

    @property
    def sd(self) -> float:
        return math.sqrt(self.pzz)

    def step(self, i_ma: int, v_uv: int, t_mdegc: int, dt_ms: int) -> None:
        dt, current = dt_ms / 1000, i_ma / 1000
        rate = current * 3600 / self.rated
        self.charge = min(max(self.charge - current * dt, 0.0), self.capacity)
        before = self.x1
        self.x1 += min(2 * dt / (2 * self.tau1 + dt), 1.0) * (rate - self.x1)
        self.window.append((dt, rate, v_uv / 1e6, (before + self.x1) / 2))
        if sum(w[0] for w in self.window) > 0.9995:
            self._correct(t_mdegc / 1000)
            self.window.clear()

    def _correct(self, celsius: float) -> None:
        par = self.par
        span, rate, voltage, x1 = self._means()
        before = self.x2
        self.x2 += 2 * span / (2 * self.tau2 + span) * (rate - self.x2)
        moved = rate * span / 3600
        z = min(max((self.charge + moved * self.rated / 2) / self.capacity, 0.0), 1.0)
        slope = self._slope(z)
        self._move_hysteresis(moved)
        polarisation = float(self._resistance(z, celsius) @ np.array([rate, x1, (before + self.x2) / 2]))
        polarisation_seen = min(max(polarisation, -2.0), 2.0)
        self.eta += span / (par[soc.TAU_ETA_MS] / 1000 + span) * (polarisation_seen - self.eta)
        sb2, r2 = self._noise(slope, polarisation_seen)

        growth = par[soc.SD_Q_Q15] / 2**15 * abs(moved) + par[soc.SD_I_Q30] / 2**30 * span
        self.pzz = min(self.pzz + 2 * self.sd * growth, 0.25)
        fade = span / (par[soc.TAU_B_MS] / 1000 + span)
        self.b -= fade * self.b
        self.pzb -= fade * self.pzb
        self.pbb += fade * (2 - fade) * (sb2 - self.pbb)

        soc16 = z * 16
        open_circuit = float(np.interp(z * 64, np.arange(65), self.ocv))
        open_circuit += float(np.interp(soc16, np.arange(17), self.dudt)) * (celsius - 25)
        open_circuit += self.gap[min(int(soc16), 15)] * self.hysteresis
        error = min(max(voltage - open_circuit + polarisation - self.b, -2.0), 2.0)
        nz, nb = slope * self.pzz + self.pzb, slope * self.pzb + self.pbb
        total = slope * nz + nb + r2
        self.b = min(max(self.b + nb / total * error, -0.5), 0.5)
        self.charge = min(max(self.charge + nz / total * error * self.capacity, 0.0), self.capacity)
        self.pzz = max(self.pzz - nz * nz / total, par[soc.P_MIN_Q32] / 2**32)
        self.pzb -= nz * nb / total
        self.pbb = max(self.pbb - nb * nb / total, 2**-22)
        most = math.sqrt(self.pzz * self.pbb)
        self.pzb = min(max(self.pzb, -most), most)

    def _means(self) -> tuple[float, float, float, float]:
        span = sum(w[0] for w in self.window)
        rate, voltage, x1 = (sum(w[0] * w[k] for w in self.window) / span for k in (1, 2, 3))
        return span, rate, voltage, x1

    def _slope(self, z: float) -> float:
        k = min(int(z * 64), 63)
        rise = np.diff(self.ocv)
        low, high = rise[max(k - 1, 0)], rise[min(k + 1, 63)]
        slope = 32 * (rise[k] + low + (high - low) * (z * 64 - k))
        return float(min(max(slope, self.par[soc.H_MIN_UV] / 1e6), self.par[soc.H_MAX_UV] / 1e6))

    def _move_hysteresis(self, moved: float) -> None:
        y = abs(moved) * self.par[soc.HYST_RATE]
        branch = -1.0 if moved > 0 else 1.0
        self.hysteresis += (branch - self.hysteresis) * y / (1 + y)

    def _resistance(self, z: float, celsius: float) -> np.ndarray:
        row = min(max((celsius + 40) / 5, 0), 25.9999)
        column = min(z * 16, 15.9999999)
        j, k = int(row), int(column)
        g, f = row - j, column - k
        r = self.r
        return (1 - g) * ((1 - f) * r[:, j, k] + f * r[:, j, k + 1]) + g * (
            (1 - f) * r[:, j + 1, k] + f * r[:, j + 1, k + 1]
        )

    def _noise(self, slope: float, polarisation: float) -> tuple[float, float]:
        par = self.par
        fast = min(par[soc.RHOF_Q12] / 2**12 * abs(polarisation - self.eta), 0.5)
        slow = min(par[soc.RHO_Q15] / 2**15 * abs(self.eta), 0.25)
        sb2 = (par[soc.S0_Q16] / 2**16) ** 2 + slow**2 + (par[soc.SSL_Q16] / 2**16 * slope) ** 2
        return sb2, (par[soc.R0_Q16] / 2**16) ** 2 + fast**2
