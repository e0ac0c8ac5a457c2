"""docs/diagnoses.md, written from the one table of diagnoses; the same table with a pack's thresholds for people."""

from pathlib import Path
from typing import Any, get_args

from rich.markup import escape
from rich.table import Table

from bms import output
from bms.cells import library
from bms.emulation import pack_file, pack_protection
from bms.errors import said_of
from bms.estimation import guard_table
from bms.estimation.guard_table import Row
from bms.estimation.guard_units import NAMES, told
from bms.estimation.power_words import Window
from bms.estimation.words import PackDesign, limits
from bms.report import tables
from firmware import diagnoses as d
from firmware import readings
from firmware.protection import FRAME

PACK = "quadricycle-fest77"  # the page's example
COLUMNS = ("number", "diagnosis", "reading", "warns", "trips", "after", "ends", "does")
_DOES = (
    (d.OPEN, "opens"),
    (d.NO_DISCHARGE, "no discharge"),
    (d.NO_CHARGE, "no charge"),
    (d.NO_CLOSE, "does not close"),
    (d.NO_BALANCE, "no balancing"),
    (d.PERSIST, "stays over a restart"),
)
_HEAD = """# Diagnoses

Written by `bms diagnoses --write docs/diagnoses.md`; `bms diagnoses --pack PACK` shows those of another pack. The table
is `bms/estimation/guard_rows.py`; it comes to the board as words of its configuration, and
`firmware/kernels/guard.py` evaluates it. A number never changes its meaning.

## How a row is read

* **warns**: at once from there on, and until the reading has come back by the hysteresis. A warning is told; nothing
  else follows.
* **trips**: from there on, once that has lasted as long as **after** says, counted from the first tick that sees it; 0
  is that tick. A tick is 100 ms; while a diagnosis waits that trips within 0.3 s, it is 10 ms.
* **A fault that comes and goes**: what breaks off before its delay has passed starts anew. 250 ms on and 250 ms off
  trips a delay of 0.2 s in the first stretch, and one of 0.3 s never, however often. A glitch of over-voltage shorter
  than 200 ms does not open the pack (foxBMS: shorter than 500 ms).
* **ends**: a trip recovers once the reading is back beyond the threshold named there and has stayed so for the time
  named; one relapse starts that time anew. *Command*: it stays until an authenticated `clear` or a restart, and the
  command does nothing while the reading is not back. What *stays over a restart* is remembered.
* **while**: only then does it warn and trip. What has tripped recovers by its value alone: a pack too hot to be charged
  is not charged again just because charging has ended. `sum_mv`, the sum of the cells, is 0 until they have been read.
* **does**: what acts from the trip to its end. What *opens* or forbids discharge ends balancing as well. Contactors
  close only over a pack of which nothing *opens* or *does not close*. The limits that are told of a direction that is
  off are 0; whoever draws current in it all the same meets "current where it is forbidden".
* **What opens again and again**: contactors close again as soon as a trip has ended, the first time at once, then after
  1 s, doubled by each up to a minute; it begins anew once they have held for a minute, or the vehicle has asked for an
  open pack.

The first trip of each diagnosis since it was cleared keeps a freeze frame of {frame} readings and the time, and each
trip is counted. The monitor's own limits lie beyond these and open without the controller.

## The table

Of {name}.

"""
_WHY = """
## Where the numbers come from

"""
_OWN = """
## A pack's own thresholds

What depends on the pack can be given in its file, with a source; all else is as above:

```toml
[protection.over_voltage]
warn_v = 4.22
trip_v = 4.26
source = "the maker's data sheet"
```

Refused in one sentence: a trip before its warning, thresholds that meet or pass each other's tier, a trip inside what
the pack is used for, one that the cell monitor would come before, and one too late to protect anything (deep discharge
below half the least voltage, a sum that may lack a cell, less than 100 ohm/V, a leak beyond C/20). `window` moves the
temperatures of the pack: power fades towards its ends, the trips lie there, and the monitor's limits 3 K beyond.

| section | keys |
|---|---|
"""


def rows_of(pack: str) -> tuple[pack_file.PackFile, list[Row]]:
    """A pack's file and its diagnoses; InputError where its thresholds contradict each other."""
    file = pack_file.load(pack)
    without_vehicle = 0.0
    cells = (int(file.series.value), int(file.parallel.value))
    window = Window(**file.protection.window_c())
    design = PackDesign(library.load(file.cell), *cells, without_vehicle, window=window)
    with said_of(pack_file.files_of(pack, file)):
        return file, guard_table.table(limits(design), file.protection.changes())


def result(file: pack_file.PackFile, rows: list[Row]) -> dict[str, Any]:
    """JSON's keys; thresholds and hysteresis in the unit that the reading's name ends in."""
    names = {"reading": NAMES, "gate": NAMES, "reaction": {row.reaction: _does(row) for row in rows}}
    found = [{key: names.get(key, {}).get(value, value) for key, value in vars(row).items()} for row in rows]
    return {"pack": file.name, "diagnoses": found}


def table(file: pack_file.PackFile, rows: list[Row]) -> Table:
    """What fits a terminal of 80 columns."""
    shown = ("number", "diagnosis", "warns", "trips", "after", "does")
    made = tables.plain_table(f"Diagnoses of {file.name}", *shown)
    for column in made.columns[1:]:
        column.justify = "left"
    for row in rows:
        told_row = dict(zip(COLUMNS, cells(row), strict=True))
        made.add_row(*(escape(told_row[column]) for column in shown))
    return made


def cells(row: Row) -> tuple[str, ...]:
    """One row for people, as COLUMNS."""
    sign = ">=" if row.sign > 0 else "<="
    gated = "" if row.gate == readings.ALWAYS else f" while {NAMES[row.gate].lower()}"
    warns, trips = (f"{sign} {told(row.reading, value)}" for value in (row.warn, row.trip))
    after = f"{row.delay_ms / 1000:g} s" if row.delay_ms else "0"
    return str(row.number), row.name, NAMES[row.reading].lower() + gated, warns, trips, after, _ends(row), _does(row)


def _ends(row: Row) -> str:
    beyond = "<" if row.sign > 0 else ">"
    back = f"{beyond} {told(row.reading, row.trip - row.sign * row.hysteresis)}"
    return f"command, {back}" if row.latch else f"{back} for {row.recovery_ms / 1000:g} s"


def _does(row: Row) -> str:
    return ", ".join(text for bit, text in _DOES if row.reaction & bit) or "warns only"


def text() -> str:
    """The page."""
    file, rows = rows_of(PACK)
    lines = [_HEAD.format(name=file.name, frame=len(FRAME) - 1)]
    lines += [f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"]
    lines += [f"| {' | '.join(cells(row))} |\n" for row in rows]
    lines_own = []
    lines += [_WHY, *(f"* **{row.name}**: {row.why}.\n" for row in rows)]
    for name, field in pack_protection.Protection.model_fields.items():
        keys = [key for key in get_args(field.annotation)[0].model_fields if key != "source"]
        lines_own.append(f"| `{name}` | {', '.join(keys)} |\n")
    return "".join([*lines, _OWN, *lines_own])


def write(path: Path) -> None:
    """Write the page; InputError where that is not possible."""
    output.ready(path)
    output.write_text(path, text())
