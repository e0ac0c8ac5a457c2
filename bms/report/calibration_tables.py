"""The study of drives left out of a fit in the terminal: constants tried, and the cases under those chosen and used."""

from typing import Any

from rich.table import Table

from bms.estimation.accuracy_cases import CASES
from bms.report.accuracy_tables import NAMES
from bms.report.tables import plain_table


def tables(summary: dict[str, Any]) -> list[Table]:
    """Of what calibration.summary tells."""
    tried = plain_table("Constants tried", "lasting error, mV", "longest slow error, s", "least factor", "RMSE, %")
    for one in summary["tried"]:
        factor = "none" if one["factor"] is None else f"{one['factor']:.3f}"
        tried.add_row(f"{one['lasting_mv']:g}", f"{one['slow_s']:g}", factor, f"{one['error_pct']:.4f}")
    beyond = [f"{cell} {file}" for cell, of in summary["drives"].items() for file in _beyond(of)]
    tried.caption = f"Not counted, beyond the temperatures of the others: {', '.join(beyond) or 'none'}."
    shown = [(title, summary[title]) for title in ("chosen", "present") if summary[title] is not None]
    return [tried, *(_cases(title, one) for title, one in shown)]


def _beyond(groups: list[dict[str, Any]]) -> list[str]:
    return [file for group in groups if not group["counted"] for file in group["files"]]


def _cases(title: str, one: dict[str, Any]) -> Table:
    said = f"{title}: {one['lasting_mv']:g} mV, {one['slow_s']:g} s, factor {one['factor']:.3f}"
    table = plain_table(f"Mean RMSE in % / % held, {said}", "case", *one["cells"])
    for case in CASES:
        of = (cell[case] for cell in one["cells"].values())
        table.add_row(NAMES[case], *(f"{f['rmse_mean_pct']:.2f} / {100 * f['coverage_95']:.1f}" for f in of))
    return table
