"""Each drive of a fit left out of it in turn: the cell found without the drive, and the protocol's cases over it."""

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

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Tests:
    """The files of one cell: slow tests, tests that always train, and the drives that are left out in turn."""

    ocv: tuple[Path, ...]
    dynamic: tuple[Path, ...]
    drives: tuple[Path, ...]


@dataclass(frozen=True)
class LeftOut:
    """A drive and the cell that was fitted without it; `between` the temperatures of the others, or beyond them."""

    log: Log
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
    """Fit without each drive of each cell, in processes. InputError as for bms.cells.fitting.fit_files."""
    jobs = [(k, drive) for k, of in enumerate(tests) for drive in of.drives]
    done: dict[tuple[int, Path], LeftOut] = {}
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        pending = {pool.submit(_without, tests[k], drive): (k, drive) for k, drive in jobs}
        for job in as_completed(pending):
            done[pending[job]] = job.result()
            told(len(done), len(jobs))
    return [[done[k, drive] for drive in of.drives] for k, of in enumerate(tests)]


def _without(tests: Tests, drive: Path) -> LeftOut:
    others = [*tests.dynamic, *(path for path in tests.drives if path != drive)]
    cell = fitting.fit_files(tests.ocv, others, None, f"without {drive.stem}", logs.read).cell
    log, around = logs.read(drive), [_temperature(logs.read(path)) for path in others]
    return LeftOut(log, cell, min(around) - _BESIDE <= _temperature(log) <= max(around) + _BESIDE)


def _temperature(log: Log) -> float:
    return float(np.average(log.temperature, weights=log.held))


def held(drives: Sequence[LeftOut], lasting: Lasting, factors: Floats) -> list[list[Held]]:
    """Every run of every case over each drive; `factors`, rising, are on the variance that the kernel publishes."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda one: [_held(run, one.cell, lasting, factors) for run in _runs(one)], drives))


def _runs(one: LeftOut) -> list[Run]:
    return list(runs(one.log, one.cell))


def _held(run: Run, cell: Cell, lasting: Lasting, factors: Floats) -> Held:
    found = estimate(run.log, cell, run.start_soc, run.start_sd, run.capacity_share, lasting=lasting)
    error, weight = found.soc - run.truth, run.log.held
    needed = (error / (INTERVAL * found.sd)) ** 2
    within, _ = np.histogram(needed, np.concatenate([[0.0], factors, [np.inf]]), weights=weight)
    rmse, deviation = (float(np.sqrt(np.average(x**2, weights=weight))) for x in (error, found.sd))
    return Held(run.case, run.weight, rmse, deviation, np.cumsum(within[:-1]) / weight.sum())
