"""Sense wires of the emulated BQ76952 that are open: the filter's capacitor holds the tap, the check drains it.

The chip sinks a current from every input for one ADC slot each check time (TI SLUUCG7); a tap that nothing feeds falls,
so the cell below reads low and the one above high. It has no flag for that: CUV and COV tell (TI E2E thread 1042664).
"""

import numpy as np
from numpy.typing import NDArray

from bms.emulation.bq76952_analogue import INPUTS, SLOT

SINK = 54e-6  # A, 22 .. 95
TAP_CAPACITANCE = 220e-9  # F, the datasheet's filter
_DIODE = 0.3  # V below the tap under it, where the input's diode holds


class Wires:
    """open_taps: broken wires, 0 (below cell 1) .. 16 (above cell 16); add and discard at any time."""

    def __init__(self) -> None:
        self.open_taps: set[int] = set()
        self._held: dict[int, float] = {}  # V of the taps that are open, over the stack's bottom
        self._clock = 0.0

    def seen(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """(16,) V at the inputs, of cells that have these voltages."""
        if not self.open_taps:
            self._held.clear()
            return cells
        taps = np.concatenate([[0.0], np.cumsum(cells)])
        self._held = {
            tap: self._held.get(tap, float(taps[tap])) for tap in sorted(self.open_taps) if 0 <= tap <= INPUTS
        }
        for tap, voltage in self._held.items():
            taps[tap] = voltage
        return np.diff(taps)

    def advance(self, dt: float, check_time: float, cells: NDArray[np.float64]) -> bool:
        """Let `dt` chip seconds pass, a check each check_time (0: none); True if the inputs see something else now."""
        if not self._held and not self.open_taps:
            return False
        self.seen(cells)
        if check_time <= 0:
            return True
        self._clock += dt
        checks, self._clock = divmod(self._clock, check_time)
        floor = np.concatenate([[0.0], np.cumsum(cells)])
        for tap in self._held:
            lowest = float(floor[tap - 1]) - _DIODE if tap else -_DIODE
            self._held[tap] = max(self._held[tap] - checks * SINK * SLOT / TAP_CAPACITANCE, lowest)
        return True
