"""Tables of what was asked of a board."""

from typing import Any

from rich.markup import escape
from rich.table import Table

from bms.report.tables import facts_table, plain_table


def verify_table(result: dict[str, Any]) -> Table:
    """Of bms.bench.verify."""
    rows = [
        ("board", result["machine"]),
        ("MicroPython", result["version"]),
        ("kernels as", result["code"]),
        ("steps", f"{result['steps']:,}"),
        ("words that differ from the desktop's", f"{result['mismatches']:,}"),
        ("us a cell's step", f"{result['us_per_step']:,}"),
        ("bytes of heap in 1,000 steps", f"{result['bytes_per_1000_steps']:,}"),
    ]
    if first := result.get("first"):
        rows.append(("the first", "{kernel}, step {step}, word {word}: {board} for {desktop}".format(**first)))
    return facts_table("Kernels on the board", rows)


def doctor_table(findings: list[dict[str, Any]]) -> Table:
    """Of bms.bench.doctor."""
    table = plain_table("What is there, and what is missing", "", "what", "found", "to do")
    for finding in findings:
        colour = {"ok": "green", "note": "yellow"}.get(finding["state"], "red")
        row = (escape(finding["what"]), escape(finding["found"]), escape(finding.get("do", "")))
        table.add_row(f"[{colour}]{finding['state']}[/{colour}]", *row)
    for column in table.columns:
        column.justify, column.overflow = "left", "fold"
    return table
