"""The closed-loop protocol: every cell family on three roads, warm and cold; what must hold; and all of it at once."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from bms.bench import closed_loop, targets
from bms.bench.closed_loop import CHARGE, UDDS, US06, Case
from bms.bench.targets import Target
from bms.emulation import pack_file
from bms.errors import unknown

AMBIENT_C = (25.0, -10.0)
ROADS = (UDDS, US06, CHARGE)
FLAT = ("module-a123-26650-lfp",)  # on the plateau of LFP a voltage tells little, and the interval has to say so


@dataclass(frozen=True)
class Budget:
    """A bound on a figure, and what promises it."""

    figure: str
    why: str
    least: float | None = None
    most: float | None = None
    ambient_c: float | None = None
    but: tuple[str, ...] = ()  # packs

    def holds(self, row: dict[str, Any]) -> bool:
        value = row[self.figure]
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def concerns(self, row: dict[str, Any]) -> bool:
        return row["pack"] not in self.but and self.ambient_c in (None, row["ambient_c"])


BUDGETS = (
    Budget("mismatches", "bit-true in every word of every tick", most=0),
    Budget("opened", "a load that obeys never makes a diagnosis open", most=0),
    Budget("outside_s", "limits are kept by whoever obeys them", most=0.0),
    Budget("coverage_pct", "the truth lies in the 95 % interval about 95 % of the time", least=90.0),
    Budget("soc_end_pct", "the cell that is furthest off at the end of the road, blind at its start", most=5.0,
           ambient_c=25.0, but=FLAT),
    Budget("soc_end_pct", "the same where resistance is several times as high, and 8 % beyond the tables", most=10.0,
           ambient_c=-10.0, but=FLAT),
)  # fmt: skip
_RANGE_INSIDE = 0.60  # of the drives, of an interval that should hold 80 %: of 26 no fewer, with 99 % certainty


def packs() -> list[str]:
    """The modules, one for each cell family of the library."""
    return [name for name in pack_file.names() if name.startswith("module-")] + ["quadricycle-fest77"]


def cases(cells: Sequence[str] = ()) -> list[Case]:
    """All, or those of some cells of the library. InputError names the nearest."""
    family = {pack_file.load(name).cell: name for name in packs()}
    for cell in cells:
        if cell not in family:
            raise unknown("cell with a module", cell, list(family))
    chosen = [pack for cell, pack in family.items() if not cells or cell in cells]
    return [Case(pack, road, ambient) for pack in chosen for ambient in AMBIENT_C for road in ROADS]


def run(what: Sequence[Case], target: Target, done: Callable[[int], object] = lambda n: None) -> list[dict[str, Any]]:
    """A row each, in order, as many at once as the machine has processors; done(so many)."""
    target.require()
    rows = []
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(what))) as pool:
        for row in pool.map(_one, what, [target.name] * len(what)):
            rows.append(row)
            done(len(rows))
    return rows


def _one(case: Case, target: str) -> dict[str, Any]:
    return closed_loop.run(case, targets.target(target))


def broken(rows: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence for each budget that does not hold, and where."""
    return [*_each(rows), *_ranges(rows)]


def _each(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        for budget in BUDGETS:
            if budget.concerns(row) and not budget.holds(row):
                bound = f"at least {budget.least:g}" if budget.most is None else f"at most {budget.most:g}"
                yield (
                    f"{row['cell']}, {row['road']}, {row['ambient_c']:g} degC: {budget.figure} is "
                    f"{row[budget.figure]:g}; {bound}: {budget.why}"
                )


def _ranges(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    judged = [row["range_inside"] for row in rows if "range_inside" in row]
    if len(judged) >= 20 and sum(judged) < _RANGE_INSIDE * len(judged):
        yield f"the true range lies within p10 .. p90 on {sum(judged)} of {len(judged)} drives; 80 % should"


def summary(rows: Sequence[dict[str, Any]], target: Target) -> dict[str, Any]:
    """As `bms bench drives --json` prints it."""
    return {
        "target": target.name,
        "drives": len(rows),
        "ticks": sum(row["ticks"] for row in rows),
        "mismatches": sum(row["mismatches"] for row in rows),
        "outside_s": round(sum(row["outside_s"] for row in rows), 2),
        "range_inside": sum(row.get("range_inside", False) for row in rows),
        "range_drives": sum("range_inside" in row for row in rows),
        "broken": broken(rows),
        "rows": list(rows),
    }
