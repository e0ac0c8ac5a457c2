"""What a BQ76952 makes of the voltages, the current and the temperatures at its pins: errors, counts, averages, charge.

Sizes of the errors: BQ76952 datasheet (TI SLUSE13B), restated for one chip drawn at random, then constant for its life.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

INPUTS = 16
LSB_CC2 = 1.24 / (5 * 32768)  # V over the shunt for one 16-bit count, VREF2 = 1.24 V
LSB_CC_RAW = LSB_CC2 / 256  # the same converter at 24 bits
LSB_VCELL_RAW = 5 * 1.212 / 2**23  # V; VREF1 = 1.212 V
SLOT = 2.93e-3  # s, one CC2 conversion
CC1_WINDOW = 0.25  # s
MA_PER_AH = 298261.6178  # capacity gain over cc gain, TI SLUUBY2B

_DEVIATION = np.array([0.0, 30.0, 65.0])  # K from 25 degC at which the cell error has its next limit
_GROWTH = np.array([1.0, 2.0, 3.0])  # +-5, 10 and 15 mV


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """Limits of the chip's errors, SI. Constant ones are drawn evenly within +- limit, noise is normal.

    Offsets, gain and oscillator: datasheet limits. The noises and the thermistor's error are assumed.
    """

    cell_offset: float = 5e-3  # V at 25 degC; 10 mV at 0 and 60 degC, 15 mV at -40 and 85 degC
    stack_offset: float = 0.5  # V
    current_offset_counts: float = 1.0  # of 7.57 uV over the shunt
    current_drift_counts: float = 0.03  # a kelvin from 25 degC
    current_gain: float = 0.0057
    oscillator: float = 0.015
    temperature_offset: float = 1.0  # K
    cell_noise: float = 0.3e-3  # V, one sigma
    current_noise_counts: float = 0.5  # one sigma of one CC2 conversion


PERFECT = ErrorModel(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class _Window:
    """Mean of the current over windows of a fixed length, in counts; holds the last whole window."""

    def __init__(self, length: float) -> None:
        self.length = length
        self.mean = 0.0
        self._time = 0.0
        self._sum = 0.0

    def add(self, counts: float, dt: float) -> None:
        self._time += dt
        self._sum += counts * dt
        if self._time >= self.length:
            self.mean = self._sum / self._time
            self._time = self._sum = 0.0


class Analogue:
    """Inputs as last sensed, and what the converters make of them.

    cells: the sixteen cell inputs, V; current: A, positive while discharging; counts: of the shunt's voltage, positive
    while charging as in the chip.
    """

    def __init__(self, seed: int, cells: int, shunt: float, errors: ErrorModel) -> None:
        rng = np.random.default_rng(seed)
        self._rng = rng
        self._wired = slice(0, cells)
        self._errors = errors
        self._cell_offset: NDArray[np.float64] = rng.uniform(-1, 1, INPUTS) * errors.cell_offset
        self._stack_offset = float(rng.uniform(-1, 1)) * errors.stack_offset
        self._current_offset = float(rng.uniform(-1, 1)) * errors.current_offset_counts
        self._current_drift = float(rng.uniform(-1, 1)) * errors.current_drift_counts
        gain = 1 + float(rng.uniform(-1, 1)) * errors.current_gain
        self._counts_per_ampere = -shunt * gain / LSB_CC2
        self.clock_rate = 1 + float(rng.uniform(-1, 1)) * errors.oscillator  # chip seconds a second
        self._temperature_offset: NDArray[np.float64] = rng.uniform(-1, 1, 4) * errors.temperature_offset
        self.cells: NDArray[np.float64] = np.zeros(INPUTS)
        self.stack = self.pack = self.load = self.current = 0.0
        self.temperatures: NDArray[np.float64] = np.full(4, 298.15)  # TS1..TS3, internal; K
        self._exact_counts = 0.0
        self.restart(80)

    def restart(self, cc3_samples: int) -> None:
        """Forget charge, time and averages, as the chip does at a reset."""
        self.cc1 = _Window(CC1_WINDOW)
        self.cc3 = _Window(cc3_samples * SLOT)
        self.charge_counts = 0.0  # counts times seconds
        self.time = 0.0  # chip seconds of counting
        self.cc2 = 0.0

    def sense(self, cells: ArrayLike, stack: float, current: float, temperatures: ArrayLike, internal: float) -> None:
        """Set the inputs; units as in the class. Inputs above the wired ones stay shorted."""
        self.cells[self._wired] = cells
        self.stack = stack
        self.current = current
        self.temperatures[:3] = temperatures
        self.temperatures[3] = internal
        offset = self._current_offset + self._current_drift * (internal - 298.15)
        self._exact_counts = current * self._counts_per_ampere + offset

    def integrate(self, dt: float, deadband_counts: float) -> None:
        """Count the current for `dt` chip seconds, s; what lies within the dead band counts as nothing."""
        counts = self._exact_counts
        self.cc1.add(counts, dt)
        self.cc3.add(counts, dt)
        self.time += dt
        if abs(counts) > deadband_counts:
            self.charge_counts += counts * dt

    def convert_current(self) -> None:
        """One CC2 conversion into `cc2`, in whole counts within 16 bits."""
        counts = self._exact_counts
        noise = self._errors.current_noise_counts
        if noise:
            counts += noise * self._rng.standard_normal()
        self.cc2 = min(max(round(counts), -32768), 32767)

    def convert_cells(self) -> NDArray[np.float64]:
        """One scan of all cell inputs with their errors, V, (16,)."""
        growth = float(np.interp(abs(self.temperatures[3] - 298.15), _DEVIATION, _GROWTH))
        voltages = self.cells + growth * self._cell_offset
        if self._errors.cell_noise:
            voltages += self._errors.cell_noise * self._rng.standard_normal(INPUTS)
        return voltages

    def convert_stack(self) -> float:
        """Voltage of the whole stack with its error, V."""
        return self.stack + self._stack_offset

    def convert_temperatures(self) -> NDArray[np.float64]:
        """TS1..TS3 and internal with their errors, K, (4,)."""
        return self.temperatures + self._temperature_offset
