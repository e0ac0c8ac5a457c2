"""At which SoC a cell can no longer give a power: where it is empty on a road that asks for so much."""

import numpy as np
from numpy.typing import NDArray

from bms.cells.schema import Cell
from bms.estimation import tables

Floats = NDArray[np.float64]

CELSIUS = np.arange(-40.0, 91.0, 10.0)
POWERS = 9
_SLOW = 0.5  # of the current: its mean over the minutes before a peak of a few of them
_TAUS_10_100_S = 0.95, 0.26  # of a peak of 30 s has gone through a low-pass of 10 and of 100 s
_SOC = np.linspace(tables.OCV_SOC[0], 1, 226)


def step(cell: Cell) -> float:
    """V times C between two of the powers: an eighth of what the cell gives at most, but not below 0.1."""
    return max(0.1, cell.discharge_max_c.value * cell.voltage_min_v.value / (POWERS - 1))


def empty(cell: Cell) -> Floats:
    """SoC, (14, 9): at CELSIUS, and at 0..8 steps of power that the cell gives for half a minute, then is empty.

    The model of docs/estimator.md at the current that this power takes at the lowest voltage; half of it has flowed
    for long.
    """
    powers = np.linspace(0, step(cell) * (POWERS - 1), POWERS)
    resistances = tables.resistances(cell) * cell.capacity_ah.value
    columns = [_row(cell, resistances[:, k], k, powers) for k in range(0, len(tables.TABLE_C), 2)]
    return np.array(columns)


def _row(cell: Cell, resistance: Floats, k: int, powers: Floats) -> Floats:
    current = (powers / cell.voltage_min_v.value)[:, None]
    slow = _SLOW * current
    fast, medium = (slow + share * (current - slow) for share in _TAUS_10_100_S)
    exchange = tables.exchange(cell)[k]
    transfer = current if np.isinf(exchange) else exchange * np.arcsinh(current / exchange)
    lag2, lag3 = (lag[k] for lag in tables.lags(cell))
    surface = np.maximum(_SOC - lag2 * medium - lag3 * slow, _SOC[0])
    r0, kinetic, r1, r2 = (np.interp(_SOC, tables.TABLE_SOC, r) for r in resistance)
    voltage = np.interp(surface, tables.OCV_SOC, tables.ocv(cell))
    voltage += np.interp(surface, tables.TABLE_SOC, tables.shift(cell)[k])
    voltage -= r0 * current + kinetic * transfer + r1 * fast + r2 * medium
    short = voltage < cell.voltage_min_v.value
    last = np.where(short.any(axis=1), len(_SOC) - np.argmax(short[:, ::-1], axis=1), 0)
    return _SOC[np.minimum(last, len(_SOC) - 1)]
