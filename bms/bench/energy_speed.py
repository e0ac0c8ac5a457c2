"""How long one UDDS takes in the vehicle model, beside FASTSim 3 on the same cycle in the same run."""

import importlib
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from bms.driving import steps
from bms.driving.drive_train import scale
from bms.driving.drive_train_fit import FITTED
from bms.driving.road_load import RoadLoad
from bms.errors import InputError

_REPEATS, _CALLS = 15, 50
_PEER_CAR = "2022_Renault_Zoe_ZE50_R135.yaml"  # battery-electric, no thermal models: the fastest that it ships


def energy_speed() -> dict[str, float | str]:
    """ms a UDDS on one core, best of several repeats. Without FASTSim its figures say how to get it."""
    drive = udds()
    ours = seconds(drive)
    result: dict[str, float | str] = {"udds_ms": round(1000 * ours, 4), "wall_wh_per_udds": round(drive(), 1)}
    try:
        fresh = fastsim_udds()
    except InputError as e:
        return result | {"fastsim": str(e)}
    peer = min(_timed(fresh()) for _ in range(_REPEATS))
    return result | {"fastsim_udds_ms": round(1000 * peer, 2), "ratio": round(peer / ours)}


def udds() -> Callable[[], float]:
    """A drive of 1,369 s in a mid-size sedan to its wall energy in Wh; car and trace are prepared, as FASTSim's are."""
    cycle, car = steps.shipped("udds"), RoadLoad.from_epa(37.17, 0.047, 0.0144, 4250)
    size, coefficients = np.atleast_1d(scale(190_000.0, car.mass)), car.coefficients(1 + FITTED.warm_up)[None]

    def run() -> float:
        stored = FITTED.stored_energy(coefficients @ cycle.basis, cycle.blend, size, cycle.seconds)
        return float(FITTED.wall_energy(stored[0])) / 3600

    return run


def fastsim_udds() -> Callable[[], Callable[[], object]]:
    """Makes a fresh FASTSim run of the UDDS, which keeps no history; InputError if FASTSim is not installed."""
    fastsim = _fastsim()
    car, cycle = fastsim.Vehicle.from_resource(_PEER_CAR), fastsim.Cycle.from_resource("udds.csv")
    car.set_save_interval(None)
    return lambda: fastsim.SimDrive(car, cycle).run


def _fastsim() -> Any:
    os.environ["RUST_LIB_BACKTRACE"] = "0"  # where RUST_BACKTRACE is set it would spend half of its time on tracebacks
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module("fastsim")
    except ImportError as error:
        raise InputError(
            "The vehicle model is timed beside FASTSim, which is not installed here; run `pip install fastsim`."
        ) from error


def seconds(run: Callable[[], object]) -> float:
    """s a call, of the shortest of several repeats of some calls."""
    return min(_timed(lambda: [run() for _ in range(_CALLS)]) for _ in range(_REPEATS)) / _CALLS


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
