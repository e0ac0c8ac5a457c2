"""What a described cell truly does: the tables and constants that the hot loop in fastcore.cell runs on.

The estimator believes the description; the truth deviates by a stated amount, so that agreement means something.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from bms.cells.schema import Cell, Quantity, ResistanceLaw, ResistanceTable
from fastcore import cell as loop

ZERO_CELSIUS = 273.15  # K
REFERENCE = 298.15  # K, where a description's OCV and resistances hold
BOLTZMANN_EV = 8.617333262e-5  # eV/K, CODATA 2018

_OCV_POINTS = 1001
_SOC_POINTS = 101
_TEMPERATURE = np.arange(
    ZERO_CELSIUS - 45.0, ZERO_CELSIUS + 90.5, 1.0
)  # K; 1 K keeps Arrhenius within 0.1 % at -40 degC


@dataclass(frozen=True)
class Deviation:
    """How every cell of the truth differs from its description: shares of the figure, and V on the OCV."""

    capacity_share: float = -0.015
    resistance_share: float = 0.08
    ocv_offset: float = 0.003
    tau_share: float = 0.2
    hysteresis_share: float = 0.5


AS_DESCRIBED = Deviation(0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Truth:
    """A cell, or parallel cells that act as one, as arrays for fastcore.cell (its module docstring has the shapes)."""

    capacity: float  # C
    voltage_min: float
    voltage_max: float
    discharge_max: float  # A
    charge_max: float  # A, positive
    law: NDArray[np.float64]
    ocv: NDArray[np.float64]
    resistance: NDArray[np.float64]
    deviation: Deviation


def truth(cell: Cell, parallel: int = 1, deviation: Deviation | None = None) -> Truth:
    """The truth behind a description, for `parallel` cells as one; the default deviation unless told."""
    d = Deviation() if deviation is None else deviation
    capacity = 3600 * cell.capacity_ah.value * parallel
    soc = np.linspace(0, 1, _OCV_POINTS)
    return Truth(
        capacity=capacity * (1 + d.capacity_share),
        voltage_min=cell.voltage_min_v.value,
        voltage_max=cell.voltage_max_v.value,
        discharge_max=cell.discharge_max_c.value * cell.capacity_ah.value * parallel,
        charge_max=cell.charge_max_c.value * cell.capacity_ah.value * parallel,
        law=_law(cell, parallel, d),
        ocv=np.ascontiguousarray(PchipInterpolator(cell.ocv_v.soc, cell.ocv_v.value)(soc)),
        resistance=np.ascontiguousarray(resistance(cell) * ((1 + d.resistance_share) / parallel)),
        deviation=d,
    )


def resistance(cell: Cell) -> NDArray[np.float64]:
    """R0, R1, R2 in ohm over temperature and SoC, (136, 101, 3): -45..90 degC by 1 K, 0..1 by 0.01."""
    soc = np.linspace(0, 1, _SOC_POINTS)
    if isinstance(cell.resistance, ResistanceLaw):
        return _arrhenius(cell.resistance, soc)
    return _between_rows(cell.resistance, soc)


def _law(cell: Cell, parallel: int, d: Deviation) -> NDArray[np.float64]:
    law = np.zeros(loop.LAW_SIZE)
    law[loop.TAU1] = cell.tau1_s.value * (1 + d.tau_share)
    law[loop.TAU2] = cell.tau2_s.value * (1 + d.tau_share)
    law[loop.ENTROPY] = 1e-3 * cell.ocv_temperature_mv_per_k.value
    law[loop.HYSTERESIS] = 1e-3 * cell.hysteresis_mv.value * (1 + d.hysteresis_share)
    law[loop.HYSTERESIS_RATE] = cell.hysteresis_rate.value
    law[loop.HEAT_CAPACITY] = cell.heat_capacity_j_per_k.value * parallel
    law[loop.COOLING] = cell.cooling_w_per_k.value * parallel
    law[loop.TABLE_START] = _TEMPERATURE[0]
    law[loop.TABLE_STEP] = _TEMPERATURE[1] - _TEMPERATURE[0]
    return law


def _arrhenius(law: ResistanceLaw, soc: NDArray[np.float64]) -> NDArray[np.float64]:
    def grown(value: Quantity, activation: Quantity) -> NDArray[np.float64]:
        exponent = activation.value / BOLTZMANN_EV * (1 / _TEMPERATURE - 1 / REFERENCE)
        return 1e-3 * value.value * np.exp(exponent)

    shape = np.interp(soc, law.soc_factor.soc, law.soc_factor.value)
    return np.stack(
        [
            np.outer(grown(law.r0_mohm, law.activation_r0_ev), np.ones_like(soc)),
            np.outer(grown(law.r1_mohm, law.activation_r1_ev), shape),
            np.outer(grown(law.r2_mohm, law.activation_r2_ev), shape),
        ],
        axis=2,
    )


def _between_rows(table: ResistanceTable, soc: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear over SoC; the logarithm linear over 1/T between rows, held outside them."""
    inverse = 1 / (np.array(table.temperature_c) + ZERO_CELSIUS)
    sheets = []
    for rows in (table.r0_mohm, table.r1_mohm, table.r2_mohm):
        over_soc = np.array([np.interp(soc, table.soc, row) for row in rows])
        log = np.log(np.maximum(1e-3 * over_soc, 1e-9))  # 1 nOhm stands for a branch that is absent
        sheets.append(np.exp([np.interp(1 / _TEMPERATURE, inverse[::-1], column[::-1]) for column in log.T]).T)
    return np.stack(sheets, axis=2)
