"""What a sensor of thickness or stack pressure adds to the voltage, for the SoC: standard deviations over SoC.

Plated lithium takes room in proportion to the charge: thickness and pressure are straight lines over SoC, the OCV is
not. Independent errors are combined by their inverse variances.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation import tables

Floats = NDArray[np.float64]

SOC = np.round(np.linspace(0, 1, 101), 2)
UNIFORM = 1 / np.sqrt(12)  # standard deviation of a SoC of which nothing is known
_SPAN = 0.02  # SoC on each side over which the slope is taken
_LEAST_SLOPE = 1e-6  # V
_SHOWN = (0.1, 0.3, 0.5, 0.7, 0.9)
_ALLOWED = {
    "--thickness-um": (0.01, 10_000.0),
    "--pressure-kpa": (0.01, 10_000.0),
    "--voltage-mv": (0.01, 1000.0),
}


@dataclass(frozen=True)
class Sensors:
    """Standard deviations of what is read: um, kPa, and mV of voltage and OCV together; None: no such sensor."""

    thickness_um: float | None = 10.0
    pressure_kpa: float | None = None
    voltage_mv: float = 9.0

    def __post_init__(self) -> None:
        given = (self.thickness_um, self.pressure_kpa, self.voltage_mv)
        for (option, (low, high)), value in zip(_ALLOWED.items(), given, strict=True):
            if value is not None and not low <= value <= high:
                raise InputError(f"{option} is {value:g}: {low:g} .. {high:g} can be asked; choose one there.")
        if self.thickness_um is None and self.pressure_kpa is None:
            raise InputError("No sensor is named; give --thickness-um, --pressure-kpa or both.")


def of_voltage(cell: Cell, voltage_mv: float) -> Floats:
    """(101,) standard deviation of SoC from a rested voltage; never more than that of no knowledge."""
    open_voltage = tables.ocv(cell)
    low, high = np.clip(SOC - _SPAN, 0, 1), np.clip(SOC + _SPAN, 0, 1)
    rise = np.interp(high, tables.OCV_SOC, open_voltage) - np.interp(low, tables.OCV_SOC, open_voltage)
    return np.minimum(voltage_mv / 1000 / np.maximum(rise / (high - low), _LEAST_SLOPE), UNIFORM)


def of_thickness(cell: Cell, thickness_um: float) -> float:
    """Standard deviation of SoC from the thickness; InputError for a cell that is described without swelling."""
    swelling = cell.effects.swelling_mm
    if swelling is None or swelling.value <= 0:
        raise InputError(f"{cell.name} is described without swelling: its thickness tells nothing; take another cell.")
    return thickness_um / 1000 / swelling.value


def of_pressure(cell: Cell, pressure_kpa: float) -> float:
    """Standard deviation of SoC from the stack pressure; InputError for a cell whose pressure does not change."""
    pressure = cell.effects.pressure
    if pressure is None or pressure.swing_mpa.value <= 0:
        raise InputError(
            f"{cell.name} is described without a pressure that changes with charge; name another cell or sensor."
        )
    return pressure_kpa / 1000 / pressure.swing_mpa.value


def answer(cell: Cell, sensors: Sensors) -> dict[str, Any]:
    """JSON's keys; SoC and its standard deviations as shares. The RMSE is over all SoC, each as likely."""
    voltage = of_voltage(cell, sensors.voltage_mv)
    single: dict[str, float] = {}
    if sensors.thickness_um is not None:
        single["thickness"] = of_thickness(cell, sensors.thickness_um)
    if sensors.pressure_kpa is not None:
        single["pressure"] = of_pressure(cell, sensors.pressure_kpa)
    sensed = sum(sd**-2 for sd in single.values()) ** -0.5
    both = 1 / np.sqrt(voltage**-2 + sensed**-2)
    return {
        "cell": cell.name,
        "sensors": {name: value for name, value in vars(sensors).items() if value is not None},
        "soc_sd_sensed": {name: round(sd, 4) for name, sd in single.items()},
        "at": [
            {"soc": soc, "soc_sd_voltage": round(_at(voltage, soc), 4), "soc_sd_both": round(_at(both, soc), 4)}
            for soc in _SHOWN
        ],
        "better_than_voltage_at_soc": ranges(voltage > sensed),
        "better_where_voltage_errs_by_mv": {
            f"{100 * soc:.0f}_pct": round(sensors.voltage_mv * sensed / _at(voltage, soc), 1) for soc in _SHOWN
        },
        "soc_rmse_without": round(float(np.sqrt((voltage**2).mean())), 4),
        "soc_rmse_with": round(float(np.sqrt((both**2).mean())), 4),
    }


def ranges(true: NDArray[np.bool_]) -> list[list[float]]:
    """[from, to] of SoC where `true` (101,) is, in order."""
    edges = np.flatnonzero(np.diff(np.r_[False, true, False].astype(int)))
    return [[float(SOC[a]), float(SOC[b - 1])] for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _at(values: Floats, soc: float) -> float:
    return float(values[round(100 * soc)])


def facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value for the table."""
    rows = [("cell", result["cell"])]
    rows += [(f"SoC by {name} alone", f"+-{100 * sd:.1f} %") for name, sd in result["soc_sd_sensed"].items()]
    mv = result["sensors"]["voltage_mv"]
    for row in result["at"]:
        pair = f"+-{100 * row['soc_sd_voltage']:.1f} %, with both +-{100 * row['soc_sd_both']:.1f} %"
        rows.append((f"by a voltage of +-{mv:g} mV at {100 * row['soc']:.0f} %", pair))
    better = ", ".join(f"{100 * a:.0f} to {100 * b:.0f} %" for a, b in result["better_than_voltage_at_soc"])
    rows.append(("better than the voltage at", better or "no SoC"))
    rmse = f"{100 * result['soc_rmse_without']:.2f} % without, {100 * result['soc_rmse_with']:.2f} % with"
    rows.append(("RMSE over all SoC", rmse))
    return rows
