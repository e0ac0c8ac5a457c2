"""A pack that does not exist: series cells with seeded spread, a contactor, a load by current or power, a charger."""

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

_Array = NDArray[np.float64]
_FOR_EVER = 2**62
_TANGENTS = 12  # at most, to find a charger's current; two to four are the rule
_WHY = {loop.DONE: "done", loop.CELL_EMPTY: "cell empty", loop.OVER_CURRENT: "over current"}


@dataclass(frozen=True)
class Spread:
    """Standard deviations between the cells of a pack, as shares of the figure (SoC: of 1)."""

    capacity: float = 0.005
    resistance: float = 0.03
    soc: float = 0.005


ALIKE = Spread(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Drawn:
    """What a demand for power led to. ended: 'done', 'cell empty' or 'over current'."""

    steps: int
    ended: str
    undelivered: float  # J asked for and not given
    refused: float  # J of braking that the cells could not take
    current: _Array  # A of each step


class Pack:
    """`series` cells of `parallel` each. Currents in A (positive discharges), temperatures in K, times in s."""

    def __init__(
        self,
        cell: Cell,
        series: int,
        parallel: int = 1,
        seed: int = 0,
        *,
        soc: float = 0.95,
        temperature: float = REFERENCE,
        ambient: float | None = None,
        spread: Spread | None = None,
        deviation: Deviation | None = None,
    ) -> None:
        """soc: mean at the start, 0..1; ambient: as temperature unless told. InputError for an impossible pack."""
        if not (1 <= series <= 400 and 1 <= parallel <= 80):
            raise InputError(f"A pack of {series} x {parallel} cells: 1..400 in series, 1..80 in parallel are allowed.")
        if not 0 <= soc <= 1:
            raise InputError(f"A pack cannot start at SoC {soc}: give a share from 0 to 1.")
        spread = Spread() if spread is None else spread
        self.cell, self.series, self.parallel = cell, series, parallel
        self.truth = truth(cell, parallel, deviation)
        self.ambient = temperature if ambient is None else ambient
        self.contactor_closed = True
        shares = np.random.default_rng(seed).standard_normal((3, series))
        self._figures = np.zeros((series, loop.FIGURE_SIZE))
        self._figures[:, loop.CAPACITY] = self.truth.capacity * (1 + spread.capacity * shares[0])
        self._figures[:, loop.RESISTANCE] = np.maximum(1 + spread.resistance * shares[1], 0.1)
        self._figures[:, loop.OCV_OFFSET] = self.truth.deviation.ocv_offset
        self._state = np.zeros((series, loop.STATE_SIZE))
        self._state[:, loop.CHARGE] = np.clip(soc + spread.soc * shares[2], 0, 1) * self._figures[:, loop.CAPACITY]
        self._state[:, loop.TEMPERATURE] = temperature
        self._state[:, loop.VOLTAGE] = self.source(1e-9)[0]

    def copy(self) -> Self:
        """A pack of its own from here on, to look ahead with."""
        twin = copy(self)
        twin._state, twin._figures = self._state.copy(), self._figures.copy()
        return twin

    @property
    def voltages(self) -> _Array:
        """(series,) V at the end of the last step."""
        return self._state[:, loop.VOLTAGE].copy()

    @property
    def stack_voltage(self) -> float:
        return float(self._state[:, loop.VOLTAGE].sum())

    @property
    def soc(self) -> _Array:
        """(series,) charge left as a share of the cell's own capacity; beyond 0..1 when driven there."""
        return self._state[:, loop.CHARGE] / self._figures[:, loop.CAPACITY]

    @property
    def temperatures(self) -> _Array:
        """(series,) K; assign to heat or cool the cells at once."""
        return self._state[:, loop.TEMPERATURE].copy()

    @temperatures.setter
    def temperatures(self, temperature: ArrayLike) -> None:
        self._state[:, loop.TEMPERATURE] = temperature

    @property
    def capacity_ah(self) -> _Array:
        return self._figures[:, loop.CAPACITY] / 3600

    @property
    def charge(self) -> _Array:
        """(series,) C left."""
        return self._state[:, loop.CHARGE].copy()

    @property
    def energy_delivered(self) -> _Array:
        """(series,) J at the terminals since the pack was made, balancing included."""
        return self._state[:, loop.ENERGY].copy()

    @property
    def heat_given(self) -> _Array:
        """(series,) J given to the ambient since the pack was made."""
        return self._state[:, loop.COOLED].copy()

    @property
    def empty(self) -> bool:
        """Some cell is at or below its lowest voltage."""
        return bool((self._state[:, loop.VOLTAGE] <= self.truth.voltage_min).any())

    @property
    def bleed(self) -> _Array:
        """(series,) A that balancing resistors draw beside the stack's current; assign to change it."""
        return self._figures[:, loop.BLEED].copy()

    @bleed.setter
    def bleed(self, current: ArrayLike) -> None:
        self._figures[:, loop.BLEED] = current

    def reorder(self, order: Sequence[int]) -> None:
        """Put the cells in another order: cell order[k] takes place k."""
        self._state, self._figures = self._state[list(order)], self._figures[list(order)]

    def source(self, dt: float, about: float = 0.0) -> tuple[_Array, _Array]:
        """emf V and resistance ohm of each cell: after dt at a constant current i its voltage is emf - resistance i.

        A cell described with a surface is not linear: there the line is the tangent at `about` A, and exact at it.
        """
        emf, inner = np.empty(self.series), np.empty(self.series)
        loop.source(*self._arrays, dt, about, emf, inner)
        return emf, inner

    def advance(self, current: float, dt: float, ambient: float | None = None, steps: int = 1) -> float:
        """Let time pass at a constant current; returns what flowed, which is 0 behind an open contactor."""
        flows = float(current) if self.contactor_closed else 0.0
        self._run(np.array([flows]), dt, ambient, steps, np.empty((0, self.series)))
        return flows

    def run(self, current: _Array, dt: float, ambient: float | None = None) -> _Array:
        """Voltages (steps, series) at the end of each step of a current trace (steps,)."""
        flows = np.ascontiguousarray(current, float) * self.contactor_closed
        voltage = np.empty((len(flows), self.series))
        self._run(flows, dt, ambient, len(flows), voltage)
        return voltage

    def draw(
        self,
        power: ArrayLike,
        dt: float,
        ambient: float | None = None,
        *,
        first: int = 0,
        steps: int | None = None,
        patience: float | None = None,
    ) -> Drawn:
        """A load by power, W, one figure or a trace that repeats; it begins at index `first` and makes `steps` steps.

        The cells' limits of voltage and current cut it. With patience (s), the run ends before the demand has been cut
        for longer than that; without, it goes on with what the pack gives.
        """
        trace = np.ascontiguousarray(np.atleast_1d(power), float)
        steps = len(trace) if steps is None else steps
        self.ambient = self.ambient if ambient is None else ambient
        if not self.contactor_closed:
            asked = np.maximum(trace[(first + np.arange(steps)) % len(trace)], 0).sum() * dt
            self.advance(0.0, dt, steps=steps)
            return Drawn(steps, "done", float(asked), 0.0, np.zeros(steps))
        t = self.truth
        limits = np.array([t.voltage_min, t.voltage_max, t.discharge_max, t.charge_max])
        wait = _FOR_EVER if patience is None else round(patience / dt)
        current, look = np.empty(steps), np.empty((self.series, loop.LOOK_SIZE))
        made, ended, undelivered, refused = loop.run_power(
            *self._arrays, trace, dt, self.ambient, first, steps, limits, wait, look, current
        )
        return Drawn(made, _WHY[ended], undelivered, refused, current[:made])

    def charge_current(self, limit: float, dt: float = 1.0, voltage: float | None = None) -> float:
        """What a CC-CV charger drives through the pack in the next step: -limit, less once the stack is at `voltage`.

        limit: A, positive; voltage: V of the stack, series x the cells' highest unless told. It sees the stack only.
        """
        if not self.contactor_closed:
            return 0.0
        target = self.series * self.truth.voltage_max if voltage is None else voltage
        current = -limit
        for _ in range(_TANGENTS):
            emf, inner = self.source(dt, current)
            last, current = current, min(0.0, max(-limit, (float(emf.sum()) - target) / float(inner.sum())))
            if abs(current - last) <= 1e-9 * limit:
                break
        return current

    @property
    def _arrays(self) -> tuple[_Array, _Array, _Array, _Array, _Array, _Array]:
        t = self.truth
        return self._state, self._figures, t.law, t.ocv, t.table, t.surface

    def _run(self, current: _Array, dt: float, ambient: float | None, steps: int, out: _Array) -> None:
        self.ambient = self.ambient if ambient is None else ambient
        if dt <= 0 or steps < 0 or not np.isfinite(current).all():
            raise ValueError(f"advance needs dt > 0, steps >= 0 and a finite current, not {dt}, {steps}")
        loop.run_current(*self._arrays, current, dt, self.ambient, steps, out)
