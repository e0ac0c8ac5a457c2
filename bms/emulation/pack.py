"""A pack that does not exist: series cells with seeded spread, a contactor, a load by current or power."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bms.cells.schema import Cell
from bms.cells.temperature import REFERENCE
from bms.emulation.cell import Deviation
from bms.emulation.cells import ALIKE, Cells, Floats, Spread
from bms.emulation.effects import Effects
from fastcore import cell as loop

__all__ = ["ALIKE", "Deviation", "Drawn", "Pack", "Spread"]

_FOR_EVER = 2**62
_WHY = {loop.DONE: "done", loop.CELL_EMPTY: "cell empty", loop.OVER_CURRENT: "over current"}
_INSTANT = 1e-6  # of a step, of rounding


@dataclass(frozen=True)
class Drawn:
    """What a demand for power led to. ended: 'done', 'cell empty' or 'over current'."""

    steps: int
    ended: str
    undelivered: float  # J asked for and not given
    refused: float  # J of braking that the cells could not take
    current: Floats  # A of each step


class Pack(Cells):
    """Cells in a pack. Currents in A (positive discharges), temperatures in K, times in s."""

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
        effects: Effects | None = None,
        resistance: float = 0.0,
    ) -> None:
        """soc: mean at the start, 0..1; ambient: as temperature unless told; resistance: ohm in series with the cells.

        InputError for an impossible pack.
        """
        super().__init__(
            cell, series, parallel, seed, soc=soc, temperature=temperature, spread=spread, deviation=deviation
        )
        self.ambient = temperature if ambient is None else ambient
        self.resistance = resistance
        self.contactor_closed = True
        self.effects = effects or Effects()
        self.time = self._updated = 0.0  # s since the pack was made, and when the effects last acted
        for short in self.effects.shorts:
            short.check(self)
        if self.effects:
            self.effects.update(self, self.ambient, 0.0, 0.0)

    @property
    def stack_voltage(self) -> float:
        """V of all cells, inside the pack's own resistance."""
        return float(self._state[:, loop.VOLTAGE].sum())

    @property
    def empty(self) -> bool:
        """Some cell is at or below its lowest voltage."""
        return bool((self._state[:, loop.VOLTAGE] <= self.truth.voltage_min).any())

    def freeze(self) -> None:
        """From here on no effect acts: what they have done to R1, leak and limits stays as it is."""
        self.effects = Effects()

    @property
    def charge_max(self) -> float:
        """A, positive, that a load or charger puts in at most: the cells' limit and, where it acts, that of plating."""
        return min(self.truth.charge_max, self.effects.charge_max(self))

    def advance(self, current: float, dt: float, ambient: float | None = None, steps: int = 1) -> float:
        """Let time pass at a constant current; returns what flowed, which is 0 behind an open contactor."""
        flows = float(current) if self.contactor_closed else 0.0
        self._run(np.array([flows]), dt, ambient, steps, np.empty((0, self.series)))
        return flows

    def run(self, current: Floats, dt: float, ambient: float | None = None) -> Floats:
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
        limits = np.array([t.voltage_min, t.voltage_max, t.discharge_max, self.charge_max, self.resistance])
        wait = _FOR_EVER if patience is None else round(patience / dt)
        current, look = np.empty(steps), np.empty((self.series, loop.LOOK_SIZE))
        made, ended, undelivered, refused, short = 0, loop.DONE, 0.0, 0.0, 0
        for at, count in self._stretches(steps, dt):
            limits[loop.CHARGE_MAX] = self.charge_max
            n, ended, less, back, short = loop.run_power(
                *self._arrays, trace, dt, self.ambient, first + at, count, limits, wait, short, look,
                current[at : at + count],
            )  # fmt: skip
            made, undelivered, refused = made + n, undelivered + less, refused + back
            self._passed(n * dt)
            if ended != loop.DONE:
                break
        return Drawn(made, _WHY[ended], undelivered, refused, current[:made])

    def _run(self, current: Floats, dt: float, ambient: float | None, steps: int, out: Floats) -> None:
        self.ambient = self.ambient if ambient is None else ambient
        if dt <= 0 or steps < 0 or not np.isfinite(current).all():
            raise ValueError(f"advance needs dt > 0, steps >= 0 and a finite current, not {dt}, {steps}")
        for at, count in self._stretches(steps, dt):
            part = current if len(current) == 1 else current[at : at + count]
            loop.run_current(*self._arrays, part, dt, self.ambient, count, out[at : at + count])
            self._passed(count * dt)

    def _stretches(self, steps: int, dt: float) -> Iterator[tuple[int, int]]:
        """(first, number) of the steps until the effects act again, and so on."""
        at = 0
        while at < steps:
            count = steps - at
            if self.effects:
                until = self.effects.next_time(self.time) - self.time
                count = min(count, max(1, int(np.ceil(until / dt - _INSTANT))))
            yield at, count
            at += count

    def _passed(self, seconds: float) -> None:
        self.time += seconds
        due = self.effects and self.time >= self.effects.next_time(self._updated) - _INSTANT
        if due:
            self.effects.update(self, self.ambient, self.time, self.time - self._updated)
            self._updated = self.time
