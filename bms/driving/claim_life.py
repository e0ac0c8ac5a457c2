"""How many cycles a headline's miles take, and which fade a cycle and a year they allow."""

from math import log, sqrt
from typing import Any

from bms.cells.schema import Cell
from bms.emulation.cells import DELIVERED_YEARS

MILES_A_YEAR, MILES_OF_A_LIFE = 13_500.0, 200_000.0
KEPT = 0.8  # of the capacity, at the end of a life
FIRST_YEAR_KEPT = 7 / 9  # "700 of 900 miles after a year"


def life(miles: float, cell: Cell) -> dict[str, Any]:
    """JSON's keys for a car with so many miles on a charge: what it needs a cycle, and what the cell is described with.

    A full cycle is what the miles take. retention_a_cycle: capacity kept over one, which of a cell without spare
    lithium is its coulombic efficiency. Losses are shares of the capacity, in the first year at 25 degC.
    """
    yearly, whole = MILES_A_YEAR / miles, MILES_OF_A_LIFE / miles
    ageing = cell.effects.ageing
    needed = {
        "miles_a_year": MILES_A_YEAR,
        "full_cycles_a_year": round(yearly, 2),
        "loss_a_cycle_for_7_of_9_after_a_year": round(1 - FIRST_YEAR_KEPT ** (1 / yearly), 5),
        "loss_a_cycle_for_7_of_9_after_365_cycles": round(1 - FIRST_YEAR_KEPT ** (1 / 365), 6),
        "full_cycles_in_200000_miles": round(whole, 1),
        "retention_a_cycle_for_80_pct_after_200000_miles": round(KEPT ** (1 / whole), 6),
    }
    if ageing is None:
        return {**needed, "cell": None}
    kept, calendar = ageing.cycle_retention, ageing.calendar_share
    described = {
        "retention_a_cycle": {"value": kept.value, "low": kept.low, "high": kept.high},
        "status": kept.status,
        "source": kept.source,
        "full_cycles_to_80_pct": round(log(KEPT) / log(kept.value)) if kept.value < 1 else None,
        "enough_for_200000_miles": kept.value >= KEPT ** (1 / whole),
        "cycling_loss_in_a_year": round(1 - kept.value**yearly, 4),
        "calendar_loss_in_a_year": round(calendar.value * (sqrt(1 + DELIVERED_YEARS) - sqrt(DELIVERED_YEARS)), 4),
    }
    return {**needed, "cell": described}


def facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value for the table."""
    need = result["retention_a_cycle_for_80_pct_after_200000_miles"]
    a_year = 100 * result["loss_a_cycle_for_7_of_9_after_a_year"]
    daily = 100 * result["loss_a_cycle_for_7_of_9_after_365_cycles"]
    rows = [
        (f"{result['miles_a_year']:,.0f} miles a year", f"{result['full_cycles_a_year']:g} full cycles"),
        ("7 of 9 miles left after it", f"a loss below {a_year:.2f} % a cycle"),
        ("  with a full cycle every day", f"below {daily:.4f} %"),
        ("80 % after 200,000 miles", f"{result['full_cycles_in_200000_miles']:.0f} full cycles that keep {need:.4f}"),
    ]
    cell = result["cell"]
    if cell is None:
        return [*rows, ("the cell's ageing", "is not described")]
    kept = cell["retention_a_cycle"]
    said = f"{kept['value']:.6g} ({kept['low']:.6g} .. {kept['high']:.6g}), {cell['status']}"
    cycling, calendar = 100 * cell["cycling_loss_in_a_year"], 100 * cell["calendar_loss_in_a_year"]
    losses = f"cycling {cycling:.1f} %, calendar {calendar:.1f} %"
    return [*rows, ("the cell keeps a cycle", said), ("the cell loses in that year", losses)]
