"""PyBaMM's example of an equivalent circuit as a cell of this project."""

from typing import Any

import numpy as np

from bms.bench.thevenin_peer import LOAD
from bms.cells import library
from bms.cells.curves import Curve
from bms.cells.quantity import Quantity
from bms.cells.schema import Cell, ResistanceTable

_SOURCE = "PyBaMM, parameter set ECM_Example"
_CELSIUS = np.arange(-20.0, 50.5, 2.0)
_SOC = np.linspace(0, 1, 101)
_OCV_SOC = np.linspace(0, 1, 1001)  # the grid of the emulated cell


def described(pybamm: Any) -> Cell:
    """The cell that bms.bench.thevenin_peer.parameters() describes: R0, one RC branch, one lump of heat."""
    values = pybamm.ParameterValues("ECM_Example")

    def over(name: str, *arguments: np.ndarray) -> np.ndarray:
        return values[name](*(pybamm.Vector(points) for points in arguments)).evaluate().ravel()

    def rows(name: str) -> np.ndarray:
        return np.array([over(name, np.full_like(_SOC, t), np.full_like(_SOC, LOAD), _SOC) for t in _CELSIUS])

    r0, r1, seconds = rows("R0 [Ohm]"), rows("R1 [Ohm]"), rows("R1 [Ohm]") * rows("C1 [F]")
    ocv = over("Open-circuit voltage [V]", _OCV_SOC)
    return library.load("factorial-fest77").model_copy(
        update={
            "name": _SOURCE,
            "capacity_ah": exactly(values["Cell capacity [A.h]"]),
            "voltage_min_v": exactly(values["Lower voltage cut-off [V]"]),
            "voltage_max_v": exactly(values["Upper voltage cut-off [V]"]),
            "ocv_v": Curve(soc=_OCV_SOC.tolist(), value=ocv.tolist(), status="disclosed", source=_SOURCE),
            "ocv_temperature_mv_per_k": exactly(0.0),
            "hysteresis_mv": exactly(0.0),
            "resistance": _table(r0, r1),
            "tau1_s": exactly(float(np.median(seconds))),  # 30 s at the set's points, 30.6 s between them
            "heat_capacity_j_per_k": exactly(values["Cell thermal mass [J/K]"]),
            "cooling_w_per_k": exactly(values["Cell-jig heat transfer coefficient [W/K]"]),
        }
    )


def with_r1(cell: Cell, ohm: float, seconds: float) -> Cell:
    """The same with one R1 and time constant at every temperature and SoC."""
    table = cell.resistance
    assert isinstance(table, ResistanceTable)
    r1 = np.full_like(table.r1_mohm, 1e3 * ohm).tolist()
    return cell.model_copy(update={"resistance": table.model_copy(update={"r1_mohm": r1}), "tau1_s": exactly(seconds)})


def exactly(value: float) -> Quantity:
    return Quantity(value=value, low=value, high=value, status="disclosed", source=_SOURCE)


def _table(r0: np.ndarray, r1: np.ndarray) -> ResistanceTable:
    """From ohm, (len(_CELSIUS), len(_SOC)); no second branch."""
    return ResistanceTable(
        temperature_c=_CELSIUS.tolist(),
        soc=_SOC.tolist(),
        r0_mohm=(1e3 * r0).tolist(),
        r1_mohm=(1e3 * r1).tolist(),
        r2_mohm=np.zeros_like(r1).tolist(),
        status="disclosed",
        source=_SOURCE,
    )
