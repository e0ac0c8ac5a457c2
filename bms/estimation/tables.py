"""A cell's curves over the grids of the estimator: OCV, hysteresis, surface lags and resistances, floats in SI."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from bms.cells.curves import SURFACE_LEAST, Curve, Grid
from bms.cells.schema import Cell, ResistanceLaw, ResistanceTable
from bms.cells.temperature import ZERO_CELSIUS, arrhenius, resistance_factor

Floats = NDArray[np.float64]

OCV_SOC = np.linspace(SURFACE_LEAST, 1, 73)
TABLE_SOC = np.r_[np.linspace(SURFACE_LEAST, 0.25, 13), np.linspace(0.3125, 1, 12)]
TABLE_C = np.arange(-40.0, 90.1, 5.0)
_LEAST_OHM = 1e-9  # stands for a branch that is absent
_ROW_K = 5.0  # between TABLE_C, and between the rows of a fitted table, which a test may lie half of it beyond
_KELVIN = TABLE_C + ZERO_CELSIUS


def ocv(cell: Cell) -> Floats:
    """(73,) V at OCV_SOC and 25 degC; below the curve's first point by its slope there, never falling with SoC."""
    curve = PchipInterpolator(cell.ocv_v.soc, cell.ocv_v.value)
    first = cell.ocv_v.soc[0]
    step = cell.ocv_v.soc[1] - first
    slope = (cell.ocv_v.value[1] - cell.ocv_v.value[0]) / step
    below = cell.ocv_v.value[0] + slope * (OCV_SOC - first)
    volts = np.where(first > OCV_SOC, below, curve(np.maximum(OCV_SOC, first)))
    return np.maximum(volts, 0.0)


def hysteresis(cell: Cell) -> Floats:
    """(25,) V at TABLE_SOC and 25 degC, half the gap between the branches."""
    if cell.hysteresis_curve_mv is not None:
        return _curve(cell.hysteresis_curve_mv) / 1000
    return np.full(len(TABLE_SOC), cell.hysteresis_mv.value / 1000)


def widening(cell: Cell) -> Floats:
    """(27,) how much wider than at 25 degC the gap is at TABLE_C: straight between what is known, held outside."""
    curve = cell.hysteresis_widening
    return np.ones(len(TABLE_C)) if curve is None else np.interp(TABLE_C, curve.temperature_c, curve.value)


def untested(cell: Cell) -> Floats:
    """(27,) K by which TABLE_C lies beyond the tests of a fitted cell; 0 where its file names none.

    Up to the first of TABLE_C that no test reached nothing is beyond: what is read between that and the last one would
    otherwise doubt the tests themselves.
    """
    law = cell.resistance
    if not isinstance(law, ResistanceTable):
        return np.zeros(len(TABLE_C))
    tested = [celsius for celsius in law.temperature_c if celsius not in law.extrapolated_c]
    if not law.extrapolated_c or not tested:
        return np.zeros(len(TABLE_C))
    return np.maximum(0.0, np.maximum(tested[0] - TABLE_C, TABLE_C - tested[-1]) - _ROW_K)


def shift(cell: Cell) -> Floats:
    """(27, 25) V at TABLE_C and TABLE_SOC, to be added to the OCV."""
    if cell.ocv_shift_mv is not None:
        return _grid(cell.ocv_shift_mv) / 1000
    return np.outer(TABLE_C - 25, np.full(len(TABLE_SOC), cell.ocv_temperature_mv_per_k.value / 1000))


def resistances(cell: Cell) -> Floats:
    """(4, 27, 25) ohm at TABLE_C and TABLE_SOC: R0, charge transfer, R1, R2."""
    law = cell.resistance
    if isinstance(law, ResistanceTable):
        nothing = [[0.0] * len(law.soc)] * len(law.temperature_c)
        branches = (law.r0_mohm, law.kinetic_mohm, law.r1_mohm, law.r2_mohm)
        return np.stack([_rows(law, rows or nothing) for rows in branches])
    return _law(law)


def lags(cell: Cell) -> tuple[Floats, Floats]:
    """(27,) each: SoC by which the surface lags per C through the second and the third low-pass, at TABLE_C."""
    surface = cell.surface
    if surface is None:
        return np.zeros(len(TABLE_C)), np.zeros(len(TABLE_C))
    return (
        surface.lag2_soc_per_c.value * arrhenius(surface.lag2_activation_ev.value, _KELVIN),
        surface.lag3_soc_per_c.value * arrhenius(surface.lag3_activation_ev.value, _KELVIN),
    )


def exchange(cell: Cell) -> Floats:
    """(27,) C at TABLE_C: the current beyond which charge transfer grows no more in proportion."""
    if cell.surface is None:
        return np.full(len(TABLE_C), np.inf)
    return cell.surface.exchange_c.value / arrhenius(cell.surface.exchange_activation_ev.value, _KELVIN)


def _law(law: ResistanceLaw) -> Floats:
    shape = _curve(law.soc_factor)
    branches = [
        (law.r0_mohm, law.activation_r0_ev, np.ones_like(shape)),
        (law.r1_mohm, law.activation_r1_ev, shape),
        (law.r2_mohm, law.activation_r2_ev, shape),
    ]
    r0, r1, r2 = (
        r.value / 1000 * np.outer(resistance_factor(energy.value, law.melting, _KELVIN), over_soc)
        for r, energy, over_soc in branches
    )
    return np.stack([r0, np.zeros_like(r0), r1, r2])


def _curve(curve: Curve) -> Floats:
    return np.interp(TABLE_SOC, curve.soc, curve.value)


def _rows(table: ResistanceTable, rows: list[list[float]]) -> Floats:
    """Linear over SoC; over temperature linear in the logarithm against 1/T, as Arrhenius' law is."""
    over_soc = np.stack([np.interp(TABLE_SOC, table.soc, row) for row in rows]) / 1000
    inverse = 1 / (np.array(table.temperature_c) + ZERO_CELSIUS)
    wanted = 1 / (np.clip(TABLE_C, table.temperature_c[0], table.temperature_c[-1]) + ZERO_CELSIUS)
    log = np.log(np.maximum(over_soc, _LEAST_OHM))
    return np.exp(np.stack([np.interp(wanted[::-1], inverse[::-1], column[::-1])[::-1] for column in log.T]).T)


def _grid(grid: Grid) -> Floats:
    """Linear over SoC and over temperature, held outside."""
    over_soc = np.stack([np.interp(TABLE_SOC, grid.soc, row) for row in grid.value])
    return np.stack([np.interp(TABLE_C, grid.temperature_c, column) for column in over_soc.T]).T
