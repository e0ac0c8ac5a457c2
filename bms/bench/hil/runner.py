"""Runs cases of the fault matrix on a target, several at once, and says what came of each."""

import atexit
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache

from bms.bench import kept, targets
from bms.bench.hil import catalogue, judge
from bms.bench.hil.case import Case, Reaction, Verdict
from bms.bench.hil.judge import Result
from bms.bench.hil.log import Void
from bms.bench.hil.rig import Rig

_TOGETHER = 2  # firmware processes at once: each has a host beside it


def run_case(
    case: Case,
    target: targets.Target,
    seed: int = 1,
    disabled: frozenset[int] = frozenset(),
    broken: frozenset[tuple[int, int]] = frozenset(),
) -> Result:
    """One case, once. disabled, broken: as Rig."""
    begun = time.perf_counter()
    rig = Rig(target, case.setting, seed, disabled, broken)
    try:
        _play(case, rig)
    except Void as error:
        verdict, why = (Verdict.PASSED, "") if case.reaction is Reaction.VOID else (Verdict.VOID, str(error))
        result = Result(case.name, verdict, why, log=rig.log, fault_s=rig.fault_s)
    else:
        result = judge.judged(case, rig)
    result.simulated_s, result.wall_s = rig.plant.time, time.perf_counter() - begun
    return result


def _play(case: Case, rig: Rig) -> None:
    if case.fault_s is not None:
        fault_s = case.fault_s

        def fail() -> None:
            rig.fault_now(case.lasts_s)
            for chip in rig.chips:
                chip.grain = case.setting.grain_s
            case.inject(rig)
            rig.plant.sense()

        rig.at(fault_s, fail)
    case.prepare(rig)
    rig.go()


def run(cases: Sequence[Case], target: targets.Target, seed: int = 1, together: int = _TOGETHER) -> Iterator[Result]:
    """Every case once, each result as it comes."""
    together = min(together, os.cpu_count() or 1, len(cases))
    if together <= 1 or target.alone:
        with closing_target(target) as one:
            for case in sorted(cases, key=lambda case: case.setting.entry):  # another may have to be loaded
                yield run_case(case, one, seed)
        return
    with ProcessPoolExecutor(together) as pool:
        longest_first = sorted(cases, key=lambda case: -case.lasts_s)
        jobs = [pool.submit(_named, case.name, target.name, seed) for case in longest_first]
        try:
            yield from _finished(jobs)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _finished(jobs: Sequence[Future[Result]]) -> Iterator[Result]:
    for job in as_completed(jobs):
        yield job.result()


@contextmanager
def closing_target(target: targets.Target) -> Iterator[targets.Target]:
    """The target with its interpreter kept between runs, and ended after them."""
    one = kept.kept(target)
    try:
        yield one
    finally:
        one.close()


@cache
def _mine(target: str) -> targets.Target:
    """A worker's own interpreter, which ends with the worker."""
    one = kept.kept(targets.target(target))
    atexit.register(one.close)
    return one


def _named(name: str, target: str, seed: int) -> Result:
    return run_case(catalogue.case(name), _mine(target), seed)
