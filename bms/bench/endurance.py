"""Days of use on the real firmware: what it believes at the end, what it counted, and what it has cost it."""

import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from bms.bench.days import CELL, OFFSET_A, SERIES, Days
from bms.bench.targets import REMOTE, Python, Target
from bms.cells import library
from bms.estimation import guard_rows, words
from bms.estimation.run import INTERVAL
from fastcore import batch
from firmware import modes

_SETTLED_H = 0.1  # of a blind start
_OFFSET_LEARNED_H = 2.0  # the contactors have been open by then, and the sensor was zeroed


def run(
    hours: float, target: Target, seed: int = 1, done: Callable[[float], object] = lambda hour: None
) -> dict[str, Any]:
    """Live through it; done(hour) once a minute. On `python` the kernels are the compiled ones, equal bit for bit."""
    target.require()
    world = Days(hours, seed, done=done)
    begun = time.perf_counter()
    if isinstance(target, Python):
        if str(REMOTE) not in sys.path:
            sys.path.append(str(REMOTE))
        import_module("bms.bench.remote.days").main(world, world, batch)
    else:
        target.run("days", world)
    wall = time.perf_counter() - begun
    return {"target": target.name, "days": round(hours / 24, 3), "wall_s": round(wall, 1)} | _figures(world, hours)


def _figures(world: Days, hours: float) -> dict[str, Any]:
    seen = world.seen
    hour, mode = np.array(seen.hour), np.array(seen.mode)
    true, told, sd, offset = (np.array(x) for x in (seen.soc_true, seen.soc, seen.sd, seen.offset_ma))
    error = np.abs(told - true)
    later = hour > _SETTLED_H
    capacity_ma_h = 1000 * library.load(CELL).capacity_ah.value
    learned = (hour > _OFFSET_LEARNED_H) & np.isin(mode, (modes.OFF, modes.BALANCE))
    left_ma = np.abs(offset[learned] - 1000 * OFFSET_A).max() if learned.any() else None
    return {
        "cells": SERIES,
        "ticks": world.ticks,
        "sensor_offset_ma": 1000 * OFFSET_A,
        "offset_left_ma": None if left_ma is None else round(float(left_ma), 2),
        "drift_pct_a_day": None if left_ma is None else round(float(left_ma) * 24 / capacity_ma_h * 100, 4),
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


def _grown(heap: list[int], hour: "np.typing.NDArray[np.float64]") -> int:
    """Bytes between the first hour's end and the last report."""
    first = int(np.searchsorted(hour, min(1.0, float(hour[-1]) / 2)))
    return heap[-1] - heap[first]


def _names(first: int, second: int) -> list[str]:
    both = first | second << 30
    return [row.name for row in guard_rows.rows(_LIMITS) if both >> row.number & 1]


_LIMITS = words.limits(words.PackDesign(library.load(CELL), SERIES, 1, 15.0))
