"""Capacity that goes and resistance that comes: by cycles, by years, by charging too fast."""

import numpy as np
from numpy.typing import ArrayLike

from bms.cells.effects import Ageing
from bms.cells.temperature import arrhenius
from bms.emulation.cells import DELIVERED_YEARS, Cells, Floats

YEAR = 365.25 * 86400  # s
_DAY = 86400  # s


def cycled(described: Ageing, charged: Floats) -> Floats:
    """C of capacity lost by C put in: where no lithium is spare, Q = Q0 CE^n over n full cycles."""
    return (1 - described.cycle_retention.value) * charged


def older(described: Ageing, years: Floats, temperature: ArrayLike, dt: float) -> Floats:
    """Years as if at 25 degC, dt s on: a loss of k(T) sqrt(t) with Arrhenius' k runs over k(T)^2 t."""
    return years + dt / YEAR / arrhenius(described.activation_ev.value, temperature) ** 2


def idle_loss(described: Ageing, before: Floats, after: Floats, new_capacity: Floats) -> Floats:
    """C of capacity lost between two ages in years since formation, at 25 degC."""
    return described.calendar_share.value * (np.sqrt(after) - np.sqrt(before)) * new_capacity


def grown(described: Ageing, years: Floats) -> Floats:
    """Share by which R1 has grown since delivery, at an age in years since formation, at 25 degC."""
    return described.interface_share.value * (np.sqrt(years) - np.sqrt(DELIVERED_YEARS))


def self_discharge(described: Ageing, cells: Cells) -> Floats:
    """(series,) A that flows inside a cell."""
    return described.self_discharge_per_day.value * 3600 * cells.capacity_ah / _DAY
