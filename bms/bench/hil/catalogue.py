"""All cases of the fault matrix, by name, and what of the list does not apply."""

from bms.bench.hil import (
    bench,
    cells,
    current,
    heat,
    monitor,
    monitor_alone,
    processor,
    storage,
    switches,
    vehicle,
    wires,
)
from bms.bench.hil.absent import ABSENT
from bms.bench.hil.case import Case
from bms.errors import unknown

__all__ = ["ABSENT", "CASES", "case", "chosen", "limits_ms"]

CASES: tuple[Case, ...] = (
    *cells.CASES,
    *heat.CASES,
    *wires.CASES,
    *monitor.CASES,
    *monitor_alone.CASES,
    *current.CASES,
    *switches.CASES,
    *vehicle.CASES,
    *processor.CASES,
    *storage.CASES,
    *bench.CASES,
)
_BY_NAME = {case.name: case for case in CASES}


def case(name: str) -> Case:
    """A case by its name; InputError names the nearest."""
    if name not in _BY_NAME:
        raise unknown("case", name, list(_BY_NAME))
    return _BY_NAME[name]


def chosen(part: str | None) -> list[Case]:
    """The cases whose name or group contains `part`, without regard to case; InputError if none does."""
    if part is None:
        return list(CASES)
    wanted = part.lower()
    found = [case for case in CASES if wanted in case.name or wanted in case.group]
    if not found:
        raise unknown("case", part, list(_BY_NAME))
    return found


def limits_ms() -> dict[str, float | None]:
    """By the names of the cases."""
    return {case.name: case.limit_ms for case in CASES}
