"""A pack at rest whose cells are 50 mV apart: how long the firmware's resistors take to bring them within 5."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bms.bench.days import HOUR, SERIES, Clock, Days
from bms.bench.endurance import live
from bms.bench.targets import Target
from bms.errors import InputError
from firmware import balancing, modes
from firmware import readings as of

APART_V, NEAR_V = 0.050, 0.005
_SOC = 0.7  # of the lowest cell
_MOST_SOC = 0.25  # that 50 mV may be; more is a plateau
_NEVER = 1e9
_PLANNED_S = 2 * HOUR  # of rest, after which the firmware has made its plan


class Uneven(Days):
    """One cell in four APART_V above the others, nobody wishes anything.

    It ends once all are within NEAR_V in truth, or as far as the firmware can tell.
    """

    def __init__(self, cell: str, hours: float, seed: int, channels_v: float, done: Callable[[float], object]) -> None:
        super().__init__(hours, seed, Clock(leaps_at=_NEVER, steps_back_at=_NEVER), done, cell, channels_v)
        self.plant.offset = 0.0
        self.pack.soc = _spread(self, cell)
        self.begun_v = self.apart_v
        self.reason = 0

    @property
    def apart_v(self) -> float:
        """V between the highest and the lowest cell, no current flowing."""
        return float(np.ptp(self.pack.source(1e-9)[0] - self.pack.truth.deviation.ocv_offset))

    def _wish(self) -> int:
        if self.apart_v <= NEAR_V:
            self.end = min(self.end, self._at)
        return modes.WISH_OPEN

    def _report(self, rest: str) -> str:
        answer = super()._report(rest)
        self.reason = int(self.readings[of.BALANCE_REASON])
        if self.reason == balancing.BALANCED and self._at > _PLANNED_S:
            self.end = min(self.end, self._at)
        return answer


def _spread(world: Days, cell: str) -> np.ndarray:
    """SoC of each cell: the first is higher by what makes APART_V; InputError where that is a plateau."""
    pack = world.pack.copy()
    for more in np.arange(0.001, _MOST_SOC, 0.001):
        pack.soc = _SOC + np.array([more] + [0.0] * (SERIES - 1))
        if float(np.ptp(pack.source(1e-9)[0])) >= APART_V:
            return pack.soc
    raise InputError(
        f"{cell}: at {_SOC:.0%} SoC {_MOST_SOC:.0%} of charge make less than {1000 * APART_V:.0f} mV; cells on such a "
        "plateau are not told apart by their voltage, so choose another."
    )


def run(
    cell: str,
    hours: float,
    target: Target,
    channels_v: float = 0.0,
    seed: int = 1,
    done: Callable[[float], object] = lambda hour: None,
) -> dict[str, Any]:
    """Let it rest for `hours` at most; the monitor's channels are wrong by up to channels_v."""
    target.require()
    world = Uneven(cell, hours, seed, channels_v, done)
    live(world, target)
    return {
        "target": target.name,
        "cell": world.pack.cell.name,
        "cells": SERIES,
        "channels_mv": 1000 * channels_v,
        "begun_mv": round(1000 * world.begun_v, 1),
        "ended_mv": round(1000 * world.apart_v, 1),
        "hours": round(world.end / HOUR, 2),
        "converged": world.apart_v <= NEAR_V,
        "lowest_cell_lost_pct": round(100 * (_SOC - float(world.pack.soc.min())), 3),
        "reason": balancing.NAMES[world.reason],
        "ticks": world.ticks,
    }
