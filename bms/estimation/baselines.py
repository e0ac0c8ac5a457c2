"""What the estimator is compared with: a coulomb counter and a plain 3-RC extended Kalman filter, in floats.

Both see what the estimator sees, averaged over seconds. The filter is filterpy's, as a textbook writes it (G. L.
Plett, Battery Management Systems, vol. II, 2015, chapter 3): states SoC and the currents through three RC branches,
driven by the measured current; the measurement linearised as a whole, resistances included; white noise of 30 mV, what
3-RC models leave on the Panasonic cycles, and of C/100 on the current. Its tables are the cell's own, made linear:
charge transfer as a resistance at 1C, a lag of the surface as a branch of dOCV/dSoC times the lag. A cell of two
branches has no third; hysteresis is left out. Told nothing, both take the cell for full, the filter for rested and
with a standard deviation of 0.3.
"""

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from bms.cells.record import GAP_JITTER, longest_interval
from bms.errors import InputError
from bms.estimation.accuracy_cases import Run
from bms.estimation.baseline_tables import Tables
from bms.estimation.logs import Floats

_WINDOW = 1.0  # s
_BLIND_SOC, _BLIND_SD = 1.0, 0.3
_VOLTAGE_SD = 0.030  # V
_CURRENT_SD_C = 0.01  # per C
_BRANCH_SD_C = 0.1  # of the branches' currents at the start, per C
_KELVIN = 273.15


@dataclass(frozen=True)
class Windows:
    """A run in means of a second, or of a row where rows are rarer: arrays (m,).

    dt (s) is how long a window's current flowed; in a pause of the log it is zero. `last` is each window's last row
    in the log, `held` (s) the time that its rows stand for, `true` the SoC after it.
    """

    current: Floats  # A
    voltage: Floats  # V
    celsius: Floats
    dt: Floats
    held: Floats
    true: Floats
    time: Floats  # s since the start
    start_soc: float
    start_sd: float
    capacity_ah: float  # as told


def windows(run: Run, capacity_ah: float) -> Windows:
    """`run` averaged; capacity_ah is the rated one. The first window holds the first row alone."""
    log = run.log
    time = log.time - log.time[0]
    first = np.flatnonzero(np.diff(np.ceil(time / _WINDOW), prepend=-1.0))
    rows = np.diff(first, append=len(time))
    interval = np.diff(time, prepend=0.0)
    paused = interval > longest_interval(interval[1:]) + GAP_JITTER
    dt = np.add.reduceat(interval, first)
    charge = np.add.reduceat(np.where(paused, 0.0, log.current) * interval, first)
    current = np.divide(charge, dt, out=log.current[first].copy(), where=dt > 0)
    last = first + rows - 1
    return Windows(
        current=current,
        voltage=np.add.reduceat(log.voltage, first) / rows,
        celsius=np.add.reduceat(log.temperature, first) / rows - _KELVIN,
        dt=dt,
        held=np.add.reduceat(log.held, first),
        true=run.truth[last],
        time=time[last],
        start_soc=_BLIND_SOC if run.start_soc is None else run.start_soc,
        start_sd=_BLIND_SD if run.start_soc is None else run.start_sd,
        capacity_ah=capacity_ah * run.capacity_share,
    )


def coulomb(seen: Windows) -> Floats:
    """SoC after each window, 0..1: what was told less the charge that flowed."""
    moved = np.cumsum(seen.current * seen.dt) / 3600 / seen.capacity_ah
    return np.clip(seen.start_soc - moved, 0, 1)


def ekf_3rc(seen: Windows, tables: Tables) -> tuple[Floats, Floats]:
    """SoC and its standard deviation after each window, 0..1. InputError without filterpy."""
    ekf = _filter(seen, tables)
    soc, sd = np.empty(len(seen.dt)), np.empty(len(seen.dt))
    columns = (seen.current.tolist(), seen.voltage.tolist(), seen.celsius.tolist(), seen.dt.round(3).tolist())
    before = None
    for k, (current, voltage, celsius, dt) in enumerate(zip(*columns, strict=True)):
        if dt != before:
            _set_step(ekf, dt, tables, seen.capacity_ah)
            before = dt
        ekf.predict(current)
        at = tables.at(float(ekf.x[0]), celsius)
        expected, slope = at @ np.array([1.0, -current, *-ekf.x[1:]])
        jacobian = np.array([[slope, *-at[0, 2:]]])
        ekf.update(voltage, _given, _given, args=(jacobian,), hx_args=(expected,))
        ekf.x[0] = min(max(ekf.x[0], 0.0), 1.0)  # beyond, the tables stand still and the filter would run away
        soc[k], sd[k] = ekf.x[0], ekf.P[0, 0]
    return soc, np.sqrt(sd)


def require_filterpy() -> Any:
    """filterpy's module of filters; InputError where it is not installed."""
    try:
        return importlib.import_module("filterpy.kalman")
    except ImportError as error:
        raise InputError(
            "The plain EKF is filterpy's, which is not installed here; run `pip install filterpy`, "
            "or leave the baselines out with --no-baselines."
        ) from error


def _filter(seen: Windows, tables: Tables) -> Any:
    ekf = require_filterpy().ExtendedKalmanFilter(dim_x=4, dim_z=1, dim_u=1)
    ekf.x = np.array([seen.start_soc, 0.0, 0.0, 0.0])
    branch = (_BRANCH_SD_C * tables.capacity_ah) ** 2
    ekf.P = np.diag([seen.start_sd**2, branch, branch, branch])
    ekf.R = np.array([[_VOLTAGE_SD**2]])
    return ekf


def _set_step(ekf: Any, dt: float, tables: Tables, capacity_ah: float) -> None:
    """Transition and noise of a step of dt s: the current sensor's error acts on all four states."""
    kept = np.exp(-dt / tables.tau)
    ekf.F = np.diag([1.0, *kept])
    ekf.B = np.array([-dt / 3600 / capacity_ah, *(1 - kept)])
    ekf.Q = np.outer(ekf.B, ekf.B) * (_CURRENT_SD_C * tables.capacity_ah) ** 2


def _given(_x: Floats, value: Any) -> Any:
    """filterpy asks for functions of the state; both are worked out with one look into the tables."""
    return value
