"""Published claims beside what was found, in the terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

_COLOUR = {"holds within range": "green", "bounds a parameter": "yellow", "contradicts": "red"}


def table(result: dict[str, Any], why: bool) -> Table:
    """One row a claim: what was published, what was found and how, the verdict; why in a line below if asked."""
    table = Table(title="Published claims", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("claim", ratio=1)
    table.add_column("found", max_width=26)
    table.add_column("verdict", max_width=11)
    for row in result["checks"]:
        colour = _COLOUR[row["verdict"]]
        text = escape(row["claim"]) + (f"\n[dim]{escape(row['why'])}[/dim]" if why else "")
        table.add_row(row["id"], text, found(row), f"[{colour}]{row['verdict']}[/{colour}]", end_section=True)
    total = ", ".join(f"{number} {verdict}" for verdict, number in result["counts"].items())
    hint = "" if why else "; with the name of a cell, or --json, it says why"
    table.caption = f"{total}{hint}" if result["checks"] else "No published claim about this cell is checked."
    return table


def found(row: dict[str, Any]) -> str:
    """The figure found, with its unit, its range, and whether it is simulated, the library's or plain arithmetic."""
    value, low, high = (_figure(row[name]) for name in ("value", "low", "high"))
    return f"{value} {row['unit']}\n({low} .. {high})\n[dim]{row['kind']}[/dim]"


def _figure(value: float | None) -> str:
    if value is None:
        return "never"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:g}"
