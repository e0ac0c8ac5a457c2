"""A cell charged and discharged alone, and the largest resistance or rate with which that still ends well."""

from collections.abc import Callable
from dataclasses import dataclass

from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving.claims_assumed import scaled, total_mohm
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.charger import charge
from bms.emulation.pack import ALIKE, Pack

# A cell bears a rate at which it gives this share of its charge before its lowest voltage, and does not pass this
# temperature (assumed: nobody has published what such cells stand under load):
DELIVERED, WARMEST = 0.95, 80.0  # degC
_HALVINGS = 12  # of the range in which a bound is sought
_LARGEST = 8.0  # times the described resistance, and C: where a bound is sought at most
_FASTEST_C = 120.0


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


def largest_mohm(cell: Cell, met: Callable[[Cell], bool]) -> float:
    """The largest R0 + R1 + R2, up to 8 times the described one, with which `met` is true; 0 where it never is."""
    return total_mohm(cell) * _largest(lambda factor: met(scaled(cell, factor)), _LARGEST)


def cell_charge(cell: Cell, soc_from: float, soc_to: float, celsius: float) -> Run:
    """A cell charged as fast as its own limits allow, in surroundings as warm as it is."""
    pack = _alone(cell, soc_from, celsius)
    charged = charge(pack, until_soc=soc_to)
    got = (float(pack.soc[0]) - soc_from) / (soc_to - soc_from)
    hottest = float(charged.temperature.max()) - ZERO_CELSIUS
    return Run(charged.time_to(soc_to) / 60, min(got, 1.0), hottest)


def cell_discharge(cell: Cell, rate_c: float, celsius: float) -> Run:
    """A full cell discharged at a constant current until it is empty or at its lowest voltage."""
    pack = _alone(cell, 1.0, celsius)
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


def greatest_rate_c(cell: Cell, celsius: float) -> float:
    """The largest C rate of a discharge that the cell bears."""
    return _largest(lambda rate: cell_discharge(cell, rate, celsius).borne, _FASTEST_C)


def _alone(cell: Cell, soc: float, celsius: float) -> Pack:
    return Pack(cell, 1, soc=soc, temperature=celsius + ZERO_CELSIUS, spread=ALIKE, deviation=AS_DESCRIBED)


def _largest(met: Callable[[float], bool], top: float) -> float:
    """The largest figure up to `top` at which `met` is true, by halving; it is true below and false above."""
    if met(top):
        return top
    low, high = 0.0, top
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if met(middle) else (low, middle)
    return low
