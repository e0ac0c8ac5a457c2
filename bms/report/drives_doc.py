"""docs/drives.md and its table on the terminal: the closed-loop protocol, drive by drive."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from bms import output
from bms.bench.closed_loop_cases import BUDGETS
from bms.report import tables

_COLUMNS = (  # title, figure, how it is shown
    ("degC", "ambient_c", "{:.0f}"),
    ("s", "seconds", "{:.0f}"),
    ("true SoC at the end, %", "soc_true_end_pct", "{:.0f}"),
    ("SoC RMSE, %", "soc_rmse_pct", "{:.2f}"),
    ("at the end, %", "soc_end_pct", "{:.2f}"),
    ("interval then, +-%", "interval_pct", "{:.1f}"),
    ("truth inside, %", "coverage_pct", "{:.0f}"),
    ("of the demand given, %", "given_pct", "{:.0f}"),
    ("outside the window, s", "outside_s", "{:.1f}"),
    ("range told / true, km", "range_km", "{:.0f}"),
    ("words that differ", "mismatches", "{}"),
)
_HEAD = """# Closed-loop drives

Written by `bms bench drives --write docs/drives.md`: the real firmware (here on target `{target}`) over a module of each
cell family, from a blind start, behind the emulated BQ76952. The emulation cuts nothing: a load that asks too much would
drive the cells out of their window. It hears the firmware's limits and takes no more.

* **udds**: the whole cycle in the light four-wheeler, from 80 %; braking within the charge limit for 2 s.
* **us06**: the cycle, its power scaled so that the hardest second asks for the cell's own current limit, from 50 %; power
  cut to the limits for 2 s.
* **charge**: from 60 %, at the current limit for 30 s, for {charge_s:.0f} s, or until less than C/20 has been allowed for
  half a minute.

The true cells hold 1.5 % less, resist 8 % more and stand 3 mV higher than the firmware believes; 0.5 % of capacity, 3 %
of resistance and 0.5 % of charge are spread between them; the monitor errs as its datasheet allows. SoC figures are of
all sixteen cells, once a second from the first second on; `at the end` is the cell that is furthest off. A cell is
outside its window below or above its voltages, above its current limits (that of plating at its own temperature among
them; 1 % is the sensor's), or too hot or cold for the pack. `range true` is what the same pack really drove on from
there until its weakest cell had given less than asked for half a minute; in brackets where it lay outside p10..p90.

{verdict}

"""


def table(result: dict[str, Any]) -> Table:
    """One line a drive; what broke a budget stands below."""
    shown = tables.plain_table(
        f"Closed loop on {result['target']}: {result['ticks']:,} ticks, {result['mismatches']:,} words that differ",
        "drive",
        *(title for title, _, _ in _COLUMNS),
    )
    for row in result["rows"]:
        shown.add_row(escape(f"{row['cell']} {row['road']}"), *map(escape, _figures(row)))
    if result["broken"]:
        shown.caption = "[red]" + escape("\n".join(result["broken"])) + "[/red]"
    return shown


def write(path: Path, result: dict[str, Any]) -> None:
    """The page, whole or not at all."""
    output.write_bytes(path, "\n".join(_lines(result)).encode())


def _lines(result: dict[str, Any]) -> Iterator[str]:
    from bms.bench.closed_loop import CHARGE_S

    yield _HEAD.format(target=result["target"], charge_s=CHARGE_S, verdict=_verdict(result)).rstrip()
    yield ""
    yield "| cell | road | " + " | ".join(title for title, _, _ in _COLUMNS) + " |"
    yield "|---|---|" + "---:|" * len(_COLUMNS)
    for row in result["rows"]:
        yield f"| {row['cell']} | {row['road']} | " + " | ".join(_figures(row)) + " |"
    yield ""
    yield "## What must hold"
    yield ""
    for budget in BUDGETS:
        bound = f"at least {budget.least:g}" if budget.most is None else f"at most {budget.most:g}"
        where = "" if budget.ambient_c is None else f" at {budget.ambient_c:g} degC"
        but = "; LFP, whose plateau tells little, is left out" if budget.but else ""
        yield f"* `{budget.figure}` {bound}{where}: {budget.why}{but}."
    yield ""


def _verdict(result: dict[str, Any]) -> str:
    said = (
        f"{result['drives']} drives, {result['ticks']:,} ticks: {result['mismatches']:,} words of the firmware that "
        f"differ from the desktop's, {result['outside_s']:g} s outside a window; the true range lay within p10..p90 on "
        f"{result['range_inside']} of {result['range_drives']}."
    )
    broken = [f"* {sentence}" for sentence in result["broken"]]
    return "\n".join([said, "", *(["Budgets that do not hold:", "", *broken] if broken else ["Every budget holds."])])


def _figures(row: dict[str, Any]) -> list[str]:
    shown = []
    for _, figure, form in _COLUMNS:
        value = row.get(figure)
        text = "" if value is None else form.format(value)
        if figure == "range_km" and value is not None:
            inside = row["range_inside"]
            text += f" / {row['range_true_km']:.0f}" if inside else f" ({row['range_true_km']:.0f})"
        shown.append(text)
    return shown
