"""A record of one cell, and the mistakes in it that show beside the cell: units of current and time, sign, voltage."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bms.cells.schema import Cell
from bms.errors import InputError

Floats = NDArray[np.float64]

CURRENT_LIMIT_C = 20.0  # 1/h, the estimator's documented range
_REST_SHARE = 0.02  # of the record's largest current: below it, current counts as rest
_SWAPPED = 20  # steps of current that must rise with the voltage before the sign is called swapped
_TREND_LEAST, _TREND = 0.1, 0.5  # of the capacity moved; rank correlation of charge taken out and voltage
_CHARGE_MOST = 2.0  # capacities that may flow one way in a record: an aged sensor is wrong by less
GAP_LIMIT = 60.0  # s; cycler files idle at one sample a minute
_GAP_IN_SAMPLES = 2.5  # usual intervals that are still sampling
GAP_JITTER = 0.5  # s by which a stamp may be late
_COUNTED, _APART = 0.2, 3.0  # of the capacity that must have moved; factor between counter and current over time
_COUNTER_HINTS = (  # by what the counter tells of the charge that the current makes
    (-np.inf, 0.0, "one of them has the wrong sign: both must grow as the cell discharges"),
    (20.0, 180.0, "if time_s is in minutes, multiply it by 60"),
    (300.0, 2000.0, "if ah_discharged is in mAh, divide it by 1000"),
    (2000.0, 10000.0, "if time_s is in hours, multiply it by 3600"),
    (3e-4, 3e-3, "if current_a is in mA, or time_s in ms, divide it by 1000"),
)
_BELOW, _ABOVE = 0.5, 0.3  # V outside a cell's window at which half of a record cannot lie


class Record(Protocol):
    """A test as the cycler wrote it: arrays (n,), s, A (positive discharges), V, K; the truth where the file has it."""

    @property
    def name(self) -> str: ...
    @property
    def time(self) -> Floats: ...
    @property
    def current(self) -> Floats: ...
    @property
    def voltage(self) -> Floats: ...
    @property
    def temperature(self) -> Floats: ...
    @property
    def soc(self) -> Floats | None: ...
    @property
    def ah_discharged(self) -> Floats | None: ...


def check_scale(test: Record, capacity_ah: float) -> None:
    """Refuse a current beyond 20C of a cell of `capacity_ah`, saying so when it looks like milliampere."""
    size = np.abs(test.current)
    moving = size[size > _REST_SHARE * np.quantile(size, 0.995)]
    limit = CURRENT_LIMIT_C * capacity_ah
    if not len(moving) or size.max() <= limit:
        return
    typical, k = float(np.median(moving)), int(size.argmax())
    if typical > limit:
        raise InputError(
            f"{test.name}: current_a is typically {typical:.4g} A, which for a cell of {capacity_ah:g} Ah is beyond "
            f"{CURRENT_LIMIT_C:g}C ({limit:.4g} A) and looks like mA; divide the column by 1000 or name the right cell."
        )
    raise InputError(
        f"{test.name}: current_a reaches {test.current[k]:.4g} A at time_s {test.time[k]:g}, beyond "
        f"{CURRENT_LIMIT_C:g}C of a cell of {capacity_ah:g} Ah ({limit:.4g} A); remove the outlier, or name the right "
        "cell."
    )


def check_counter(test: Record, capacity_ah: float) -> None:
    """Refuse a record whose counter tells several times the charge that its current makes of its time, or runs against
    it: one of the three columns is in another unit."""
    if test.ah_discharged is None:
        return
    interval = np.diff(test.time)
    sampled = interval <= longest_interval(interval) + GAP_JITTER
    flowed = ((test.current[1:] + test.current[:-1]) / 2 * interval)[sampled] / 3600
    counted = np.diff(test.ah_discharged)[sampled]
    made, told = float(np.abs(flowed).sum()), float(np.abs(counted).sum())
    if max(made, told) < _COUNTED * capacity_ah:
        return
    ratio = told / max(made, 1e-9) * float(np.sign((flowed * counted).sum()))
    if 1 / _APART < ratio < _APART:
        return
    hint = next((said for low, high, said in _COUNTER_HINTS if low < ratio < high), "check the units of all three")
    raise InputError(
        f"{test.name}: current_a over time_s moves {made:.4g} Ah where ah_discharged moves by {told:.4g} Ah; they must "
        f"be in A, s and Ah, rise and fall together, and agree within a factor of {_APART:g}; {hint}."
    )


def longest_interval(interval: Floats, limit: float = GAP_LIMIT) -> float:
    """The longest time between two rows, s, that is still sampling; what flowed in a longer one is not known.

    interval: s between neighbouring rows, (n,). limit: s that a pause may always last.
    """
    return max(limit, _GAP_IN_SAMPLES * float(np.median(interval)))


def check_charge(test: Record, capacity_ah: float) -> None:
    """Refuse a record in which more charge flows one way, without a pause, than a cell of `capacity_ah` can hold."""
    interval = np.diff(test.time, prepend=test.time[0])
    moving = np.abs(test.current) > _REST_SHARE * np.abs(test.current).max()
    charge_ah = np.where(moving, test.current, 0) * interval / 3600
    breaks = np.flatnonzero(interval > longest_interval(interval[1:]) + GAP_JITTER)
    most = max(float(np.ptp(np.cumsum(part))) for part in np.split(charge_ah, breaks))
    if most > _CHARGE_MOST * capacity_ah:
        raise InputError(
            f"{test.name}: {most:.4g} Ah flow one way, which a cell of {capacity_ah:g} Ah cannot hold; time_s must be "
            "in s and current_a in A, so divide ms or mA by 1000, or name the right cell."
        )


def check_sign(test: Record) -> None:
    """Refuse a record in which the voltage rises with the current, as it does where charge counts as positive."""
    rise = np.diff(test.current)
    large = np.abs(rise) > 0.25 * np.abs(test.current).max()
    if large.sum() < _SWAPPED:
        return
    agreeing = np.mean(rise[large] * np.diff(test.voltage)[large] > 0)
    if agreeing > 0.8:
        raise InputError(
            f"{test.name}: the voltage rises with the current in {agreeing:.0%} of its steps, so charge seems to be "
            "counted positive; positive current must discharge, so change the sign of current_a."
        )


def check_trend(test: Record, capacity_ah: float) -> None:
    """Refuse a record without pauses, even of few steps, whose voltage rises as `capacity_ah` is said to flow out."""
    interval = np.diff(test.time, prepend=test.time[0])
    charge = np.cumsum(test.current * interval)
    gaps = interval > longest_interval(interval[1:]) + GAP_JITTER
    if gaps.any() or np.ptp(charge) < _TREND_LEAST * 3600 * capacity_ah or np.ptp(test.voltage) == 0:
        return
    agreeing = np.corrcoef(_ranks(charge), _ranks(test.voltage))[0, 1]
    if agreeing > _TREND:
        raise InputError(
            f"{test.name}: the voltage rises with the charge that current_a takes out (rank correlation "
            f"{agreeing:.2f} over {np.ptp(charge) / 3600:.3g} Ah), so charge seems to be counted positive; "
            "positive current must discharge, so change the sign of current_a."
        )


def _ranks(values: Floats) -> Floats:
    """Places in the rising order; equal values share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def check_voltage(test: Record, cell: Cell) -> None:
    """Refuse a record that lies mostly outside the window of `cell`."""
    usual, low, high = float(np.median(test.voltage)), cell.voltage_min_v.value, cell.voltage_max_v.value
    if not low - _BELOW <= usual <= high + _ABOVE:
        raise InputError(
            f"{test.name}: voltage_v is typically {usual:.4g} V, {cell.name} works between {low:g} and {high:g} V; "
            "give the voltage of one cell in V, or name the right cell."
        )
