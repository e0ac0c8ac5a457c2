"""A headline held against physics: what would have to be true for so many miles on a charge."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, inf
from typing import Any

from bms.cells import library, provenance
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import conditions, cycles, drive, range_case, vehicle
from bms.driving.conditions import Conditions
from bms.driving.range import Case, drive_until_empty
from bms.driving.vehicle import Vehicle
from bms.emulation import pack_file
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.cells import MOST_PARALLEL
from bms.emulation.charger import Charger, charge
from bms.emulation.pack import ALIKE, Pack
from bms.emulation.pack_file import PackFile, energy_kwh
from bms.errors import InputError

MILE = 1.609344  # km
ALIASES = {"full-size-pickup": "chevrolet-silverado-ev", "mid-size-sedan": "midsize-sedan"}
SPEEDS_MPH = (55, 65, 75)
WARM_C, COLD_C = 20.0, -20.0
USED = 0.95  # of a pack's energy, what makers let a driver use
_CELL_SHARE = 0.70  # of a pack's mass, its cells: 0.725 of the NIO's of 575 kg, less in most
_CELL_ROOM = 0.55  # of a pack's volume
_CELL_KG_PER_L = 2.5  # of cells with NMC: 2.2..2.8, the QSE-5's 2.80
_CHARGER_W = 350e3
_YEARLY_FULL = 15.0  # full cycles of a 900-mile car that drives 13,500 miles a year
_TRAILER_KG, _TRAILER_CDA_M2 = 3000.0, 3.0
_ROUNDS = 60  # of the mass that the pack's own mass asks for
_MILES = (10.0, 10_000.0)
LEFT = ("as_asked", "cold", "cold_75_mph", "75_mph", "after_a_year", "after_a_year_of_full_cycles", "towing_3_t")


@dataclass(frozen=True)
class Question:
    """So many miles on a charge, of a vehicle (its name, or one of ALIASES) with packs of a cell."""

    miles: float
    vehicle: str
    cell: str

    def __post_init__(self) -> None:
        low, high = _MILES
        if not low <= self.miles <= high:
            raise InputError(f"--miles is {self.miles:g}: {low:g} .. {high:g} can be asked; choose one there.")


@dataclass(frozen=True)
class Asked:
    """The question with what it names, read. its: the pack that the library has for the vehicle."""

    question: Question
    car: Vehicle
    cell: Cell
    its: PackFile

    @property
    def wh_per_kg(self) -> float:
        return self.cell.energy_wh / self.cell.mass_kg.value


def read(question: Question) -> Asked:
    """InputError for what the library does not have, and for a vehicle without a pack to put another in place of."""
    name = ALIASES.get(question.vehicle, question.vehicle)
    car = vehicle.load(name)
    its = [p for p in map(pack_file.load, pack_file.names()) if p.vehicle == name]
    if not its:
        raise InputError(f"--vehicle is {question.vehicle}: no pack of the library is its own; see `bms packs`.")
    return Asked(question, car, library.load(question.cell), its[0])


def needed_kwh(asked: Asked, mph: float, car: Vehicle | None = None, ambient_c: float = WARM_C) -> float:
    """kWh at the battery for the miles at a constant speed, heating off; inf where the drive train cannot hold it."""
    trace = drive.trace(cycles.constant(mph * MILE), car or asked.car, ambient_c + ZERO_CELSIUS)
    if trace.undelivered > 0:
        return inf
    return asked.question.miles * MILE * trace.consumption_wh_per_km / 1000


def pack_kg(asked: Asked, usable_kwh: float) -> float:
    """kg of a pack of this cell."""
    return 1000 * usable_kwh / USED / asked.wh_per_kg / _CELL_SHARE


def pack_litres(asked: Asked, usable_kwh: float) -> float:
    """L of a pack of this cell; by the usual density where nobody has told the cell's volume."""
    room = asked.cell.volume_l.value if asked.cell.volume_l else asked.cell.mass_kg.value / _CELL_KG_PER_L
    return 1000 * usable_kwh / USED / (asked.cell.energy_wh / room) / _CELL_ROOM


def with_its_mass(asked: Asked, mph: float) -> float:
    """needed_kwh with the pack's mass fed back into the vehicle's; inf where each kWh asks for more than itself."""
    empty, kwh = asked.car.mass_kg.value - range_case.pack_mass(asked.its), 0.0
    for _ in range(_ROUNDS):
        mass = empty + pack_kg(asked, kwh)
        car = asked.car.model_copy(
            update={"mass_kg": conditions.plus(asked.car.mass_kg, mass - asked.car.mass_kg.value)}
        )
        last, kwh = kwh, needed_kwh(asked, mph, car)
        if abs(kwh - last) < 1e-3 or kwh == inf:
            return kwh
    return inf


def sized(asked: Asked, usable_kwh: float) -> tuple[PackFile, float]:
    """A pack of whole cells near an energy, and by what its outcomes are to be scaled to it."""
    cells = 1000 * usable_kwh / USED / asked.cell.energy_wh
    series = int(asked.its.series.value)
    while cells / series > MOST_PARALLEL:
        series *= 2
    parallel = max(1, ceil(cells / series - 0.5))

    def whole(n: float) -> dict[str, float]:
        return {"value": n, "low": n, "high": n}

    design = asked.its.model_copy(
        update={
            "cell": asked.question.cell,
            "series": asked.its.series.model_copy(update=whole(series)),
            "parallel": asked.its.parallel.model_copy(update=whole(parallel)),
            "usable_kwh": None,
            "mass_kg": None,
        }
    )
    return design, usable_kwh / (USED * energy_kwh(design, asked.cell))


def left(asked: Asked, usable_kwh: float) -> dict[str, float | None]:
    """Miles of a pack that makes them at 55 mph in 20 degC, where something else is asked of it.

    None where the vehicle cannot do that: too fast or heavy for its drive train. Where the cold pack lacks the power,
    the drive ends.
    """
    design, scale = sized(asked, usable_kwh)
    quantity = asked.cell.capacity_ah.model_copy(update={"value": usable_kwh / scale, "low": 0.0, "high": 1e6})
    design = design.model_copy(update={"usable_kwh": quantity})
    drive_at = cycles.constant(SPEEDS_MPH[0] * MILE)
    base = Case(asked.car, design, asked.cell, drive_at, Conditions(ambient_c=WARM_C))
    cold = Conditions(ambient_c=COLD_C, hvac="resistive" if asked.car.cabin else "off")
    fast = cycles.constant(SPEEDS_MPH[-1] * MILE)
    towing = Conditions(ambient_c=WARM_C, tow_kg=_TRAILER_KG, tow_cda_m2=_TRAILER_CDA_M2)
    year = asked.question.miles * MILE * _YEARLY_FULL
    cases = (
        base,
        replace(base, around=cold),
        replace(base, around=cold, cycle=fast),
        replace(base, cycle=fast),
        replace(base, age_years=1.0, km_per_year=year),
        replace(base, age_years=1.0, km_per_year=365 * asked.question.miles * MILE),
        replace(base, around=towing),
    )
    km = {name: _km(case) for name, case in zip(LEFT, cases, strict=True)}
    whole = km["as_asked"] or inf
    return {name: None if value is None else asked.question.miles * value / whole for name, value in km.items()}


def _km(case: Case) -> float | None:
    """None where the vehicle cannot carry, pull or follow it; 0 where the pack gives too little from the start."""
    try:
        range_case.check(case.vehicle, case.cycle, case.around)
    except InputError:
        return None
    return drive_until_empty(case).km


def speed_mph(asked: Asked) -> float | None:
    """The constant speed at which the vehicle's own pack makes the miles; None where there is none above 10 mph."""
    usable = (
        asked.its.usable_kwh.value
        if asked.its.usable_kwh
        else USED * energy_kwh(asked.its, library.load(asked.its.cell))
    )
    fits = [mph for mph in range(10, 101) if needed_kwh(asked, mph) <= usable]
    return float(max(fits)) if fits else None


def charging(asked: Asked, usable_kwh: float) -> dict[str, Any]:
    """Minutes from 10 to 80 % at 350 kW, what limits them, and what the cells alone would take."""
    design, scale = sized(asked, usable_kwh)

    def minutes(charger: Charger) -> tuple[float, str]:
        series, parallel = design.series.value, int(design.parallel.value)
        pack = Pack(asked.cell, 1, parallel, soc=0.1, spread=ALIKE, deviation=AS_DESCRIBED)
        done = charge(pack, replace(charger, power_max=charger.power_max / series / scale), until_soc=0.8)
        limits = [str(limit) for limit in done.limit]
        return done.time_to(0.8) / 60, max(set(limits), key=limits.count) if limits else "cell"

    by_charger, limit = minutes(Charger(power_max=_CHARGER_W))
    return {"minutes_10_80": by_charger, "limited_by": limit, "minutes_10_80_cells_alone": minutes(Charger())[0]}


def missing(cell: Cell) -> Iterator[dict[str, str]]:
    """What nobody has published of the cell and the answer needs, with what is known in its place."""
    needed = {
        "capacity_ah": "capacity",
        "mass_kg": "Wh/kg",
        "voltage_max_v": "voltage window",
        "resistance.r0_mohm": "resistance",
        "charge_max_c": "charge rate",
        "discharge_max_c": "discharge rate",
        "effects.ageing.cycle_retention": "cycle life",
        "effects.ageing.calendar_share": "calendar life",
        "cooling_w_per_k": "cooling",
    }
    found = {figure.key: figure for figure in provenance.figures(cell)}
    for key, name in needed.items():
        figure = found.get(key)
        if figure is None:
            yield {"figure": name, "status": "unknown", "source": "nothing is described"}
        elif figure.status == "assumed":
            yield {"figure": name, "status": figure.status, "source": figure.source}
    if cell.volume_l is None:
        yield {"figure": "Wh/L", "status": "unknown", "source": "nobody has published it"}
