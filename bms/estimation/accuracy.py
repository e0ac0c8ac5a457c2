"""The accuracy protocol: every case over every file, by the compiled estimator and by the baselines, on all cores."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation import baselines, logs
from bms.estimation.accuracy_cases import CASES, runs
from bms.estimation.baseline_tables import Tables, tables
from bms.estimation.capacity_cycles import Cycle, capacity_cycles
from bms.estimation.run import estimate
from bms.estimation.scores import COULOMB, EKF, ESTIMATOR, Accuracy, Course, Key, Score, score

_AMBIENT_WINDOW = 60.0  # s
_AMBIENT_STEP = 5  # degC
_KELVIN = 273.15

Progress = Callable[[int, int], object]


@dataclass
class _Part:
    """What a job found: scores, the worst course of each case, and the jobs that it has started in its turn."""

    scores: list[Score] = field(default_factory=list)
    worst: dict[str, tuple[Score, Course]] = field(default_factory=dict)
    cycles: dict[str, list[Cycle]] = field(default_factory=dict)
    started: list["Future[_Part]"] = field(default_factory=list)

    def take(self, other: "_Part") -> None:
        self.scores += other.scores
        self.cycles |= other.cycles
        for one, course in other.worst.values():
            self.keep(one, course)

    def keep(self, one: Score, course: Course) -> None:
        """Keep a course if it is the worst of its case; of two alike, that of the file named first by its name."""
        case, before = one.key.case, self.worst.get(one.key.case)
        if before is None or (one.rmse, before[0].key.file) > (before[0].rmse, one.key.file):
            self.worst[case] = (one, course)


def judge(
    paths: Sequence[Path], cell: Cell, with_baselines: bool = True, progress: Progress = lambda done, total: None
) -> Accuracy:
    """Run the protocol over the logs at `paths`, each read once; progress is told jobs done and jobs known.

    Files run in threads, as the kernel needs no GIL; the baselines run in processes, as filterpy does. InputError
    where a file cannot be read, holds no truth or is named twice, or where baselines are wanted without filterpy.
    """
    began, names = time.perf_counter(), labels(paths)
    found = _run_all(dict(zip(names, paths, strict=True)), cell, with_baselines, progress)
    order = {name: k for k, name in enumerate(names)}
    scores = sorted(found.scores, key=lambda s: (order[s.key.file], CASES.index(s.key.case), -s.key.weight, s.method))
    worst = {case: (found.worst[case][0].key, found.worst[case][1]) for case in CASES if case in found.worst}
    cycles = {name: found.cycles[name] for name in names}
    return Accuracy(cell.name, names, scores, worst, cycles, time.perf_counter() - began)


def labels(paths: Sequence[Path]) -> list[str]:
    """What each file is called in the figures: its name, or with its folder where names alone would not do.

    InputError where a file is named twice.
    """
    for form in (lambda path: path.name, lambda path: f"{path.absolute().parent.name}/{path.name}", str):
        found = [form(path) for path in paths]
        if len(set(found)) == len(found):
            return found
    twice = next(path for k, path in enumerate(paths) if path in paths[:k])
    raise InputError(f"{twice} is named twice and would count twice; name each file once.")


def _run_all(paths: dict[str, Path], cell: Cell, with_baselines: bool, progress: Progress) -> _Part:
    with ExitStack() as stack:
        peers = None
        if with_baselines:
            baselines.require_filterpy()
            spawn = multiprocessing.get_context("spawn")  # the fork of a process with threads may hang
            peers = stack.enter_context(ProcessPoolExecutor(os.cpu_count(), spawn))
            stack.callback(peers.shutdown, cancel_futures=True)
        threads = stack.enter_context(ThreadPoolExecutor(os.cpu_count(), initializer=_uninterrupted))
        stack.callback(threads.shutdown, cancel_futures=True)
        linear = tables(cell) if with_baselines else None
        pending = {threads.submit(_file, name, path, cell, linear, peers) for name, path in paths.items()}
        found, done, total = _Part(), 0, len(pending)
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            for job in finished:
                part = job.result()
                found.take(part)
                pending |= set(part.started)
                total += len(part.started)
            done += len(finished)
            progress(done, total)
    return found


def _file(name: str, path: Path, cell: Cell, linear: Tables | None, peers: ProcessPoolExecutor | None) -> _Part:
    """All runs over one log: the estimator's at once, those of the baselines as jobs for `peers`."""
    log = logs.read(path)
    ambient_c, part = _ambient_c(log), _Part(cycles={name: capacity_cycles(log, cell)})
    for run in runs(log, cell):
        key = Key(name, run.case, ambient_c, run.weight)
        result = estimate(run.log, cell, run.start_soc, run.start_sd, run.capacity_share)
        course = Course(run.log.time - run.log.time[0], result.soc - run.truth, result.sd, run.log.held)
        one = score(ESTIMATOR, key, course)
        part.scores.append(one)
        part.keep(one, course)
        if peers is not None and linear is not None:
            seen = baselines.windows(run, cell.capacity_ah.value)
            part.started.append(peers.submit(_baselines, key, seen, linear))
    return part


def _baselines(key: Key, seen: baselines.Windows, linear: Tables) -> _Part:
    """Both baselines over one run, in a process of its own."""
    counted = baselines.coulomb(seen)
    soc, sd = baselines.ekf_3rc(seen, linear)
    courses = {
        COULOMB: Course(seen.time, counted - seen.true, None, seen.held),
        EKF: Course(seen.time, soc - seen.true, sd, seen.held),
    }
    return _Part([score(method, key, course) for method, course in courses.items()])


def _ambient_c(log: logs.Log) -> int:
    """The coldest minute's mean, rounded to 5 degC: cells warm up under load, and cool down before a cold test."""
    minute = np.floor((log.time - log.time[0]) / _AMBIENT_WINDOW)
    first = np.flatnonzero(np.diff(minute, prepend=-1.0))
    means = np.add.reduceat(log.temperature, first) / np.diff(first, append=len(log))
    return _AMBIENT_STEP * round((float(means.min()) - _KELVIN) / _AMBIENT_STEP)


def _uninterrupted() -> None:
    """Leave an interrupt to the main thread: processes that are started from this one inherit that."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
