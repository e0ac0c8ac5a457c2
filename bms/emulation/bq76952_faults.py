"""What can be made to go wrong with an emulated BQ76952: its bus, its answers, its converter and its sensors.

All of it is off at first; set an attribute at any time. Counts say how often; they run down by themselves.
"""

import errno
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bms.emulation.bq76952_registers import Direct
from bms.emulation.i2c import Nack

TIMEOUT = 0.05  # s after which the board's I2C gives up a transfer


@dataclass
class Faults:
    """Cells count from 0; SI.

    Bus: nacks, transfers refused; nack_share, of them by chance; sda_low, the bus is held until it gets nine clocks;
    stretch, s that the chip holds SCL in each transfer (over 50 ms the host gives up); flips, reads with one bit wrong
    on the wire. Answers: zeros, ones, every register reads 0x00 or 0xFF, the CRC right; wrong_lengths, reads of the
    window with a wrong length byte; torn, cells whose next reading has the high byte of another one (TI E2E thread
    1328137). Converter: offsets V and gains of channels; swapped, pairs of channels; frozen, channels that stand still;
    unpaused, bleeding goes on while cells are measured; unscanned, voltages and temperatures are measured no more;
    uncounted, the current and its charge, with the time of it, neither; dead, the chip's processor stands still: its
    registers show what they did, a write is acknowledged and changes nothing, nothing is switched. Sensors:
    thermistors, K shown by pin; current_gain, current_offset A, current_stuck A.
    """

    seed: int = 0
    nacks: int = 0
    nack_share: float = 0.0
    sda_low: bool = False
    stretch: float = 0.0
    flips: int = 0
    zeros: bool = False
    ones: bool = False
    wrong_lengths: int = 0
    torn: list[int] = field(default_factory=list)
    offsets: dict[int, float] = field(default_factory=dict)
    gains: dict[int, float] = field(default_factory=dict)
    swapped: list[tuple[int, int]] = field(default_factory=list)
    frozen: set[int] = field(default_factory=set)
    unpaused: bool = False
    unscanned: bool = False
    uncounted: bool = False
    dead: bool = False
    thermistors: dict[int, float] = field(default_factory=dict)
    current_gain: float = 1.0
    current_offset: float = 0.0
    current_stuck: float | None = None
    _held: dict[int, float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng(self.seed)

    def disturb(self) -> float:
        """A transfer begins: raise what the host sees of it, or tell the s by which it is stretched."""
        if self.sda_low:
            raise Nack(errno.ETIMEDOUT)
        if self.nacks:
            self.nacks -= 1
            raise Nack
        if self.nack_share and self._rng.random() < self.nack_share:
            raise Nack
        return self.stretch

    def answered(self, reg: int, data: bytes) -> bytes:
        """What the registers from `reg` on show instead of `data`."""
        if self.zeros or self.ones:
            return bytes([0xFF if self.ones else 0x00]) * len(data)
        shown = bytearray(data)
        if self.wrong_lengths and reg <= Direct.LENGTH < reg + len(data):
            self.wrong_lengths -= 1
            shown[Direct.LENGTH - reg] ^= 0x0F
        if self.torn:
            self.torn = [cell for cell in self.torn if not self._tear(shown, Direct.CELL_1 + 2 * cell - reg)]
        return bytes(shown)

    def _tear(self, shown: bytearray, at: int) -> bool:
        """0x0D00 that becomes 0x0CFF between its bytes is seen as 0x0C00: the high byte is one too low."""
        if not 0 <= at < len(shown) - 1:
            return False
        shown[at + 1] = shown[at + 1] - 1 & 0xFF
        return True

    def carried(self, wire: bytes) -> bytes:
        """The bytes as they arrive."""
        if not self.flips:
            return wire
        self.flips -= 1
        flipped = bytearray(wire)
        flipped[int(self._rng.integers(len(wire)))] ^= 1 << int(self._rng.integers(8))
        return bytes(flipped)

    def converted(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        """(16,) V as the converter gives them, of V at the inputs."""
        if not (self.offsets or self.gains or self.swapped or self.frozen or self._held):
            return cells
        shown = cells.copy()
        for one, other in self.swapped:
            shown[[one, other]] = shown[[other, one]]
        for cell, gain in self.gains.items():
            shown[cell] *= gain
        for cell, offset in self.offsets.items():
            shown[cell] += offset
        self._held = {cell: self._held.get(cell, float(shown[cell])) for cell in self.frozen}
        for cell, voltage in self._held.items():
            shown[cell] = voltage
        return shown

    def felt(self, temperatures: NDArray[np.float64]) -> NDArray[np.float64]:
        """(3,) K that the thermistors show."""
        shown = temperatures.copy()
        for pin, kelvin in self.thermistors.items():
            shown[pin] = kelvin
        return shown

    def flowing(self, current: float) -> float:
        """A that the shunt shows."""
        if self.current_stuck is not None:
            return self.current_stuck
        return current * self.current_gain + self.current_offset
