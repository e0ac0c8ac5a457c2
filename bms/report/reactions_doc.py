"""docs/reactions.md: reaction times over many seeds, as `bms hil --reactions` measured them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bms import output
from bms.bench.hil import catalogue
from bms.bench.hil.reactions import FIGURES, Figure, Timed
from bms.report.hil_table import milliseconds

_HEAD = """# Reaction times

Written by `bms hil --reactions docs/reactions.md --seeds {seeds}`: the firmware on target python before emulated
hardware, each fault under {seeds} seeds. A seed draws where in a tick the fault falls, the monitor's oscillator
(1.5 %), its errors and its noise, and the cells. Times are those of the emulated pack, from the fault to the command of
the contactor, to the monitor's FET, or to the tick that tells; a contactor takes up to 50 ms more.

| fault | p50 | p99 | most | allowed | runs that failed | why so long |
|---|---|---|---|---|---|---|
"""
_FORMULAS = """
## The monitor against its formulas

In the monitor's own time, so without its oscillator's error. The bench looks each 0.1 ms (short circuit: each 1 us).

| protection | formula | least | most |
|---|---|---|---|
"""


def write(path: Path, runs: Sequence[Timed], seeds: int) -> None:
    """The page to `path`; InputError where it cannot be written."""
    output.write_text(path, text(runs, seeds))


def text(runs: Sequence[Timed], seeds: int) -> str:
    """The page."""
    page = _HEAD.format(seeds=seeds) + "".join(_row(figure, runs) for figure in FIGURES)
    return page + _FORMULAS + "".join(_formula(figure, runs) for figure in FIGURES if figure.formula_ms is not None)


def held(runs: Sequence[Timed]) -> bool:
    """Every run reacted, as its case wants, within what is published."""
    limits = {figure.case: figure.limit_ms for figure in FIGURES}
    return all(not r.why and r.measured_ms is not None and r.measured_ms <= limits[r.case] for r in runs)


def _row(figure: Figure, runs: Sequence[Timed]) -> str:
    mine = [r for r in runs if r.case == figure.case]
    times = np.array([r.measured_ms for r in mine if r.measured_ms is not None] or [np.nan])
    p50, p99, most = (milliseconds(float(t)) for t in (np.median(times), np.percentile(times, 99), times.max()))
    failed = sum(bool(r.why) or r.measured_ms is None or r.measured_ms > figure.limit_ms for r in mine)
    why = catalogue.case(figure.case).why
    allowed = milliseconds(figure.limit_ms)
    return f"| {figure.title} | {p50} | {p99} | {most} | {allowed} | {failed} of {len(mine)} | {why} |\n"


def _formula(figure: Figure, runs: Sequence[Timed]) -> str:
    own = [r.own_ms for r in runs if r.case == figure.case and r.own_ms is not None] or [float("nan")]
    formula = milliseconds(figure.formula_ms)
    least, most = (f"{ms:.2f} ms" if ms >= 1 else f"{1000 * ms:.1f} us" for ms in (min(own), max(own)))
    return f"| {figure.title} | {formula} | {least} | {most} |\n"
