"""What a described cell truly does: the tables and constants that the hot loop in fastcore.cell runs on.

The estimator believes the description; the truth deviates by a stated amount, so that agreement means something.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import cumulative_trapezoid
from scipy.interpolate import PchipInterpolator

from bms.cells.curves import SURFACE_LEAST, Curve, Grid
from bms.cells.quantity import Quantity
from bms.cells.schema import Cell, ResistanceLaw, ResistanceTable
from bms.cells.temperature import REFERENCE, ZERO_CELSIUS, arrhenius, resistance_factor
from fastcore import cell as loop

_OCV_STEP = 0.001
_SOC_STEP = 0.01, 0.005  # of a table from 0, and from SURFACE_LEAST: both have 0 and every hundredth
_TEMPERATURE = np.arange(
    ZERO_CELSIUS - 45.0, ZERO_CELSIUS + 90.5, 1.0
)  # K; 1 K keeps Arrhenius within 0.1 % at -40 degC


@dataclass(frozen=True)
class Deviation:
    """How every cell of the truth differs from its description: shares of the figure, and V on the OCV.

    resistance_share is for charge transfer as well, tau_share for tau3; lags, exchange current and the OCV's shift are
    as described.
    """

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
    ocv_area: NDArray[np.float64]  # V, its integral over SoC from 0 to each of its points
    table: NDArray[np.float64]
    surface: NDArray[np.float64]
    deviation: Deviation


def truth(cell: Cell, parallel: int = 1, deviation: Deviation | None = None) -> Truth:
    """The truth behind a description, for `parallel` cells as one; the default deviation unless told."""
    d = Deviation() if deviation is None else deviation
    ocv = _ocv(cell.ocv_v)
    return Truth(
        capacity=3600 * cell.capacity_ah.value * parallel * (1 + d.capacity_share),
        voltage_min=cell.voltage_min_v.value,
        voltage_max=cell.voltage_max_v.value,
        discharge_max=cell.discharge_max_c.value * cell.capacity_ah.value * parallel,
        charge_max=cell.charge_max_c.value * cell.capacity_ah.value * parallel,
        law=_law(cell, parallel, d),
        ocv=ocv,
        ocv_area=_area(cell.ocv_v.soc[0], ocv),
        table=_table(cell, parallel, d),
        surface=_surface(cell),
        deviation=d,
    )


def resistance(cell: Cell) -> NDArray[np.float64]:
    """R0, R1, R2 and charge transfer in ohm over temperature and SoC, (136, 101 or 226, 4): -45..90 degC by 1 K.

    SoC 0..1 by 0.01 or, where an axis of the cell begins lower, from SURFACE_LEAST by 0.005. Without a surface, charge
    transfer is linear, and in R0.
    """
    soc, given = _soc(cell), cell.resistance
    r = _arrhenius(given, soc) if isinstance(given, ResistanceLaw) else _between_rows(given, soc)
    if cell.surface is None:
        r[:, :, loop.R0] += r[:, :, loop.KINETIC]
        r[:, :, loop.KINETIC] = 0
    return r


def _soc(cell: Cell) -> NDArray[np.float64]:
    curves = (cell.resistance, cell.ocv_shift_mv, cell.hysteresis_curve_mv)
    below = any(c.soc[0] < 0 for c in curves if c is not None and not isinstance(c, ResistanceLaw))
    start, step = (SURFACE_LEAST, _SOC_STEP[1]) if below else (0.0, _SOC_STEP[0])
    return np.linspace(start, 1, 1 + round((1 - start) / step))


def _plain(cell: Cell) -> bool:
    """No effect needs the loop's further sheets."""
    further = (cell.surface, cell.ocv_shift_mv, cell.hysteresis_curve_mv, cell.hysteresis_widening)
    return all(part is None for part in further)


def _law(cell: Cell, parallel: int, d: Deviation) -> NDArray[np.float64]:
    law = np.zeros(loop.LAW_SIZE)
    law[loop.TAU1] = cell.tau1_s.value * (1 + d.tau_share)
    law[loop.TAU2] = cell.tau2_s.value * (1 + d.tau_share)
    law[loop.TAU3] = np.inf if cell.surface is None else cell.surface.tau3_s.value * (1 + d.tau_share)
    law[loop.ENTROPY] = 1e-3 * cell.ocv_temperature_mv_per_k.value
    gap = cell.hysteresis_mv.value if cell.hysteresis_curve_mv is None else max(cell.hysteresis_curve_mv.value)
    law[loop.HYSTERESIS] = 1e-3 * gap * (1 + d.hysteresis_share) * max(_widening(cell))
    law[loop.HYSTERESIS_RATE] = cell.hysteresis_rate.value
    law[loop.HEAT_CAPACITY] = cell.heat_capacity_j_per_k.value * parallel
    law[loop.COOLING] = cell.cooling_w_per_k.value * parallel
    law[loop.REFERENCE] = REFERENCE
    law[loop.OCV_START] = cell.ocv_v.soc[0]
    law[loop.SOC_START] = _soc(cell)[0]
    law[loop.SURFACE_LEAST] = SURFACE_LEAST
    law[loop.TABLE_START] = _TEMPERATURE[0]
    law[loop.TABLE_STEP] = _TEMPERATURE[1] - _TEMPERATURE[0]
    return law


def _ocv(curve: Curve) -> NDArray[np.float64]:
    soc = np.linspace(curve.soc[0], 1, 1 + round((1 - curve.soc[0]) / _OCV_STEP))
    return np.ascontiguousarray(PchipInterpolator(curve.soc, curve.value)(soc))


def _area(start: float, ocv: NDArray[np.float64]) -> NDArray[np.float64]:
    soc = np.linspace(start, 1, len(ocv))
    area = cumulative_trapezoid(ocv, soc, initial=0)
    return area - np.interp(0, soc, area)


def _table(cell: Cell, parallel: int, d: Deviation) -> NDArray[np.float64]:
    ohm = resistance(cell) * ((1 + d.resistance_share) / parallel)
    if _plain(cell):
        return np.ascontiguousarray(ohm[:, :, : loop.KINETIC])
    soc, grid, curve = _soc(cell), cell.ocv_shift_mv, cell.hysteresis_curve_mv
    table = np.empty((len(_TEMPERATURE), len(soc), loop.SHEETS))
    table[:, :, : loop.SHIFT] = ohm
    if grid is None:
        table[:, :, loop.SHIFT] = 1e-3 * cell.ocv_temperature_mv_per_k.value * (_TEMPERATURE[:, np.newaxis] - REFERENCE)
    else:
        table[:, :, loop.SHIFT] = 1e-3 * _between(grid, soc)
    gap = cell.hysteresis_mv.value if curve is None else np.interp(soc, curve.soc, curve.value)
    table[:, :, loop.GAP] = 1e-3 * gap * (1 + d.hysteresis_share) * _widening(cell)[:, np.newaxis]
    return table


def _widening(cell: Cell) -> NDArray[np.float64]:
    """How much wider than at 25 degC the hysteresis is, straight over temperature, held outside."""
    curve = cell.hysteresis_widening
    if curve is None:
        return np.ones(len(_TEMPERATURE))
    return np.interp(_TEMPERATURE, np.array(curve.temperature_c) + ZERO_CELSIUS, curve.value)


def _between(grid: Grid, soc: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear over SoC and over temperature, held outside."""
    kelvin = np.array(grid.temperature_c) + ZERO_CELSIUS
    over_soc = np.array([np.interp(soc, grid.soc, row) for row in grid.value])
    return np.array([np.interp(_TEMPERATURE, kelvin, column) for column in over_soc.T]).T


def _surface(cell: Cell) -> NDArray[np.float64]:
    """(temperatures, SURFACE_SIZE), s and 1/s: per unit of capacity, so the number in parallel does not enter."""
    surface = cell.surface
    if surface is None:
        rows = 0 if _plain(cell) else len(_TEMPERATURE)
        return np.tile([0.0, 0.0, 1.0], (rows, 1))  # no lag; the exchange current is of no use to what is in R0
    out = np.empty((len(_TEMPERATURE), loop.SURFACE_SIZE))
    out[:, loop.LAG2] = 3600 * _grown(surface.lag2_soc_per_c, surface.lag2_activation_ev.value)
    out[:, loop.LAG3] = 3600 * _grown(surface.lag3_soc_per_c, surface.lag3_activation_ev.value)
    out[:, loop.EXCHANGE] = _grown(surface.exchange_c, -surface.exchange_activation_ev.value) / 3600
    return out


def _grown(at_25: Quantity, activation_ev: float) -> NDArray[np.float64]:
    """A figure over _TEMPERATURE that grows in the cold by Arrhenius."""
    return at_25.value * arrhenius(activation_ev, _TEMPERATURE)


def _arrhenius(law: ResistanceLaw, soc: NDArray[np.float64]) -> NDArray[np.float64]:
    shape = np.interp(soc, law.soc_factor.soc, law.soc_factor.value)
    r0, r1, r2 = (
        1e-3 * mohm.value * resistance_factor(activation.value, law.melting, _TEMPERATURE)
        for mohm, activation in (
            (law.r0_mohm, law.activation_r0_ev),
            (law.r1_mohm, law.activation_r1_ev),
            (law.r2_mohm, law.activation_r2_ev),
        )
    )
    sheets = [np.outer(r0, np.ones_like(soc)), np.outer(r1, shape), np.outer(r2, shape)]
    return np.stack([*sheets, np.zeros_like(sheets[0])], axis=2)


def _between_rows(table: ResistanceTable, soc: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear over SoC; the logarithm linear over 1/T between rows, held outside them."""
    inverse = 1 / (np.array(table.temperature_c) + ZERO_CELSIUS)
    sheets = []
    for rows in (table.r0_mohm, table.r1_mohm, table.r2_mohm, table.kinetic_mohm):
        if rows is None:
            sheets.append(np.zeros_like(sheets[0]))
            continue
        over_soc = np.array([np.interp(soc, table.soc, row) for row in rows])
        log = np.log(np.maximum(1e-3 * over_soc, 1e-9))  # 1 nOhm stands for a branch that is absent
        sheets.append(np.exp([np.interp(1 / _TEMPERATURE, inverse[::-1], column[::-1]) for column in log.T]).T)
    return np.stack(sheets, axis=2)
