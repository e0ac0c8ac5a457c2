"""What is assumed of a cell, put at the ends of its ranges: how far a figure moves, and which assumption decides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

from bms.cells.quantity import Quantity
from bms.cells.schema import Cell, ResistanceLaw
from bms.driving.conditions import times

End = Literal["value", "low", "high"]
ENDS: tuple[End, ...] = ("value", "low", "high")


@dataclass(frozen=True)
class Range:
    """A figure of the cell as described, its extremes over the assumptions, and which of these turn the verdict."""

    value: float
    least: float
    most: float
    carried: str


def law(cell: Cell) -> ResistanceLaw:
    """The cell's law of resistance; the cells that claims are about have one, not a fitted table."""
    if not isinstance(cell.resistance, ResistanceLaw):
        raise TypeError(f"{cell.name}: claims are held against a law of resistance, not against a fitted table")
    return cell.resistance


def total_mohm(cell: Cell, end: End = "value") -> float:
    """R0 + R1 + R2 at 25 degC and half charge."""
    parts = (law(cell).r0_mohm, law(cell).r1_mohm, law(cell).r2_mohm)
    return sum(getattr(part, end) for part in parts)


def scaled(cell: Cell, factor: float) -> Cell:
    """The cell with other resistances, all by one factor."""
    given = law(cell)
    parts = {name: times(getattr(given, name), factor) for name in ("r0_mohm", "r1_mohm", "r2_mohm")}
    return cell.model_copy(update={"resistance": given.model_copy(update=parts)})


def resistance(cell: Cell, end: End) -> Cell:
    """The cell with the whole resistance at an end of its range."""
    return scaled(cell, total_mohm(cell, end) / total_mohm(cell))


def cooling(cell: Cell, end: End) -> Cell:
    """The cell in still air (low) or on a cold plate (high)."""
    return cell.model_copy(update={"cooling_w_per_k": _at(cell.cooling_w_per_k, end)})


def charge_limit(cell: Cell, end: End) -> Cell:
    """The cell with both limits of its charge, by the maker and by plating, at an end of their ranges."""
    limited = cell.model_copy(update={"charge_max_c": _at(cell.charge_max_c, end)})
    plating = cell.effects.plating
    if plating is None:
        return limited
    moved = plating.model_copy(update={"critical_c": _at(plating.critical_c, end)})
    return limited.model_copy(update={"effects": cell.effects.model_copy(update={"plating": moved})})


ASSUMPTIONS = {"resistance": resistance, "cooling": cooling, "charge limit": charge_limit}


def over(cell: Cell, names: Sequence[str], figure: Callable[[Cell], float], met: Callable[[float], bool]) -> Range:
    """`figure` of the cell at all ends of some ASSUMPTIONS; met: whether a figure agrees with the claim."""
    found: dict[tuple[End, ...], float] = {}
    for ends in product(ENDS, repeat=len(names)):
        varied = cell
        for name, end in zip(names, ends, strict=True):
            varied = ASSUMPTIONS[name](varied, end)
        found[ends] = figure(varied)
    agrees = {ends: met(value) for ends, value in found.items()}
    return Range(found[("value",) * len(names)], min(found.values()), max(found.values()), _carried(names, agrees))


def _carried(names: Sequence[str], agrees: dict[tuple[End, ...], bool]) -> str:
    """Which assumptions turn the verdict: each that does alone, else those that do together, else none."""
    described = agrees[("value",) * len(names)]
    for size in range(1, len(names) + 1):
        turning = [some for some in combinations(range(len(names)), size) if _turns(some, agrees, described)]
        if turning:
            told = " or ".join(" and ".join(names[at] for at in some) for some in turning)
            return f"{told} alone turns the verdict" if size == 1 else f"only {told} together turn the verdict"
    return f"neither {' nor '.join(names)} turns the verdict"


def _turns(some: tuple[int, ...], agrees: dict[tuple[End, ...], bool], described: bool) -> bool:
    """Whether the verdict differs somewhere with none but these assumptions away from their values."""
    return any(
        agreed != described and all(end == "value" or at in some for at, end in enumerate(ends))
        for ends, agreed in agrees.items()
    )


def _at(figure: Quantity, end: End) -> Quantity:
    return figure.model_copy(update={"value": getattr(figure, end)})
