"""The six constants of the drive train, found in cars whose energy over UDDS and HWFET was measured.

It is a maximum a posteriori: what engineering expects of each constant counts beside the rows, because makers are few
and errors follow the maker. A maker counts once, however many of its cars are listed.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from bms.driving import steps
from bms.driving.drive_train import DriveTrain
from bms.driving.measured_cars import Cars
from bms.driving.road_load import METRE_PER_MILE

CYCLES = ("udds", "hwfet")

# Expected value and standard deviation, assumed. idle: no-load loss of motor and inverter, 90 W of a 300 kW drive.
# proportional: 3 % in the gears and 2 % in the inverter. square: copper, an eighth of the power at full load with the
# others. regen: blended brakes on a gentle cycle. accessories: control units, pumps and the 12 V supply. warm_up: tyres
# and oil after a night or a ten-minute stop against the warm car of a coast-down.
_EXPECTED = {
    "idle": (0.0003, 0.0001),
    "proportional": (0.05, 0.01),
    "square": (0.08, 0.01),
    "regen": (0.98, 0.01),
    "accessories": (250.0, 50.0),
    "warm_up": (0.08, 0.03),
}
_MEANS, _DEVIATIONS = (np.array(column) for column in zip(*_EXPECTED.values(), strict=True))

# Of the logarithm of measured over predicted, UDDS and HWFET: between makers, within one, how both go together.
_BETWEEN, _WITHIN, _CORRELATION = (0.059, 0.050), (0.027, 0.021), 0.65

# Fitted to 40 rows of the EPA's test-car lists, model years 2017 .. 2023, of the makers below.
FITTED = DriveTrain(
    idle=0.0003166, proportional=0.04872, square=0.07924, regen=0.9803, accessories=239.5, warm_up=0.0859
)
FITTED_MAKERS = frozenset(
    {"bmw", "chevrolet", "ford", "hyundai", "kia", "lucid", "mini", "nissan", "polestar", "tesla", "toyota"}
    | {"volkswagen"}
)  # in lower case


def wall_wh_per_mile(cars: Cars, cycle: str, drive: DriveTrain) -> NDArray[np.float64]:
    """Wh/mi from the wall over "udds" or "hwfet" at 23 degC, unadjusted, (cars,)."""
    drive_cycle, mechanical = steps.shipped(cycle), 1 + drive.warm_up if cycle == "udds" else 1.0
    wheel = cars.road_load.coefficients(mechanical) @ drive_cycle.basis
    stored = drive.stored_energy(wheel, drive_cycle.blend, cars.power_scale[:, 0], drive_cycle.seconds)
    return drive.wall_energy(stored) / 3600 / (drive_cycle.distance / METRE_PER_MILE)


def fit(cars: Cars) -> DriveTrain:
    """The constants for these cars; a car lacking one of its two measured figures counts by the other."""
    listed = Counter(cars.make.tolist())
    number = np.array([listed[name] for name in cars.make.tolist()])
    deviation = [np.sqrt(between**2 + within**2 / number) for between, within in zip(_BETWEEN, _WITHIN, strict=True)]
    rest = np.sqrt(1 - _CORRELATION**2)

    def residuals(constants: NDArray[np.float64]) -> NDArray[np.float64]:
        drive = _drive(constants)
        city, highway = (
            np.nan_to_num(np.log(getattr(cars, cycle) / wall_wh_per_mile(cars, cycle, drive)) / sd)
            for cycle, sd in zip(CYCLES, deviation, strict=True)
        )
        rows = [highway, (city - _CORRELATION * highway) / rest]
        return np.concatenate([*(row / np.sqrt(number) for row in rows), (constants - _MEANS) / _DEVIATIONS])

    bounds = (np.zeros(6), [0.01, 0.5, 1.0, 1.0, 3000.0, 1.0])
    return _drive(least_squares(residuals, _MEANS, x_scale=_DEVIATIONS, bounds=bounds).x)


def _drive(constants: NDArray[np.float64]) -> DriveTrain:
    return DriveTrain(**dict(zip(_EXPECTED, constants.tolist(), strict=True)))
