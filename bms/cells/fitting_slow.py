"""From a slow discharge and charge: the tester's current offset, capacity, OCV and the gap of the hysteresis."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bms.cells.record import Floats, Record
from bms.errors import InputError

_NEAR_EMPTY, _NEAR_FULL = (0, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.065, 0.08), (0.92, 0.94, 0.96, 0.98, 0.99, 1)
OCV_SOC = np.r_[_NEAR_EMPTY, np.linspace(0.1, 0.9, 33), _NEAR_FULL]
_SLOW_HOURS = 8.0  # h; a leg that takes longer (below C/8) is near enough to equilibrium for its mean to be the OCV
_BALANCE = 0.25  # charge and discharge that differ by more than this share are no pair
_TOLD_FACTOR = 2.0  # a capacity beyond this factor of what the slow test moved is another cell's, or in mAh
_REFERENCE = 298.15  # K


@dataclass(frozen=True)
class Slow:
    """What the slow tests tell."""

    capacity_ah: float
    capacity_known: bool  # told by the user or found from a pair, not from one direction alone
    offset: float  # A, what the tester reads at no current; 0 when one direction is missing
    soc: Floats  # (n,) = OCV_SOC
    ocv: Floats  # (n,) V, mean of the branches, rising
    half_gap: Floats | None  # (n,) V, half the distance between the branches; None when one is missing
    current: float  # A, of the slow test
    temperature: float  # K
    voltage_min: float  # V, where the discharge ended
    voltage_max: float  # V, where the charge ended


@dataclass(frozen=True)
class _Leg:
    charge_ah: Floats  # moved since the leg began, positive
    voltage: Floats
    hours: float
    current: float
    temperature: float


def slow(tests: Sequence[Record], capacity_ah: float | None = None) -> Slow:
    """OCV and capacity from the slow legs nearest 25 degC among `tests`; Ah, A, V as in Slow. Raises InputError."""
    legs = [leg for test in tests for leg in _legs(test)]
    discharge, charge = _nearest(legs, +1), _nearest(legs, -1)
    only = discharge or charge
    if only is None:
        names = ", ".join(test.name for test in tests) or "none given"
        raise InputError(
            f"OCV tests ({names}): no discharge or charge lasts longer than {_SLOW_HOURS:g} h, so the OCV cannot be "
            "determined; give a test at C/10 or slower."
        )
    if discharge is None or charge is None:
        return _one_branch(only, capacity_ah)
    return _both_branches(discharge, charge, capacity_ah)


def _both_branches(discharge: _Leg, charge: _Leg, capacity_ah: float | None) -> Slow:
    moved_out, moved_in = discharge.charge_ah[-1], charge.charge_ah[-1]
    if abs(moved_out - moved_in) > _BALANCE * max(moved_out, moved_in):
        raise InputError(
            f"OCV tests: {moved_out:.4g} Ah flowed out but {moved_in:.4g} Ah in, which no sensor offset explains; "
            "give the slow discharge and the slow charge between the same two states."
        )
    hours = discharge.hours + charge.hours
    offset = (moved_out - moved_in) / hours
    capacity = moved_out - offset * discharge.hours
    low, high = _branch(discharge, capacity), _branch(charge, capacity)
    return Slow(
        capacity_ah=_chosen(capacity_ah, capacity),
        capacity_known=True,
        offset=offset,
        soc=OCV_SOC,
        ocv=_rising((low + high) / 2),
        half_gap=np.maximum(high - low, 0) / 2,
        current=(abs(discharge.current) + abs(charge.current)) / 2,
        temperature=discharge.temperature,
        voltage_min=float(discharge.voltage.min()),
        voltage_max=float(charge.voltage.max()),
    )


def _one_branch(leg: _Leg, capacity_ah: float | None) -> Slow:
    capacity = leg.charge_ah[-1]
    return Slow(
        capacity_ah=_chosen(capacity_ah, capacity),
        capacity_known=capacity_ah is not None,
        offset=0.0,
        soc=OCV_SOC,
        ocv=_rising(_branch(leg, capacity)),
        half_gap=None,
        current=abs(leg.current),
        temperature=leg.temperature,
        voltage_min=float(leg.voltage.min()),
        voltage_max=float(leg.voltage.max()),
    )


def _legs(test: Record) -> list[_Leg]:
    """The slow runs of one sign of current in `test`."""
    rest = 0.02 * float(np.abs(test.current).max())
    sign = np.where(np.abs(test.current) > rest, np.sign(test.current), 0)
    edges = np.flatnonzero(np.diff(sign)) + 1
    legs = []
    for start, stop in zip(np.r_[0, edges], np.r_[edges, len(sign)], strict=True):
        if sign[start] == 0 or stop - start < 3:
            continue
        time, current, voltage = (x[start:stop] for x in (test.time, test.current, test.voltage))
        hours = (time[-1] - time[0]) / 3600
        if hours < _SLOW_HOURS:
            continue
        steps = (current[1:] + current[:-1]) / 2 * np.diff(time) / 3600
        moved = np.r_[0, np.cumsum(steps)]
        temperature = float(np.median(test.temperature[start:stop]))
        _check_sign(test, float(moved[-1]), voltage)
        legs.append(_Leg(np.abs(moved), voltage, hours, moved[-1] / hours, temperature))
    return legs


def _check_sign(test: Record, moved_ah: float, voltage: Floats) -> None:
    if moved_ah * (voltage[-1] - voltage[0]) > 0:
        raise InputError(
            f"{test.name}: the voltage goes from {voltage[0]:.4g} V to {voltage[-1]:.4g} V over a slow run of "
            f"{moved_ah:.4g} Ah; positive current must discharge, so change the sign of current_a."
        )


def _chosen(told_ah: float | None, found_ah: float) -> float:
    """The capacity that the user tells, if it can be, else the one found; Ah."""
    if told_ah is None:
        return found_ah
    if not found_ah / _TOLD_FACTOR <= told_ah <= found_ah * _TOLD_FACTOR:
        raise InputError(
            f"The capacity is told as {told_ah:g} Ah, but the slow test moved {found_ah:.4g} Ah; allowed is half to "
            "twice that, so give it in Ah or leave --capacity-ah out."
        )
    return told_ah


def _nearest(legs: list[_Leg], sign: int) -> _Leg | None:
    candidates = [leg for leg in legs if leg.current * sign > 0]
    return min(candidates, key=lambda leg: (round(abs(leg.temperature - _REFERENCE)), -leg.hours), default=None)


def _branch(leg: _Leg, capacity_ah: float) -> Floats:
    """Voltage of the leg at OCV_SOC; the leg's own end points stand for empty and full."""
    share = leg.charge_ah / leg.charge_ah[-1]
    soc = 1 - share if leg.current > 0 else share
    order = np.argsort(soc, kind="stable")
    return np.interp(OCV_SOC, soc[order], leg.voltage[order])


def _rising(voltage: Floats) -> Floats:
    """The nearest curve that does not fall: the mean of what a running maximum and minimum make of it."""
    from_left = np.maximum.accumulate(voltage)
    from_right = np.minimum.accumulate(voltage[::-1])[::-1]
    return (from_left + from_right) / 2
