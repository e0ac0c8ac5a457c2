"""A cell from its cycler files: fit() finds every figure that the tests hold and marks the rest as assumed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bms.cells.fitting_cell import Found, assemble
from bms.cells.fitting_error import folds, model_error, unexplained
from bms.cells.fitting_slow import Slow, slow
from bms.cells.fitting_tables import Rows, Shape, Tables, energies, fit_tables, predict, rows, temperatures, visited
from bms.cells.fitting_trace import Trace, trace
from bms.cells.record import Floats, Record
from bms.cells.schema import Cell
from bms.errors import InputError

_TAU1 = (5.0, 10.0, 20.0, 40.0, 60.0)  # s
_TAU2 = (100.0, 200.0, 400.0, 800.0, 1600.0)  # s
_EQUAL = 1.02  # time constants whose error is within this factor of the least are as good: the shortest are taken
_AMBIENT = 5.0  # K: tests whose cool part rounds to the same multiple share a row of the table of residuals


@dataclass(frozen=True)
class Residual:
    """Voltage error of the fitted model on the tests that it was fitted on."""

    name: str
    temperature_c: float
    samples: int
    rms_mv: float
    weighted_rms_mv: float  # the last steep percents count as little as in the fit


@dataclass(frozen=True)
class FitResult:
    cell: Cell
    by_temperature: list[Residual]
    by_test: list[Residual]
    offset: float  # A, read by the tester of the slow test at no current
    cross_validated_mv: float  # geometric mean over the tests of the weighted RMS on each, left out of the fit


def fit(
    ocv: Sequence[Record],
    dynamic: Sequence[Record],
    name: str,
    capacity_ah: float | None = None,
    chemistry: str = "lithium-ion",
    source: str = "",
) -> FitResult:
    """Fit the cell `name` from slow tests `ocv` and drive or pulse tests `dynamic`; `source` cites the data.

    Raises InputError. Each test begins with a full cell unless it carries its truth (soc, or ah_discharged in Ah).
    """
    if not dynamic:
        raise InputError("dynamic tests: none given, so no resistance can be determined; give a drive or pulse test.")
    calm = slow(ocv, capacity_ah)
    tests = sorted((trace(test, calm.capacity_ah) for test in dynamic), key=_ambient)
    nodes = temperatures(tests)
    shape, error = _shape(tests, calm, nodes)
    samples = [rows(test, calm, shape) for test in tests]
    tables = fit_tables(samples, calm, shape, nodes)
    judged = "tests left out of the fit" if len(folds(len(tests))) > 1 else "the fitted tests, too few to leave one out"
    error_source = f"residuals on {judged}; tests as for resistance"
    unfitted = model_error(unexplained(tests, calm, shape, nodes), error_source)
    found = Found(calm, tables, tests, unfitted, _cited(source, ocv), _cited(source, dynamic))
    return FitResult(
        cell=assemble(found, name, chemistry),
        by_temperature=_by_temperature(tests, samples, tables),
        by_test=[_residual(test.name, [part], tables) for test, part in zip(tests, samples, strict=True)],
        offset=calm.offset,
        cross_validated_mv=error,
    )


def fit_files(
    ocv: Sequence[Path],
    dynamic: Sequence[Path],
    capacity_ah: float | None,
    name: str,
    read: Callable[[Path], Record],
    chemistry: str = "lithium-ion",
    source: str = "",
) -> FitResult:
    """fit() on files; `read` opens one, as bms.estimation.logs.read does. Raises InputError."""
    given = [path.resolve() for path in [*ocv, *dynamic]]
    if twice := [path.name for k, path in enumerate(given) if path in given[:k]]:
        raise InputError(f"{twice[0]}: the file is given twice; give each test once, as --ocv or as --dynamic.")
    return fit([read(path) for path in ocv], [read(path) for path in dynamic], name, capacity_ah, chemistry, source)


def _shape(tests: Sequence[Trace], calm: Slow, nodes: Floats) -> tuple[Shape, float]:
    """Time constants of the least cross-validated error, activation energies that go with them; that error in mV."""
    energy = _energies(tests, calm, Shape(_TAU1[2], _TAU2[2]), nodes)
    found = [(_cross_validated(tests, calm, Shape(a, b, energy), nodes), a, b) for a in _TAU1 for b in _TAU2]
    least = min(found)[0]
    tau2, tau1, error = min((tau2, tau1, error) for error, tau1, tau2 in found if error <= _EQUAL * least)
    return Shape(tau1, tau2, _energies(tests, calm, Shape(tau1, tau2, energy), nodes)), error


def _energies(tests: Sequence[Trace], calm: Slow, shape: Shape, nodes: Floats) -> tuple[float, float, float]:
    samples = [rows(test, calm, shape) for test in tests]
    return energies(fit_tables(samples, calm, shape, nodes), visited(samples, nodes))


def _cross_validated(tests: Sequence[Trace], calm: Slow, shape: Shape, nodes: Floats) -> float:
    """mV; the geometric mean, so that a test on an aged or emptied cell does not choose for all."""
    samples = [rows(test, calm, shape) for test in tests]
    logs = []
    for train, judge in folds(len(tests)):
        tables = fit_tables([samples[k] for k in train], calm, shape, nodes)
        logs += [np.log(_residual("", [samples[k]], tables).weighted_rms_mv) for k in judge]
    return float(np.exp(np.mean(logs)))


def _cited(source: str, tests: Sequence[Record]) -> str:
    names = ", ".join(Path(test.name).stem for test in tests)
    return f"{source}; {names}" if source else names


def _ambient(test: Trace) -> float:
    """degC, of the chamber as far as the cell's cool part tells."""
    return _AMBIENT * round((float(np.quantile(test.temperature, 0.03)) - 273.15) / _AMBIENT)


def _by_temperature(tests: Sequence[Trace], samples: Sequence[Rows], tables: Tables) -> list[Residual]:
    groups: dict[float, list[Rows]] = {}
    for test, part in zip(tests, samples, strict=True):
        groups.setdefault(_ambient(test), []).append(part)
    return [_residual(f"{t:g} degC", parts, tables) for t, parts in groups.items()]


def _residual(name: str, parts: Sequence[Rows], tables: Tables) -> Residual:
    error = np.concatenate([part.rest_voltage - predict(tables, part) for part in parts])
    weight = np.concatenate([part.weight for part in parts])
    return Residual(
        name=name,
        temperature_c=float(np.median(np.concatenate([part.temperature for part in parts]))) - 273.15,
        samples=len(error),
        rms_mv=1e3 * float(np.sqrt(np.mean(error**2))),
        weighted_rms_mv=1e3 * float(np.sqrt(np.average(error**2, weights=weight))),
    )
