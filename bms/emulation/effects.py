"""What changes within seconds to years in a cell, beside the loop over steps: each effect may act alone.

The loop sums up what the effects need; every EVERY seconds of the pack's time they take the sums and set the figures
that hold from there on. What an effect does to a cell stands in its file (bms/cells/effects.py), what is around the
cells in `Surroundings`, a fault in `SoftShort`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from bms.cells.effects import Pressure
from bms.cells.plating import plating_limit_c
from bms.emulation import ageing, heat, interface
from bms.emulation.cells import Cells
from bms.emulation.heat import Surroundings
from bms.emulation.short import SoftShort
from bms.errors import InputError, unknown
from fastcore import cell as loop

EVERY = 10.0  # s
NAMES = ("pressure", "contact", "plating", "ageing", "heat")
_INSTANT = 1e-9  # s, of rounding
ALL, NONE, SHORT = "all", "none", "short"
_LEAST_KEPT = 0.3  # of a capacity; what is left of an older cell is not described


@dataclass(frozen=True)
class Effects:
    """The effects that act on a pack: some of NAMES (what its cell does not describe does nothing), and soft shorts."""

    acting: Collection[str] = ()
    around: Surroundings = field(default_factory=Surroundings)
    shorts: tuple[SoftShort, ...] = ()

    def __post_init__(self) -> None:
        for name in self.acting:
            if name not in NAMES:
                raise unknown("effect", name, NAMES)

    @property
    def names(self) -> list[str]:
        """What acts, by name."""
        return sorted(set(self.acting)) + [SHORT] * bool(self.shorts)

    def __bool__(self) -> bool:
        return bool(self.acting or self.shorts)

    def charge_max(self, cells: Cells) -> float:
        """A of charge that deposits no filaments in any cell; infinite where plating does not act."""
        described = cells.cell.effects.plating
        if described is None or "plating" not in self.acting:
            return np.inf
        now = plating_limit_c(described, cells.temperatures) * cells.capacity_ah
        return float(np.minimum(now, cells.plating).min())

    def next_time(self, time: float) -> float:
        """s of the pack's time at which they must act again."""
        due = [(np.floor(time / EVERY + _INSTANT) + 1) * EVERY]
        for short in self.shorts:
            edges = short.edges
            due.append(float(edges[min(np.searchsorted(edges, time + _INSTANT, side="right"), len(edges) - 1)]))
        return min(at for at in due if at > time)

    def update(self, cells: Cells, ambient: float, time: float, dt: float) -> None:
        """dt s up to `time` have passed: change the cells, and set what holds from here on."""
        charged, stripped, plated = cells.take_sums()
        self._age(cells, charged, plated, dt)
        described = cells.cell.effects
        factor = np.ones(cells.series)
        squeeze = interface.squeezed(self._pressure(cells), cells)
        if described.pressure and "pressure" in self.acting:
            factor *= interface.pressure_factor(described.pressure, cells)
        if described.contact and "contact" in self.acting:
            cells.contact_lost = interface.contact_lost(described.contact, squeeze, cells, stripped, dt)
            factor *= 1 + cells.contact_lost
            cells.slow_figures(critical=interface.critical(described.contact, squeeze, 3600 * cells.capacity_ah))
        if described.ageing and "ageing" in self.acting:
            factor *= 1 + ageing.grown(described.ageing, cells.years)
        cells.slow_figures(interface=factor, leak=self._leak(cells, time))
        if "heat" in self.acting:
            capacity = float(cells.truth.law[loop.HEAT_CAPACITY])
            cells.temperatures = heat.shared(cells.temperatures, self.around.neighbour, capacity, dt)
            cells.slow_figures(warmer=heat.warmer(cells, self.around.coolant, ambient))

    def age(self, cells: Cells, years: float, temperature: float, full_cycles: float) -> None:
        """Make the cells older at once, at the SoC that they have: years at a temperature in K, and full cycles.

        InputError for so long a life that less than a third of the capacity would be left.
        """
        described = cells.cell.effects.ageing
        if described is not None and "ageing" in self.acting:
            idle = self._idle(cells, temperature, years * ageing.YEAR) / cells.new_capacity
            kept = described.cycle_retention.value**full_cycles * (1 - idle)
            if float(kept.min()) < _LEAST_KEPT:
                raise InputError(
                    f"After {years:g} years and {full_cycles:.0f} full cycles {100 * float(kept.min()):.0f} % of the "
                    f"capacity would be left; ages that leave {100 * _LEAST_KEPT:.0f} % or more are described."
                )
            cells.shrink(kept)
        self.update(cells, temperature, 0.0, 0.0)

    def _pressure(self, cells: Cells) -> Pressure | None:
        return cells.cell.effects.pressure if "pressure" in self.acting else None

    def _age(self, cells: Cells, charged: np.ndarray, plated: np.ndarray, dt: float) -> None:
        described, lost = cells.cell.effects, np.zeros(cells.series)
        if described.plating and "plating" in self.acting:
            lost += described.plating.lost_share.value * plated
            limit = plating_limit_c(described.plating, cells.temperatures)
            cells.slow_figures(plating=limit * cells.capacity_ah)
        if described.ageing and "ageing" in self.acting:
            lost += ageing.cycled(described.ageing, charged) + self._idle(cells, cells.temperatures, dt)
        cells.lose(lost)

    def _idle(self, cells: Cells, temperature: float | np.ndarray, dt: float) -> np.ndarray:
        """C of capacity that goes by itself; the cells are as much older."""
        described = cells.cell.effects.ageing
        if described is None:
            return np.zeros(cells.series)
        before = cells.years
        cells.years = ageing.older(described, before, temperature, dt)
        return ageing.idle_loss(described, before, cells.years, cells.new_capacity)

    def _leak(self, cells: Cells, time: float) -> np.ndarray:
        leak = np.zeros(cells.series)
        if cells.cell.effects.ageing and "ageing" in self.acting:
            leak += ageing.self_discharge(cells.cell.effects.ageing, cells)
        for short in self.shorts:
            leak += short.current(cells, time)
        return leak


def named(text: str, around: Surroundings | None = None, seed: int = 0) -> Effects:
    """The effects that a user names with commas: some of NAMES, "all" of these, "none", "short" in the first cell.

    InputError for another word.
    """
    words = {word.strip() for word in text.split(",")}
    known = (*NAMES, ALL, NONE, SHORT)
    for word in words:
        if word not in known:
            raise unknown("effect", word, known)
    acting = NAMES if ALL in words else tuple(name for name in NAMES if name in words)
    return Effects(acting, around or Surroundings(), (SoftShort(seed=seed),) if SHORT in words else ())
