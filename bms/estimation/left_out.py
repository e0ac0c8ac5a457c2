"""The drives of a fit left out of it, one temperature in turn, and the cases run over them."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from bms.cells import fitting
from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation import logs
from bms.estimation.accuracy_cases import Run, runs
from bms.estimation.logs import Floats, Log
from bms.estimation.parameters import Lasting
from bms.estimation.run import INTERVAL, estimate

_BESIDE = 10.0  # K that a drive may lie beyond the others: cells warm up under load
_TOGETHER = 2.5  # K between the means of two drives: nearer ones are of one temperature, and mostly of one day

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Tests:
    """The files of one cell: slow tests, tests that always train, and the drives that are left out."""

    ocv: tuple[Path, ...]
    dynamic: tuple[Path, ...]
    drives: tuple[Path, ...]


@dataclass(frozen=True)
class LeftOut:
    """Drives of one temperature, and the cell that was fitted without them; `between` the temperatures of the others,
    or beyond them."""

    logs: tuple[Log, ...]
    cell: Cell
    between: bool


@dataclass(frozen=True)
class Held:
    """One run: RMSE and mean deviation (root mean square), 0..1, and the share of the time that the interval holds the
    truth at each factor on the published variance."""

    case: str
    weight: int
    rmse: float
    deviation: float
    coverage: Floats


def by_folder(ocv: Sequence[Path], dynamic: Sequence[Path], drives: Sequence[Path]) -> dict[str, Tests]:
    """The tests by the folder they lie in, each of which is a cell's. InputError where one has too few drives."""
    found = {}
    for folder in dict.fromkeys(path.absolute().parent for path in drives):
        of = [tuple(path for path in paths if path.absolute().parent == folder) for paths in (ocv, dynamic, drives)]
        if len(of[1]) + len(of[2]) < 2:
            raise InputError(f"{folder}: without {of[2][0].name} no test is left to fit; give another --drive of it.")
        found[folder.name] = Tests(*of)
    lost = [path for path in [*ocv, *dynamic] if path.absolute().parent.name not in found]
    if lost:
        raise InputError(f"{lost[0]}: no --drive lies in its folder, which holds the tests of one cell; give one.")
    return found


def left_out(tests: Sequence[Tests], told: Progress = lambda done, total: None) -> list[list[LeftOut]]:
    """Fit without the drives of each temperature of each cell, in processes. InputError as for
    bms.cells.fitting.fit_files, and where without them nothing is left."""
    jobs = [(k, drives) for k, of in enumerate(tests) for drives in together(of.drives)]
    for k, drives in jobs:
        if len(drives) == len(tests[k].drives) and not tests[k].dynamic:
            raise InputError(
                f"{drives[0].parent}: its drives lie at one temperature, so without them no test is left to fit; "
                "give a --dynamic of it, or a --drive at another temperature."
            )
    done: dict[tuple[int, tuple[Path, ...]], LeftOut] = {}
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        pending = {pool.submit(_without, tests[k], drives): (k, drives) for k, drives in jobs}
        for job in as_completed(pending):
            done[pending[job]] = job.result()
            told(len(done), len(jobs))
    return [[done[job] for job in jobs if job[0] == k] for k in range(len(tests))]


def together(drives: Sequence[Path]) -> list[tuple[Path, ...]]:
    """The drives by their mean temperature, from cold to hot. InputError where one cannot be read."""
    found = sorted((_temperature(logs.read(path)), path) for path in drives)
    groups: list[tuple[Path, ...]] = []
    before = -np.inf
    for kelvin, path in found:
        groups = [*groups[:-1], (*groups[-1], path)] if kelvin - before <= _TOGETHER else [*groups, (path,)]
        before = kelvin
    return groups


def _without(tests: Tests, drives: tuple[Path, ...]) -> LeftOut:
    others = [*tests.dynamic, *(path for path in tests.drives if path not in drives)]
    name = f"without {', '.join(path.stem for path in drives)}"
    cell = fitting.fit_files(tests.ocv, others, None, name, logs.read).cell
    found, around = tuple(map(logs.read, drives)), [_temperature(logs.read(path)) for path in others]
    between = all(min(around) - _BESIDE <= _temperature(log) <= max(around) + _BESIDE for log in found)
    return LeftOut(found, cell, between)


def _temperature(log: Log) -> float:
    return float(np.average(log.temperature, weights=log.held))


def held(groups: Sequence[LeftOut], lasting: Lasting, factors: Floats) -> list[list[Held]]:
    """Every run of every case over each group's drives; `factors`, rising, are on the variance that is published."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda one: [_held(run, one.cell, lasting, factors) for run in _runs(one)], groups))


def _runs(one: LeftOut) -> list[Run]:
    return [run for log in one.logs for run in runs(log, one.cell)]


def _held(run: Run, cell: Cell, lasting: Lasting, factors: Floats) -> Held:
    found = estimate(run.log, cell, run.start_soc, run.start_sd, run.capacity_share, lasting=lasting)
    error, weight = found.soc - run.truth, run.log.held
    needed = (error / (INTERVAL * found.sd)) ** 2
    within, _ = np.histogram(needed, np.concatenate([[0.0], factors, [np.inf]]), weights=weight)
    rmse, deviation = (float(np.sqrt(np.average(x**2, weights=weight))) for x in (error, found.sd))
    return Held(run.case, run.weight, rmse, deviation, np.cumsum(within[:-1]) / weight.sum())
