"""Series cells that do not exist, a row each: what an exact measurement would read, and what a fault may change."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bms.cells.schema import Cell
from bms.cells.temperature import REFERENCE
from bms.emulation.cell import Deviation, truth
from bms.errors import InputError
from fastcore import cell as loop

Floats = NDArray[np.float64]
MOST_SERIES, MOST_PARALLEL = 400, 80
DELIVERED_YEARS = 30 / 365.25  # after formation, whose fast first loss is not in a described capacity
_OWN = ("_state", "_figures", "new_capacity", "energy_aged", "contact_lost", "years", "pressure_share")
_SLOW = {
    "leak": loop.LEAK,
    "critical": loop.CRITICAL,
    "plating": loop.PLATING,
    "interface": loop.INTERFACE,
    "warmer": loop.WARMER,
}


@dataclass(frozen=True)
class Spread:
    """Standard deviations between the cells of a pack, as shares of the figure; soc: between its groups, of 1."""

    capacity: float = 0.005
    resistance: float = 0.03
    soc: float = 0.005


ALIKE = Spread(0.0, 0.0, 0.0)


class Cells:
    """`series` cells of `parallel` each, which act as one. SI, temperatures in K; what is an array is (series,)."""

    def __init__(
        self,
        cell: Cell,
        series: int,
        parallel: int = 1,
        seed: int = 0,
        *,
        soc: float = 0.95,
        temperature: float = REFERENCE,
        spread: Spread | None = None,
        deviation: Deviation | None = None,
    ) -> None:
        """soc: mean at the start, 0..1. InputError for an impossible number of cells or SoC."""
        if not (1 <= series <= MOST_SERIES and 1 <= parallel <= MOST_PARALLEL):
            raise InputError(
                f"A pack of {series} x {parallel} cells: 1..{MOST_SERIES} in series, 1..{MOST_PARALLEL} in parallel "
                "are allowed; divide it."
            )
        if not 0 <= soc <= 1:
            raise InputError(f"A pack cannot start at SoC {soc}: give a share from 0 to 1.")
        spread = Spread() if spread is None else spread
        self.cell, self.series, self.parallel = cell, series, parallel
        self.truth = truth(cell, parallel, deviation)
        shares = np.random.default_rng(seed).standard_normal((3, series))
        shares[:2] /= np.sqrt(parallel)  # cells of a group make up for each other
        self._figures = np.zeros((series, loop.FIGURE_SIZE))
        self._figures[:, loop.CAPACITY] = self.truth.capacity * (1 + spread.capacity * shares[0])
        self._figures[:, loop.RESISTANCE] = np.maximum(1 + spread.resistance * shares[1], 0.1)
        self._figures[:, loop.OCV_OFFSET] = self.truth.deviation.ocv_offset
        self._figures[:, loop.INTERFACE] = 1.0
        self._figures[:, [loop.CRITICAL, loop.PLATING]] = np.inf
        self._state = np.zeros((series, loop.STATE_SIZE))
        self._state[:, loop.CHARGE] = np.clip(soc + spread.soc * shares[2], 0, 1) * self._figures[:, loop.CAPACITY]
        self._state[:, loop.TEMPERATURE] = temperature
        self._state[:, loop.VOLTAGE] = self.source(1e-9)[0]
        self.new_capacity = self._figures[:, loop.CAPACITY].copy()  # C
        self.energy_aged = np.zeros(series)  # J of content that went with capacity
        self.contact_lost = np.zeros(series)  # share by which R1 has grown from voids
        self.years = np.full(series, DELIVERED_YEARS)  # since formation, as if at 25 degC
        self.pressure_share = np.ones(series)  # of the stack pressure, what has not been lost

    def copy(self) -> Self:
        """Cells of its own from here on, to look ahead with."""
        twin = copy(self)
        for name in _OWN:
            setattr(twin, name, getattr(self, name).copy())
        return twin

    @property
    def voltages(self) -> Floats:
        """V at the end of the last step."""
        return self._state[:, loop.VOLTAGE].copy()

    @property
    def soc(self) -> Floats:
        """Charge left, a share of the cell's own capacity, beyond 0..1 when driven there; assign to begin there."""
        return self._state[:, loop.CHARGE] / self._figures[:, loop.CAPACITY]

    @soc.setter
    def soc(self, share: ArrayLike) -> None:
        self._state[:, loop.CHARGE] = np.asarray(share, float) * self._figures[:, loop.CAPACITY]
        self._state[:, [loop.FAST, loop.SLOW, loop.SLOWEST, loop.BRANCH]] = 0
        self._state[:, loop.VOLTAGE] = self.source(1e-9)[0]

    @property
    def temperatures(self) -> Floats:
        """K; assign to heat or cool the cells at once."""
        return self._state[:, loop.TEMPERATURE].copy()

    @temperatures.setter
    def temperatures(self, temperature: ArrayLike) -> None:
        self._state[:, loop.TEMPERATURE] = temperature

    @property
    def capacity_ah(self) -> Floats:
        return self._figures[:, loop.CAPACITY] / 3600

    @property
    def charge(self) -> Floats:
        """C left."""
        return self._state[:, loop.CHARGE].copy()

    @property
    def energy_left(self) -> Floats:
        """J of content: the OCV over the charge left, at 0 K on the line of the entropy, which is counted as heat."""
        base = self.truth.deviation.ocv_offset - REFERENCE * self.truth.law[loop.ENTROPY]
        start, ocv, area = self.truth.law[loop.OCV_START], self.truth.ocv, self.truth.ocv_area
        step = (1 - start) / (len(ocv) - 1)
        soc = self.soc
        k = np.clip(((soc - start) / step).astype(int), 0, len(ocv) - 2)
        beyond = soc - start - k * step
        integral = area[k] + beyond * (ocv[k] + (ocv[k + 1] - ocv[k]) / step * beyond / 2)
        return self._figures[:, loop.CAPACITY] * (integral + base * soc)

    @property
    def energy_delivered(self) -> Floats:
        """J at the terminals since the start, balancing included."""
        return self._state[:, loop.ENERGY].copy()

    @property
    def heat_given(self) -> Floats:
        """J given to the ambient since the start."""
        return self._state[:, loop.COOLED].copy()

    @property
    def charge_leaked(self) -> Floats:
        """C that flowed inside each cell since the start: self-discharge and soft shorts."""
        return self._state[:, loop.LEAKED].copy()

    @property
    def bleed(self) -> Floats:
        """A that each cell alone feeds beside the stack's current; assign to change it."""
        return self._figures[:, loop.BLEED].copy()

    @bleed.setter
    def bleed(self, current: ArrayLike) -> None:
        self._figures[:, loop.BLEED] = current

    def balance(self, on: ArrayLike, ohm: float) -> None:
        """Put balancing resistors of `ohm` across the cells where `on` (series,) is true, and none elsewhere."""
        self._figures[:, loop.BALANCE] = np.where(np.asarray(on, bool), 1 / ohm, 0.0)

    def reorder(self, order: Sequence[int]) -> None:
        """Put the cells in another order: cell order[k] takes place k."""
        for name in _OWN:
            setattr(self, name, getattr(self, name)[list(order)])

    @property
    def plating(self) -> Floats:
        """A of charge above which each cell plates, as last set; infinite where that does not act."""
        return self._figures[:, loop.PLATING].copy()

    def slow_figures(self, **figures: ArrayLike) -> None:
        """Set what holds until the effects act again: leak, critical, plating (A), interface (a factor), warmer (K)."""
        for name, value in figures.items():
            self._figures[:, _SLOW[name]] = value

    def take_sums(self) -> Floats:
        """(3, series) C put in, stripped above CRITICAL and plated above PLATING since this was last called."""
        columns = [loop.CHARGED, loop.STRIPPED, loop.PLATED]
        sums = self._state[:, columns].T.copy()
        self._state[:, columns] = 0
        return sums

    def lose(self, charge: ArrayLike) -> None:
        """Take C of capacity away, full cells staying full: what is lost is lithium that had been put in."""
        before = self.energy_left
        lost = np.maximum(np.asarray(charge, float), 0.0)
        self._figures[:, loop.CAPACITY] -= lost
        self._state[:, loop.CHARGE] -= lost
        self.energy_aged += before - self.energy_left

    def shrink(self, kept: ArrayLike) -> None:
        """Leave a share of the capacity, and of the charge: an older cell at the same SoC."""
        before = self.energy_left
        share = np.asarray(kept, float)
        self._figures[:, loop.CAPACITY] *= share
        self._state[:, loop.CHARGE] *= share
        self.energy_aged += before - self.energy_left

    def source(self, dt: float, about: float = 0.0) -> tuple[Floats, Floats]:
        """emf V and resistance ohm of each cell: after dt at a constant current i its voltage is emf - resistance i.

        A cell described with a surface is not linear: there the line is the tangent at `about` A, and exact at it.
        """
        emf, inner = np.empty(self.series), np.empty(self.series)
        loop.source(*self._arrays, dt, about, emf, inner)
        return emf, inner

    @property
    def _arrays(self) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        t = self.truth
        return self._state, self._figures, t.law, t.ocv, t.table, t.surface
