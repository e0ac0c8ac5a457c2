"""How each figure of a description is known, and how much of it anybody has disclosed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel

from bms.cells.curves import Curve, Grid, Profile, Thermal
from bms.cells.quantity import Quantity, Status
from bms.cells.schema import ResistanceTable

_Table = Curve | Grid | Profile | Thermal | ResistanceTable
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True)
class Figure:
    """One input: its key as in the file, what it is, its range where it is one number, its status and source."""

    key: str
    value: float | str
    low: float | None
    high: float | None
    status: Status
    source: str

    @property
    def text(self) -> str:
        """The value as it is printed."""
        return self.value if isinstance(self.value, str) else f"{self.value:g}"


def figures(description: BaseModel) -> list[Figure]:
    """Every input of a cell or vehicle that has a status: numbers, curves and tables, in the order of the schema."""
    return list(_figures(description, ""))


def share(found: list[Figure], status: Status = "disclosed") -> float:
    """The share of the inputs that has this status, 0..1; a curve or a table counts as one input."""
    return counts(found)[status] / max(len(found), 1)


def counts(found: list[Figure]) -> dict[Status, int]:
    """How many inputs have each status."""
    seen = Counter(figure.status for figure in found)
    return {status: seen[status] for status in STATUSES}


def _figures(part: BaseModel, path: str) -> Iterator[Figure]:
    for name in type(part).model_fields:
        inner, key = getattr(part, name), f"{path}{name}"
        if isinstance(inner, Quantity):
            yield Figure(key, inner.value, inner.low, inner.high, inner.status, inner.source)
        elif isinstance(inner, _Table):
            yield Figure(key, _extent(inner), None, None, inner.status, inner.source)
        elif isinstance(inner, BaseModel):
            yield from _figures(inner, f"{key}.")


def _extent(table: _Table) -> str:
    """How large a curve or a table is: its axes' lengths."""
    axes = [getattr(table, name) for name in ("temperature_c", "soc", "current_c") if hasattr(table, name)]
    return " x ".join(str(len(axis)) for axis in axes) + " points"
