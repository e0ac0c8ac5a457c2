"""From a slow discharge and charge: the tester's current offset, capacity, OCV and the gap of the hysteresis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bms.cells.curves import SURFACE_LEAST
from bms.cells.record import Floats, Record
from bms.errors import InputError

_NEAR_EMPTY, _NEAR_FULL = (0, 0.005, 0.01, 0.02, 0.025, 0.04, 0.055), (0.96, 0.98, 0.99)
OCV_SOC = np.unique(np.r_[_NEAR_EMPTY, np.arange(1, 65) / 64, _NEAR_FULL])
SLOW_HOURS = 8.0  # h; a leg that takes longer (below C/8) is near enough to equilibrium for its mean to be the OCV
_BALANCE = 0.25  # charge and discharge that differ by more than this share are no pair
_TOLD_FACTOR = 2.0  # a capacity beyond this factor of what the slow test moved is another cell's, or in mAh
_REFERENCE = 298.15  # K
_POINTS = 400  # of a branch
_LOWEST, _LEAST_OCV = 0.1, 0.5  # SoC, V


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
    voltage_max: float  # V, the highest: a row a minute may miss the end of the charge, not the full cell's start
    branches: Sequence["Branch"] = ()  # every slow leg, at whatever temperature
    doubts: Sequence[str] = ()  # what these tests cannot tell, and why
    capacity_range: tuple[float, float] | None = None  # Ah; where the tests end before the cell does

    def curve(self) -> tuple[Floats, Floats]:
        """SoC from SURFACE_LEAST to 1 and V: below empty the OCV falls on as it does over the lowest tenth."""
        slope = (np.interp(_LOWEST, self.soc, self.ocv) - self.ocv[0]) / _LOWEST
        under = max(float(self.ocv[0] + SURFACE_LEAST * slope), _LEAST_OCV)
        return np.r_[SURFACE_LEAST, self.soc], np.r_[min(under, self.ocv[0]), self.ocv]


@dataclass(frozen=True)
class Branch:
    """A slow leg, thinned: arrays (n,) SoC and V; A without the tester's offset, positive on discharge; K."""

    soc: Floats
    voltage: Floats
    current: float
    temperature: float


@dataclass(frozen=True)
class _Leg:
    charge_ah: Floats  # moved since the leg began, positive
    voltage: Floats
    hours: float
    current: float
    temperature: float
    follows: bool  # a discharge in the same test: the charge begins where that ended, else at empty


def slow(tests: Sequence[Record], capacity_ah: float | None = None) -> Slow | None:
    """OCV and capacity from the slow legs nearest 25 degC; None where no leg is slow. Raises InputError."""
    legs = [leg for test in tests for leg in _legs(test)]
    discharge, charge = _nearest(legs, +1), _nearest(legs, -1)
    if discharge is None and charge is None:
        return None
    found = _from_pair(discharge, charge, capacity_ah) if discharge and charge else None
    if found is None:
        found = _one_branch([leg for leg in (discharge, charge) if leg], capacity_ah)
    return replace(found, branches=_thinned(legs, found))


def _from_pair(discharge: _Leg, charge: _Leg, capacity_ah: float | None) -> Slow | None:
    """None where the two did not run between the same two states."""
    moved_out, moved_in = discharge.charge_ah[-1], charge.charge_ah[-1]
    if abs(moved_out - moved_in) > _BALANCE * max(moved_out, moved_in):
        return None
    hours = discharge.hours + charge.hours
    offset = (moved_out - moved_in) / hours
    capacity = moved_out - offset * discharge.hours
    low, high = _branch(discharge, capacity), _branch(charge, capacity)
    return Slow(
        capacity_ah=_chosen(capacity_ah, capacity),
        capacity_known=True,
        offset=offset,
        soc=OCV_SOC,
        ocv=rising((low + high) / 2),
        half_gap=np.maximum(high - low, 0) / 2,
        current=(abs(discharge.current) + abs(charge.current)) / 2,
        temperature=discharge.temperature,
        voltage_min=float(discharge.voltage.min()),
        voltage_max=float(max(charge.voltage.max(), discharge.voltage.max())),
    )


def _one_branch(legs: Sequence[_Leg], capacity_ah: float | None) -> Slow:
    """From one direction, or from that of two unequal ones that moved more."""
    leg = max(legs, key=lambda leg: leg.charge_ah[-1])
    capacity = leg.charge_ah[-1]
    told = "discharge" if leg.current > 0 else "charge"
    other = "charge" if leg.current > 0 else "discharge"
    why = f"the slow {other} is missing"
    if len(legs) > 1:
        least = min(leg.charge_ah[-1] for leg in legs)
        why = f"the slow {other} moved {least:.4g} Ah but the {told} {capacity:.4g} Ah, so they are no pair"
    doubts = [f"tester's current offset and hysteresis: {why}"]
    if capacity_ah is None:
        doubts.append(f"capacity to better than 8 %: it is what the slow {told} moved, the tester's offset with it")
    return Slow(
        capacity_ah=_chosen(capacity_ah, capacity),
        capacity_known=capacity_ah is not None,
        offset=0.0,
        soc=OCV_SOC,
        ocv=rising(_branch(leg, capacity)),
        half_gap=None,
        current=abs(leg.current),
        temperature=leg.temperature,
        voltage_min=float(leg.voltage.min()),
        voltage_max=float(leg.voltage.max()),
        doubts=doubts,
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
        if hours < SLOW_HOURS:
            continue
        steps = (current[1:] + current[:-1]) / 2 * np.diff(time) / 3600
        moved = np.r_[0, np.cumsum(steps)]
        temperature = float(np.median(test.temperature[start:stop]))
        _check_sign(test, float(moved[-1]), voltage)
        follows = bool(legs) and legs[-1].current > 0 > moved[-1]
        legs.append(_Leg(np.abs(moved), voltage, hours, moved[-1] / hours, temperature, follows))
    return legs


def _thinned(legs: Sequence[_Leg], found: Slow) -> list[Branch]:
    """Every leg over SoC: a discharge begins full; a charge begins empty, or where the discharge before it ended."""
    out, end = [], 0.0
    for leg in legs:
        sign = np.sign(leg.current)
        hours = leg.hours * np.linspace(0, 1, len(leg.charge_ah))
        moved = (sign * leg.charge_ah - found.offset * hours) / found.capacity_ah
        soc = (1.0 if sign > 0 else end if leg.follows else 0.0) - moved
        end = float(soc[-1])
        pick = np.unique(np.linspace(0, len(soc) - 1, _POINTS).astype(int))
        out.append(Branch(soc[pick], leg.voltage[pick], leg.current - found.offset, leg.temperature))
    return out


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


def rising(voltage: Floats) -> Floats:
    """The nearest curve that does not fall: the mean of what a running maximum and minimum make of it."""
    from_left = np.maximum.accumulate(voltage)
    from_right = np.minimum.accumulate(voltage[::-1])[::-1]
    return (from_left + from_right) / 2
