"""A charger that fills a pack: constant current within every limit, then constant voltage at the highest cell."""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from bms.emulation.cells import Floats
from bms.emulation.pack import Pack
from bms.errors import InputError

# What a step's current may be cut by:
CELL, PLATING, VOLTAGE = "cell", "plating", "voltage"
CHARGER_CURRENT, CHARGER_POWER = "charger current", "charger power"
DAY = 86_400.0  # s
_TANGENTS = 12  # at most; a cell without a surface is linear and needs two
_CLOSE = 1e-9  # as a share of the limit


@dataclass(frozen=True)
class Charger:
    """What a charger can give, and when it stops; without a figure only the cells limit it."""

    current_max: float = inf  # A
    power_max: float = inf  # W at the pack's terminals
    cut_off_c: float = 0.05  # at constant voltage, the current (C of the pack's nominal capacity) that ends the charge

    def __post_init__(self) -> None:
        for name, unit in (("current_max", "A"), ("power_max", "W"), ("cut_off_c", "C")):
            if not getattr(self, name) > 0:
                raise InputError(f"A charger's {name} is {getattr(self, name)} {unit}; give a figure above 0.")


@dataclass(frozen=True)
class Charged:
    """A charge, one row a step: what stood at its end, and the current that flowed in it."""

    soc_before: float
    time: Floats  # s since the charge began
    soc: Floats  # mean of the cells
    current: Floats  # A, negative
    voltage: Floats  # V at the pack's terminals
    cell_voltage: Floats  # V of the highest cell
    temperature: Floats  # K of the hottest cell
    limit: NDArray[np.str_]  # what cut the current: CELL .. CHARGER_POWER
    ended: str  # 'full', 'soc reached', 'too cold' or 'time'

    @property
    def power(self) -> Floats:
        """W that the charger gives, positive."""
        return -self.current * self.voltage

    def time_to(self, soc: float) -> float:
        """s until the mean SoC was reached, straight within a step; inf where it was not."""
        if not len(self.soc) or soc > self.soc[-1]:
            return 0.0 if soc <= self.soc_before else inf
        return float(np.interp(soc, np.r_[self.soc_before, self.soc], np.r_[0.0, self.time]))


def charge(
    pack: Pack,
    charger: Charger | None = None,
    *,
    until_soc: float | None = None,
    time_max: float = DAY,
    dt: float = 1.0,
) -> Charged:
    """Charge a pack in steps of dt s until it is full, its mean SoC is reached, it is too cold or time_max s are over.

    It is too cold where the plating limit allows no current. InputError for an open contactor or an impossible aim.
    """
    _check(pack, until_soc, dt)
    charger = charger or Charger()
    cut_off = charger.cut_off_c * pack.cell.capacity_ah.value * pack.parallel
    before = float(pack.soc.mean())
    rows: list[tuple[float, ...]] = []
    limits: list[str] = []
    while True:
        current, limit = charging_current(pack, charger, dt)
        ended = _end(pack, until_soc, current, limit, cut_off, len(rows) * dt >= time_max)
        if ended:
            break
        pack.advance(current, dt)
        terminals = pack.stack_voltage - pack.resistance * current
        state = pack.soc.mean(), current, terminals, pack.voltages.max(), pack.temperatures.max()
        rows.append(((len(rows) + 1) * dt, *state))
        limits.append(limit)
    time, soc, flows, voltage, cell_voltage, temperature = np.array(rows, float).reshape(-1, 6).T
    return Charged(before, time, soc, flows, voltage, cell_voltage, temperature, np.array(limits, dtype=np.str_), ended)


def minutes(pack: Pack, soc_from: float, soc_to: float, charger: Charger | None = None, dt: float = 1.0) -> float:
    """Minutes of a charge from one mean SoC to another, the pack as it is otherwise; inf where it does not get there.

    The pack given stays as it is.
    """
    twin = pack.copy()
    twin.soc = np.clip(pack.soc + (soc_from - pack.soc.mean()), 0, 1)
    return charge(twin, charger, until_soc=soc_to, dt=dt).time_to(soc_to) / 60


def charging_current(pack: Pack, charger: Charger, dt: float = 1.0) -> tuple[float, str]:
    """A (not above 0) that the next step may have, and which limit cuts it: cells, plating, charger or voltage."""
    most, by = min((pack.truth.charge_max, CELL), (_plating(pack), PLATING), (charger.current_max, CHARGER_CURRENT))
    flows, limit = most, by
    for _ in range(_TANGENTS):
        emf, inner = pack.source(dt, -flows)
        room = float(((pack.truth.voltage_max - emf) / inner).min())
        power = _of_power(charger.power_max, float(emf.sum()), float(inner.sum()) + pack.resistance)
        last, (flows, limit) = flows, min((most, by), (max(room, 0.0), VOLTAGE), (power, CHARGER_POWER))
        if abs(flows - last) <= _CLOSE * most:
            break
    return -flows, limit


def _plating(pack: Pack) -> float:
    """A above which lithium deposits in a cell; inf where plating does not act."""
    return pack.effects.charge_max(pack)


def _of_power(power: float, emf: float, ohm: float) -> float:
    """A that a power drives into a stack: the root of i (emf + ohm i) = power."""
    return inf if power == inf else 2 * power / (emf + sqrt(emf * emf + 4 * ohm * power))


def _end(pack: Pack, until_soc: float | None, current: float, limit: str, cut_off: float, late: bool) -> str:
    """How the charge ends before this step, '' where it goes on."""
    if until_soc is not None and pack.soc.mean() >= until_soc:
        return "soc reached"
    if limit == PLATING and current == 0:
        return "too cold"
    if limit == VOLTAGE and -current < cut_off:
        return "full"
    return "time" if late else ""


def _check(pack: Pack, until_soc: float | None, dt: float) -> None:
    if not pack.contactor_closed:
        raise InputError("The pack cannot be charged: its contactor is open; close it first.")
    if until_soc is not None and not 0 <= until_soc <= 1:
        raise InputError(f"A charge cannot end at SoC {until_soc}: give a share from 0 to 1.")
    if not dt > 0:
        raise InputError(f"A charge cannot go in steps of {dt} s: give a figure above 0.")
