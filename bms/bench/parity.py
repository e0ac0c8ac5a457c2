"""Parity: the same samples through two builds of the kernels, every state word and every returned number compared."""

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.bench.remote.every_kernel import steps
from bms.bench.samples import Job, jobs
from bms.bench.targets import hex_of, target
from fastcore import batch
from firmware import cell, driving
from firmware.kernels import extremes, frame, guard, health, leak, power

COMPILED = "compiled"
_PIECE = 200  # samples in a message: what a target holds of a job at once

Progress = Callable[[str, int], None]
_Steps = dict[str, Callable[..., int]]


def _steps(*kernels: Callable[..., int]) -> _Steps:
    return {name: step for name, (step, _) in steps(*kernels).items()}


_COMPILED: _Steps = _steps(
    batch.step,
    batch.health_step,
    batch.reach_step,
    batch.guard_step,
    batch.extremes_step,
    batch.power_step,
    batch.leak_step,
    batch.frame_step,
)
_SOURCE: _Steps = _steps(
    cell.step, health.step, driving.step, guard.step, extremes.step, power.step, leak.step, frame.step
)


def parity(targets: Sequence[str], steps: int, seed: int = 0, progress: Progress = lambda *_: None) -> dict[str, Any]:
    """Run `steps` samples (bms/bench/samples.py says which) on each target and count the words that differ.

    "compiled" is fastcore against the Python source; any other name is a target of bms/bench/targets.py, held against
    fastcore. progress(name, steps done). Returns {"steps": N, "targets": {name: {"steps": N, "mismatches": n}}}; a
    target that cannot run is {"skipped": why}. InputError for an unknown name, RuntimeError if a target dies.
    """
    return {"steps": steps, "targets": {name: _judge(name, steps, seed, progress) for name in targets}}


def _judge(name: str, steps: int, seed: int, progress: Progress) -> dict[str, Any]:
    if name == COMPILED:
        return _against_source(jobs(steps, seed), lambda done: progress(name, done))
    runner = target(name)
    if why := runner.missing():
        return {"skipped": why}
    replay = Replay(jobs(steps, seed), lambda done: progress(name, done))
    runner.run("replay", replay)
    return {"steps": replay.steps, "mismatches": replay.mismatches}


def _against_source(work: Iterator[Job], progress: Callable[[int], None]) -> dict[str, Any]:
    done = mismatches = 0
    for job in work:
        here, there = (trace(kernels[job.kernel], job.state, job.par, job.samples) for kernels in (_COMPILED, _SOURCE))
        mismatches += int(np.count_nonzero(here != there))
        done += len(job.samples)
        progress(done)
    return {"steps": done, "mismatches": mismatches}


def trace(
    step: Callable[..., int], state: NDArray[np.int32], par: NDArray[np.int32], samples: NDArray[np.int32]
) -> NDArray[np.int32]:
    """What a kernel returns and the state it leaves after each sample, int32 (steps, 1 + words)."""
    s, words, out = array("i", state.tobytes()), array("i", par.tobytes()), array("i")
    for sample in samples.tolist():
        out.append(step(s, words, *sample))
        out.extend(s)
    return np.array(out, np.int32).reshape(len(samples), 1 + len(s))


def expected(job: Job) -> NDArray[np.int32]:
    """The trace of a job in fastcore: what every other runtime is held against."""
    return trace(_COMPILED[job.kernel], job.state, job.par, job.samples)


class Replay:
    """Answers bms/bench/remote/replay.py with jobs, in pieces, and holds what comes back against fastcore."""

    def __init__(self, work: Iterator[Job], progress: Callable[[int], None]) -> None:
        self.steps = self.mismatches = 0
        self._pieces = self._cut(work)
        self._expected: deque[NDArray[np.int32]] = deque()
        self._progress = progress

    def __call__(self, message: str) -> str:
        verb, _, rest = message.partition(" ")
        if verb == "j":
            return next(self._pieces, "")
        if verb == "w":
            self._compare(np.frombuffer(bytes.fromhex(rest), "<i4"))
        return ""

    def _cut(self, work: Iterator[Job]) -> Iterator[str]:
        for job in work:
            words = expected(job)
            begin = f"{job.kernel} {hex_of(job.state)} {hex_of(job.par)}"
            for at in range(0, len(job.samples), _PIECE):
                self._expected.append(words[at : at + _PIECE])
                yield f"{begin} {hex_of(job.samples[at : at + _PIECE])}"
                begin = f"{job.kernel} - -"

    def _compare(self, words: NDArray[np.int32]) -> None:
        expected = self._expected.popleft()
        self.mismatches += int(np.count_nonzero(words.reshape(expected.shape) != expected))
        self.steps += len(expected)
        self._progress(self.steps)
