"""Tables for the terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from bms.estimation.run import Estimate
from bms.report.facts import Fact, demo_facts, estimate_facts


def demo_table(summary: dict[str, Any]) -> Table:
    """What the drive showed; in red where firmware and desktop differ."""
    table = facts_table("Firmware against emulated pack", demo_facts(summary))
    if summary.get("parity_mismatches"):
        table.caption = "[red]Firmware and desktop differ.[/red]"
    return table


def estimate_table(result: Estimate) -> Table:
    """The estimate at the end of a log, and how it held against the truth."""
    return facts_table("Estimate over a measured log", estimate_facts(result))


def parity_table(result: dict[str, Any]) -> Table:
    """Differing state words by target; a target that could not run says why."""
    table = plain_table("Firmware's kernels against the source", "target", "steps", "differing words")
    for name, row in result["targets"].items():
        if "skipped" in row:
            table.add_row(escape(name), "skipped", escape(str(row["skipped"])))
        else:
            colour = "red" if row["mismatches"] else "green"
            table.add_row(escape(name), f"{row['steps']:,}", f"[{colour}]{row['mismatches']:,}[/{colour}]")
    return table


def figures(title: str, result: dict[str, Any]) -> Table:
    """Any figures by their JSON names; those of a group bear its name before a dot."""
    return facts_table(title, [(name, _figure(value)) for name, value in _flat(result)])


def _flat(result: dict[str, Any], group: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in result.items():
        flat += _flat(value, f"{group}{name}.") if isinstance(value, dict) else [(group + name, value)]
    return flat


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def facts_table(title: str, facts: list[Fact]) -> Table:
    """Names and figures, one a line."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in facts:
        table.add_row(escape(name), escape(value))
    return table


def plain_table(title: str, *columns: str) -> Table:
    """An empty table; the first column is text, the others figures."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for k, column in enumerate(columns):
        table.add_column(column, justify="right" if k else "left")
    return table


def image_table(manifest: dict[str, Any]) -> Table:
    """What a flash image holds, the largest files first."""
    code = manifest["architecture"] or "bytecode"
    table = plain_table(f"Image {manifest['id']} for {manifest['board']} ({code})", "file", "bytes")
    for path, file in sorted(manifest["files"].items(), key=lambda item: -item[1]["bytes"]):
        table.add_row(escape(path), f"{file['bytes']:,}")
    table.add_section()
    table.add_row("in all", f"{manifest['bytes']:,}")
    return table
