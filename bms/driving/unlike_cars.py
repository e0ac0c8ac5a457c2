"""Vehicles of another kind than the drive-train constants were fitted on: motorcycles, plug-in hybrids, lorries.

Their rows of the EPA's lists look like those of any battery-electric car.
"""

import re

import numpy as np

from bms.driving.measured_cars import Cars

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
_HYBRID = re.compile(r"plug-?in|phev|hybrid", re.IGNORECASE)


def why(cars: Cars, k: int) -> str:
    """One sentence why car k is not to be held against the constants, or nothing."""
    name = f"{cars.make[k]} {cars.model[k]}".strip()
    if _HYBRID.search(str(cars.model[k])):
        return f"{name} calls itself a hybrid; the constants are those of battery-electric cars, so it is left out."
    for column, (least, most) in _FITTED.items():
        value = float(getattr(cars, column)[k])
        if np.isfinite(value) and not least / 2 <= value <= 2 * most:
            return (
                f"{name} is no car like those that the constants were fitted on: {_TOLD[column].format(value)}, "
                f"theirs are {least:g} .. {most:g}, and from half to twice that is judged; it is left out."
            )
    return ""
