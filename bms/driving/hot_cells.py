"""Cells whose polymer has to be molten before they give power: heated from the grid before a drive, kept hot in it."""

from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.pack_file import PackFile

INSULATED = 3.0  # W/K between a pack and the air: its coolant does not pass the outside unless it is hot
_ABOVE_MELTING = 10.0  # K; Blue Solutions keeps its packs at 60..80 degC, about the middle


def works_from_c(cell: Cell) -> float | None:
    """degC below which the cell gives next to nothing; None for one that works cold."""
    melting = getattr(cell.resistance, "melting", None)
    return None if melting is None else melting.melting_c.value


def kept_at_c(cell: Cell) -> float | None:
    """degC that a pack of such cells is kept at; None for cells that work cold."""
    least = works_from_c(cell)
    return None if least is None else least + _ABOVE_MELTING


def heating(cell: Cell, ambient: float) -> float:
    """W that keep a closed pack at that temperature in air of so many K."""
    kept = kept_at_c(cell)
    return 0.0 if kept is None else INSULATED * max(0.0, kept + ZERO_CELSIUS - ambient)


def preheat_kwh(design: PackFile, cell: Cell, from_c: float) -> float:
    """From the grid, to bring the cells from so many degC to where they are kept; 0 for cells that work cold."""
    kept = kept_at_c(cell)
    joules = cell.heat_capacity_j_per_k.value * design.series.value * design.parallel.value
    return 0.0 if kept is None else joules * max(0.0, kept - from_c) / 3.6e6
