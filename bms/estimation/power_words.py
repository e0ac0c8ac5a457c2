"""Parameters of the power kernel: a cell's window of voltage, what time leaves, and its limits over temperature."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bms.cells.effects import Plating
from bms.cells.plating import plating_limit_c
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.estimation import tables
from firmware.kernels import power

TIMES_S = (2.0, 10.0, 30.0)
_SLOWEST_S = 1000.0  # of a cell whose surface follows at once
_COLDER_K = 1.5  # than told a cell may be: a sensor errs by 1 K (assumed), the straight line between two points by 0.3
_TAPER_K = 5.0  # over the last degrees before a limit the current falls to nothing
_MOST_C = 20.0

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """degC between which a pack may be discharged, and charged."""

    cold_c: float = -35.0
    hot_c: float = 60.0
    cold_charge_c: float = -25.0
    hot_charge_c: float = 50.0


def power_parameters(cell: Cell, window: Window | None = None) -> NDArray[np.int32]:
    """int32 (PARAMETERS,), as firmware/kernels/power.py numbers them."""
    window = window or Window()
    lim = np.zeros(power.PARAMETERS, np.int64)
    lim[power.V_MIN_UV], lim[power.V_MAX_UV] = (
        round(1e6 * volts.value) for volts in (cell.voltage_min_v, cell.voltage_max_v)
    )
    slowest_s = _SLOWEST_S if cell.surface is None else cell.surface.tau3_s.value
    for k, tau_s in enumerate((cell.tau1_s.value, cell.tau2_s.value, slowest_s)):
        for j, time_s in enumerate(TIMES_S):
            lim[power.KEEP_Q15 + 3 * k + j] = round(2**15 * np.exp(-time_s / tau_s))
    for j, time_s in enumerate(TIMES_S):
        lim[power.DZ_Q15 + j] = round(2**8 * time_s / 3600 * 2**15)
    most_c, charge_c = limits_c(cell, window)
    lim[power.MOST_Q13 : power.CHARGE_Q13] = np.floor(most_c * 2**13)
    lim[power.CHARGE_Q13 :] = np.floor(charge_c * 2**13)
    return lim.astype(np.int32)


def limits_c(cell: Cell, window: Window) -> tuple[_Floats, _Floats]:
    """(27,) C over tables.TABLE_C: what the cell may be discharged and charged with, plating counted."""
    kelvin = tables.TABLE_C + ZERO_CELSIUS
    discharge = min(cell.discharge_max_c.value, _MOST_C) * _taper(window.cold_c, window.hot_c)
    charge = np.full(len(kelvin), min(cell.charge_max_c.value, _MOST_C))
    if cell.effects.plating is not None:
        charge = np.minimum(charge, _unplated_c(cell.effects.plating))
    return discharge, charge * _taper(window.cold_charge_c, window.hot_charge_c)


def _unplated_c(described: Plating) -> _Floats:
    """(27,) C that the kernel, which goes straight from one point to the next, nowhere takes beyond the limit.

    The limit curves upward over temperature, and stops at once at the cell's lowest.
    """
    limit = plating_limit_c(described, tables.TABLE_C - _COLDER_K + ZERO_CELSIUS)
    before_c = np.concatenate([[-np.inf], tables.TABLE_C[:-1]])
    return np.where(before_c < described.lowest_c.value, 0.0, limit)


def _taper(cold_c: float, hot_c: float) -> _Floats:
    inside = np.minimum(tables.TABLE_C - cold_c, hot_c - tables.TABLE_C)
    return np.clip(inside / _TAPER_K, 0, 1)
