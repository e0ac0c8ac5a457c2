"""The page of a run of the fault matrix: what was injected, what had to follow, what did, and a trace of each case."""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from bms.bench.hil import catalogue
from bms.bench.hil.case import Case, Verdict
from bms.bench.hil.judge import Result
from bms.bench.hil.matrix import Matrix
from bms.report import page
from bms.report.hil_table import caption, milliseconds
from bms.report.page import Section
from bms.report.plot import HIGHEST, LOWEST, MEAN, TRUTH, styled

_BEFORE_S, _AFTER_S = 1.0, 4.0  # of the fault, at least
_HEIGHT = 250


def write(path: Path, matrix: Matrix) -> None:
    """The page to `path`; InputError where it cannot be written."""
    order = {case.name: k for k, case in enumerate(catalogue.CASES)}
    results = sorted(matrix.results, key=lambda result: order[result.name])
    sections = [_overview(results)] if any(r.measured_ms is not None for r in results) else []
    sections += [_section(catalogue.case(result.name), result) for result in results]
    facts = [
        ("target", matrix.target),
        ("passed", str(matrix.count(Verdict.PASSED))),
        ("failed", str(matrix.count(Verdict.FAILED))),
        ("void: the bench itself erred", str(matrix.count(Verdict.VOID))),
        ("skipped", str(matrix.skipped)),
        ("simulated", f"{matrix.simulated_s:,.0f} s in {matrix.wall_s:.1f} s ({matrix.times_real:.0f} x)"),
        *((f"skipped: {absent.number} {absent.title}", absent.reason) for absent in matrix.absent),
    ]
    page.write(path, "Fault matrix", caption(matrix), facts, sections, linked=False)


def _overview(results: list[Result]) -> Section:
    """Reaction times beside their limits, on one logarithmic axis."""
    timed = [result for result in results if result.measured_ms is not None][::-1]
    names = [result.name for result in timed]
    figure = styled(max(_HEIGHT, 22 * len(names) + 80))
    limits = [catalogue.case(name).limit_ms for name in names]
    taken = [max(result.measured_ms or 0.0, 1e-3) for result in timed]
    line = {"symbol": "line-ns-open", "color": TRUTH}
    figure.add_scatter(x=limits, y=names, mode="markers", name="limit", marker=line)
    figure.add_scatter(x=taken, y=names, mode="markers", name="reaction", marker={"color": MEAN})
    figure.update_xaxes(type="log", title="from the fault / ms")
    figure.update_yaxes(automargin=True)
    figure.update_layout(hovermode="closest")
    return Section("Reaction times", "From the fault to the reaction, in the time of the emulated pack.", figure)


def _section(case: Case, result: Result) -> Section:
    numbers = ", ".join(str(number) for number in case.numbers)
    heading = f"{case.name}{f' ({numbers})' if numbers else ''}: {result.verdict.value}"
    limit = f"Limit {milliseconds(case.limit_ms)}: {case.why}." if case.limit_ms is not None else f"Why: {case.why}."
    took = milliseconds(result.measured_ms) or "none"
    caption = f"Injected: {case.injected}. Expected: {case.expected}. {limit} Measured: {took}."
    return Section(heading, f"{caption} {result.why}".strip(), _trace(case, result))


def _trace(case: Case, result: Result) -> go.Figure:
    """Current, cells and what is closed, about the fault; time 0 is the fault."""
    figure, log = styled(_HEIGHT), result.log
    zero = result.fault_s or 0.0
    last = zero + max(_AFTER_S, (result.measured_ms or 0.0) / 1000 + 1.0)
    times, amps, low, high = np.array(log.samples or [(0.0, 0.0, 0.0, 0.0)]).T
    shown = (times >= zero - _BEFORE_S) & (times <= last)
    _line(figure, times[shown] - zero, amps[shown], "current / A", TRUTH, "y")
    _line(figure, times[shown] - zero, low[shown], "lowest cell / V", LOWEST, "y2")
    _line(figure, times[shown] - zero, high[shown], "highest cell / V", HIGHEST, "y2")
    told = [(t - zero, on) for t, what, on in log.switches if what == "main"]
    x, closed = [-zero, *(t for t, _ in told), last - zero], [False, *(on for _, on in told)]
    y = np.array([*closed, closed[-1]], float)
    figure.add_scatter(x=x, y=y, yaxis="y3", name="contactor", mode="lines", line={"shape": "hv", "color": MEAN})
    figure.add_vline(x=0, line={"color": TRUTH, "dash": "dot", "width": 1})
    if result.measured_ms is not None:
        figure.add_vline(x=result.measured_ms / 1000, line={"color": MEAN, "dash": "dash", "width": 1})
    figure.update_layout(
        yaxis2={"overlaying": "y", "side": "right", "showgrid": False},
        yaxis3={"overlaying": "y", "side": "right", "range": [-0.1, 6], "visible": False},
        margin={"r": 56},
    )
    figure.update_xaxes(title="from the fault / s", range=[-_BEFORE_S, last - zero])
    return figure


def _line(figure: go.Figure, x, y, name: str, colour: str, axis: str) -> None:
    figure.add_scatter(
        x=x.astype(np.float32), y=y.astype(np.float32), name=name, mode="lines", yaxis=axis,
        line={"color": colour, "width": 1.4},
    )  # fmt: skip
