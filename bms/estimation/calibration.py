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


@dataclass(frozen=True)
class Tried:
    """A pair of constants, each cell's runs, the least factor that keeps the rule (None: none does), and how wide the
    intervals then are: the logarithm of their mean deviation, the mean over cells and cases."""

    lasting: Lasting
    runs: list[list[Held]]
    factor: float | None
    width: float


def calibrate(cells: Sequence[Sequence[LeftOut]], told: Progress = lambda done, total: None) -> list[Tried]:
    """Every pair of constants over the drives of each cell that lie between the others; the present one among them."""
    pairs = [Lasting(deviation, slow_s) for deviation, slow_s in product(DEVIATIONS, SLOW_S)]
    out = []
    for pair in dict.fromkeys([*pairs, LASTING]):
        out.append(_tried(pair, [_counted(drives, pair) for drives in cells]))
        told(len(out), len(pairs))
    return out


def chosen(tried: Sequence[Tried]) -> Tried | None:
    """The pair with the narrowest intervals among those that keep the rule."""
    return min((one for one in tried if one.factor is not None), key=lambda one: one.width, default=None)


def _counted(drives: Sequence[LeftOut], lasting: Lasting) -> list[Held]:
    between = [one for one in drives if one.between] or list(drives)
    return [run for runs in held(between, lasting, FACTORS / KERNEL_FACTOR) for run in runs]


def _tried(lasting: Lasting, cells: list[list[Held]]) -> Tried:
    keeps = np.ones(len(FACTORS), np.bool_)
    for runs in cells:
        cases = {case: coverage(runs, case) for case in CASES if any(run.case == case for run in runs)}
        keeps &= np.mean([share for case, share in cases.items() if case != "blind"], axis=0) >= TOLD_LEAST
        keeps &= np.min(list(cases.values()), axis=0) >= CASE_LEAST
    factor = float(FACTORS[np.argmax(keeps)]) if keeps.any() else None
    width = np.mean([np.mean([np.log(_deviation(runs, case)) for case in CASES]) for runs in cells])
    return Tried(lasting, cells, factor, float(width + np.log((factor or np.inf) / KERNEL_FACTOR) / 2))


def coverage(runs: Sequence[Held], case: str) -> Floats:
    """Share of the time in the interval at each of FACTORS: the mean over the runs of a case."""
    return np.mean([run.coverage for run in runs if run.case == case], axis=0)


def _deviation(runs: Sequence[Held], case: str) -> float:
    return float(np.mean([run.deviation for run in runs if run.case == case]))


def figures(runs: Sequence[Held], factor: float) -> dict[str, dict[str, float]]:
    """Of each case: mean RMSE in % (blind runs by their weights), and the share of the time held at `factor`."""
    at = int(np.searchsorted(FACTORS, factor))
    out = {}
    for case in CASES:
        of = [run for run in runs if run.case == case]
        rmse = np.average([100 * run.rmse for run in of], weights=[run.weight for run in of])
        out[case] = {"rmse_mean_pct": round(float(rmse), 3), "coverage_95": round(float(coverage(of, case)[at]), 4)}
    return out


def summary(names: Sequence[str], cells: Sequence[Sequence[LeftOut]], tried: Sequence[Tried]) -> dict[str, Any]:
    """What `bms bench calibrate --json` prints."""
    best = chosen(tried)
    drives = [{one.log.name: "counted" if one.between else "beyond" for one in of} for of in cells]
    now = next(one for one in tried if one.lasting == LASTING)
    return {
        "drives": dict(zip(names, drives, strict=True)),
        "tried": [
            {
                "lasting_mv": round(1000 * one.lasting.deviation, 3),
                "slow_s": one.lasting.slow_s,
                "factor": one.factor,
                "width_pct": round(100 * float(np.exp(one.width)), 3) if one.factor else None,
            }
            for one in tried
        ],
        "chosen": None if best is None else _shown(names, best, best.factor or KERNEL_FACTOR),
        "present": _shown(names, now, KERNEL_FACTOR),
    }


def _shown(names: Sequence[str], one: Tried, factor: float) -> dict[str, Any]:
    cells = {name: figures(runs, factor) for name, runs in zip(names, one.runs, strict=True)}
    lasting = {"lasting_mv": round(1000 * one.lasting.deviation, 3), "slow_s": one.lasting.slow_s}
    return {**lasting, "factor": factor, "cells": cells}
