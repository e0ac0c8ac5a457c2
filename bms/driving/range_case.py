"""A range's case from what a user names: library or files, weather, age, and a figure measured on the car itself."""

from dataclasses import replace

import numpy as np

from bms.cells import library
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import conditions, drive, vehicle
from bms.driving.conditions import MILD_C, Conditions
from bms.driving.cycles import Cycle
from bms.driving.range import DT, Case
from bms.emulation import pack_file
from bms.emulation.pack_file import PackFile
from bms.errors import InputError

_CELL_SHARE = 0.7  # of a pack's mass, where the file does not give it: 0.60..0.75 for packs that are known
_PACK_SHARE = 0.6  # of a vehicle's mass with pack and driver
_TOWED = 2.0  # mass of a trailer at most, as a share of the vehicle's
_BEYOND = 0.05  # of a drive's energy, what a drive train may lack before it is said not to follow
_GROSS = 1.35  # mass that a vehicle may have, as a share of its own with driver, where the file does not say


def case(
    pack: str,
    car: str | None,
    cycle: Cycle,
    around: Conditions,
    soc: float = 1.0,
    age_years: float = 0.0,
    km_per_year: float = 15_000.0,
    measured_wh_per_km: float | None = None,
) -> Case:
    """InputError for what is not in the library, cannot be carried, or is no SoC or consumption."""
    if not 0 <= soc <= 1:
        raise InputError(f"--start-soc is {soc:g}: a share from 0 to 1 is allowed; choose one there.")
    design = pack_file.load(pack)
    own = vehicle.load(design.vehicle)
    driven = own if car is None else exchanged(vehicle.load(car), car, design)
    cell = library.load(design.cell)
    check(driven, cycle, around)
    made = Case(driven, design, cell, cycle, around, soc, age_years, km_per_year)
    return made if measured_wh_per_km is None else calibrated(made, measured_wh_per_km)


def check(car: vehicle.Vehicle, cycle: Cycle, around: Conditions) -> None:
    """InputError for what the vehicle cannot carry, pull, follow or heat."""
    _check_cabin(car, around)
    _check_load(car, around)
    _check_drive(car, cycle, around)


def pack_mass(design: PackFile) -> float:
    """kg of a pack: given, or that of its cells over their usual share."""
    if design.mass_kg is not None:
        return design.mass_kg.value
    cells = library.load(design.cell).mass_kg.value * design.series.value * design.parallel.value
    return cells / _CELL_SHARE


def exchanged(car: vehicle.Vehicle, name: str, design: PackFile) -> vehicle.Vehicle:
    """The vehicle with another pack in the place of its own, if the library knows which that is."""
    its = [p for p in map(pack_file.load, pack_file.names()) if p.vehicle == name]
    if not its and pack_mass(design) > _PACK_SHARE * car.mass_kg.value:
        raise InputError(
            f"{name} cannot carry {design.name}: {pack_mass(design):.0f} kg are more than {100 * _PACK_SHARE:.0f} % of "
            f"its {car.mass_kg.value:.0f} kg; choose a lighter pack."
        )
    if not its or design.vehicle == name:
        return car
    more = pack_mass(design) - pack_mass(its[0])
    if car.mass_kg.value + more > _GROSS * car.mass_kg.value:
        raise InputError(
            f"{name} cannot carry {design.name}: with its {pack_mass(design):.0f} kg it would weigh "
            f"{car.mass_kg.value + more:.0f} kg, {_GROSS * car.mass_kg.value:.0f} kg are taken as allowed; "
            "choose a lighter pack."
        )
    return car.model_copy(update={"mass_kg": conditions.plus(car.mass_kg, more)})


def calibrated(made: Case, measured_wh_per_km: float) -> Case:
    """The case with the drive scaled so that the new car in mild air takes what was measured on it."""
    model = drive.trace(made.cycle, made.vehicle, MILD_C + ZERO_CELSIUS, DT).consumption_wh_per_km
    if not 0.4 <= measured_wh_per_km / model <= 2.5:
        raise InputError(
            f"--calibrate-wh-per-km is {measured_wh_per_km:g}: the model has {model:.0f} Wh/km, and 0.4 .. 2.5 times "
            "that is believed; check the unit and the cycle."
        )
    return replace(made, consumption_share=measured_wh_per_km / model - 1, measured=True)


def _check_drive(car: vehicle.Vehicle, cycle: Cycle, around: Conditions) -> None:
    """InputError for a drive that stands still, gains energy, or asks far more than the drive train has."""
    celsius = around.ambient_c
    loaded = conditions.loaded(car, around)
    trace = drive.trace(cycle, loaded, celsius + ZERO_CELSIUS, DT, grade=around.grade, headwind=around.headwind)
    if not trace.distance.any():
        raise InputError(f"The drive {cycle.name} never moves: its speed is 0 throughout; give one that does.")
    mean = float(trace.power.mean())
    if mean <= 0:
        raise InputError(
            f"This drive takes {mean:.0f} W on average and never empties a pack; give one that uses energy."
        )
    wanted = float(np.maximum(trace.power + trace.lacking, 0).sum()) * DT
    if trace.undelivered > _BEYOND * wanted:
        most = float((trace.power + trace.lacking).max())
        raise InputError(
            f"{car.name} cannot follow this drive: it asks for up to {most / 1000:.0f} kW, the drive train takes "
            f"{car.power_max_w.value / 1000:.0f} kW; choose a lower speed or load."
        )


def _check_cabin(car: vehicle.Vehicle, around: Conditions) -> None:
    if around.hvac != "off" and not car.cabin:
        raise InputError(f"--hvac is {around.hvac}: {car.name} has no cabin to heat or cool; leave --hvac away.")


def _check_load(car: vehicle.Vehicle, around: Conditions) -> None:
    if around.tow_kg > _TOWED * car.mass_kg.value:
        raise InputError(
            f"--tow-kg is {around.tow_kg:g}: {car.name} pulls about {_TOWED * car.mass_kg.value:.0f} kg; take less."
        )
    most = (_GROSS - 1) * car.mass_kg.value
    if around.payload_kg > most:
        raise InputError(f"--payload-kg is {around.payload_kg:g}: {car.name} carries about {most:.0f} kg; take less.")
