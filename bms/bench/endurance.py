"""Days of use on the real firmware: what it believes at the end, what it counted, and what it has cost it."""

import sys
import time
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.bench.days import CELL, OFFSET_A, SERIES, Days
from bms.bench.targets import REMOTE, Python, Target
from bms.cells import library
from bms.estimation import guard_rows, words
from bms.estimation.run import INTERVAL
from fastcore import batch
from firmware import modes

_Floats = NDArray[np.float64]
_SETTLED_H = 0.1  # of a blind start
_CALM_H, _LONG_H = 2.0, 4.0  # of a rest: the voltages have come back by then, and so long it must go on


def run(
    hours: float, target: Target, seed: int = 1, done: Callable[[float], object] = lambda hour: None
) -> dict[str, Any]:
    """Live through it; done(hour) once a minute. On `python` the kernels are the compiled ones, equal bit for bit."""
    target.require()
    world = Days(hours, seed, done=done)
    begun = time.perf_counter()
    live(world, target)
    wall = time.perf_counter() - begun
    return {"target": target.name, "days": round(hours / 24, 3), "wall_s": round(wall, 1)} | _figures(world, hours)


def live(world: Days, target: Target) -> None:
    """Run the firmware in it to its end."""
    if isinstance(target, Python):
        if str(REMOTE) not in sys.path:
            sys.path.append(str(REMOTE))
        import_module("bms.bench.remote.days").main(world, world, batch)
    else:
        target.run("days", world)


def broken(result: dict[str, Any]) -> list[str]:
    """Names of the figures that are not as they must be: docs/endurance.md says why so."""
    out, true_out = result["out_ah"], result["out_true_ah"]
    into, true_in = result["in_ah"], result["in_true_ah"]
    drift = result["drift_pct_a_day"]
    must = {
        "soc_max_pct": result["soc_max_pct"] <= 5.0,
        "drift_pct_a_day": drift is None or drift <= 0.05,
        "heap_grown_bytes": result["heap_grown_bytes"] <= 0,
        "out_ah": abs(out - true_out) <= 1 + 0.01 * true_out,
        "in_ah": abs(into - true_in) <= 1 + 0.01 * true_in,
        "uptime_h": abs(result["uptime_h"] - result["uptime_true_h"]) <= 0.02,
        "tripped": not set(result["tripped"]) - {"tick too late"},
    }
    return [name for name, holds in must.items() if not holds]


def _figures(world: Days, hours: float) -> dict[str, Any]:
    seen = world.seen
    hour, mode = np.array(seen.hour), np.array(seen.mode)
    true, told, sd = (np.array(x) for x in (seen.soc_true, seen.soc, seen.sd))
    error = np.abs(told - true)
    later = hour > _SETTLED_H
    return {
        "cells": SERIES,
        "ticks": world.ticks,
        "sensor_offset_ma": 1000 * OFFSET_A,
        "drift_pct_a_day": _drift(hour, mode, told - true, np.array(seen.bled)),
        "soc_rms_pct": round(100 * float(np.sqrt(np.mean(error[later] ** 2))), 2),
        "soc_max_pct": round(100 * float(error[later].max()), 2),
        "coverage_pct": round(100 * float(np.mean(error[later] <= INTERVAL * sd[later])), 1),
        "soc_true_least_pct": round(100 * float(true.min()), 1),
        "heap_grown_bytes": _grown(seen.heap, hour),
        "out_ah": world.out_ah,
        "out_true_ah": round(world.out_as / 3600, 1),
        "in_ah": world.in_ah,
        "in_true_ah": round(world.in_as / 3600, 1),
        "uptime_h": round(world.uptime_s / 3600, 2),
        "uptime_true_h": round(hours - (world.clock.leap / 3600 if world.leapt else 0), 2),
        "modes": {modes.NAMES[m]: round(float(np.mean(mode == m)) * hours, 2) for m in sorted(set(mode.tolist()))},
        "tripped": sorted({name for trips in seen.trips for name in _names(*trips)}),
    }


def _drift(hour: _Floats, mode: NDArray[np.int64], error: _Floats, bled: NDArray[np.bool_]) -> float | None:
    """% a day by which a cell's SoC has drifted at most while no current flows, the sensor zeroed; None without a rest.

    hour, mode: (reports,). error, bled: (reports, cells). A gap between reports ends a rest: the clock has leapt. A cell
    counts in the rests in which it is not bled.
    """
    worst = None
    still = np.isin(mode, (modes.OFF, modes.BALANCE))
    apart = np.flatnonzero(np.diff(still.astype(int), prepend=0, append=0) | (np.diff(hour, prepend=0, append=99) > 1))
    for first, end in pairwise(apart.tolist()):
        begun = int(np.searchsorted(hour, hour[first] + _CALM_H))
        alone = ~bled[begun:end].any(axis=0)
        if still[first] and begun < end and alone.any() and (hours := hour[end - 1] - hour[begun]) >= _LONG_H:
            moved = 100 * np.abs(error[end - 1] - error[begun])[alone] * 24 / hours
            worst = max(worst or 0.0, float(moved.max()))
    return None if worst is None else round(worst, 4)


def _grown(heap: list[int], hour: _Floats) -> int:
    """Bytes between the first hour's end and the last report."""
    first = int(np.searchsorted(hour, min(1.0, float(hour[-1]) / 2)))
    return heap[-1] - heap[first]


def _names(first: int, second: int) -> list[str]:
    both = first | second << 30
    return [row.name for row in guard_rows.rows(_LIMITS) if both >> row.number & 1]


_LIMITS = words.limits(words.PackDesign(library.load(CELL), SERIES, 1, 15.0))
