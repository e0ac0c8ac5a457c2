"""A cycle cut into steps, with all that many drives over it share."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bms.driving import cycles
from bms.driving.cycles import Cycle
from bms.driving.drive_train import regen_blend

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Steps:
    """Steps on the flat. RoadLoad.coefficients() @ basis is W at the wheels in each."""

    basis: Floats  # (4, steps): v, v^2, v^3, v times acceleration, at the mean speed of a step
    blend: Floats  # (steps,): regen_blend() of it
    seconds: Floats  # (steps,): how long each lasts
    distance: float  # m


def of(cycle: Cycle) -> Steps:
    """The whole seconds of a cycle, a step each."""
    speed = cycle.at(np.arange(np.floor(cycle.duration) + 1))
    v, acceleration = (speed[1:] + speed[:-1]) / 2, np.diff(speed)
    return Steps(np.stack([v, v**2, v**3, v * acceleration]), regen_blend(v), np.ones_like(v), float(v.sum()))


@cache
def shipped(name: str) -> Steps:
    """Those of a cycle that comes with the project."""
    return of(cycles.load(name))
