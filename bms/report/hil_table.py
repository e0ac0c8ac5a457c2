"""The fault matrix in the terminal: a row a case, what failed and why below."""

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from bms.bench.hil import catalogue
from bms.bench.hil.case import Verdict
from bms.bench.hil.matrix import Matrix

_COLOUR = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.VOID: "yellow", Verdict.SKIPPED: "dim"}


def table(matrix: Matrix) -> Table:
    """Cases by group with limit and measured reaction; the numbers that do not apply, with their reasons."""
    table = Table(title=f"Fault matrix on {matrix.target}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name, justify in (("case", "left"), ("reaction", "left"), ("limit", "right"), ("took", "right"), ("", "left")):
        table.add_column(name, justify=justify)  # pyright: ignore[reportArgumentType]
    order = {case.name: k for k, case in enumerate(catalogue.CASES)}
    for result in sorted(matrix.results, key=lambda result: order[result.name]):
        case = catalogue.case(result.name)
        why = f": {escape(result.why)}" if result.why else ""
        said = f"[{_COLOUR[result.verdict]}]{result.verdict.value}[/]{why}"
        times = milliseconds(case.limit_ms), milliseconds(result.measured_ms)
        table.add_row(case.name, case.reaction.value, *times, said)
    for absent in matrix.absent:
        said = f"[dim]skipped: {escape(absent.reason)}[/]"
        table.add_row(f"{absent.number} {escape(absent.title)}", "", "", "", said)
    table.caption = caption(matrix)
    table.caption_justify = "left"
    return table


def caption(matrix: Matrix) -> str:
    """What it comes to, in a line."""
    void = f", {matrix.count(Verdict.VOID)} void" if matrix.count(Verdict.VOID) else ""
    ended = "; ended before all had run" if matrix.interrupted else ""
    took = matrix.figures.get("board_ms_per_tick_longest")
    ticks = "" if took is None else f"; the board's longest tick took {took:.1f} ms"
    passed, failed = matrix.count(Verdict.PASSED), matrix.count(Verdict.FAILED)
    return (
        f"{passed} passed, {failed} failed{void}, {matrix.skipped} skipped; "
        f"{matrix.simulated_s:,.0f} s of driving in {matrix.wall_s:.1f} s ({matrix.times_real:.0f} x){ticks}{ended}"
    )


def milliseconds(ms: float | None) -> str:
    """A time as a reader wants it; nothing where there is none."""
    if ms is None:
        return ""
    if ms >= 10_000:
        return f"{ms / 1000:.1f} s"
    return f"{ms:.0f} ms" if ms >= 10 else f"{1000 * ms:.0f} us" if ms < 1 else f"{ms:.1f} ms"
