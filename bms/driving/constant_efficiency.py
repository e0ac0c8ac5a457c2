"""The model that others ship: efficiencies that know neither the car's power nor its losses at rest."""

import numpy as np
from numpy.typing import NDArray

from bms.driving import steps
from bms.driving.drive_train_fit import CYCLES
from bms.driving.measured_cars import Cars
from bms.driving.road_load import METRE_PER_MILE

# FASTSim 3.1.0 (Apache-2.0), its battery-electric cars: motor over its load, battery one way, accessories. Gears:
# 0.98 as in two of the three, 0.92 in the third. They have no charger; 0.87 is assumed.
_LOAD = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
_MOTOR = (0.84, 0.86, 0.88, 0.90, 0.91, 0.92, 0.94, 0.95, 0.95, 0.94, 0.93)
_GEARS, _BATTERY, _CHARGER, _ACCESSORIES = 0.98, 0.98489, 0.87, 250.0


def energies(cars: Cars) -> dict[str, NDArray[np.float64]]:
    """Wh/mi from the wall over UDDS and HWFET, (cars,) each, nothing fitted; all braking is regenerated."""
    found = {}
    for cycle in CYCLES:
        drive_cycle = steps.shipped(cycle)
        wheel = cars.road_load.coefficients() @ drive_cycle.basis
        efficiency = _GEARS * np.interp(np.abs(wheel) / cars.power_scale, _LOAD, _MOTOR)
        power = np.where(wheel > 0, wheel / efficiency, wheel * efficiency) + _ACCESSORIES
        stored = np.where(power > 0, power / _BATTERY, power * _BATTERY) @ drive_cycle.seconds
        found[cycle] = stored / 3600 / (drive_cycle.distance / METRE_PER_MILE) / _CHARGER
    return found
