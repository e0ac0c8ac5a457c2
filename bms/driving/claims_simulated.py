"""Charges and discharges of a cell as described, for the claims about them: over the range of its resistance."""

from collections.abc import Callable
from dataclasses import dataclass

from bms.cells.schema import Cell, ResistanceLaw
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.cell import Deviation
from bms.emulation.charger import charge
from bms.emulation.pack import ALIKE, Pack

_HALVINGS = 12  # of the range in which a bound is sought
_LARGEST = 8.0  # times the described resistance, and C: where a bound is sought at most
_FASTEST_C = 60.0
# A cell bears a rate at which it gives this share of its charge before its lowest voltage, and does not pass this
# temperature (assumed: nobody has published what such cells stand under load):
DELIVERED, WARMEST = 0.95, 80.0  # degC


@dataclass(frozen=True)
class Range:
    """A figure at the described resistance, at the lowest and at the highest."""

    value: float
    at_low: float
    at_high: float

    @property
    def least(self) -> float:
        return min(self.value, self.at_low, self.at_high)

    @property
    def most(self) -> float:
        return max(self.value, self.at_low, self.at_high)


@dataclass(frozen=True)
class Run:
    """How a charge or discharge ended. share: of the charge asked for; hottest: degC."""

    minutes: float
    share: float
    hottest: float

    @property
    def borne(self) -> bool:
        """The cell gave nearly all, and did not become too hot."""
        return self.share >= DELIVERED and not self.too_hot

    @property
    def too_hot(self) -> bool:
        return self.hottest > WARMEST


def total_mohm(cell: Cell) -> tuple[float, float, float]:
    """R0 + R1 + R2 at 25 degC and half charge: value, low, high."""
    law = cell.resistance
    if not isinstance(law, ResistanceLaw):
        raise TypeError(f"{cell.name}: claims are held against a law of resistance, not against a fitted table")
    parts = (law.r0_mohm, law.r1_mohm, law.r2_mohm)
    return sum(p.value for p in parts), sum(p.low for p in parts), sum(p.high for p in parts)


def over_resistance(cell: Cell, figure: Callable[[float], float]) -> Range:
    """`figure` of a factor on the resistance, at 1 and at both ends of the cell's range."""
    value, low, high = total_mohm(cell)
    return Range(figure(1.0), figure(low / value), figure(high / value))


def largest_mohm(cell: Cell, met: Callable[[float], bool]) -> float:
    """The largest R0 + R1 + R2, up to 8 times the described one, at which `met` (of a factor on it) is true; else 0."""
    return total_mohm(cell)[0] * _largest(met, _LARGEST)


def cell_charge(cell: Cell, soc_from: float, soc_to: float, celsius: float, factor: float = 1.0) -> Run:
    """A cell charged as fast as its own limits allow, in surroundings as warm as it is."""
    pack = _alone(cell, soc_from, celsius, factor)
    charged = charge(pack, until_soc=soc_to)
    got = (float(pack.soc[0]) - soc_from) / (soc_to - soc_from)
    hottest = float(charged.temperature.max()) - ZERO_CELSIUS
    return Run(charged.time_to(soc_to) / 60, min(got, 1.0), hottest)


def cell_discharge(cell: Cell, rate_c: float, celsius: float, factor: float = 1.0) -> Run:
    """A full cell discharged at a constant current until it is empty or at its lowest voltage."""
    pack = _alone(cell, 1.0, celsius, factor)
    asked = 3600 / rate_c  # s
    dt = asked / max(round(asked), 100)
    current = rate_c * cell.capacity_ah.value
    hottest, made, steps = celsius, 0, round(asked / dt)
    while made < steps:
        pack.advance(current, dt)
        if pack.empty:
            break
        made, hottest = made + 1, max(hottest, float(pack.temperatures[0]) - ZERO_CELSIUS)
    return Run(made * dt / 60, made / steps, hottest)


def greatest_rate_c(cell: Cell, celsius: float, factor: float = 1.0) -> float:
    """The largest C rate of a discharge that the cell bears."""
    return _largest(lambda rate: cell_discharge(cell, rate, celsius, factor).borne, _FASTEST_C)


def _alone(cell: Cell, soc: float, celsius: float, factor: float) -> Pack:
    as_said = Deviation(0.0, factor - 1, 0.0, 0.0, 0.0)
    return Pack(cell, 1, soc=soc, temperature=celsius + ZERO_CELSIUS, spread=ALIKE, deviation=as_said)


def _largest(met: Callable[[float], bool], top: float) -> float:
    """The largest figure up to `top` at which `met` is true, by halving; it is true below and false above."""
    if met(top):
        return top
    low, high = 0.0, top
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if met(middle) else (low, middle)
    return low
