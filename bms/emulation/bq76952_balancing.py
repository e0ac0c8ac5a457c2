"""Host-controlled balancing of the emulated BQ76952: who is bled, how much, for how long (TI SLUUBY2B, SLUAA81A).

A mask written to CB_ACTIVE_CELLS holds for the interval (20 s) unless it is written again. It pauses while the cell or
a neighbour is measured, so the cells read right and bleed less. Too cold or too hot, nothing is bled.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from bms.emulation.bq76952_analogue import INPUTS
from bms.emulation.bq76952_memory import DataMemory

R_CB = 28.0  # ohm of the switch inside, 15 .. 46 (TI SLUSE13B)
R_TAP = 20.0  # ohm in each sense wire: the filter that the datasheet draws
_SLOTS, _PAUSED_SLOTS = 21, 3  # of a voltage loop; the cell's own and those of its neighbours
_NO_COMMANDS = 1 << 4
KELVIN = 273.15


class Balancing:
    """mask: cells bled now, bit 0 = cell 1."""

    def __init__(self, memory: DataMemory, ohm: float = R_CB) -> None:
        self._memory = memory
        self.ohm = ohm
        self.restart()

    def restart(self) -> None:
        """Nobody is bled; configuration as it is in data memory."""
        memory = self._memory
        self.mask = 0
        self._left = 0.0
        self._active = 0.0
        self._totals = np.zeros(INPUTS)
        self._taken = not memory.code("balancing configuration") & _NO_COMMANDS
        self._in_use = memory.code("vcell mode") or 0xFFFF
        self._interval = memory.value("balancing interval")
        self._coldest = memory.value("balancing min cell temperature") + KELVIN
        self._hottest = memory.value("balancing max cell temperature") + KELVIN
        self._die = memory.value("balancing max internal temperature") + KELVIN
        slow = memory.code("power config") >> 4 & 0b11
        self.duty = 1 - _PAUSED_SLOTS / (_SLOTS << slow)

    def command(self, mask: int) -> None:
        """CB_ACTIVE_CELLS written by the host."""
        if self._taken:
            self.mask = mask & self._in_use
            self._left = self._interval
            if not self.mask:
                self._active = 0.0

    def advance(self, dt: float, coldest: float, hottest: float, die: float) -> None:
        """Let `dt` chip seconds pass; K of the cells' sensors and of the die."""
        if not self.mask:
            return
        bled = min(dt, self._left)
        self._active += bled
        self._totals += bled * self.bits
        self._left -= dt
        if self._left <= 0 or coldest < self._coldest or hottest > self._hottest or die > self._die:
            self.mask = 0
            self._active = 0.0

    @property
    def bits(self) -> NDArray[np.bool_]:
        """(16,) whether each cell is bled."""
        return (self.mask >> np.arange(INPUTS) & 1).astype(bool)

    def currents(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """(16,) A that each cell gives on average, at the voltages given; wires that two share are counted for both."""
        return np.where(self.bits, cells / (self.ohm + 2 * R_TAP) * self.duty, 0.0)

    def drop(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """(16,) V by which inputs would read low if bleeding did not pause: both wires' drop, half gained next door."""
        taps = np.where(self.bits, cells / (self.ohm + 2 * R_TAP), 0.0) * R_TAP
        drop = 2 * taps
        drop[1:] -= taps[:-1]
        drop[:-1] -= taps[1:]
        return drop

    def status(self, group: int) -> bytes:
        """CBSTATUS1 (`group` 0): s of the present bleeding; CBSTATUS2 and 3: s of each cell since the reset."""
        if group == 0:
            return struct.pack("<H", int(self._active))
        return struct.pack("<8I", *(int(s) for s in self._totals[8 * group - 8 : 8 * group]))
