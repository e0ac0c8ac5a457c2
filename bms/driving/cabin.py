"""What heating and cooling take: a lumped cabin with its glass, fresh air and sun, and a heater for the battery."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from bms.driving.conditions import Conditions, Hvac

_AIR_J_PER_KG_K = 1006.0


@dataclass(frozen=True)
class Cabin:
    """A car's cabin. The mass that warms with the air within minutes is small, else two UDDS at 20 degF would cost more
    than the EPA measured (1.24..1.37 times).

    Conductance: 2.5 m2 of glass and 2 m2 of roof at 4 W/m2/K (5 inside and 20 outside, as usual in cabin models), 6 m2
    of floor and doors at 2 make 30 W/K; published cabins have 20..60, and which of these was settled by those tests.
    """

    conductance: float = 30.0  # W/K
    heat_capacity: float = 20e3  # J/K
    fresh_air: float = 0.015  # kg/s in the cold, where most of it goes round; 0.025 in the warmth
    sun: float = 100.0  # W in winter; 400 W more where it is warm
    set_point_c: float = 21.0
    cooled_to_c: float = 24.0
    heat_max: float = 5500.0  # W
    cool_max: float = 4000.0  # W


def for_mass(mass_kg: float) -> Cabin:
    """A cabin of a vehicle's size: its skin goes with the root of its mass."""
    scale = sqrt(mass_kg / 2000)
    plain = Cabin()
    return Cabin(conductance=plain.conductance * scale, heat_capacity=plain.heat_capacity * scale)


def power(cabin: Cabin, around: Conditions, seconds: float, dt: float = 1.0) -> NDArray[np.float64]:
    """W that heating or cooling takes from the battery in each step, the cabin starting at the cells' temperature."""
    steps = max(1, round(seconds / dt))
    if around.hvac == "off":
        return np.zeros(steps)
    out, celsius = np.empty(steps), around.start_c
    warm = around.ambient_c > cabin.set_point_c
    fresh = _AIR_J_PER_KG_K * (0.025 if warm else cabin.fresh_air)
    given = cabin.sun + (400.0 if warm else 0.0)
    through = cabin.conductance + fresh
    heating, cooling = heating_factor(around.hvac, around.ambient_c), cooling_factor(around.ambient_c)
    wanted = cabin.heat_capacity / dt
    for step in range(steps):
        gain = given + through * (around.ambient_c - celsius)
        heat = min(max((cabin.set_point_c - celsius) * wanted - gain, 0.0), cabin.heat_max)
        cold = min(max((celsius - cabin.cooled_to_c) * wanted + gain, 0.0), cabin.cool_max) if warm else 0.0
        out[step] = heat / heating + cold / cooling
        celsius += (gain + heat - cold) * dt / cabin.heat_capacity
        if abs(gain + heat - cold) < _STILL:
            out[step:] = out[step]
            break
    return out


_STILL = 1e-3  # W that still change the cabin


def heating_factor(hvac: Hvac, ambient_c: float) -> float:
    """W of heat for one of power: a resistor's duct loses 5 %; a heat pump's falls with the air outside."""
    return 0.95 if hvac == "resistive" else float(np.clip(2.6 + 0.08 * ambient_c, 1.0, 3.5))


def cooling_factor(ambient_c: float) -> float:
    """W of cold for one of power; it falls with the air outside, which takes the heat."""
    return float(np.clip(5.0 - 0.085 * ambient_c, 1.5, 3.5))
