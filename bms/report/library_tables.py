"""What the library holds, in the terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bms.cells.provenance import Figure, counts, share

_COLOUR = {"disclosed": "green", "reported": "yellow", "derived": "cyan", "fitted": "green", "assumed": "dim"}


def listing(title: str, rows: dict[str, Any]) -> Table:
    """One line a description: its name in the library, then its main figures."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    keys = [key for key in next(iter(rows.values()), {}) if key != "name"]
    for key in keys:
        number = all(isinstance(row[key], int | float) for row in rows.values())
        least = max(len(_cell(key, row[key])) for row in rows.values()) if number else None
        side = "right" if number else "left"
        table.add_column(key.replace("_", " "), justify=side, min_width=least, overflow="fold")
    for name, row in rows.items():
        table.add_row(name, *(_cell(key, row[key]) for key in keys))
    return table


def packs(rows: dict[str, Any]) -> Table:
    """One line a pack, in less than what the rows hold: a terminal of 80 columns breaks none of it."""
    table = listing("Packs", {name: _pack(row) for name, row in rows.items()})
    for column in table.columns[2:]:
        column.justify = "right"
    table.caption, table.caption_justify = "Its cell and its vehicle: bms packs show NAME, or --json.", "left"
    return table


def described(name: str, texts: dict[str, Any], found: list[Figure]) -> Text:
    """Each figure with its range, status and source; how many have which status; what is to be known beside."""
    plain = [f"\n{key}: {value}" for key, value in texts.items() if key != "notes"]
    text = Text.assemble((name, "bold"), *plain, "\n\n")
    for f in found:
        ranged = "" if f.low is None else f" ({f.low:g} .. {f.high:g})"
        text.append_text(Text.assemble((f.key, "bold"), f"  {f.text}{ranged}  ", (f.status, _COLOUR[f.status])))
        text.append(f"\n    {f.source}\n", "dim")
    known = ", ".join(f"{n} {status}" for status, n in counts(found).items() if n)
    text.append(f"\n{share(found):.0%} of the {len(found)} inputs are disclosed ({known}).", "bold")
    for note in texts.get("notes", []):
        text.append(f"\n- {note}")
    return text


def _pack(row: dict[str, Any]) -> dict[str, str]:
    usable = "" if row["usable_kwh"] is None else f"{row['usable_kwh']:.4g}"
    arranged, share = f"{row['series']:g}s{row['parallel']:g}p", f"{row['disclosed_share']:.0%}"
    return {"cells": arranged, "kwh": f"{row['kwh']:.4g}", "usable_kwh": usable, "disclosed": share}


def _cell(key: str, value: object) -> str:
    if key == "disclosed_share":
        return f"{value:.0%}"
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))
