"""The peer of the speed figures: the kernel's filter as one would write it with filterpy and numpy, in floats."""

import importlib

import numpy as np

from bms.bench.trace import Trace
from bms.errors import InputError
from firmware.kernels import soc

_FINE = np.linspace(0, 1, 65)
_COARSE = np.linspace(0, 1, 17)


class Peer:
    """One cell in filterpy's ExtendedKalmanFilter: states SoC and slow voltage error, the RC branches beside them.

    Model, noise and tables are those of firmware/kernels/soc.py (docs/estimator.md), without its clipping. As usual
    with filterpy, it predicts and updates at every sample; the kernel does so when a second is complete.
    """

    def __init__(self, samples: Trace) -> None:
        """InputError if filterpy is not installed."""
        try:
            kalman = importlib.import_module("filterpy.kalman")
        except ImportError as error:
            raise InputError(
                "The speed is measured beside filterpy, which is not installed here; run `pip install filterpy`."
            ) from error
        self._read(samples.par)
        self._rates = (samples.i_ma / 1000 / samples.cell.capacity_ah.value).tolist()  # per C
        self._voltages = (samples.v_uv[:, 0] / 1e6).tolist()
        self._celsius = (samples.t_mdegc[:, 0] / 1000).tolist()
        self._dt = float(samples.dt_ms[0] / 1000)
        first = samples.states[0].tolist()
        self._fast, self._slow = first[soc.X1_Q24] / 2**24, first[soc.X2_Q24] / 2**24
        self._hysteresis, self._mean = 0.0, first[soc.ETA_Q20] / 2**20
        self.filter = kalman.ExtendedKalmanFilter(dim_x=2, dim_z=1, dim_u=1)
        self.filter.x = np.array([first[soc.SOC_Q21] / 2**21, 0.0])
        pzz, pzb, pbb = (first[word] / 2**32 for word in (soc.PZZ_Q32, soc.PZB_Q32, soc.PBB_Q32))
        self.filter.P = np.array([[pzz, pzb], [pzb, pbb]])
        self.filter.B = np.array([-self._dt / 3600, 0.0])

    def _read(self, par: np.ndarray) -> None:
        self._ocv = par[soc.OCV_UV : soc.DUDT_UV] / 1e6
        self._slope = np.clip(np.gradient(self._ocv, _FINE), par[soc.H_MIN_UV] / 1e6, par[soc.H_MAX_UV] / 1e6)
        self._entropy = par[soc.DUDT_UV : soc.HYST_UV] / 1e6
        self._gap = par[soc.HYST_UV : soc.R_UV] / 1e6
        self._resistance = par[soc.R_UV :].reshape(3, 27, 17) / 1e6
        self._hysteresis_rate = float(par[soc.HYST_RATE])
        self._tau1, self._tau2, self._tau_b, self._tau_mean = (
            float(par[word]) / 1000 for word in (soc.TAU1_MS, soc.TAU2_MS, soc.TAU_B_MS, soc.TAU_ETA_MS)
        )
        self._sd_ocv, self._sd_soc, self._noise = (float(par[w]) / 2**16 for w in (soc.S0_Q16, soc.SSL_Q16, soc.R0_Q16))
        self._share, self._fast_share = float(par[soc.RHO_Q15]) / 2**15, float(par[soc.RHOF_Q12]) / 2**12
        self._sd_capacity, self._sd_current = float(par[soc.SD_Q_Q15]) / 2**15, float(par[soc.SD_I_Q30]) / 2**30

    def run(self) -> None:
        """One pass over the samples."""
        for rate, voltage, celsius in zip(self._rates, self._voltages, self._celsius, strict=True):
            self.step(rate, voltage, celsius)

    def step(self, rate: float, voltage: float, celsius: float) -> None:
        """Predict and update by one sample: current per C, voltage in V, temperature in degC."""
        dt, ekf = self._dt, self.filter
        self._fast += 2 * dt / (2 * self._tau1 + dt) * (rate - self._fast)
        self._slow += 2 * dt / (2 * self._tau2 + dt) * (rate - self._slow)
        crossed = abs(rate) * dt / 3600 * self._hysteresis_rate
        self._hysteresis += ((-1.0 if rate > 0 else 1.0) - self._hysteresis) * crossed / (1 + crossed)
        z = min(max(float(ekf.x[0]), 0.0), 1.0)
        polarisation = self._polarisation(z, celsius, rate)
        self._mean += dt / (self._tau_mean + dt) * (polarisation - self._mean)
        self._set_noise(z, rate, polarisation)
        ekf.predict(u=rate)
        ekf.update(voltage, self._jacobian, self._expected, hx_args=(polarisation, celsius))

    def _polarisation(self, z: float, celsius: float, rate: float) -> float:
        row, column = (celsius + 40) / 5, min(z * 16, 15.999999)
        j, k = int(row), int(column)
        g, f = row - j, column - k
        low, high = self._resistance[:, j], self._resistance[:, j + 1]
        r = (1 - g) * ((1 - f) * low[:, k] + f * low[:, k + 1]) + g * ((1 - f) * high[:, k] + f * high[:, k + 1])
        return float(r @ np.array([rate, self._fast, self._slow]))

    def _set_noise(self, z: float, rate: float, polarisation: float) -> None:
        dt, ekf = self._dt, self.filter
        error = self._sd_soc * np.interp(z, _FINE, self._slope)
        slow2 = self._sd_ocv**2 + (self._share * self._mean) ** 2 + error**2
        fade = dt / (self._tau_b + dt)
        growth = self._sd_capacity * abs(rate) * dt / 3600 + self._sd_current * dt
        ekf.F = np.array([[1.0, 0.0], [0.0, 1 - fade]])
        ekf.Q = np.array([[2 * ekf.P[0, 0] ** 0.5 * growth, 0.0], [0.0, fade * (2 - fade) * slow2]])
        fast2 = (self._fast_share * (polarisation - self._mean)) ** 2
        ekf.R = np.array([[(self._noise**2 + fast2) / dt]])  # the noise is that of a mean over a second

    def _jacobian(self, x: np.ndarray) -> np.ndarray:
        return np.array([[np.interp(x[0], _FINE, self._slope), 1.0]])

    def _expected(self, x: np.ndarray, polarisation: float, celsius: float) -> np.ndarray:
        z = x[0]
        voltage = np.interp(z, _FINE, self._ocv) + np.interp(z, _COARSE, self._entropy) * (celsius - 25)
        return np.array([voltage + np.interp(z, _COARSE, self._gap) * self._hysteresis - polarisation + x[1]])
