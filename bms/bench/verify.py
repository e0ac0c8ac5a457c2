"""The kernels on a board itself, held against the desktop word by word, over its serial port and from its RAM."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.bench import serial_board
from bms.bench.parity import expected
from bms.bench.samples import Job, jobs
from bms.bench.serial_board import SerialBoard
from bms.bench.targets import hex_of
from bms.bench.trace import trace
from bms.errors import InputError

_PIECE_WORDS = 500  # of samples in a command: what a board's heap holds of it, and again as its text, is some 10 kB
_WEIGHED, _ROUNDS = 50, 20  # samples of 100 ms, as the controller's, and how often

Progress = Callable[[str, int, int], None]
Sources = Callable[[str, str], dict[str, bytes]]


def verify(
    board: SerialBoard,
    steps: int,
    seed: int = 0,
    progress: Progress = lambda *_: None,
    sources: Sources = serial_board.compiled,
) -> dict[str, Any]:
    """Run `steps` samples (bms/bench/samples.py) on the board and compare every state word with fastcore's.

    progress(what, done, in all). Returns {machine, version, code, steps, mismatches, us_per_step,
    bytes_per_1000_steps}, and `first`, {kernel, step, word, board, desktop}, if a word differs; word 0 is what the
    kernel returned. Time and heap are of a cell's step at the controller's 100 ms. InputError if the board can load
    neither native code nor bytecode, or has too little heap.
    """
    if board.who.free_bytes < serial_board.HEAP_BYTES:
        raise InputError(
            f"{board.who.machine} has {board.who.free_bytes // 1024:,} kB of heap free and the kernels take "
            f"{serial_board.HEAP_BYTES // 1024} kB; reset the board so that nothing runs on it, "
            "or take one with more RAM."
        )
    architecture = serial_board.native(board.who)
    modules = sources("verify", architecture)
    size = sum(map(len, modules.values()))
    board.load(modules, lambda done: progress("loading", done, size))
    board.run("import verify as _v")
    judge = _Judge(board)
    for job in jobs(steps, seed):
        for _ in judge.pieces(job):
            progress("verifying", judge.steps, steps)
    us, taken, weighed = _weigh(board)
    result: dict[str, Any] = {
        "machine": board.who.machine,
        "version": board.who.version,
        "code": f"native {architecture}" if architecture else "bytecode",
        "steps": judge.steps,
        "mismatches": judge.mismatches,
        "us_per_step": round(us / weighed, 1),
        "bytes_per_1000_steps": round(taken * 1000 / weighed),
    }
    return result | ({"first": judge.first} if judge.first else {})


class _Judge:
    """Sends jobs in pieces and compares: digests, and where these differ, the words."""

    def __init__(self, board: SerialBoard) -> None:
        self.steps = self.mismatches = 0
        self.first: dict[str, Any] = {}
        self._board = board

    def pieces(self, job: Job) -> Iterator[None]:
        """Judge a job, a piece at a time."""
        words = expected(job)
        length = max(1, _PIECE_WORDS // job.samples.shape[1])
        self._begin(job, job.state, hex_of(job.par))
        for at in range(0, len(words), length):
            samples, truth = hex_of(job.samples[at : at + length]), words[at : at + length]
            if self._board.run(f"_v.digest('{samples}')") != hashlib.sha256(truth.astype("<i4").tobytes()).hexdigest():
                before = words[at - 1, 1:] if at else job.state
                self._look(job, at, before, samples, truth)
            self.steps += len(truth)
            yield

    def _begin(self, job: Job, state: NDArray[np.int32], par: str | None) -> None:
        self._board.run(f"_v.begin('{job.kernel}', '{hex_of(state)}', {par!r})")

    def _look(self, job: Job, at: int, before: NDArray[np.int32], samples: str, truth: NDArray[np.int32]) -> None:
        """The words of a piece that differ; the board goes on from the desktop's state."""
        self._begin(job, before, None)
        told = self._board.run(f"_v.show('{samples}')").split()
        words = np.array([np.frombuffer(bytes.fromhex(row), "<i4") for row in told]).reshape(truth.shape)
        rows, columns = np.nonzero(words != truth)
        self.mismatches += max(1, len(rows))  # a digest that differs over equal words is a difference too
        if len(rows) and not self.first:
            where = rows[0], columns[0]
            self.first = {
                "kernel": job.kernel,
                "step": at + int(where[0]),
                "word": int(where[1]),
                "board": int(words[where]),
                "desktop": int(truth[where]),
            }
        self._begin(job, truth[-1, 1:], None)


def _weigh(board: SerialBoard) -> tuple[int, int, int]:
    """us, bytes of heap, steps."""
    t = trace(1, _WEIGHED, 100)
    samples = np.stack([t.i_ma, t.v_uv[:, 0], t.t_mdegc[:, 0], t.dt_ms], axis=1)
    told = board.run(f"_v.weigh('{hex_of(t.states[0])}', '{hex_of(t.par)}', '{hex_of(samples)}', {_ROUNDS})", 60)
    us, taken, steps = map(int, told.split())
    return us, taken, steps
