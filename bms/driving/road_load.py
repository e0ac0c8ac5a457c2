"""What the road asks at the wheels: a force that is a polynomial of the speed, inertia, and the slope."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bms.errors import InputError

GRAVITY = 9.80665  # m/s2, standard
NEWTON_PER_LBF = 4.4482216152605  # exact
MPS_PER_MPH = 0.44704  # exact
KG_PER_LB = 0.45359237  # exact
METRE_PER_MILE = 1609.344  # exact
WATT_PER_HP = 745.699872  # mechanical
EPA_INERTIA_SHARE = 0.015  # rotating parts, as a share of the test weight: the EPA counts 1.015 times it

_CHECKED = np.arange(5.0, 45.0, 5.0)  # m/s


@dataclass(frozen=True)
class RoadLoad:
    """Force in N = a + b v + c v^2 at v in m/s, and the mass in kg that is accelerated and lifted.

    Each figure may be an array, one entry a vehicle, of shape (vehicles, 1): it broadcasts against speeds.
    """

    a: ArrayLike  # N
    b: ArrayLike  # N/(m/s)
    c: ArrayLike  # N/(m/s)^2
    mass: ArrayLike  # kg
    inertia_share: ArrayLike = EPA_INERTIA_SHARE

    @classmethod
    def from_epa(cls, a_lbf: ArrayLike, b_lbf_mph: ArrayLike, c_lbf_mph2: ArrayLike, weight_lb: ArrayLike) -> Self:
        """From target coefficients and equivalent test weight, in the units of the EPA's test-car lists."""
        lbf = NEWTON_PER_LBF
        a, b, c = (np.asarray(given, float) for given in (a_lbf, b_lbf_mph, c_lbf_mph2))
        mass = np.asarray(weight_lb, float) * KG_PER_LB
        return cls(a * lbf, b * lbf / MPS_PER_MPH, c * lbf / MPS_PER_MPH**2, mass).checked()

    @classmethod
    def from_shape(
        cls, mass: float, cda: float, rolling: float, density: float, inertia_share: float = EPA_INERTIA_SHARE
    ) -> Self:
        """From mass in kg, drag area in m2, rolling resistance (share of the weight) and air density in kg/m3."""
        return cls(mass * GRAVITY * rolling, 0.0, 0.5 * density * cda, mass, inertia_share).checked()

    def checked(self) -> Self:
        """Itself; InputError if a mass is not positive, or a force between 5 and 40 m/s is not."""
        heaviness = np.asarray(self.mass, float)
        if not np.all(heaviness > 0):
            raise InputError(f"A mass of {heaviness.min():g} kg cannot be driven; it must lie above 0 kg.")
        for v in _CHECKED:
            force = np.asarray(self.force(v))
            if not np.all(force > 0):
                raise InputError(
                    f"The road load is {force.min():.4g} N at {v:g} m/s; it must lie above 0 N at all speeds from "
                    f"{_CHECKED[0]:g} to {_CHECKED[-1]:g} m/s, so check A, B, C and their units."
                )
        return self

    def force(self, speed: ArrayLike, mechanical: float = 1.0) -> NDArray[np.float64]:
        """N at a steady speed in m/s on the flat; mechanical scales a and b (tyres, bearings, gears), not the drag."""
        v = np.asarray(speed, float)
        a, b, c = (np.asarray(figure, float) for figure in (self.a, self.b, self.c))
        return mechanical * (a + b * v) + c * (v * v)

    def coefficients(self, mechanical: float = 1.0) -> NDArray[np.float64]:
        """Of v, v^2, v^3 and v times acceleration in the power at the wheels, (4,) or (vehicles, 4); see steps.py."""
        figures = (self.a, self.b, self.c, np.asarray(self.mass) * (1 + np.asarray(self.inertia_share)))
        a, b, c, inertia = np.broadcast_arrays(*figures)
        stacked = np.stack([mechanical * a, mechanical * b, c, inertia], axis=-1)
        return stacked[:, 0, :] if stacked.ndim > 1 else stacked

    def wheel_power(
        self, speed: ArrayLike, acceleration: ArrayLike, grade: ArrayLike | None = None, mechanical: float = 1.0
    ) -> NDArray[np.float64]:
        """W at the wheels, negative while braking; m/s, m/s2, and the grade as rise over run (flat unless told)."""
        v = np.asarray(speed, float)
        mass = np.asarray(self.mass, float)
        force = self.force(v, mechanical) + mass * (1 + np.asarray(self.inertia_share)) * np.asarray(acceleration)
        if grade is not None:
            force = force + mass * GRAVITY * np.sin(np.arctan(np.asarray(grade, float)))
        return force * v
