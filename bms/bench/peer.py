"""The peer of the speed figures: the kernel's filter as one would write it with filterpy and numpy, in floats."""

import importlib

import numpy as np

from bms.bench.remote import float_filter
from bms.bench.trace import Trace
from bms.errors import InputError


class Peer:
    """One cell in filterpy's ExtendedKalmanFilter, over the six states of firmware/kernels/kalman.py.

    The model and its noise are those of bms/bench/remote/float_filter.py; filterpy predicts and updates, without the
    kernel's bounds. As usual with filterpy, it does so at every sample; the kernel does when a second is complete.
    """

    def __init__(self, samples: Trace) -> None:
        """InputError if filterpy is not installed."""
        try:
            kalman = importlib.import_module("filterpy.kalman")
        except ImportError as error:
            raise InputError(
                "The speed is measured beside filterpy, which is not installed here; run `pip install filterpy`."
            ) from error
        self._rates = (samples.i_ma / 1000 / samples.cell.capacity_ah.value).tolist()  # per C
        self._voltages = (samples.v_uv[:, 0] / 1e6).tolist()
        self._celsius = (samples.t_mdegc[:, 0] / 1000).tolist()
        self._dt = float(samples.dt_ms[0] / 1000)
        self._parameters = float_filter.Parameters(samples.par.tolist())
        self._cell = float_filter.Cell(samples.states[0].tolist())
        self.filter = kalman.ExtendedKalmanFilter(dim_x=6, dim_z=1, dim_u=1)
        self.filter.x, self.filter.P = np.array(self._cell.x), np.array(self._cell.cov)
        self.filter.B = np.array([-1.0, 0.0, 0.0, 0.0, 0.0, 0.0])

    @property
    def deviation(self) -> float:
        """The standard deviation that it tells of its SoC, 0..1."""
        return float_filter.published(float(self.filter.P[0, 0]), self._cell.size)

    def run(self) -> None:
        """One pass over the samples."""
        for rate, voltage, celsius in zip(self._rates, self._voltages, self._celsius, strict=True):
            self.step(rate, voltage, celsius)

    def step(self, rate: float, voltage: float, celsius: float) -> None:
        """Predict and update by one sample: current per C, voltage in V, temperature in degC."""
        dt, ekf, cell, parameters = self._dt, self.filter, self._cell, self._parameters
        moved = rate * dt / 3600
        cell.x, cell.cov = ekf.x, ekf.P
        middle = min(max(float(ekf.x[0]) - moved / 2, 0.0), 1.0)
        expected, h, fast, slow, lasting = float_filter.predicted(cell, parameters, middle, celsius, rate, dt)
        by_offset, by_capacity, fade = float_filter.transition(cell, parameters, moved, dt)
        ekf.F = np.eye(6)
        ekf.F[0, 2], ekf.F[0, 4], ekf.F[1, 1] = by_offset, by_capacity, 1 - fade
        ekf.Q = np.zeros((6, 6))
        ekf.Q[1, 1] = slow if ekf.P[1, 1] == 0 else fade * (2 - fade) * slow  # the first window tells its size
        ekf.R = np.array([[fast / dt]])  # the noise is that of a mean over a second
        ekf.predict(u=moved)
        float_filter.doubt(ekf.P, cell.size, dt)
        float_filter.last(ekf.P, lasting)
        offset, capacity = float(ekf.P[5, 5]), (float(ekf.x[4]), float(ekf.P[4, 4]))
        ekf.update(voltage, lambda _: np.array([h]), lambda x: np.array([expected + x[1]]))
        ekf.x[5], ekf.P[5, 5] = 0.0, offset  # considered, never corrected,
        if cell.blind == 0:  # and so is the fifth state from when it is the capacity
            ekf.x[4], ekf.P[4, 4] = capacity
        cell.x, cell.cov = ekf.x, ekf.P
        float_filter.adapt(cell, slow, dt)
