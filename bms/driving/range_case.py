"""A range's case from what a user names: library or files, weather, age, and a figure measured on the car itself."""

from dataclasses import replace

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
    _check_load(driven, around)
    made = Case(driven, design, cell, cycle, around, soc, age_years, km_per_year)
    return made if measured_wh_per_km is None else calibrated(made, measured_wh_per_km)


def pack_mass(design: PackFile) -> float:
    """kg of a pack: given, or that of its cells over their usual share."""
    if design.mass_kg is not None:
        return design.mass_kg.value
    cells = library.load(design.cell).mass_kg.value * design.series.value * design.parallel.value
    return cells / _CELL_SHARE


def exchanged(car: vehicle.Vehicle, name: str, design: PackFile) -> vehicle.Vehicle:
    """The vehicle with another pack in the place of its own, if the library knows which that is."""
    its = [p for p in map(pack_file.load, pack_file.names()) if p.vehicle == name]
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
    mild = replace(made.around, ambient_c=MILD_C, hvac="off")
    car = conditions.loaded(made.vehicle, mild)
    model = drive.trace(made.cycle, car, MILD_C + ZERO_CELSIUS, DT).consumption_wh_per_km
    if not 0.4 <= measured_wh_per_km / model <= 2.5:
        raise InputError(
            f"--calibrate-wh-per-km is {measured_wh_per_km:g}: the model has {model:.0f} Wh/km, and 0.4 .. 2.5 times "
            "that is believed; check the unit and the cycle."
        )
    return replace(made, consumption_share=measured_wh_per_km / model - 1)


def _check_load(car: vehicle.Vehicle, around: Conditions) -> None:
    most = (_GROSS - 1) * car.mass_kg.value
    if around.payload_kg > most:
        raise InputError(
            f"--payload-kg is {around.payload_kg:g}: {car.name} carries about {most:.0f} kg; take less."
        )
