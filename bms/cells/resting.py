"""What the voltage of a resting cell says of the SoC that its test tells: a wrong start, or charge that nobody saw."""

from dataclasses import dataclass

import numpy as np

from bms.cells.record import Floats
from bms.errors import InputError

_REST_C = 0.02  # less is rest
_RESTED = 300.0  # s of it, after which even in the cold little is left of the load
_WARM = 288.0  # K, above which little is left of it at once
_FEW = 5  # samples: fewer say nothing


@dataclass(frozen=True)
class _Limits:
    """How far typical samples may lie off, as SoC and in V. On a flat OCV the one says nothing, on a steep one the
    other; both must be exceeded."""

    soc: float
    voltage: float


_AFTER_REST = _Limits(0.2, 0.1)  # at -20 degC measured drives are 0.07 V off
_AFTER_LOAD = _Limits(0.45, 0.35)


@dataclass(frozen=True)
class Claimed:
    """A test and the SoC that is told of it: arrays (n,) of s, A, V, K and 0..1."""

    name: str
    time: Floats
    current: Floats
    voltage: Floats
    temperature: Floats
    soc: Floats


def check_rest(test: Claimed, curve: tuple[Floats, Floats], capacity_ah: float, remedy: str) -> None:
    """Refuse a test whose voltage at rest lies far from the OCV at its SoC; `curve`: SoC and V, rising."""
    resting = np.abs(test.current) < _REST_C * capacity_ah
    flowed = np.maximum.accumulate(np.where(resting, test.time[0], test.time))
    use, limits = resting & (test.time - flowed >= _RESTED), _AFTER_REST
    if use.sum() < _FEW:
        use, limits = resting & (test.temperature >= _WARM), _AFTER_LOAD
    if use.sum() < _FEW:
        return
    voltage, told = test.voltage[use], test.soc[use]
    shown = np.interp(voltage, curve[1], curve[0])
    apart = np.abs(shown - told)
    if np.median(apart) <= limits.soc or np.median(np.abs(voltage - np.interp(told, *curve))) <= limits.voltage:
        return
    k = int(np.argsort(apart)[len(apart) // 2])
    raise InputError(
        f"{test.name}: the cell rests at {voltage[k]:.4g} V, which is a SoC of about {max(shown[k], 0):.0%}, where the "
        f"test tells {told[k]:.0%}; {remedy}."
    )
