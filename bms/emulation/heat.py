"""Heat between the cells of a pack, and the coolant that passes them one after the other."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded
from scipy.signal import lfilter

from bms.emulation.cells import Cells, Floats
from fastcore import cell as loop


@dataclass(frozen=True)
class Surroundings:
    """neighbour: W/K between one series cell and the next; coolant: W/K, mass flow x heat capacity, infinite: air."""

    neighbour: float = 0.0
    coolant: float = np.inf


def shared(temperature: Floats, neighbour: float, heat_capacity: float, dt: float) -> Floats:
    """Temperatures dt s on, when neighbours conduct (implicit Euler: no step is too long, no heat is lost)."""
    n, share = len(temperature), neighbour * dt / heat_capacity
    if n < 2 or share == 0:
        return temperature
    bands = np.empty((2, n))
    bands[0] = -share
    bands[1] = 1 + 2 * share
    bands[1, [0, -1]] = 1 + share
    return solveh_banded(bands, temperature, check_finite=False)


def warmer(cells: Cells, coolant: float, inlet: float) -> Floats:
    """(series,) K that the coolant along each cell is above its inlet (K), on average: what the cells before gave it.

    So a cell gives as much as the coolant carries on. Along a cell the difference falls exponentially.
    """
    if np.isinf(coolant):
        return np.zeros(cells.series)
    passed = cells.truth.law[loop.COOLING] / coolant
    taken = -np.expm1(-passed)  # share of the difference that a cell closes
    above = cells.temperatures - inlet
    enters = np.asarray(lfilter([0.0, taken], [1.0, taken - 1.0], above))
    return enters + (above - enters) * (1 - taken / passed)
