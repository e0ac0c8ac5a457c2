"""What `bms fit` says in the terminal."""

from collections.abc import Sequence

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bms.cells.fitting import FitResult
from bms.cells.fitting_residual import Residual
from bms.report.facts import fit_facts
from bms.report.tables import facts_table, plain_table


def fit_tables(result: FitResult) -> Group:
    """The cell's main figures, its voltage error by test, temperature, SoC and current, and what is not determined."""
    parts = [
        facts_table(result.cell.name, fit_facts(result)),
        _errors("Voltage error by test", result.by_test),
        _errors("Voltage error by temperature", result.by_temperature),
        _errors("Voltage error by SoC", result.by_soc),
        _errors("Voltage error by current", result.by_current),
    ]
    if not result.undetermined:
        return Group(*parts)
    said = "\n".join(f"  - {text}." for text in result.undetermined)
    return Group(*parts, Text("Not determined, and marked as assumed in the file:", style="bold"), Text(said))


def _errors(title: str, rows: Sequence[Residual]) -> Table:
    table = plain_table(title, "", "temperature", "samples", "RMS", "weighted", "left out")
    for row in rows:
        left_out = "-" if row.left_out_mv is None else f"{row.left_out_mv:.1f} mV"
        size = (f"{row.temperature_c:.0f} °C", f"{row.samples:,}", f"{row.rms_mv:.1f} mV")
        table.add_row(escape(row.name), *size, f"{row.weighted_rms_mv:.1f} mV", left_out)
    return table
