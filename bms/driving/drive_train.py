"""From the wheels to the battery and the wall: losses, by one set of constants for every battery-electric car."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastcore import drive_train as loop

POWER_PER_MASS = 45.0  # W/kg; a car rated below it has the losses of one that is rated there
_REGEN_SPEED = 3.5  # m/s; regeneration begins at half of it and is whole at one and a half


@dataclass(frozen=True)
class DriveTrain:
    """Loss in W = idle Pm + proportional |P| + square P^2 / Pm, with Pm as of scale() and P what the motor shares in.

    Which six of them are fitted, and to what, is in drive_train_fit.py.
    """

    idle: float  # of Pm, always: turning motors and switching inverters
    proportional: float  # of the power: gears, iron, inverter
    square: float  # at the power Pm: copper
    regen: float  # of the braking power that reaches the motor; the rest heats brakes
    accessories: float  # W, all that runs in a test with the cabin off
    warm_up: float  # by so much a and b of the road load are larger in the UDDS, driven in a car that stood
    battery: float = 0.98  # one way, charging or discharging
    charger: float = 0.88  # wall to the battery's terminals; with battery 0.862, published 0.836..0.876

    @cached_property
    def _figures(self) -> NDArray[np.float64]:
        named = {"IDLE": self.idle, "PROPORTIONAL": self.proportional, "SQUARE": self.square, "REGEN": self.regen}
        named |= {"ACCESSORIES": self.accessories, "BATTERY": self.battery}
        figures = np.empty(loop.FIGURE_SIZE)
        for name, value in named.items():
            figures[getattr(loop, name)] = value
        return figures

    def power(
        self, wheel_power: ArrayLike, blend: ArrayLike, scale: ArrayLike, charge_limit: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """W at the battery's terminals, positive discharges.

        wheel_power in W, blend as of regen_blend(), scale as of scale(), charge_limit what the pack takes in W.
        """
        given = np.broadcast_arrays(*(np.asarray(each, float) for each in (wheel_power, blend, scale)))
        power = np.empty(given[0].shape)
        loop.power(*(np.ascontiguousarray(each).reshape(-1) for each in given), self._figures, power.reshape(-1))
        return power if charge_limit is None else np.maximum(power, -np.asarray(charge_limit))

    def stored_energy(
        self,
        wheel_power: NDArray[np.float64],
        blend: NDArray[np.float64],
        scale: NDArray[np.float64],
        seconds: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """J taken out of what the battery holds, (drives,): wheel_power in W (drives, steps), blend and s (steps,).

        scale is (drives,).
        """
        joules = np.empty(len(wheel_power))
        loop.stored(wheel_power, blend, scale, seconds, self._figures, joules)
        return joules

    def wall_energy(self, stored: ArrayLike) -> NDArray[np.float64]:
        """Energy from the wall that puts `stored` back into the battery; same unit."""
        return np.asarray(stored, float) / (self.battery * self.charger)


def regen_blend(speed: ArrayLike) -> NDArray[np.float64]:
    """Share of braking that regeneration may take at a speed in m/s: none at a walk, all above 5.25 m/s."""
    return np.clip(np.asarray(speed, float) / _REGEN_SPEED - 0.5, 0.0, 1.0)


def scale(rated_power: ArrayLike, mass: ArrayLike) -> NDArray[np.float64]:
    """Pm in W: the rated power in W, at least 45 W per kg of mass."""
    return np.maximum(np.asarray(rated_power, float), POWER_PER_MASS * np.asarray(mass, float))
