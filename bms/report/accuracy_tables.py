"""The accuracy protocol in the terminal: figures beside the baselines, by temperature, budgets, what changed."""

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from bms.estimation.accuracy_cases import CASES
from bms.estimation.budgets import Budget, Verdict
from bms.estimation.capacity_cycles import Aged
from bms.report.tables import plain_table

BASELINES = {"coulomb": "coulomb", "ekf_3rc": "EKF"}  # name in the JSON: in a heading
NAMES = {
    "exact": "exact",
    "start_wrong": "30 % wrong",
    "blind": "blind",
    "offset_100ma": "+0.10 A",
    "offset_190ma": "+0.19 A",
    "offset_minus_190ma": "-0.19 A",
    "voltage_plus": "+5 mV",
    "voltage_minus": "-5 mV",
    "noise": "noise",
    "capacity_low": "capacity",
    "capacity_cycles": "after three cycles",
}
COLUMNS = ("RMSE", "worst", "max", "settled", "never", "held")
CAPTION = (
    "RMSE: mean over the runs. settled: s until the error of the slowest run stays below 5 %; never: runs of which it "
    "does not. held: % of the time in which the 95 % interval holds the truth. Below 0.5 % a cycler's own truth is no "
    "better."
)
_TRUTH_PCT = 0.5


def cases_table(figures: dict[str, Any]) -> Table:
    """Every case: the estimator's figures, and the mean RMSE of each baseline."""
    peers = [name for name in BASELINES if name in figures["baselines"]]
    files = len(figures["files"])
    title = f"{escape(figures['cell'])}: error of SoC in %, {files} file{'s' * (files > 1)}"
    table = plain_table(title, "case", *COLUMNS, *(BASELINES[name] for name in peers))
    for case in CASES:
        shown = (rmse(figures["baselines"][name][case]["rmse_mean_pct"]) for name in peers)
        table.add_row(NAMES[case], *row(figures["cases"][case]), *shown)
    table.caption = CAPTION + (f" {', '.join(BASELINES[name] for name in peers)}: their mean RMSE." if peers else "")
    return table


def temperature_table(figures: dict[str, Any]) -> Table:
    """Mean RMSE and coverage of every case by ambient temperature."""
    ambients = list(figures["by_temperature"])
    table = plain_table("Mean RMSE in % / share of time in the 95 % interval", "case", *(f"{c} °C" for c in ambients))
    for case in CASES:
        table.add_row(NAMES[case], *(cell(figures["by_temperature"][c][case]) for c in ambients))
    return table


def cycles_table(figures: dict[str, Any]) -> Table:
    """What a capacity told 10 % low has become over each file."""
    found = figures["capacity_cycles"]
    table = plain_table(f"Capacity told 10 % low, after {found['cycles']} cycles", "file", "error of the capacity, %")
    for file, error in found["error_pct"].items():
        table.add_row(escape(file), f"{error:+.1f}")
    mean, again = number(found["error_mean_pct"]), rmse(found["rmse_mean_pct"])
    table.caption = f"Mean {mean}; mean RMSE of one more drive {again}."
    return table


def aged_table(cell: str, results: Sequence[Aged]) -> Table:
    """Capacity that each discharge delivered, and what was believed after each cycle over it, Ah."""
    cycles = len(results[0].found_ah)
    heads = (f"after {k + 1}" for k in range(cycles))
    table = plain_table(f"{escape(cell)}: capacity in Ah", "file", "delivered", *heads, "error")
    for result in results:
        table.add_row(
            escape(result.file),
            number(result.delivered_ah, 3),
            *(number(ah, 3) for ah in result.found_ah),
            f"{100 * result.error:+.1f} %",
        )
    return table


def row(figures: dict[str, Any]) -> list[str]:
    """A case's figures as text, in the order of COLUMNS."""
    settles = figures["settle_worst_s"]
    return [
        rmse(figures["rmse_mean_pct"]),
        rmse(figures["rmse_worst_pct"]),
        number(figures["max_pct"], 1),
        "-" if settles is None else f"{settles:,.0f}",
        f"{figures['unsettled']}/{figures['runs']}",
        percent(figures["coverage_95"]),
    ]


def cell(figures: dict[str, Any]) -> str:
    """RMSE and coverage."""
    return f"{rmse(figures['rmse_mean_pct'])} / {percent(figures['coverage_95'], 0)}" if figures["runs"] else "-"


def number(value: float | None, decimals: int = 2) -> str:
    """A figure, or a dash where nothing tells it."""
    return "-" if value is None else f"{value:.{decimals}f}"


def rmse(value: float | None) -> str:
    """A root mean square in % of SoC; one that no cycler's truth can tell from another is only bounded."""
    return f"< {_TRUTH_PCT:g}" if value is not None and value < _TRUTH_PCT else number(value)


def percent(share: float | None, decimals: int = 1) -> str:
    """A share in percent, or a dash where nothing tells it."""
    return number(None if share is None else 100 * share, decimals)


_FIGURES = {
    "rmse_mean_pct": "mean RMSE, %",
    "unsettled": "runs that never settle",
    "coverage_95": "held in 95 %, %",
    "error_mean_pct": "mean error of the capacity, %",
}
_CHANGING = ("rmse_mean_pct", "unsettled", "coverage_95")


def budgets_table(verdicts: Sequence[Verdict]) -> Table:
    """Each budget, what was reached, and whether it holds."""
    table = plain_table("Budgets", "figure", "allowed", "reached", "")
    for verdict in verdicts:
        said = "[green]holds[/green]" if verdict.holds else "[red]BROKEN[/red]"
        table.add_row(meant(verdict.budget), allowed(verdict.budget), reached(verdict), said)
    broken = sum(not verdict.holds for verdict in verdicts)
    table.caption = f"{broken} of {len(verdicts)} budgets broken." if broken else f"All {len(verdicts)} budgets hold."
    return table


def changes_table(changes: dict[str, dict[str, Any]]) -> Table:
    """What changed in each case since the figures that are committed."""
    table = plain_table("Since the committed figures", "case", "RMSE before", "now", "difference", "never", "held", "")
    colours = {"better": "green", "worse": "red", "same": "dim"}
    for case, change in changes.items():
        rmse, never, held = (change[figure] for figure in _CHANGING)
        difference, verdict = rmse["difference"], change["verdict"]
        table.add_row(
            NAMES[case],
            number(rmse["before"]),
            number(rmse["now"]),
            "-" if difference is None else f"{difference:+.2f}",
            f"{never['before']} -> {never['now']}",
            f"{percent(held['before'])} -> {percent(held['now'])}",
            f"[{colours[verdict]}]{verdict}[/{colours[verdict]}]",
        )
    return table


def meant(budget: Budget) -> str:
    """The figure that a budget bounds."""
    at = "" if budget.ambient_c is None else f" at {budget.ambient_c} °C"
    return f"{NAMES[budget.case]}{at}: {_FIGURES[budget.figure]}"


def allowed(budget: Budget) -> str:
    """The bounds of a budget; shares in %."""
    least, most = (_shown(budget, bound) for bound in (budget.least, budget.most))
    if budget.least is not None and budget.most is not None:
        return f"{least} .. {most}"
    return f"<= {most}" if budget.least is None else f">= {least}"


def reached(verdict: Verdict) -> str:
    """The figure that met a budget; shares in %."""
    return _shown(verdict.budget, verdict.value, exact=True)


def _shown(budget: Budget, value: float | None, exact: bool = False) -> str:
    if value is None:
        return "-"
    if budget.figure == "coverage_95":
        return f"{100 * value:.2f}" if exact else f"{100 * value:.0f}"
    if exact and budget.figure == "rmse_mean_pct" and value < _TRUTH_PCT:
        return rmse(value)
    return f"{value:.3f}" if exact and budget.figure.endswith("_pct") else f"{value:g}"
