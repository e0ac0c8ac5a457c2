"""Programmes beside a job, in the terminal."""

from typing import Any

from rich.table import Table

from bms.report.tables import plain_table


def table(result: dict[str, Any]) -> Table:
    """One row a pack: each answer, green where it does, and the share of its inputs that is disclosed."""
    job = result["job"]
    title = f"{job['range_km']:g} km at {job['ambient_c']:g} °C after {job['years']:g} years, {job['minutes']:g} min"
    shown = plain_table(title, "pack", "range km", "10-80 % min", "capacity kept", "does the job")
    for row in result["packs"]:
        kept = {**row["kept"], "value": 100 * row["kept"]["value"]}
        cells = _cell(row["range_km"], "{:.0f}"), _cell(row["minutes"], "{:.1f}"), _cell(kept, "{:.0f} %")
        shown.add_row(row["pack"], *cells, "[green]yes[/green]" if row["able"] else "no")
    shown.caption = "In brackets: the share of the answer's inputs that is disclosed."
    return shown


def _cell(told: dict[str, Any], form: str) -> str:
    value = "never" if told["value"] is None else form.format(told["value"])
    colour = "green" if told["ok"] else "red"
    return f"[{colour}]{value}[/{colour}] ({100 * told['disclosed_share']:.0f} %)"
