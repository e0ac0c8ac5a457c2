"""Tables for the terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from bms.cells.fitting import FitResult
from bms.estimation.run import Estimate
from bms.report.facts import Fact, demo_facts, estimate_facts


def demo_table(summary: dict[str, Any]) -> Table:
    """What the drive showed; in red where firmware and desktop differ."""
    table = _facts("Firmware against emulated pack", demo_facts(summary))
    if summary.get("parity_mismatches"):
        table.caption = "[red]Firmware and desktop differ.[/red]"
    return table


def estimate_table(result: Estimate) -> Table:
    """The estimate at the end of a log, and how it held against the truth."""
    return _facts("Estimate over a measured log", estimate_facts(result))


def fit_table(result: FitResult) -> Table:
    """Voltage error of a fitted cell on each test, mV; weighted: the last steep percents count little."""
    table = _table(
        f"{result.cell.name}: voltage error on the fitted tests", "test", "temperature", "samples", "RMS", "weighted"
    )
    for rows in (result.by_test, result.by_temperature):
        for row in rows:
            size = (f"{row.temperature_c:.0f} °C", f"{row.samples:,}", f"{row.rms_mv:.1f} mV")
            table.add_row(escape(row.name), *size, f"{row.weighted_rms_mv:.1f} mV")
        table.add_section()
    table.caption = (
        f"{result.cell.capacity_ah.value:.4g} Ah; {result.cross_validated_mv:.1f} mV on tests left out of the fit"
    )
    return table


def parity_table(result: dict[str, Any]) -> Table:
    """Differing state words by target; a target that could not run says why."""
    table = _table("Firmware's kernels against the source", "target", "steps", "differing words")
    for name, row in result["targets"].items():
        if "skipped" in row:
            table.add_row(escape(name), "skipped", escape(str(row["skipped"])))
        else:
            colour = "red" if row["mismatches"] else "green"
            table.add_row(escape(name), f"{row['steps']:,}", f"[{colour}]{row['mismatches']:,}[/{colour}]")
    return table


def figures(title: str, result: dict[str, Any]) -> Table:
    """Any figures by their JSON names; those of a group bear its name before a dot."""
    return _facts(title, [(name, _figure(value)) for name, value in _flat(result)])


def _flat(result: dict[str, Any], group: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in result.items():
        flat += _flat(value, f"{group}{name}.") if isinstance(value, dict) else [(group + name, value)]
    return flat


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _facts(title: str, facts: list[Fact]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    for name, value in facts:
        table.add_row(escape(name), escape(value))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for k, column in enumerate(columns):
        table.add_column(column, justify="right" if k else "left")
    return table
