"""The vehicle model against cars that were measured: wall energy over UDDS and HWFET, and the range on the label.

No car is judged by constants that saw its maker, as far as its file allows. A car of a maker that the shipped constants
were fitted on is predicted by constants and maker term refitted on the other makers of the file (it takes three); a car
of any other maker by the shipped ones, which its file cannot change. So a file of new makers judges what the project
ships, and the rows that the project was fitted on judge the method.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bms.driving import constant_efficiency, maker_term, unlike_cars
from bms.driving.drive_train import DriveTrain
from bms.driving.drive_train_fit import CYCLES, FITTED, FITTED_MAKERS, fit, wall_wh_per_mile
from bms.driving.maker_term import KNOWN, MORE_ELSEWHERE, Spread, estimate
from bms.driving.measured_cars import Cars, label_range
from bms.errors import InputError

Floats = NDArray[np.float64]
Calibration = Literal["hwfet"] | None

FIGURES = ("hwfet", "udds", "label")
_LEAST_MAKERS = 3  # in a file, for a refit without one of them
_JUDGED_BY = ("shipped constants", "refitted without the maker")


@dataclass(frozen=True)
class Prediction:
    """One figure of all cars, (cars,) each: value and 80 % interval; Wh/mi from the wall, mi for the label."""

    value: Floats
    low: Floats
    high: Floats


Predictions = dict[str, Prediction]


def calibration(named: str | None) -> Calibration:
    """The figure that scales each car; InputError for one that does not."""
    if named not in (None, "hwfet"):
        raise InputError(f"A car cannot be calibrated by '{named}'; allowed is hwfet, its own measured highway figure.")
    return "hwfet" if named else None


def validate(cars: Cars, calibrate: Calibration = None) -> dict[str, Any]:
    """Errors of the model on the cars, of a refit without each maker in turn, and of constant efficiencies.

    What is none of the kind that the constants were fitted on is left out, and says why. InputError if nothing else is
    there, or a car is to be calibrated by a figure that was not measured.
    """
    reasons = [unlike_cars.why(cars, k) for k in range(len(cars))]
    alike = np.array([not reason for reason in reasons])
    if not alike.any():
        raise InputError(f"There is no car in the file that the constants are for. {reasons[0]}")
    if calibrate is not None:
        _check_calibrated(cars, alike, calibrate)
    cars = cars[alike]
    seen = np.array([name.lower() in FITTED_MAKERS for name in cars.make])
    enough = len(np.unique(cars.make)) >= _LEAST_MAKERS
    shipped = _shipped(cars, calibrate)
    left_out = _leave_one_maker_out(cars, calibrate) if enough else None
    refitted = seen & enough
    judged = shipped if left_out is None else _chosen(refitted, left_out, shipped)
    constant = _predictions(constant_efficiency.energies(cars), cars, calibrate, None)
    return {
        "vehicles": len(cars),
        "makers": len(np.unique(cars.make)),
        "judged_by": {
            "refitted_without_the_maker": int(refitted.sum()),
            "shipped_constants_of_other_makers": int((~seen).sum()),
            "shipped_constants_that_saw_the_maker": int((seen & ~refitted).sum()),
        },
        "calibrated": calibrate,
        "left_out": [reason for reason in reasons if reason],
        **_errors(judged, cars),
        "leave_one_maker_out": None if left_out is None else _errors(left_out, cars),
        "shipped_constants": _errors(shipped, cars),
        "constant_efficiency": _errors(constant, cars, interval=False),
        "cars": _listed(judged, cars, refitted),
    }


def _check_calibrated(cars: Cars, judged: NDArray[np.bool_], by: Literal["hwfet"]) -> None:
    lacking = np.flatnonzero(judged & ~np.isfinite(getattr(cars, by)))
    if len(lacking):
        k = int(lacking[0])
        raise InputError(
            f"Car {k + 1} ({cars.make[k]} {cars.model[k]}) has no {by}_unadj_ac_whmi to be calibrated by; "
            "fill it in, or leave --calibrate away."
        )


def measured(cars: Cars, figure: str) -> Floats:
    """What was measured, (cars,): Wh/mi from the wall, or miles where recharge and adjustment are known as well."""
    if figure != "label":
        return getattr(cars, figure)
    return np.where(np.isfinite(cars.recharge_kwh * cars.adjustment), cars.label_mi, np.nan)


def _energies(cars: Cars, drive: DriveTrain) -> dict[str, Floats]:
    return {cycle: wall_wh_per_mile(cars, cycle, drive) for cycle in CYCLES}


def _calibrated(energy: dict[str, Floats], cars: Cars, calibrate: Calibration) -> dict[str, Floats]:
    """Energies scaled car by car, so that the one that was measured is met; or raised by what other makers need."""
    if calibrate is None:
        return {cycle: values * np.exp(MORE_ELSEWHERE) for cycle, values in energy.items()}
    factor = getattr(cars, calibrate) / energy[calibrate]
    return {cycle: values * factor for cycle, values in energy.items()}


def _predictions(
    energy: dict[str, Floats], cars: Cars, calibrate: Calibration, spreads: dict[str, Spread] | None
) -> Predictions:
    """Without spreads: values as they are, no maker term."""
    if spreads is not None or calibrate:
        energy = _calibrated(energy, cars, calibrate)
    values = {**energy, "label": label_range(cars, energy)}
    found = {}
    for figure in FIGURES:
        low, high = 0.0, 0.0
        if spreads is not None and figure in spreads:
            sign = 0 if calibrate else -1 if figure == "label" else 1
            low, high = spreads[figure].interval(sign)
        found[figure] = Prediction(values[figure], values[figure] * np.exp(low), values[figure] * np.exp(high))
    return found


def _shipped(cars: Cars, calibrate: Calibration) -> Predictions:
    spreads = maker_term.FITTED_CALIBRATED if calibrate else maker_term.FITTED
    return _predictions(_energies(cars, FITTED), cars, calibrate, spreads)


def _leave_one_maker_out(cars: Cars, calibrate: Calibration) -> Predictions:
    """Each maker's cars by constants and spreads that come from the others alone."""
    parts = {}
    for name in np.unique(cars.make):
        others, own = cars[cars.make != name], cars[cars.make == name]
        drive = fit(others)
        spreads = spreads_of(others, _energies(others, drive), calibrate)
        parts[name] = _predictions(_energies(own, drive), own, calibrate, spreads)
    result = {}
    for figure in FIGURES:
        columns = [np.empty(len(cars)) for _ in range(3)]
        for name, part in parts.items():
            for column, values in zip(columns, vars(part[figure]).values(), strict=True):
                column[cars.make == name] = values
        result[figure] = Prediction(*columns)
    return result


def spreads_of(cars: Cars, energy: dict[str, Floats], calibrate: Calibration) -> dict[str, Spread]:
    """Between and within the makers of cars whose energy the model gives as `energy`."""
    if calibrate:
        energy = _calibrated(energy, cars, calibrate)
    values = {**energy, "label": label_range(cars, energy)}
    figures = [figure for figure in FIGURES if figure != calibrate]
    return {
        figure: estimate(
            np.log(measured(cars, figure) / values[figure]), cars.make, None if calibrate else KNOWN[figure]
        )
        for figure in figures
    }


def _chosen(first: NDArray[np.bool_], a: Predictions, b: Predictions) -> Predictions:
    def column(figure: str, name: str) -> Floats:
        return np.where(first, getattr(a[figure], name), getattr(b[figure], name))

    return {figure: Prediction(*(column(figure, name) for name in ("value", "low", "high"))) for figure in FIGURES}


def _errors(found: Predictions, cars: Cars, *, interval: bool = True) -> dict[str, Any]:
    """Of each figure: mean absolute error, bias (positive: predicted too much), share of cars inside the interval."""
    result: dict[str, Any] = {}
    for figure, told in found.items():
        truth = measured(cars, figure)
        there = np.isfinite(truth / told.value)
        if not there.any():
            result[figure] = None
            continue
        error = 100 * (told.value / truth - 1)[there]
        inside = ((told.low <= truth * (1 + 1e-9)) & (truth <= told.high * (1 + 1e-9)))[there]
        result[figure] = {
            "vehicles": int(there.sum()),
            "mape_pct": round(float(np.abs(error).mean()), 2),
            "bias_pct": round(float(error.mean()), 2),
        } | ({"coverage_80": round(float(inside.mean()), 4)} if interval else {})
    return result


def _listed(found: Predictions, cars: Cars, refitted: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """A row a car; units in the keys."""
    rows = []
    for k in range(len(cars)):
        row: dict[str, Any] = {"make": str(cars.make[k]), "model": str(cars.model[k])}
        row["judged_by"] = _JUDGED_BY[int(refitted[k])]
        for figure in FIGURES:
            unit = "mi" if figure == "label" else "wh_per_mi"
            columns = {"measured": measured(cars, figure), **vars(found[figure])}
            row[figure] = {f"{name}_{unit}": _rounded(values[k]) for name, values in columns.items()}
        rows.append(row)
    return rows


def _rounded(value: float) -> float | None:
    return round(float(value), 1) if np.isfinite(value) else None
