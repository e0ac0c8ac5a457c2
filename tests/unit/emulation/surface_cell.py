"""A made-up cell of 77 Ah whose surface departs from the rest: lags, charge transfer and shift of an 18650's size."""

import numpy as np

from bms.cells import library
from bms.cells.curves import Curve, Grid
from bms.cells.quantity import Quantity
from bms.cells.schema import Cell, ResistanceTable, Surface

_CELSIUS = [-30.0, -15.0, 0.0, 10.0, 25.0, 40.0, 60.0]
_SOC = [-0.125, -0.05, 0.0, 0.05, 0.12, 0.3, 0.6, 0.85, 1.0]


def quantity(value: float) -> Quantity:
    return Quantity(value=value, low=value, high=value, status="assumed", source="test")


def resistances(mohm: float, activation_ev: float) -> list[list[float]]:
    """Falls over temperature by Arrhenius, and over SoC from 2.5 times as much."""
    over_temperature = np.exp(activation_ev / 8.617333262e-5 * (1 / (np.array(_CELSIUS) + 273.15) - 1 / 298.15))
    return (mohm * np.outer(over_temperature, 1 + 1.5 * np.exp(-8 * (np.array(_SOC) + 0.125)))).tolist()


def at_one_temperature(cell: Cell) -> Cell:
    """The same with so much to heat that its temperature stays."""
    return cell.model_copy(update={"heat_capacity_j_per_k": quantity(1e12)})


PLAIN = library.load("factorial-fest77")
_OCV = PLAIN.ocv_v.model_copy(
    update={"soc": [-0.125, -0.06, *PLAIN.ocv_v.soc], "value": [2.0, 2.6, *PLAIN.ocv_v.value]}
)
TABLE = ResistanceTable(
    temperature_c=_CELSIUS,
    soc=_SOC,
    r0_mohm=resistances(0.3, 0.2),
    kinetic_mohm=resistances(0.5, 0.4),
    r1_mohm=resistances(0.25, 0.4),
    r2_mohm=resistances(0.2, 0.35),
    status="assumed",
    source="test",
)
SURFACE = Surface(
    tau3_s=quantity(1000),
    lag2_soc_per_c=quantity(0.021),
    lag2_activation_ev=quantity(0.45),
    lag3_soc_per_c=quantity(0.020),
    lag3_activation_ev=quantity(0.36),
    exchange_c=quantity(1.06),
    exchange_activation_ev=quantity(0.144),
)
SHIFT = Grid(
    temperature_c=[-20, 0, 25, 40],
    soc=[-0.125, 0.0, 0.2, 0.5, 1.0],
    value=[[-80, -60, -30, -20, -5], [-30, -20, -10, -6, -2], [0, 0, 0, 0, 0], [3, 4, 2, 1, -1]],
    status="assumed",
    source="test",
)
HYSTERESIS = Curve(soc=[0, 0.2, 0.5, 1], value=[25, 12, 8, 3], status="assumed", source="test")
EVERYTHING: Cell = PLAIN.model_copy(
    update={
        "ocv_v": _OCV,
        "resistance": TABLE,
        "surface": SURFACE,
        "ocv_shift_mv": SHIFT,
        "hysteresis_curve_mv": HYSTERESIS,
    }
)
