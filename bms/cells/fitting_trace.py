"""A dynamic test on an even time grid: mean current and voltage of each step, its SoC, its low-passed currents."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from bms.cells.fitting_slow import Floats
from bms.cells.record import Record, check_scale, check_sign
from bms.errors import InputError

HYSTERESIS_RATE = 30.0  # 1/SoC, assumed: the gap is crossed within some 5 % of SoC
_STEP = 1.0  # s
_PAUSE = 90.0  # s; a longer pause begins a new stretch, with the branches at rest


@dataclass(frozen=True)
class Trace:
    """One test: arrays (n,), the mean of each step; `starts` are the indices where a stretch begins."""

    name: str
    step: float  # s
    current: Floats  # A
    voltage: Floats  # V
    temperature: Floats  # K
    soc: Floats  # at the end of the step
    hysteresis: Floats  # share of the half gap, -1 on the discharge branch, +1 on the charge branch
    starts: list[int]

    def __len__(self) -> int:
        return len(self.current)

    def stretches(self) -> list[slice]:
        return [slice(a, b) for a, b in zip(self.starts, [*self.starts[1:], len(self)], strict=True)]


def trace(test: Record, capacity_ah: float) -> Trace:
    """`test` in steps of 1 s, or of its own longer sampling interval; SoC from its truth, else counted from full."""
    check_scale(test, capacity_ah)
    check_sign(test)
    step = max(_STEP, float(np.median(np.diff(test.time))))
    soc = _soc(test, capacity_ah)
    breaks = np.flatnonzero(np.diff(test.time) > max(_PAUSE, 2 * step)) + 1
    columns: list[list[Floats]] = [[], [], [], []]
    starts, count = [], 0
    for a, b in zip(np.r_[0, breaks], np.r_[breaks, len(test.time)], strict=True):
        time = test.time[a:b]
        grid = np.arange(time[0], time[-1], step)
        if len(grid) < 3:
            continue
        for column, values in zip(columns[:3], (test.current, test.voltage, test.temperature), strict=True):
            column.append(_means(time, values[a:b], grid))
        columns[3].append(np.interp(grid[1:], time, soc[a:b]))
        starts.append(count)
        count += len(grid) - 1
    if not starts:
        raise InputError(f"{test.name}: no three samples in a row lie between its pauses; give a dynamic test.")
    current, voltage, temperature, state = (np.concatenate(column) for column in columns)
    return Trace(test.name, step, current, voltage, temperature, state, _hysteresis(current, state, starts), starts)


def low_passed(test: Trace, tau: float) -> Floats:
    """(n,) A: x' = a x + (1 - a) i with a = exp(-step/tau), the mean over each step, from rest at every stretch."""
    a = np.exp(-test.step / tau)
    out = np.empty(len(test))
    for part in test.stretches():
        after = lfilter([1 - a], [1, -a], test.current[part])
        out[part] = (after + np.r_[0, after[:-1]]) / 2
    return out


def _hysteresis(current: Floats, soc: Floats, starts: list[int]) -> Floats:
    """h' = A h - (1 - A) sgn(i), A = exp(-rate |dz|), from a cell just charged (Plett, BMS vol. I, 2015, section 2.8).

    Over a pause only the SoC is known, so its change stands for the current.
    """
    moved = np.diff(soc, prepend=1.0)
    target = -np.sign(current)
    target[starts] = np.sign(moved[starts])
    keep = np.exp(-HYSTERESIS_RATE * np.abs(moved))
    out, h = np.empty(len(soc)), 1.0
    for k, (a, side) in enumerate(zip(keep.tolist(), target.tolist(), strict=True)):
        h = a * h + (1 - a) * side
        out[k] = h
    return out


def _means(time: Floats, values: Floats, grid: Floats) -> Floats:
    area = np.r_[0, np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(time))]
    return np.diff(np.interp(grid, time, area)) / np.diff(grid)


def _soc(test: Record, capacity_ah: float) -> Floats:
    if test.soc is not None:
        return test.soc
    if test.ah_discharged is not None:
        return 1 - test.ah_discharged / capacity_ah
    steps = (test.current[1:] + test.current[:-1]) / 2 * np.diff(test.time)
    return 1 - np.r_[0, np.cumsum(steps)] / (3600 * capacity_ah)
