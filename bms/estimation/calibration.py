"""Three constants of the filter from the files of fits alone: what is taken of errors that last, and the interval's
factor. docs/accuracy.md has the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from bms.estimation.accuracy_cases import CASES
from bms.estimation.left_out import Held, LeftOut, Progress, held
from bms.estimation.logs import Floats
from bms.estimation.parameters import LASTING, Lasting

KERNEL_FACTOR = 49 / 32  # firmware/kernels/kalman.py publishes this times the variance
FACTORS = np.arange(8, 257) / 32
DEVIATIONS = (0.004, 0.0055, 0.007, 0.009, 0.012)  # V
SLOW_S = (120.0, 240.0, 480.0)
TOLD_LEAST, CASE_LEAST = 0.95, 0.90
_SIGNS = (("offset_190ma", "offset_minus_190ma"), ("voltage_plus", "voltage_minus"))  # one disturbance, either way
DISTURBANCES = tuple((case,) for case in CASES if not any(case in both for both in _SIGNS)) + _SIGNS

Groups = Sequence[Sequence[Held]]


@dataclass(frozen=True)
class Tried:
    """A pair of constants, the runs of each cell's groups of drives, the least factor that keeps the rule (None: none
    does), and the error: the logarithm of the RMSE in %, the mean over groups and cases."""

    lasting: Lasting
    cells: Sequence[Groups]
    factor: float | None
    error: float


def calibrate(cells: Sequence[Sequence[LeftOut]], told: Progress = lambda done, total: None) -> list[Tried]:
    """Every pair of constants over the drives of each cell that lie between the others; the present one among them."""
    pairs = [Lasting(deviation, slow_s) for deviation, slow_s in product(DEVIATIONS, SLOW_S)]
    out = []
    for pair in dict.fromkeys([*pairs, LASTING]):
        out.append(weighed(pair, [held(counted(groups), pair, FACTORS / KERNEL_FACTOR) for groups in cells]))
        told(len(out), len(pairs))
    return out


def counted(groups: Sequence[LeftOut]) -> Sequence[LeftOut]:
    """The groups that lie between the others; all of them where none does."""
    return [one for one in groups if one.between] or groups


def chosen(tried: Sequence[Tried]) -> Tried | None:
    """The pair that errs least among those that keep the rule."""
    return min((one for one in tried if one.factor is not None), key=lambda one: one.error, default=None)


def weighed(lasting: Lasting, cells: Sequence[Groups]) -> Tried:
    """A pair of constants by the rule: every group of drives of every cell weighs the same."""
    groups = [group for of in cells for group in of]
    shares = {case: coverage(groups, case) for case in CASES}
    keeps = np.mean([share for case, share in shares.items() if case != "blind"], axis=0) >= TOLD_LEAST
    for cases in DISTURBANCES:
        keeps &= np.mean([shares[case] for case in cases], axis=0) >= CASE_LEAST
    factor = float(FACTORS[np.argmax(keeps)]) if keeps.any() else None
    error = np.mean([np.mean([np.log(_rmse(group, case)) for case in CASES if _of(group, case)]) for group in groups])
    return Tried(lasting, cells, factor, float(error))


def coverage(groups: Groups, case: str) -> Floats:
    """Share of the time in the interval at each of FACTORS: the mean over the groups of that over their runs."""
    shares = [[run.coverage for run in _of(group, case)] for group in groups]
    return np.mean([np.mean(of, axis=0) for of in shares if of], axis=0)


def _of(group: Sequence[Held], case: str) -> list[Held]:
    return [run for run in group if run.case == case]


def _rmse(group: Sequence[Held], case: str) -> float:
    """% of SoC, the mean over the runs of a case by their weights."""
    of = _of(group, case)
    return float(np.average([100 * run.rmse for run in of], weights=[run.weight for run in of]))


def figures(groups: Groups, factor: float) -> dict[str, dict[str, float]]:
    """Of each case: mean RMSE in % over all runs, and the share of the time held at `factor`."""
    at = int(np.searchsorted(FACTORS, factor))
    together = [run for group in groups for run in group]
    return {
        case: {
            "rmse_mean_pct": round(_rmse(together, case), 3),
            "coverage_95": round(float(coverage(groups, case)[at]), 4),
        }
        for case in CASES
    }


def summary(names: Sequence[str], cells: Sequence[Sequence[LeftOut]], tried: Sequence[Tried]) -> dict[str, Any]:
    """What `bms bench calibrate --json` prints."""
    best = chosen(tried)
    now = next(one for one in tried if one.lasting == LASTING)
    return {
        "drives": {name: [_group(one, groups) for one in groups] for name, groups in zip(names, cells, strict=True)},
        "tried": [{**_told(one), "factor": one.factor, "error_pct": _percent(one)} for one in tried],
        "chosen": None if best is None else _shown(names, best, best.factor or KERNEL_FACTOR),
        "present": _shown(names, now, KERNEL_FACTOR),
    }


def _group(one: LeftOut, groups: Sequence[LeftOut]) -> dict[str, Any]:
    return {"files": [log.name for log in one.logs], "counted": one in counted(groups)}


def _told(one: Tried) -> dict[str, float]:
    return {"lasting_mv": round(1000 * one.lasting.deviation, 3), "slow_s": one.lasting.slow_s}


def _percent(one: Tried) -> float:
    return round(float(np.exp(one.error)), 4)


def _shown(names: Sequence[str], one: Tried, factor: float) -> dict[str, Any]:
    cells = {name: figures(groups, factor) for name, groups in zip(names, one.cells, strict=True)}
    return {**_told(one), "factor": factor, "error_pct": _percent(one), "cells": cells}
