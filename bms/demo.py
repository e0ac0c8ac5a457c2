"""The main job from end to end: the firmware on a target drives an emulated pack along a speed trace."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.bench.pack_words import PATIENCE, configuration, monitored, of_pack
from bms.bench.plant import Plant, monitors
from bms.bench.targets import Target
from bms.bench.world import History, Load, World
from bms.cells import library
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import cycles, drive, vehicle
from bms.emulation import pack_file
from bms.emulation.bq76952 import BQ76952
from bms.emulation.effects import named
from bms.emulation.pack import Pack
from bms.errors import InputError, said_of
from bms.estimation.run import INTERVAL

__all__ = ["Drive", "Result", "configuration", "judge", "run"]

DT = 0.1  # s of the load
_DAY_S = 86400.0
SETTLED = 0.05  # an estimate has settled once each cell's own 95 % interval is narrower than +- this
_AMBIENT_C = (-35.0, 60.0)  # the estimator ends at -40 degC, and the emulated sensors err by 1 K


@dataclass(frozen=True)
class Drive:
    """What is driven: names as in bms/packs and bms/driving/cycles; minutes repeats or cuts the cycle."""

    pack: str = "quadricycle-fest77"
    cycle: str = "udds"
    ambient_c: float = 25.0
    minutes: float | None = None
    start_soc: float = 0.8
    seed: int = 1
    effects: str = "none"  # of the emulated cells, as bms.emulation.effects.named

    def __post_init__(self) -> None:
        low, high = _AMBIENT_C
        if not low <= self.ambient_c <= high:
            raise InputError(f"--ambient-c is {self.ambient_c:g}: {low:g} .. {high:g} can be driven; choose one there.")
        if self.minutes is not None and not 0.1 <= self.minutes <= 1440:
            raise InputError(f"--minutes is {self.minutes:g}: 0.1 .. 1440 can be driven; choose one there.")
        if not 0.05 <= self.start_soc <= 1:
            raise InputError(f"--start-soc is {self.start_soc:g}: 0.05 .. 1 can be driven from; choose one there.")


@dataclass(frozen=True)
class Result:
    """summary: what summary.json holds. history: one row a second."""

    summary: dict[str, Any]
    history: History


@dataclass(frozen=True)
class _Plan:
    design: pack_file.PackFile
    cell: Cell
    car: vehicle.Vehicle
    whole: drive.Trace  # one cycle
    words: NDArray[np.int32]


def _plan(pack: str, cycle: str, ambient: float) -> _Plan:
    design = pack_file.load(pack)
    cell, car = library.load(design.cell), vehicle.load(design.vehicle)
    whole = drive.trace(cycles.load(cycle), car, ambient, DT)
    with said_of(pack_file.files_of(pack, design)):
        return _Plan(design, cell, car, whole, of_pack(design, cell, car))


def run(what: Drive, target: Target, progress: Callable[[float, float], None] = lambda done, total: None) -> Result:
    """Drive it. progress(seconds done, seconds in all) is called once a simulated second."""
    target.require()
    ambient = what.ambient_c + ZERO_CELSIUS
    plan = _plan(what.pack, what.cycle, ambient)
    driven = plan.whole
    if what.minutes is not None:
        driven = drive.trace(cycles.load(what.cycle), plan.car, ambient, DT, what.minutes * 60)
    world = _world(what, plan, driven, ambient, progress)
    begun = time.perf_counter()
    target.run("drive", world)
    wall = time.perf_counter() - begun
    if not world.history.time:
        raise InputError(
            f"The firmware did not start within {len(driven.power) * DT:g} s of driving at {what.ambient_c:g} degC; "
            "ask for more --minutes, or another --ambient-c or --start-soc."
        )
    left = world.pack.copy()
    left.contactor_closed = True
    truth = drive.range_left(left, plan.whole, first=world.step % len(plan.whole.power), patience=PATIENCE)
    summary = {
        "target": target.name,
        "micropython": world.version,
        "pack": plan.design.name,
        "vehicle": plan.car.name,
        "cycle": what.cycle,
        "ambient_c": what.ambient_c,
        "cells": int(plan.design.series.value),
        "seed": what.seed,
        "ticks": world.mirror.ticks,
        "seconds_simulated": round(world.seconds, 3),
        "wall_s": round(wall, 3),
        "real_time_factor": round(world.seconds / wall, 1),
        "parity_mismatches": world.mirror.mismatches,
        "undelivered_wh": round(world.undelivered / 3600, 3),
        "contactor_opened": world.opened,
        **target.figures(),
        **judge(world.history),
        "range_km_true": round(truth.km, 3),
    }
    return Result(summary, world.history)


def _world(
    what: Drive, plan: _Plan, driven: drive.Trace, ambient: float, progress: Callable[[float, float], None]
) -> World:
    seconds = len(driven.power) * DT
    pack, chips = _wired(what, plan, ambient)
    return World(pack, chips, Load(DT, driven.power, driven.distance), plan.words, lambda done: progress(done, seconds))


def _wired(what: Drive, plan: _Plan, ambient: float) -> tuple[Pack, list[BQ76952]]:
    series, parallel, shunt_uohm = monitored(plan.design)
    pack = Pack(
        plan.cell,
        series,
        parallel,
        what.seed,
        soc=what.start_soc,
        temperature=ambient,
        ambient=ambient,
        effects=named(what.effects, seed=what.seed),
    )
    return pack, monitors(series, shunt_uohm, what.seed)


def plant(what: Drive) -> Plant:
    """The emulated pack, its monitors and its switches alone, for a day of the cycle."""
    ambient = what.ambient_c + ZERO_CELSIUS
    plan = _plan(what.pack, what.cycle, ambient)
    pack, chips = _wired(what, plan, ambient)
    times = math.ceil(_DAY_S / DT / len(plan.whole.power))
    return Plant(pack, chips, Load(DT, np.tile(plan.whole.power, times), np.tile(plan.whole.distance, times)))


def judge(history: History) -> dict[str, Any]:
    """The firmware's SoC and range against the truth; SoC as shares, over all cells, once a second."""
    time_s = np.array(history.time)
    true, firmware, sd = (np.array(x) for x in (history.soc_true, history.soc, history.sd))
    error = np.abs(firmware - true)
    narrow = np.flatnonzero((INTERVAL * sd).max(axis=1) <= SETTLED)
    settled = int(narrow[0]) if len(narrow) else None
    mean_sd = float(sd[-1].mean())
    mean = float(firmware[-1].mean())
    lowest, highest = int(true[-1].argmin()), int(true[-1].argmax())
    p10, p50, p90 = (round(float(km), 3) for km in history.range_km[-1])
    return {
        "soc_true": _share(true[-1].mean()),
        "soc_firmware": _share(mean),
        "soc_lowest": {"true": _share(true[-1, lowest]), "firmware": _share(firmware[-1, lowest])},
        "soc_highest": {"true": _share(true[-1, highest]), "firmware": _share(firmware[-1, highest])},
        "soc_interval_95": [_share(mean - INTERVAL * mean_sd), _share(mean + INTERVAL * mean_sd)],
        "soc_max_error": _share(error.max()),
        "soc_max_error_settled": None if settled is None else _share(error[settled:].max()),
        "settled_after_s": None if settled is None else round(float(time_s[settled]), 1),
        "coverage_95": _share(np.mean(error <= INTERVAL * sd)),
        "range_km": {"p10": p10, "p50": p50, "p90": p90},
    }


def _share(value: float | np.floating | NDArray[np.float64]) -> float:
    return round(float(value), 5)
