"""Vehicles of another kind than the drive-train constants were fitted on: motorcycles, plug-in hybrids, lorries.

Their rows of the EPA's lists look like those of any battery-electric car.
"""

import re

import numpy as np

from bms.driving.drive_train_fit import CYCLES, FITTED, wall_wh_per_mile
from bms.driving.measured_cars import Cars, label_range

# Least and most of the rows of the fit; beyond half of the least or twice the most, a vehicle is another kind.
_FITTED = {
    "etw_lb": (3_500.0, 7_000.0),
    "recharge_kwh": (34.3, 151.6),
    "label_mi": (110.0, 520.0),
}
_TOLD = {
    "etw_lb": "it is tested at {:g} lb",
    "recharge_kwh": "a full charge takes {:g} kWh",
    "label_mi": "its label says {:g} miles",
}
_FARTHER = 1.5  # the worst car of the fit is off by an eighth, and the label follows from measured energy to 1 %
_HYBRID = re.compile(r"plug-?in|phev|hybrid", re.IGNORECASE)


def why(cars: Cars, k: int) -> str:
    """One sentence why car k is not to be held against the constants, or nothing."""
    name = f"{cars.make[k]} {cars.model[k]}".strip()
    if _HYBRID.search(str(cars.model[k])):
        return f"{name} calls itself a hybrid; the constants are those of battery-electric cars, so it is left out."
    if cars.engine[k]:
        return (
            f"{name} has a combustion engine ({cars.engine[k]}); "
            "the constants are those of battery-electric cars, so it is left out."
        )
    for column, (least, most) in _FITTED.items():
        value = float(getattr(cars, column)[k])
        if np.isfinite(value) and not least / 2 <= value <= 2 * most:
            return (
                f"{name} is no car like those that the constants were fitted on: {_TOLD[column].format(value)}, "
                f"theirs are {least:g} .. {most:g}, and from half to twice that is judged; it is left out."
            )
    return _contradiction(cars, k, name)


def _contradiction(cars: Cars, k: int, name: str) -> str:
    """A label that no charge of the car's own explains, by its measured energy, or where that is missing the model's.

    A plug-in hybrid whose label counts its tank is one; columns of two cars in one row are another.
    """
    one = cars[np.array([k])]
    energy = {}
    for cycle in CYCLES:
        measured = getattr(one, cycle)
        energy[cycle] = measured if np.isfinite(measured[0]) else wall_wh_per_mile(one, cycle, FITTED)
    miles = float(label_range(one, energy)[0])
    if not np.isfinite(miles * one.label_mi[0]) or 1 / _FARTHER <= one.label_mi[0] / miles <= _FARTHER:
        return ""
    return (
        f"{name} contradicts itself: its label says {one.label_mi[0]:g} miles, "
        f"where a charge of {one.recharge_kwh[0]:g} kWh lasts for about {miles:.0f}; it is left out."
    )
