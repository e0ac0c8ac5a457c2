"""Reaction times over many seeds, which draw where in a tick the fault falls, the monitor's errors, and the cells."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from bms.bench import targets
from bms.bench.hil import catalogue, runner
from bms.bench.hil.case import Verdict
from bms.emulation.bq76952 import BQ76952


@dataclass(frozen=True)
class Figure:
    """A reaction that is published. formula_ms: of a monitor's own delay, in its own time."""

    title: str
    case: str
    limit_ms: float
    formula_ms: float | None = None


FIGURES = (
    Figure("over-voltage", "over-voltage", 500.0),
    Figure("over-current, the firmware", "over-current-fast", 120.0),
    Figure("over-current, the monitor alone", "monitor-over-current", 101.0, 99.0),
    Figure("short circuit, the monitor", "short-circuit", 0.2, 0.015),
    Figure("over-temperature", "over-temperature", 5000.0),
    Figure("monitor silent", "monitor-silent", 150.0),
    Figure("welded contactor told", "contactor-welded", 300.0),
    Figure("command with a wrong signature told", "command-of-a-stranger", 210.0),
)


@dataclass(frozen=True)
class Timed:
    """One run. own_ms: in the monitor's own time."""

    case: str
    seed: int
    measured_ms: float | None
    own_ms: float | None
    why: str


def timed(case: str, seed: int) -> Timed:
    """One case under one seed, on target python."""
    result = runner.run_case(catalogue.case(case), targets.target("python"), seed)
    rate = BQ76952(seed=seed)._analogue.clock_rate
    own = None if result.measured_ms is None else result.measured_ms * rate
    return Timed(case, seed, result.measured_ms, own, "" if result.verdict is Verdict.PASSED else result.why)


def run(seeds: int, together: int = 2) -> Iterator[Timed]:
    """Every figure under every seed, as they come."""
    with ProcessPoolExecutor(together) as pool:
        jobs = [pool.submit(timed, figure.case, seed) for seed in range(1, seeds + 1) for figure in FIGURES]
        try:
            for job in as_completed(jobs):
                yield job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
