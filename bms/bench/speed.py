"""How many cells a second the desktop's estimator takes, beside a filterpy EKF of the same order in the same run."""

import os
import time
from array import array
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from bms.bench.peer import Peer
from bms.bench.trace import Trace, trace
from fastcore import batch
from firmware import cell

CELLS = 96
CONTROL_MS = 100  # the controller's samples: the voltage corrects once a second, the nine between only count
CORRECTION_MS = 1000  # each sample is a full correction
_SAMPLES = 10_000
_SLOW_SAMPLES = 4_000
_REPEATS = 7
_CORES = os.cpu_count() or 1


def speed() -> dict[str, float]:
    """Cell updates a second on one core, best of several repeats; InputError without filterpy.

    updates_per_s and ratio are over samples of 100 ms, as the controller takes them; the figures that end in
    full_correction over samples of 1 s, where the kernel corrects at each one, as filterpy always does; the one that
    ends in all_cores is that of a batch on each core at once.
    """
    control, seconds = (trace(CELLS, _SAMPLES, dt_ms) for dt_ms in (CONTROL_MS, CORRECTION_MS))
    updates, corrections = rate(control, compiled(control)), rate(seconds, compiled(seconds))
    alone, alone_seconds = (trace(1, _SLOW_SAMPLES, dt_ms) for dt_ms in (CONTROL_MS, CORRECTION_MS))
    peer, peer_seconds = rate(alone, by_filterpy(alone)), rate(alone_seconds, by_filterpy(alone_seconds))
    source, source_seconds = rate(alone, interpreted(alone)), rate(alone_seconds, interpreted(alone_seconds))
    return {
        "cells": CELLS,
        "updates_per_s": round(updates),
        "filterpy_updates_per_s": round(peer),
        "ratio": round(updates / peer, 1),
        "updates_per_s_full_correction": round(corrections),
        "cores": _CORES,
        "updates_per_s_full_correction_all_cores": round(_CORES * rate(seconds, on_all_cores(seconds))),
        "filterpy_updates_per_s_full_correction": round(peer_seconds),
        "ratio_full_correction": round(corrections / peer_seconds, 1),
        "python_source_updates_per_s": round(source),
        "python_source_updates_per_s_full_correction": round(source_seconds),
    }


def rate(samples: Trace, run: Callable[[], object]) -> float:
    """Cell updates a second of a run over the samples: that of the shortest repeat."""
    shortest = float("inf")
    for _ in range(_REPEATS):
        began = time.perf_counter()
        run()
        shortest = min(shortest, time.perf_counter() - began)
    return samples.v_uv.size / shortest


def compiled(samples: Trace) -> Callable[[], object]:
    """A run of all cells through the compiled kernel."""
    inputs = (samples.par, samples.i_ma, samples.v_uv, samples.t_mdegc, samples.dt_ms)
    outputs = [np.empty_like(samples.v_uv) for _ in range(3)]
    return lambda: batch.run(samples.states.copy(), *inputs, *outputs)


def on_all_cores(samples: Trace) -> Callable[[], object]:
    """A run of all cells through the compiled kernel on each core at once: it does not hold the interpreter's lock."""
    runs = [compiled(samples) for _ in range(_CORES)]

    def run() -> None:
        with ThreadPoolExecutor(_CORES) as threads:
            for done in [threads.submit(one) for one in runs]:
                done.result()

    return run


def by_filterpy(samples: Trace) -> Callable[[], object]:
    """A run of the first cell through filterpy; InputError if it is not installed."""
    return lambda: Peer(samples).run()


def interpreted(samples: Trace) -> Callable[[], object]:
    """A run of the first cell through the kernels' source under this interpreter."""
    par = array("i", samples.par.tolist())
    columns = (samples.i_ma, samples.v_uv[:, 0], samples.t_mdegc[:, 0], samples.dt_ms)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))

    def run() -> None:
        state = array("i", samples.states[0].tolist())
        for i_ma, v_uv, t_mdegc, dt_ms in rows:
            cell.step(state, par, i_ma, v_uv, t_mdegc, dt_ms)

    return run
