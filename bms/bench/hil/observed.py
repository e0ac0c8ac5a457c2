"""An emulated monitor that is watched: when its FETs and its safety status change, and what is wired wrongly to it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bms.emulation.bq76952 import BQ76952
from bms.emulation.bq76952_analogue import LSB_CC2
from bms.emulation.bq76952_registers import SafetyC

_ALIVE_V = 0.002  # by which a cell that is forced still moves: a voltage that stands still is another fault


class Observed(BQ76952):
    """forced: V of cells by index, whatever the pack says; the stack follows. taps: order in which the sense wires
    are connected, None as they should be. stack_gain: of the stack's own converter. hum: V of 50 Hz on every cell.
    die: K of the monitor itself. broken: of its protections, (group 0..2, bit) that do not work.
    shorted: the FETs conduct whatever the chip says.

    changes: (time s, whether charge and discharge FET are on, status A, B, C), one when any of them has changed.
    grain: s, the longest step in which time passes; 0 for no limit.
    """

    def __init__(self, cells: int, seed: int, shunt: float, address: int, broken: frozenset[tuple[int, int]]) -> None:
        self.forced: dict[int, float] = {}
        self.taps: list[int] | None = None
        self.stack_gain = 1.0
        self.hum = 0.0
        self.shorted = False
        self.die: float | None = None
        self.broken = broken
        self.grain = 0.0
        self.changes: list[tuple[float, bool, bool, tuple[int, int, int]]] = []
        super().__init__(cells=cells, seed=seed, shunt=shunt, address=address)

    def sense(
        self,
        cell_voltages: ArrayLike,
        stack: float,
        current: float,
        temperatures: ArrayLike,
        internal: float,
        *,
        pack: float = 0.0,
        load: float = 0.0,
    ) -> None:
        """As BQ76952.sense, through the wires and with the cells that are forced."""
        cells = np.array(cell_voltages, float)
        for k, level in self.forced.items():
            voltage = level + _ALIVE_V * np.sin(20.0 * self.time_s)
            stack += voltage - float(cells[k])
            cells[k] = voltage
        if self.taps is not None:
            taps = np.concatenate([[0.0], np.cumsum(cells)])
            cells = np.diff(taps[self.taps])
        stack *= self.stack_gain
        internal = internal if self.die is None else self.die
        super().sense(cells, stack, current, temperatures, internal, pack=pack, load=load)

    def _configure(self) -> None:
        super()._configure()
        protections = self._protections
        protections._guards = [g for g in protections._guards if (g.group, g.bit) not in self.broken]
        for group, bit in self.broken:
            if group == 2:
                protections.latches._enabled &= ~bit
                protections.watchdog._armed &= bit != SafetyC.HWDF

    def advance(self, time: float) -> None:
        """As BQ76952.advance, in steps of `grain`."""
        while self.grain and self.time_s + self.grain < time:
            super().advance(self.time_s + self.grain)
            self._note()
        super().advance(time)
        self._note()

    def _note(self) -> None:
        a, b, c = self._protections.status
        now = super().charge_on, super().discharge_on, (a, b, c)
        if not self.changes or self.changes[-1][1:] != now:
            self.changes.append((self.time_s, *now))

    def _converted(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.hum:
            cells = cells + self.hum * np.sin(2 * np.pi * 50.0 * self.time_s)
        return super()._converted(cells)

    @property
    def charge_on(self) -> bool:
        return self.shorted or super().charge_on

    @property
    def discharge_on(self) -> bool:
        return self.shorted or super().discharge_on

    # What the errors of this chip make of a quantity, so that a case can lie exactly beyond a limit.

    @property
    def warmest_error(self) -> float:
        """K that the warmest of its thermistors shows too much."""
        return float(self._analogue.convert_temperatures()[:3].max() - self._analogue.temperatures[:3].max())

    @property
    def coldest_error(self) -> float:
        """K that the coldest of its thermistors shows too much."""
        return float(self._analogue.convert_temperatures()[:3].min() - self._analogue.temperatures[:3].min())

    @property
    def current_gain(self) -> float:
        """A shown for an A that flows."""
        return -self._analogue._counts_per_ampere * LSB_CC2 / self._shunt
