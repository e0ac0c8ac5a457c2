"""Whether cells stay where they may be: volts, amperes and degrees of each against what their description allows.

A load that obeys the limits it is told is the only thing that keeps them there: `unguarded` takes the emulation's own
limits away.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from bms.cells.plating import plating_limit_c
from bms.cells.schema import Cell
from bms.emulation.cell import Truth
from bms.emulation.pack import Pack
from bms.estimation.power_words import Window

_TAUGHT_BY = 1.01  # the converter's gain errs by 0.6 % (TI SLUSE13B), and the current by two counts or so
_OPEN_V, _OPEN_A = 100.0, 1e6


def unguarded(truth: Truth) -> Truth:
    """The same cells; nothing of the emulation cuts what is asked of them."""
    return replace(truth, voltage_min=-_OPEN_V, voltage_max=_OPEN_V, discharge_max=_OPEN_A, charge_max=_OPEN_A)


@dataclass
class Watched:
    """What has been left, as worst cases so far: 0 where nothing was. seconds: with any of it."""

    cell: Cell
    parallel: int
    window: Window = field(default_factory=Window)
    below_mv: float = 0.0
    above_mv: float = 0.0
    discharge_pct: float = 0.0  # of the cell's limit, beyond it
    charge_pct: float = 0.0  # of the lower of cell's and plating limit at the coldest cell
    hot_k: float = 0.0
    cold_k: float = 0.0
    seconds: float = 0.0

    def look(self, pack: Pack, current: float, dt: float) -> None:
        """Judge a step of dt s that has ended, with the mean current A that flowed in it."""
        volts, kelvin = pack.voltages, pack.temperatures
        low, high = self.cell.voltage_min_v.value, self.cell.voltage_max_v.value
        one_c = self.cell.capacity_ah.value * self.parallel
        left = {
            "below_mv": 1000 * (low - float(volts.min())),
            "above_mv": 1000 * (float(volts.max()) - high),
            "discharge_pct": _beyond(current, one_c * self.cell.discharge_max_c.value),
            "charge_pct": _beyond(-current, one_c * self._charge_c(float(kelvin.min()))),
            "hot_k": float(kelvin.max()) - 273.15 - self.window.hot_c,
            "cold_k": self.window.cold_c - (float(kelvin.min()) - 273.15),
        }
        for name, beyond in left.items():
            setattr(self, name, max(getattr(self, name), beyond))
        self.seconds += dt * any(beyond > 0 for beyond in left.values())

    def _charge_c(self, kelvin: float) -> float:
        most = self.cell.charge_max_c.value
        described = self.cell.effects.plating
        return most if described is None else min(most, float(plating_limit_c(described, np.array(kelvin))))


def _beyond(amps: float, most: float) -> float:
    """% of `most` beyond it; 0 for what is no current of that direction."""
    if amps <= 0.0:
        return 0.0
    least = 0.1  # A, below which nothing counts: a link's capacitor and its resistor
    return 0.0 if amps <= max(most * _TAUGHT_BY, least) else 100 * (amps / max(most, least) - 1)
