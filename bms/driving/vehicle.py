"""What a vehicle asks of its battery: road load by mass, CdA and rolling resistance or as coasted down, and losses."""

from pathlib import Path
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from bms.cells import files
from bms.cells.quantity import Quantity, Strict, within
from bms.driving.drive_train import DriveTrain, scale
from bms.driving.drive_train_fit import FITTED
from bms.driving.road_load import GRAVITY

_PRESSURE = 101325.0  # Pa, standard atmosphere
_GAS_DRY_AIR = 287.05  # J/kg/K

# What a vehicle is not known by exactly, where it was not coasted down:
UNCERTAIN = ("mass_kg", "cda_m2", "rolling", "loss_share", "regen_share", "accessories_w")

_FOLDER = Path(__file__).parents[1] / "vehicles"


def air_density(temperature: float, pressure: float = _PRESSURE) -> float:
    """kg/m3 of dry air at a temperature in K and a pressure in Pa (ideal gas)."""
    return pressure / (_GAS_DRY_AIR * temperature)


_COASTED = air_density(293.15)  # kg/m3; coast-downs are corrected to 68 degF (SAE J1263)


class CoastDown(Strict):
    """A measured road load on the level, N = a + b v + c v^2 at v in m/s: of a car as driven, in 20 degC."""

    a_n: Annotated[Quantity, within(-1e4, 1e4)]
    b_ns_per_m: Annotated[Quantity, within(-1e3, 1e3)]
    c_ns2_per_m2: Annotated[Quantity, within(0, 100)]


class Vehicle(Strict):
    """A vehicle as the files in bms/vehicles describe it. Powers are those at the battery's terminals."""

    name: str
    mass_kg: Annotated[Quantity, within(1, 1e6)]  # as driven: with pack and driver
    inertia_share: Annotated[Quantity, within(0, 1)]  # rotating parts, as a share of the mass
    cda_m2: Annotated[Quantity, within(0, 100)]
    rolling: Annotated[Quantity, within(0, 1)]  # of tyres, bearings and gears, a share of the weight
    loss_share: Annotated[Quantity, within(0.1, 10)]  # of the losses that the map of cars has at this power and mass
    regen_share: Annotated[Quantity, within(0, 1)]  # of braking power at the wheels, what reaches the motor
    power_max_w: Annotated[Quantity, within(1, 1e8)]  # what the drive train takes at most
    regen_max_w: Annotated[Quantity, within(0, 1e8)]  # what it gives back at most
    regen_from_mps: Quantity  # no regeneration up to this speed,
    regen_full_mps: Quantity  # all of it from here, linear between
    accessories_w: Annotated[Quantity, within(0, 1e6)]
    # Where it has been measured, used in place of rolling and cda_m2:
    coast_down: CoastDown | None = None
    cabin: bool = True  # false where there is none to heat: motorcycles, open vehicles

    @model_validator(mode="after")
    def _fade(self) -> Self:
        start, full = self.regen_from_mps.value, self.regen_full_mps.value
        if not 0 <= start < full:
            raise ValueError(f"regen_from_mps {start:g} must lie within 0 .. regen_full_mps {full:g}, and below it")
        return self

    def wheel_power(
        self,
        speed: ArrayLike,
        acceleration: ArrayLike,
        grade: ArrayLike = 0.0,
        density: float = air_density(298.15),
        headwind: float = 0.0,
    ) -> NDArray[np.float64]:
        """W at the wheels: inertia, slope, rolling, drag. speed, headwind m/s, acceleration m/s2, grade rise/run."""
        v, slope = np.asarray(speed, float), np.arctan(np.asarray(grade, float))
        mass = self.mass_kg.value
        inertia = mass * (1 + self.inertia_share.value) * np.asarray(acceleration, float)
        wind = v + headwind
        square = wind * np.abs(wind)
        if self.coast_down is None:
            road = mass * GRAVITY * self.rolling.value * np.cos(slope) + 0.5 * density * self.cda_m2.value * square
        else:
            a, b, c = (figure.value for figure in vars(self.coast_down).values())
            road = a * np.cos(slope) + b * v + c * density / _COASTED * square
        return (inertia + road + mass * GRAVITY * np.sin(slope)) * v

    def power(
        self,
        speed: ArrayLike,
        acceleration: ArrayLike,
        grade: ArrayLike = 0.0,
        density: float = air_density(298.15),
        headwind: float = 0.0,
        *,
        limited: bool = True,
    ) -> NDArray[np.float64]:
        """W at the battery, positive discharges; not limited: what the speed takes whatever the drive train can."""
        v = np.asarray(speed, float)
        wheel = self.wheel_power(v, acceleration, grade, density, headwind)
        start, full = self.regen_from_mps.value, self.regen_full_mps.value
        blend = np.clip((v - start) / (full - start), 0, 1)
        drawn = self.drive_train.power(wheel, blend, scale(self.power_max_w.value, self.mass_kg.value))
        most = self.power_max_w.value if limited else np.inf
        return np.clip(drawn, -self.regen_max_w.value, most) + self.accessories_w.value

    @property
    def drive_train(self) -> DriveTrain:
        """The map that was fitted to measured cars, its losses by loss_share; without accessories."""
        share, regen = self.loss_share.value, self.regen_share.value
        return DriveTrain(
            FITTED.idle * share, FITTED.proportional * share, FITTED.square * share, regen, 0.0, FITTED.warm_up
        )


def names() -> list[str]:
    """Names of the vehicles that come with the project."""
    return files.names(_FOLDER)


def load(name_or_path: str | Path) -> Vehicle:
    """A vehicle by its name or by the path of a TOML file. InputError says what is wrong and where."""
    return files.read(name_or_path, _FOLDER, Vehicle, "vehicle")
