"""A dynamic test on an even time grid: mean current and voltage of each step, its SoC, its low-passed currents."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from bms.cells.fitting_slow import Floats
from bms.cells.record import Record, check_counter, check_scale, check_trend
from bms.errors import InputError

_STEP = 1.0  # s
_FEWEST = 20  # steps
_SOC_RANGE = (-0.2, 1.2)  # what a wrong capacity or an aged cell may make of a SoC
_PAUSE = 90.0  # s; a longer pause begins a new stretch, with the branches at rest


@dataclass(frozen=True)
class Trace:
    """One test: arrays (n,), the mean of each step; `starts` are the indices where a stretch begins."""

    name: str
    step: float  # s
    current: Floats  # A
    voltage: Floats  # V
    temperature: Floats  # K
    soc: Floats  # in the middle of the step
    sampled: Floats  # share of the step that was sampled: a minute's pause between two rows is one sample, not sixty
    starts: list[int]

    def __len__(self) -> int:
        return len(self.current)

    def stretches(self) -> list[slice]:
        return [slice(a, b) for a, b in zip(self.starts, [*self.starts[1:], len(self)], strict=True)]


def trace(test: Record, capacity_ah: float, start_soc: float = 1.0) -> Trace:
    """`test` in steps of 1 s, or of its own longer sampling interval; SoC as it says, else counted from start_soc."""
    check_scale(test, capacity_ah)
    check_counter(test, capacity_ah)
    check_trend(test, capacity_ah)
    step = max(_STEP, float(np.median(np.diff(test.time))))
    soc = test.soc if test.soc is not None else start_soc - moved_ah(test) / capacity_ah
    breaks = np.flatnonzero(np.diff(test.time) > max(_PAUSE, 2 * step)) + 1
    columns: list[list[Floats]] = [[], [], [], [], []]
    starts, count = [], 0
    for a, b in zip(np.r_[0, breaks], np.r_[breaks, len(test.time)], strict=True):
        time = test.time[a:b]
        grid = np.arange(time[0], time[-1], step)
        if len(grid) < 3:
            continue
        for column, values in zip(columns[:3], (test.current, test.voltage, test.temperature), strict=True):
            column.append(_means(time, values[a:b], grid))
        columns[3].append(np.interp((grid[1:] + grid[:-1]) / 2, time, soc[a:b]))
        interval = np.diff(time)[np.searchsorted(time, grid[1:], side="left") - 1]
        columns[4].append(np.minimum(1, step / interval))
        starts.append(count)
        count += len(grid) - 1
    if count < _FEWEST:
        raise InputError(
            f"{test.name}: {count} steps of {step:g} s lie between its pauses, at least {_FEWEST} are needed; give a "
            "longer dynamic test, or one sampled more often."
        )
    _check_soc(test, np.concatenate(columns[3]))
    current, voltage, temperature, state, sampled = (np.concatenate(column) for column in columns)
    return Trace(test.name, step, current, voltage, temperature, state, sampled, starts)


def _check_soc(test: Record, soc: Floats) -> None:
    low, high = float(soc.min()), float(soc.max())
    if low < _SOC_RANGE[0] or high > _SOC_RANGE[1]:
        raise InputError(
            f"{test.name}: the SoC would run from {low:.0%} to {high:.0%}; allowed is {_SOC_RANGE[0]:.0%} to "
            f"{_SOC_RANGE[1]:.0%}, so tell where the test begins (--start-soc), leave it out, or check the capacity."
        )


def low_passed(test: Trace, tau: float) -> Floats:
    """(n,) A: x' = a x + (1 - a) i with a = exp(-step/tau), the mean over each step, from rest at every stretch."""
    a = np.exp(-test.step / tau)
    out = np.empty(len(test))
    for part in test.stretches():
        after = lfilter([1 - a], [1, -a], test.current[part])
        out[part] = (after + np.r_[0, after[:-1]]) / 2
    return out


def hysteresis(test: Trace, rate: float) -> Floats:
    """(n,) share of the half gap, -1 on the discharge branch, +1 on the charge branch; `rate` in 1/SoC.

    It moves with the SoC by `rate` until it lies on a branch, from a cell just charged: small loops inside the gap
    close, as they do in a play operator (Visintin, Differential Models of Hysteresis, 1994, section III.2).
    """
    out, h = np.empty(len(test)), 1.0
    for k, step in enumerate((rate * np.diff(test.soc, prepend=1.0)).tolist()):
        h = min(1.0, max(-1.0, h + step))
        out[k] = h
    return out


def _means(time: Floats, values: Floats, grid: Floats) -> Floats:
    area = np.r_[0, np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(time))]
    return np.diff(np.interp(grid, time, area)) / np.diff(grid)


def moved_ah(test: Record) -> Floats:
    """(n,) Ah discharged since the first row: by the file's own counter, else counted from its current."""
    if test.ah_discharged is not None:
        return test.ah_discharged
    return np.r_[0, np.cumsum((test.current[1:] + test.current[:-1]) / 2 * np.diff(test.time))] / 3600
