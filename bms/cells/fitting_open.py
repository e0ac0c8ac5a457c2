"""A start without a slow test: a straight OCV, which the tables then bend, and a capacity from what moved."""

from collections.abc import Sequence

import numpy as np

from bms.cells.fitting_slow import OCV_SOC, SLOW_HOURS, Slow
from bms.cells.fitting_trace import moved_ah
from bms.cells.record import Floats, Record
from bms.errors import InputError

_REFERENCE = 298.15  # K
_LEAST_SLOPE = 0.05  # V per unit of SoC


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
    capacity = capacity_ah
    if capacity is None:
        capacity = max(float(np.max(moved_ah(test))) for test in dynamic) / start_soc
        doubts.append(f"capacity: {why}, so it is taken as the most that a dynamic test moved, {capacity:.4g} Ah")
    if not capacity > 0 or not np.isfinite(capacity):
        said = f"told as {capacity_ah:g} Ah" if capacity_ah is not None else "not in the tests, which discharge nothing"
        raise InputError(f"The capacity is {said}; give it in Ah, above 0, as --capacity-ah.")
    return Slow(
        capacity_ah=capacity,
        capacity_known=capacity_ah is not None,
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
