"""A cycle, driven: power and distance over time, and how far the emulated pack really gets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import conditions, cycles
from bms.driving.cycles import Cycle
from bms.driving.vehicle import Vehicle, air_density
from bms.emulation.pack import Pack
from bms.errors import InputError

_ENDED = {
    "done": "still going",
    "cell empty": "a cell would fall below its lowest voltage",
    "over current": "the demand exceeds the cells' current",
}


@dataclass(frozen=True)
class Trace:
    """Steps of dt s; power and distance are (steps,), speed (steps + 1,) at the ends of the steps."""

    dt: float
    speed: NDArray[np.float64]  # m/s
    distance: NDArray[np.float64]  # m covered in each step
    power: NDArray[np.float64]  # W at the battery, mean of each step, positive discharges
    lacking: NDArray[np.float64]  # W, (steps,), that the speed asks for beyond the drive train's limit

    @property
    def undelivered(self) -> float:
        """J that the speed asks for beyond the drive train's limit."""
        return float(self.lacking.sum() * self.dt)

    @property
    def consumption_wh_per_km(self) -> float:
        """At the battery's terminals; inf where nothing was driven."""
        km = self.distance.sum() / 1000
        return float(self.power.sum() * self.dt / 3600 / km) if km > 0 else float("inf")


@dataclass(frozen=True)
class RangeLeft:
    """How far it went, how long that took (s), and why it ended there."""

    km: float
    duration: float
    ended: str
    undelivered: float  # J asked for and not given on the way


def trace(
    cycle: Cycle,
    vehicle: Vehicle,
    ambient: float,
    dt: float = 1.0,
    duration: float | None = None,
    *,
    grade: float = 0.0,
    headwind: float = 0.0,
) -> Trace:
    """One cycle, or `duration` s of it repeated, on a slope, against a wind in m/s.

    ambient: K, of the air as of tyres and gears.
    """
    length = cycle.duration if duration is None else duration
    steps = round(length / dt)
    if steps < 1:
        raise InputError(f"A drive of {length:g} s has no step of {dt:g} s; ask for at least one.")
    speed = cycle.at(np.arange(steps + 1) * dt)
    mean, acceleration = (speed[1:] + speed[:-1]) / 2, np.diff(speed) / dt
    density = air_density(ambient)
    car = conditions.in_weather(vehicle, ambient - ZERO_CELSIUS)
    power = car.power(mean, acceleration, grade, density, headwind)
    wanted = car.power(mean, acceleration, grade, density, headwind, limited=False)
    return Trace(dt, speed, mean * dt, power, wanted - power)


def rated_consumption(vehicle: Vehicle) -> float:
    """Wh/km that a range starts from when nothing is known of the drive: UDDS and HWFET at 25 degC, 55/45 by distance.

    The weights are the EPA's (40 CFR 600.210).
    """
    city, highway = (trace(cycles.load(name), vehicle, 298.15).consumption_wh_per_km for name in ("udds", "hwfet"))
    return 0.55 * city + 0.45 * highway


def range_left(pack: Pack, drive: Trace, *, first: int = 0, patience: float = 0.0) -> RangeLeft:
    """The truth: a copy of the pack drives on from step `first` of a trace that repeats; the pack stays as it is.

    It ends at the first step whose power would take a cell below its lowest voltage or beyond its current; with
    patience, once that has lasted for more than so many seconds, the power cut to what the cells give.
    """
    mean = float(drive.power.mean())
    if mean <= 0:
        raise InputError(f"A drive that takes {mean:.0f} W on average never empties a pack; give one that uses energy.")
    ahead = pack.copy()
    joules = float(np.maximum(ahead.charge, 0).sum()) * ahead.truth.voltage_max
    most = int(1.2 * joules / (mean * drive.dt)) + 2 * len(drive.power)
    drawn = ahead.draw(drive.power, drive.dt, first=first, steps=most, patience=patience)
    rounds, rest = divmod(drawn.steps, len(drive.distance))
    part = drive.distance[(first + np.arange(rest)) % len(drive.distance)].sum()
    km = (rounds * drive.distance.sum() + part) / 1000
    return RangeLeft(float(km), drawn.steps * drive.dt, _ENDED[drawn.ended], drawn.undelivered)
