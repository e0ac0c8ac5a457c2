"""A cell's description made linear: what a plain 3-RC filter knows of it, over SoC and temperature."""

from dataclasses import dataclass

import numpy as np

from bms.cells.schema import Cell
from bms.estimation import tables as cell_tables
from bms.estimation.logs import Floats

_SOC = np.linspace(0, 1, 65)
_LINEAR_C = 1e3  # 1/h; an exchange current so large is none that bends
_SLOPE_V = 1.0  # per unit of SoC: where the OCV is steeper, a lag made linear would carry volts
_NO_BRANCH_S = 400.0  # time constant of a third branch that the cell does not have: it carries no voltage


@dataclass(frozen=True)
class Tables:
    """tau (3,) s; grid (27 temperatures, 65 SoC, 2, 5): OCV in V and R0..R3 in ohm, then their slopes over SoC."""

    capacity_ah: float
    tau: Floats
    grid: Floats

    def at(self, soc: float, celsius: float) -> Floats:
        """The figures (2, 5) at a SoC and a temperature, linear in between and held at the ends."""
        row = min(max((celsius + 40) / 5, 0.0), 25.999)
        column = min(max(soc * 64, 0.0), 63.999)
        j, k = int(row), int(column)
        f = column - k
        low, high = self.grid[j], self.grid[j + 1]
        cold, warm = low[k] + f * (low[k + 1] - low[k]), high[k] + f * (high[k + 1] - high[k])
        return cold + (row - j) * (warm - cold)


def tables(cell: Cell) -> Tables:
    """The linear tables of a cell of two branches, or of one whose surface lags.

    Charge transfer counts as the resistance that it has at 1C: asinh(1 / exchange) exchange.
    """
    capacity, surface = cell.capacity_ah.value, cell.surface
    volts = cell_tables.ocv(cell)[cell_tables.OCV_SOC >= 0] + _over_soc(cell_tables.shift(cell))
    slope = np.gradient(volts, _SOC, axis=1)
    r0, kinetic, r1, r2 = (_over_soc(table) for table in cell_tables.resistances(cell))
    lag2, lag3 = (lag[:, None] for lag in cell_tables.lags(cell))
    exchange = np.minimum(cell_tables.exchange(cell), _LINEAR_C)[:, None]
    r0 = r0 + kinetic * exchange * np.arcsinh(1 / exchange)
    gentle = np.minimum(slope, _SLOPE_V)
    r2, r3 = r2 + gentle * lag2 / capacity, gentle * lag3 / capacity
    tau3 = _NO_BRANCH_S if surface is None else surface.tau3_s.value
    tau = np.array([cell.tau1_s.value, cell.tau2_s.value, tau3])
    figures = np.stack([volts, r0, r1, r2, r3], axis=-1)
    return Tables(capacity, tau, np.stack([figures, np.gradient(figures, _SOC, axis=1)], axis=-2))


def _over_soc(table: Floats) -> Floats:
    """(27, 65): a table over temperature and the surface's SoC, at the SoC of a cell whose surface does not lag."""
    return np.stack([np.interp(_SOC, cell_tables.TABLE_SOC, row) for row in table])
