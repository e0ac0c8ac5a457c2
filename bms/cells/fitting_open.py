"""A start without a slow test: a straight OCV, which the tables then bend, and a capacity from what moved."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bms.cells.fitting_slow import OCV_SOC, SLOW_HOURS, Slow
from bms.cells.fitting_trace import moved_ah
from bms.cells.quantity import Quantity
from bms.cells.record import CURRENT_LIMIT_C, Floats, Record, check_counter
from bms.errors import InputError

_REFERENCE = 298.15  # K
_LEAST_SLOPE = 0.05  # V per unit of SoC
_EMPTY_V = 2.5  # V; a test that ends above it has not shown the end of its cell
_END = 0.05  # SoC: the last of the OCV that was seen; its slope tells how near the end is
# An OCV falls ever faster towards its end. Of the charge that a straight line through its last 5 % leaves down to
# empty, or of what was moved if that is less, so much is there, and at most so much: on a measured NCA and a measured
# LFP cell whose OCV is cut at 2 .. 20 % of SoC it is 0.09 .. 0.26, and a sixth in the geometric mean.
_LEFT, _LEFT_MOST = 1 / 6, 0.4
_RANGE_SDS = 3.92  # a figure's range, low to high, holds 95 % of a normal distribution
_SOC_SPAN = 0.2  # of a test's own SoC; over less it does not tell a capacity
_UPPER = 0.2  # SoC, above which an OCV's slope is its usual one
_RMS_SHARE = 0.58  # root of the mean over the SoC of (1 - SoC)^2


def without_slow(
    dynamic: Sequence[Record], capacity_ah: float | None, start_soc: float, given: Sequence[Record] = ()
) -> Slow:
    """What the dynamic tests alone tell; `given`: tests that were meant as slow. Raises InputError."""
    names = ", ".join(test.name for test in given)
    why = f"no leg of {names} lasts longer than {SLOW_HOURS:g} h" if given else "no slow test (--ocv) is given"
    doubts = [
        f"OCV by itself: {why}, so it is what the dynamic tests leave beside their resistances",
        f"tester's current offset and hysteresis: {why}",
    ]
    if begun := [test for test in dynamic if test.soc is None and start_soc == 1]:
        first = min(begun, key=lambda test: float(test.voltage[0]))
        doubts.append(
            f"whether the tests begin with a full cell, as they are taken to: {first.name} begins at "
            f"{first.voltage[0]:.3f} V, and no slow test tells what a full one has; if it was not, give --start-soc"
        )
    capacity = capacity_ah if capacity_ah is not None else _by_soc(dynamic)
    known = capacity is not None
    if capacity is None:
        capacity = max(float(np.max(moved_ah(test))) for test in dynamic) / start_soc
        _check_moved(dynamic, capacity)
    if not capacity > 0 or not np.isfinite(capacity):
        said = f"told as {capacity_ah:g} Ah" if capacity_ah is not None else "not in the tests, which discharge nothing"
        raise InputError(f"The capacity is {said}; give it in Ah, above 0, as --capacity-ah.")
    return Slow(
        capacity_ah=capacity,
        capacity_known=known,
        offset=0.0,
        soc=OCV_SOC,
        ocv=_line(dynamic, capacity, start_soc),
        half_gap=None,
        current=capacity / 20,
        temperature=_REFERENCE,
        voltage_min=min(float(test.voltage.min()) for test in dynamic),
        voltage_max=max(float(test.voltage.max()) for test in dynamic),
        doubts=doubts,
    )


def _check_moved(dynamic: Sequence[Record], moved_ah: float) -> None:
    """Refuse charges that betray another unit of current or time; nothing else tells where no capacity is known."""
    for test in dynamic:
        check_counter(test, moved_ah)
    largest = max(float(np.abs(test.current).max()) for test in dynamic)
    if 0 < moved_ah < largest / CURRENT_LIMIT_C:
        raise InputError(
            f"dynamic tests: current_a reaches {largest:.4g} A but only {moved_ah:.3g} Ah flow out, so that would be "
            f"beyond {CURRENT_LIMIT_C:g}C; time_s must be in s (multiply minutes by 60, hours by 3600), or give "
            "--capacity-ah where the tests are that short."
        )


def to_empty(calm: Slow, start_soc: float) -> Slow:
    """`calm` of a capacity that is what moved, with what its OCV tells to be left when the tests end.

    SoC counts in the new capacity; below what was seen the OCV is straight to the lowest voltage seen.
    """
    moved, end = calm.capacity_ah, float(calm.ocv[0])
    empty = min(calm.voltage_min, _EMPTY_V)
    slope = (float(np.interp(_END, calm.soc, calm.ocv)) - end) / _END
    line = min(max(end - empty, 0.0) / max(slope, _LEAST_SLOPE), 1.0)
    capacity = moved * (1 + _LEFT * line)
    low, high = moved, moved * (1 + _LEFT_MOST * line)
    doubt = (
        f"capacity: no slow test tells it; the most that a dynamic test moved is {moved:.4g} Ah, and there the OCV was "
        f"still {end:.3g} V; by its slope {low:.4g} to {high:.4g} Ah are likely, and SoC is counted in {capacity:.4g} "
        "Ah; give --capacity-ah, or a test that empties the cell slowly"
    )
    soc = start_soc - (start_soc - calm.soc) * moved / capacity
    ocv = np.interp(OCV_SOC, [0, *soc[soc > 0]], [min(end, calm.voltage_min), *calm.ocv[soc > 0]])
    doubts = [*calm.doubts, doubt]
    return replace(calm, capacity_ah=capacity, capacity_range=(low, high), ocv=ocv, doubts=doubts)


def lasting(calm: Slow) -> Quantity | None:
    """mV that the OCV errs by for good where the SoC is counted in a capacity that nobody knows, else None: what the
    capacity's deviation makes of the SoC, times the OCV's slope."""
    if calm.capacity_range is None:
        return None
    low, high = calm.capacity_range
    slope = float(calm.ocv[-1] - np.interp(_UPPER, calm.soc, calm.ocv)) / (1 - _UPPER)
    value = 1e3 * slope * _RMS_SHARE * (high - low) / _RANGE_SDS / calm.capacity_ah
    text = "the range of capacity_ah as SoC, times the slope of the OCV"
    return Quantity(value=value, low=value / 2, high=2 * value, status="derived", source=text)


def _by_soc(dynamic: Sequence[Record]) -> float | None:
    """Ah; the charge of a unit of the SoC that tests bring along, None where none does."""
    told = [(test.soc, moved_ah(test)) for test in dynamic if test.soc is not None]
    found = [-float(np.polyfit(soc, moved, 1)[0]) for soc, moved in told if np.ptp(soc) >= _SOC_SPAN]
    return float(np.median(found)) if found else None


def _line(dynamic: Sequence[Record], capacity_ah: float, start_soc: float) -> Floats:
    """The straight line through the voltages over SoC, their drop with the current taken out; V at OCV_SOC."""
    parts = [test.soc if test.soc is not None else start_soc - moved_ah(test) / capacity_ah for test in dynamic]
    soc, current, voltage = (
        np.concatenate(columns)
        for columns in (parts, [test.current for test in dynamic], [test.voltage for test in dynamic])
    )
    level, slope, _ = np.linalg.lstsq(np.stack([np.ones(len(soc)), soc, current], axis=1), voltage)[0]
    middle = float(soc.mean())
    return float(level + slope * middle) + max(float(slope), _LEAST_SLOPE) * (OCV_SOC - middle)
