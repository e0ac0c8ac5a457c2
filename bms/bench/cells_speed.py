"""How fast the emulated cells are: steps a second on one core, a whole discharge, and PyBaMM's Thevenin beside them."""

import time

import numpy as np

from bms.bench import thevenin_peer
from bms.cells import library
from bms.cells.schema import Cell
from bms.emulation.effects import NAMES, Effects
from bms.emulation.pack import Pack
from bms.errors import InputError

SERIES = 96
_STEPS = 20_000  # s: a full discharge at 1 Hz
_REPEATS = 5
_CELL, _SURFACED = "nio-welion-semisolid", "panasonic-ncr18650pf"


def cells_speed() -> dict[str, float | str]:
    """Figures of this machine, best of several repeats. Without PyBaMM its figures say how to get it."""
    cell, surfaced = library.load(_CELL), library.load(_SURFACED)
    plain, one = _seconds(cell, SERIES, None), _seconds(cell, 1, None)
    everything = _seconds(cell, SERIES, Effects(NAMES))
    result: dict[str, float | str] = {
        "cell_steps_per_s": round(SERIES * _STEPS / plain),
        "cell_steps_per_s_all_effects": round(SERIES * _STEPS / everything),
        "cell_steps_per_s_surface": round(SERIES * _STEPS / _seconds(surfaced, SERIES, None)),
        "discharge_96s_20000_s": round(plain, 4),
        "discharge_96s_20000_s_all_effects": round(everything, 4),
        "one_cell_steps_per_s": round(_STEPS / one),
    }
    try:
        peer = thevenin_peer.steps_per_s()
    except InputError as e:
        return result | {"pybamm_thevenin": str(e)}
    return result | {
        "pybamm_thevenin_steps_per_s": round(peer),
        "ratio_of_one_cell": round(_STEPS / one / peer),
    }


def _seconds(cell: Cell, series: int, effects: Effects | None) -> float:
    """Of the shortest discharge from full to nearly empty by a power that repeats a rough drive, 1 s a step."""
    mean = 0.9 * series * cell.capacity_ah.value * 3600 * float(np.mean(cell.ocv_v.value)) / _STEPS
    power = mean * (1 + 0.5 * np.sin(np.arange(_STEPS)))
    shortest = float("inf")
    for _ in range(_REPEATS):
        pack = Pack(cell, series, soc=1.0, effects=effects)
        began = time.perf_counter()
        drawn = pack.draw(power, 1.0, patience=0)
        shortest = min(shortest, time.perf_counter() - began)
        if drawn.steps < _STEPS:
            raise RuntimeError(f"The discharge ended after {drawn.steps} of {_STEPS} s ({drawn.ended}).")
    return shortest
