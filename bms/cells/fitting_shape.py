"""What the fitted tables stand on: their nodes, and the few numbers that enter the model nonlinearly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bms.cells.fitting_trace import Trace
from bms.cells.record import Floats

SURFACE_SOC = np.r_[np.arange(-4, 9) / 32, np.arange(5, 17) / 16]  # the kernel's own nodes
TAU = (10.0, 100.0, 1000.0)  # s
BOLTZMANN = 8.617333e-5  # eV/K
REFERENCE = 298.15  # K
START_EV = 0.3  # activation energy of a resistance before the first fit
_SPACING = 5.0  # K between rows of the tables


@dataclass(frozen=True)
class Law:
    """A figure at 25 degC and its activation energy, eV, positive where cold makes it larger."""

    value: float
    energy: float

    def at(self, temperature: Floats) -> Floats:
        """The figure at temperatures in K."""
        return self.value * arrhenius(self.energy, temperature)


@dataclass(frozen=True)
class Widening:
    """How much wider the hysteresis is than at 25 degC: factors at temperatures (K, rising), straight between them."""

    kelvin: tuple[float, ...] = (REFERENCE,)
    factor: tuple[float, ...] = (1.0,)

    def at(self, temperature: Floats) -> Floats:
        """The factor at temperatures in K."""
        return np.interp(temperature, self.kelvin, self.factor)


@dataclass(frozen=True)
class Shape:
    """Lags of the surface (SoC per C), exchange current (C), activation energies of R0, charge transfer, R1, R2 (eV).

    The first values are those found by hand on the Panasonic cell, per C of its capacity.
    """

    lag2: Law = Law(0.0210, 0.452)
    lag3: Law = Law(0.0198, 0.359)
    exchange: Law = Law(1.06, -0.144)
    energy: tuple[float, float, float, float] = (START_EV, START_EV, START_EV, START_EV)
    rate: float = 30.0  # of the hysteresis, 1/SoC
    widening: Widening = Widening()

    def vector(self) -> Floats:
        """Logarithms of the three values, then the three energies."""
        laws = (self.lag2, self.lag3, self.exchange)
        return np.r_[np.log([law.value for law in laws]), [law.energy for law in laws]]

    def moved(self, vector: Floats) -> "Shape":
        """The shape with the numbers of `vector`, as from vector()."""
        laws = [Law(float(np.exp(vector[k])), float(vector[k + 3])) for k in range(3)]
        return replace(self, lag2=laws[0], lag3=laws[1], exchange=laws[2])


def arrhenius(energy: float, temperature: Floats) -> Floats:
    """Factor against 25 degC; eV, K."""
    return np.exp(energy / BOLTZMANN * (1 / temperature - 1 / REFERENCE))


def temperatures(tests: Sequence[Trace], others: Sequence[float] = ()) -> Floats:
    """Rows of the tables, K: every 5 K over what the tests visited and over `others` (K)."""
    low = min([float(np.quantile(test.temperature, 0.02)) for test in tests] + list(others)) - 273.15
    high = max([float(np.quantile(test.temperature, 0.98)) for test in tests] + list(others)) - 273.15
    first, last = np.round(low / _SPACING), np.round(high / _SPACING)
    return 273.15 + _SPACING * np.arange(first, max(last, first + 1) + 1)


def cell(axis: Floats, at: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The interval of `axis` that holds each of `at`, and the share of it that lies below."""
    k = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, len(axis) - 2)
    return k, np.clip((at - axis[k]) / (axis[k + 1] - axis[k]), 0, 1)
