"""The figures of the accuracy protocol: of one run, of a case over all files, and of all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bms.estimation.accuracy_cases import CASES
from bms.estimation.capacity_cycles import CYCLES, Cycle
from bms.estimation.logs import Floats
from bms.estimation.run import INTERVAL

ESTIMATOR, COULOMB, EKF = "estimator", "coulomb", "ekf_3rc"
SETTLED = 0.05  # an error of SoC below which a run counts as settled

Figures = dict[str, Any]  # of a case; a figure that nothing tells is None


@dataclass(frozen=True)
class Key:
    """Which run it is: file, case, ambient temperature in whole degC, and its weight in the mean of its case."""

    file: str
    case: str
    ambient_c: int
    weight: int


@dataclass(frozen=True)
class Course:
    """A run as it went, arrays (n,): s since its start, error of SoC and its deviation 0..1, s a row stands for."""

    time: Floats
    error: Floats
    sd: Floats | None
    held: Floats


@dataclass(frozen=True)
class Score:
    """How a run went: RMSE over time and largest error (0..1), s until the error stays below 5 % (None: never), and
    the share of the time in which the 95 % interval held the truth (None: there is no interval)."""

    method: str
    key: Key
    rmse: float
    most: float
    settle_s: float | None
    coverage: float | None


@dataclass(frozen=True)
class Accuracy:
    """The outcome of the protocol; `worst` is the estimator's worst run of each case by RMSE, `cycles` what it learned
    of the capacity over each file."""

    cell: str
    files: list[str]
    scores: list[Score]
    worst: dict[str, tuple[Key, Course]]
    cycles: dict[str, list[Cycle]]
    seconds: float

    def of(self, method: str, case: str, ambient_c: int | None = None) -> list[Score]:
        """The scores of a method in a case, of all ambients or of one."""
        return [
            s for s in self.scores if (s.method, s.key.case) == (method, case) and ambient_c in (None, s.key.ambient_c)
        ]

    @property
    def ambients_c(self) -> list[int]:
        """The ambient temperatures among the files, degC, rising."""
        return sorted({s.key.ambient_c for s in self.scores})


def score(method: str, key: Key, course: Course) -> Score:
    """The figures of one run."""
    size = np.abs(course.error)
    above = np.flatnonzero(size >= SETTLED)
    last = int(above[-1]) + 1 if len(above) else 0
    held = course.held
    return Score(
        method,
        key,
        rmse=float(np.sqrt(np.average(course.error**2, weights=held))),
        most=float(size.max()),
        settle_s=float(course.time[last] - course.time[0]) if last < len(size) else None,
        coverage=None if course.sd is None else float(np.average(size <= INTERVAL * course.sd, weights=held)),
    )


def figures(scores: Sequence[Score]) -> Figures:
    """The figures of a case from its runs, in % SoC, s and shares.

    rmse_mean_pct is the mean over runs, each with its weight (blind: 3, 2, 1 for restarts at 90, 60, 30 %);
    coverage_95 the plain mean over runs; settling times are of the runs that settle.
    """
    if not scores:
        return dict.fromkeys(FIGURES) | {"unsettled": 0, "runs": 0}
    rmse = [100 * s.rmse for s in scores]
    settled = [s.settle_s for s in scores if s.settle_s is not None]
    covered = [s.coverage for s in scores if s.coverage is not None]
    return {
        "rmse_mean_pct": round(float(np.average(rmse, weights=[s.key.weight for s in scores])), 3),
        "rmse_worst_pct": round(max(rmse), 3),
        "max_pct": round(max(100 * s.most for s in scores), 3),
        "settle_median_s": round(float(np.median(settled)), 1) if settled else None,
        "settle_worst_s": round(max(settled), 1) if settled else None,
        "unsettled": len(scores) - len(settled),
        "coverage_95": round(float(np.mean(covered)), 4) if covered else None,
        "runs": len(scores),
    }


FIGURES = (
    "rmse_mean_pct",
    "rmse_worst_pct",
    "max_pct",
    "settle_median_s",
    "settle_worst_s",
    "unsettled",
    "coverage_95",
    "runs",
)


def summary(result: Accuracy) -> dict[str, Any]:
    """What `bms bench accuracy --json` prints; the keys of by_temperature are degC, rising."""
    methods = {s.method for s in result.scores} - {ESTIMATOR}
    return {
        "cell": result.cell,
        "files": result.files,
        "cases": by_case(result, ESTIMATOR),
        "by_temperature": {str(c): by_case(result, ESTIMATOR, c) for c in result.ambients_c},
        "capacity_cycles": _cycles(result.cycles),
        "baselines": {method: by_case(result, method) for method in sorted(methods)},
        "seconds": round(result.seconds, 1),
    }


def by_case(result: Accuracy, method: str, ambient_c: int | None = None) -> dict[str, Figures]:
    """The figures of a method in every case."""
    return {case: figures(result.of(method, case, ambient_c)) for case in CASES}


def _cycles(found: dict[str, list[Cycle]]) -> Figures:
    """Capacity told 10 % low: error of what is believed after the last cycle, in %, and RMSE of one more drive."""
    errors = {file: 100 * (cycles[-1].share - 1) for file, cycles in found.items()}
    sizes = [abs(error) for error in errors.values()]
    return {
        "cycles": CYCLES,
        "error_mean_pct": round(float(np.mean(sizes)), 3),
        "error_worst_pct": round(max(sizes), 3),
        "rmse_mean_pct": round(100 * float(np.mean([cycles[-1].rmse for cycles in found.values()])), 3),
        "error_pct": {file: round(error, 3) for file, error in errors.items()},
    }
