"""How far a pack takes a vehicle: driven until its weakest cell, or what the maker keeps back, says stop."""

from dataclasses import dataclass, field, replace
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from bms.cells.plating import plating_limit_c
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import cabin, conditions, drive, hot_cells
from bms.driving.conditions import MILD_C, Conditions
from bms.driving.cycles import Cycle
from bms.driving.hot_cells import INSULATED, kept_at_c, works_from_c
from bms.driving.vehicle import Vehicle
from bms.emulation.cell import Deviation
from bms.emulation.effects import Effects
from bms.emulation.pack import ALIKE, Pack, Spread
from bms.emulation.pack_file import PackFile, energy_kwh
from fastcore import cell as loop

DT = 1.0  # s
_WARM_UP = 3600.0  # s, after which cabin and battery heating do not change any more
_PATIENCE = 10.0  # s that a driver bears less power than the cycle asks
_HEATER, _HEATED_TO_C = 1500.0, -10.0  # W of a battery heater, and up to where it heats
_COLD_FROM_C = 20.0
_MOST_STEPS = 2_000_000


@dataclass(frozen=True)
class Case:
    """One vehicle, pack and drive. air_c: for the road load, cells_c: for the cells; both as `around` unless told."""

    vehicle: Vehicle
    pack: PackFile
    cell: Cell
    cycle: Cycle
    around: Conditions = field(default_factory=Conditions)
    soc: float = 1.0
    age_years: float = 0.0
    km_per_year: float = 15_000.0
    reserve: bool = True  # what the maker keeps back stays unused
    resistance_share: float = 0.0  # by which the cells' resistances are larger than described
    capacity_share: float = 0.0
    cold_loss_per_k: float = 0.002  # of the charge, below 20 degC: what diffusion in the cold does not bring out
    measured: bool = False  # consumption_share comes from the car itself
    consumption_share: float = 0.0  # by which the drive takes more than the vehicle's model says
    air_c: float | None = None
    cells_c: float | None = None


@dataclass(frozen=True)
class Outcome:
    """km driven, kWh used at the pack's terminals, hours, and what ended it."""

    km: float
    kwh: float
    hours: float
    ended: str

    @property
    def wh_per_km(self) -> float:
        """Mean consumption; 0 where nothing was driven."""
        return 1000 * self.kwh / self.km if self.km > 0 else 0.0


def drive_until_empty(case: Case) -> Outcome:
    """The range of a case. The pack is its weakest series group, with an equal share of the power."""
    if _too_cold(case):
        kwh = hot_cells.preheat_kwh(case.pack, case.cell, case.around.start_c)
        kept = kept_at_c(case.cell)
        needs = f"its cells first have to be heated to {kept:.0f} °C, {kwh:.1f} kWh from the grid"
        return Outcome(0.0, 0.0, 0.0, needs)
    trace = _trace(case)
    pack = _pack(case)
    series = case.pack.series.value
    floor = _floor(case)
    if pack.soc[0] <= floor:
        return Outcome(0.0, 0.0, 0.0, "nothing to drive with")
    warm = _warming(case, len(trace.power))
    used: list[NDArray[np.float64]] = []
    not_moved = 0.0  # J of braking refused, less what was asked for and not given
    for power in (_power(case, trace, warm), _power(case, trace, warm[-1:])):
        left = float(pack.soc[0]) - floor
        most = len(warm) if not used else _enough(case, pack, power, left)
        drawn = pack.draw(power / series, DT, steps=most, patience=_PATIENCE)
        taken = left - np.cumsum(drawn.current) * DT / (3600 * pack.capacity_ah[0])
        over = np.flatnonzero(taken < 0)
        steps = int(over[0]) if len(over) else drawn.steps
        used.append(power[np.arange(steps) % len(power)])
        not_moved += (drawn.refused - drawn.undelivered) * series * steps / max(drawn.steps, 1)
        if steps < most or drawn.ended != "done":
            ended = "the maker's reserve is reached" if len(over) and case.reserve else "the weakest cell is empty"
            return _outcome(trace, used, not_moved, ended)
    return _outcome(trace, used, not_moved, "still going")


def _too_cold(case: Case) -> bool:
    """The cells begin at a temperature, told, at which their polymer is not molten."""
    least, told = works_from_c(case.cell), case.around.start_temperature_c
    return least is not None and told is not None and told < least and case.cells_c is None


def ideal(case: Case) -> Outcome:
    """All of the pack's charge at its OCV, new, in mild air and without cabin: arithmetic on a data sheet."""
    mild = replace(case, around=Conditions(), air_c=MILD_C, consumption_share=0.0)
    trace = _trace(mild)
    kwh = energy_kwh(case.pack, case.cell) * case.soc
    km = 1000 * kwh / trace.consumption_wh_per_km
    return Outcome(km, kwh, km / (3.6 * float(trace.speed.mean())), "nothing is lost")


def _trace(case: Case) -> drive.Trace:
    celsius = case.around.ambient_c if case.air_c is None else case.air_c
    car, around = conditions.loaded(case.vehicle, case.around), case.around
    return drive.trace(case.cycle, car, celsius + ZERO_CELSIUS, DT, grade=around.grade, headwind=around.headwind)


def _warming(case: Case, cycle_steps: int) -> NDArray[np.float64]:
    """W for the cabin in each step of the first rounds of the cycle; what it ends with goes on."""
    joules = _heated_k(case) * case.cell.heat_capacity_j_per_k.value * case.pack.series.value * case.pack.parallel.value
    rounds = int(np.ceil(max(_WARM_UP, joules / _HEATER + DT) / DT / cycle_steps))
    around = case.around if case.vehicle.cabin else replace(case.around, hvac="off")
    watts = cabin.power(cabin.for_mass(case.vehicle.mass_kg.value), around, rounds * cycle_steps * DT, DT)
    heating = min(len(watts) - 1, round(joules / _HEATER / DT))
    watts[:heating] += joules / max(heating, 1) / DT if heating else 0.0
    return watts + hot_cells.heating(case.cell, case.around.ambient)


def _heated_k(case: Case) -> float:
    """K by which a heater lifts the cells at the start; with the heating off, none runs."""
    if case.around.hvac == "off" or case.cells_c is not None or kept_at_c(case.cell) is not None:
        return 0.0
    return max(0.0, _HEATED_TO_C - case.around.start_c)


def _power(case: Case, trace: drive.Trace, warm: NDArray[np.float64]) -> NDArray[np.float64]:
    """W at the pack's terminals: the cycle as often as `warm` is long, at least once."""
    rounds = max(1, len(warm) // len(trace.power))
    return np.tile(trace.power * (1 + case.consumption_share), rounds) + warm


def _enough(case: Case, pack: Pack, power: NDArray[np.float64], left: float) -> int:
    joules = left * 3600 * float(pack.capacity_ah[0]) * pack.truth.voltage_max
    mean = max(float(power.mean()) / case.pack.series.value, 1e-3)
    return min(_MOST_STEPS, int(1.2 * joules / mean / DT) + 2 * len(power))


def _outcome(trace: drive.Trace, used: list[NDArray[np.float64]], not_moved: float, ended: str) -> Outcome:
    steps = sum(len(part) for part in used)
    if steps <= _PATIENCE / DT:
        return Outcome(0.0, 0.0, 0.0, "it gives too little power from the start")
    rounds, rest = divmod(steps, len(trace.distance))
    km = (rounds * trace.distance.sum() + trace.distance[:rest].sum()) / 1000
    joules = sum(float(part.sum()) for part in used) * DT + not_moved
    return Outcome(float(km), joules / 3.6e6, steps * DT / 3600, ended)


def _floor(case: Case) -> float:
    """SoC at which the vehicle stops: what the maker keeps back of the described charge, and what the cold does."""
    usable = case.pack.usable_kwh
    kept = max(0.0, 1 - usable.value / energy_kwh(case.pack, case.cell)) if usable and case.reserve else 0.0
    celsius = _cells_c(case, case.around.start_c) + _heated_k(case)
    cold = case.cold_loss_per_k * max(0.0, _COLD_FROM_C - celsius)
    return 1 - (1 - kept) * (1 - cold)


def _cells_c(case: Case, around_c: float) -> float:
    """degC of the cells, or of what they are in: as told, as hot as they are kept, or as the air."""
    kept = kept_at_c(case.cell)
    if kept is not None:
        return kept
    return around_c if case.cells_c is None else case.cells_c


def _pack(case: Case) -> Pack:
    start_c = _cells_c(case, case.around.start_c) + _heated_k(case)
    ambient_c = _cells_c(case, case.around.ambient_c)
    worst = sqrt(2 * log(max(case.pack.series.value, 2)))  # expected largest deviation among so many cells
    spread = Spread()
    deviation = Deviation(
        (1 + case.capacity_share) * (1 - spread.capacity * worst) - 1,
        (1 + case.resistance_share) * (1 + spread.resistance * worst) - 1,
        0.0,
        0.0,
        0.0,
    )
    ohm = 1e-3 * case.pack.resistance_mohm.value if case.pack.resistance_mohm else 0.0
    pack = Pack(
        case.cell,
        1,
        int(case.pack.parallel.value),
        soc=case.soc,
        temperature=start_c + ZERO_CELSIUS,
        ambient=ambient_c + ZERO_CELSIUS,
        spread=ALIKE,
        deviation=deviation,
        effects=Effects(("ageing", "pressure")),
        resistance=ohm / case.pack.series.value,
    )
    full_cycles = case.age_years * case.km_per_year / max(_full_km(case), 1.0)
    pack.effects.age(pack, case.age_years, MILD_C + ZERO_CELSIUS, full_cycles)
    pack.freeze()  # within a day nothing ages
    pack.truth.law[loop.COOLING] = INSULATED / case.pack.series.value
    plating = case.cell.effects.plating
    if plating is not None:
        limit = float(plating_limit_c(plating, pack.temperatures)[0] * pack.capacity_ah[0])
        pack.truth = replace(pack.truth, charge_max=min(pack.truth.charge_max, limit))
    return pack


def _full_km(case: Case) -> float:
    """km of a full charge of the new pack in mild air: what a year's driving is counted in."""
    return ideal(replace(case, soc=1.0)).km
