"""What is around a drive and what it carries, and what that does to a vehicle's road load."""

from dataclasses import dataclass
from typing import Literal

from bms.cells.quantity import Quantity
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving.vehicle import Vehicle, air_density
from bms.errors import InputError

Hvac = Literal["off", "resistive", "heat-pump"]
MILD_C = 23.0  # where road loads are measured (40 CFR 86: 20..30 degC)
WIND_KMH = (-108.0, 108.0)  # a storm is 89, a hurricane 118
_ALLOWED = {
    "ambient_c": (-40.0, 55.0),
    "start_temperature_c": (-40.0, 55.0),
    "headwind_kmh": WIND_KMH,
    "grade": (-0.2, 0.2),
    "payload_kg": (0.0, 5000.0),
    "tow_kg": (0.0, 15_000.0),
    "tow_cda_m2": (0.0, 10.0),
}
# Rolling and bearing losses in the cold: tyres after SAE J2452's order of magnitude, gears as of their oil.
_TYRES_PER_K = 0.005
_GEARS_PER_K = 0.004


@dataclass(frozen=True)
class Conditions:
    """Weather, road and load; the cells and the cabin start at start_temperature_c, as the air unless told."""

    ambient_c: float = MILD_C
    start_temperature_c: float | None = None
    hvac: Hvac = "off"
    headwind_kmh: float = 0.0
    grade: float = 0.0  # rise over run, all the way
    payload_kg: float = 0.0  # beyond the driver
    tow_kg: float = 0.0
    tow_cda_m2: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in _ALLOWED.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"{name} is {value:g}: {low:g} .. {high:g} can be driven in; choose one there.")

    @property
    def ambient(self) -> float:
        """K."""
        return self.ambient_c + ZERO_CELSIUS

    @property
    def headwind(self) -> float:
        """m/s."""
        return self.headwind_kmh / 3.6

    @property
    def start_c(self) -> float:
        return self.ambient_c if self.start_temperature_c is None else self.start_temperature_c


def loaded(vehicle: Vehicle, around: Conditions) -> Vehicle:
    """The vehicle with what it carries and pulls."""
    mass = plus(vehicle.mass_kg, around.payload_kg + around.tow_kg)
    update: dict[str, object] = {"mass_kg": mass, "cda_m2": plus(vehicle.cda_m2, around.tow_cda_m2)}
    if vehicle.coast_down is not None:
        heavier = mass.value / vehicle.mass_kg.value
        drag = 0.5 * air_density(MILD_C + ZERO_CELSIUS) * around.tow_cda_m2
        update["coast_down"] = vehicle.coast_down.model_copy(
            update={
                "a_n": times(vehicle.coast_down.a_n, heavier),
                "c_ns2_per_m2": plus(vehicle.coast_down.c_ns2_per_m2, drag),
            }
        )
    return vehicle.model_copy(update=update)


def in_weather(vehicle: Vehicle, ambient_c: float) -> Vehicle:
    """The vehicle with tyres and gears as the temperature makes them; the air's density is the drive's."""
    colder = max(0.0, MILD_C - ambient_c)
    tyres = 1 + _TYRES_PER_K * colder
    update: dict[str, object] = {
        "rolling": times(vehicle.rolling, tyres),
        "loss_share": times(vehicle.loss_share, 1 + _GEARS_PER_K * colder),
    }
    if vehicle.coast_down is not None:
        stiffer = {name: times(getattr(vehicle.coast_down, name), tyres) for name in ("a_n", "b_ns_per_m")}
        update["coast_down"] = vehicle.coast_down.model_copy(update=stiffer)
    return vehicle.model_copy(update=update)


def plus(figure: Quantity, more: float) -> Quantity:
    """A figure with its range moved."""
    moved = {name: getattr(figure, name) + more for name in ("value", "low", "high")}
    return figure.model_copy(update=moved)


def times(figure: Quantity, factor: float) -> Quantity:
    """A figure with its range scaled."""
    scaled = {name: getattr(figure, name) * factor for name in ("value", "low", "high")}
    return figure.model_copy(update=scaled)
