"""A cell from its cycler files: fit() finds every figure that the tests hold and marks the rest as assumed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from bms.cells.fitting_cell import Found, assemble
from bms.cells.fitting_checks import check_full, check_size, check_starts, check_use
from bms.cells.fitting_doubts import WIDE, uncounted, unseen
from bms.cells.fitting_error import model_error, unexplained, widened
from bms.cells.fitting_gap import with_widening
from bms.cells.fitting_open import lasting, to_empty, without_slow
from bms.cells.fitting_residual import Errors, Residual, ambient
from bms.cells.fitting_rows import GAP_SOC, MERGED, halved, joined, picked, rows, samples, slow_samples
from bms.cells.fitting_search import Told, search
from bms.cells.fitting_shape import TAU, Shape, temperatures
from bms.cells.fitting_slow import OCV_SOC, Slow, rising, slow
from bms.cells.fitting_tables import Problem, Tables, fit_tables, judged, predict, rebased, with_energies
from bms.cells.fitting_trace import Trace, trace
from bms.cells.record import Floats, Record, check_counter, check_sign, check_trend
from bms.cells.schema import Cell
from bms.errors import InputError

_THIN, _FULL = 3000, 20000  # samples of a test for the search, and for the rest
_BENDS = 3  # times that an OCV without a slow test is bent to what the tests say


@dataclass(frozen=True)
class Example:
    """The test that the model explains worst: arrays (n,) of s, V measured, V modelled."""

    name: str
    time: Floats
    measured: Floats
    modelled: Floats


@dataclass(frozen=True)
class FitResult:
    """The cell, how far its voltage is off, and what the tests could not tell."""

    cell: Cell
    by_temperature: list[Residual]
    by_test: list[Residual]
    by_soc: list[Residual]
    by_current: list[Residual]
    offset: float | None  # A, read by the tester of the slow test at no current; None: not determined
    cross_validated_mv: float  # RMS on tests left out of the fit
    undetermined: list[str]  # "what: why", each one sentence's worth
    slow: Slow
    worst: Example


def fit(
    ocv: Sequence[Record],
    dynamic: Sequence[Record],
    name: str,
    capacity_ah: float | None = None,
    chemistry: str = "lithium-ion",
    source: str = "",
    start_soc: float = 1.0,
    told: Told = lambda share: None,
) -> FitResult:
    """Fit the cell `name` from slow tests `ocv` and drive or pulse tests `dynamic`; `source` cites the data.

    Each dynamic test begins at `start_soc` unless it carries soc; its counter ah_discharged (Ah) counts from there.
    `told` hears the share done, 0..1. Raises InputError.
    """
    if not dynamic:
        raise InputError("dynamic tests: none given, so no resistance can be determined; give a drive or pulse test.")
    if not 0 < start_soc <= 1:
        raise InputError(f"The tests are told to start at SoC {start_soc:g}; allowed is above 0, to 1.")
    for test in dynamic:
        check_sign(test)
    calm = slow(ocv, capacity_ah) or without_slow(dynamic, capacity_ah, start_soc, ocv)
    check_size(calm)
    for test in ocv:
        check_counter(test, calm.capacity_ah)
        check_trend(test, calm.capacity_ah)
    tests = _traced(dynamic, calm, start_soc)
    check_use(tests, calm)
    if not calm.capacity_known and not calm.branches:
        calm = to_empty(_bent(calm, tests), start_soc)
        tests = _traced(dynamic, calm, start_soc)
    check_starts(tests, calm)
    cited = _cited(source, ocv if calm.branches else dynamic), _cited(source, dynamic)
    found = _found(calm, tests, cited, told)
    errors = found.errors
    return FitResult(
        cell=_cell(found, name, chemistry),
        by_temperature=errors.by_temperature(),
        by_test=errors.by_test(),
        by_soc=errors.by_soc(),
        by_current=errors.by_current(),
        offset=calm.offset if calm.half_gap is not None else None,
        cross_validated_mv=1e3 * float(np.sqrt(np.nanmean(errors.outside**2))),
        undetermined=[
            *calm.doubts,
            *unseen(tests, calm, found.wide, found.sparse),
            *uncounted(dynamic, calm.capacity_ah),
        ],
        slow=calm,
        worst=_worst(errors),
    )


def fit_files(
    ocv: Sequence[Path],
    dynamic: Sequence[Path],
    capacity_ah: float | None,
    name: str,
    read: Callable[[Path], Record],
    chemistry: str = "lithium-ion",
    source: str = "",
    start_soc: float = 1.0,
    told: Told = lambda share: None,
) -> FitResult:
    """fit() on files; `read` opens one, as bms.estimation.logs.read does. Raises InputError."""
    given = [path.resolve() for path in [*ocv, *dynamic]]
    if twice := [path.name for k, path in enumerate(given) if path in given[:k]]:
        raise InputError(f"{twice[0]}: the file is given twice; give each test once, as --ocv or as --dynamic.")
    slow_tests, tests = [read(path) for path in ocv], [read(path) for path in dynamic]
    return fit(slow_tests, tests, name, capacity_ah, chemistry, source, start_soc, told)


def _traced(dynamic: Sequence[Record], calm: Slow, start_soc: float) -> list[Trace]:
    return sorted((trace(test, calm.capacity_ah, start_soc) for test in dynamic), key=ambient)


def _found(calm: Slow, tests: Sequence[Trace], cited: tuple[str, str], told: Told) -> Found:
    """The search on few samples, then tables and errors on all."""
    wide, sparse = _wide(tests), _sparse(tests)
    if not calm.branches:
        calm = _bent(calm, tests)
    thin = _problem(tests, calm, Shape(), _THIN, sparse)
    shape = with_widening(thin, Shape(), tests, calm)
    shape = search(thin, shape, _free(wide, sparse), told)
    problem = _problem(tests, calm, shape, _FULL, sparse)
    shape = with_energies(problem, with_widening(problem, shape, tests, calm))
    tables, curve = fit_tables(problem, shape), problem.curve
    errors = _errors(tests, problem, tables)
    steps = [picked(test, _FULL)[1] for test in tests]
    left_out = unexplained(problem, shape, list(zip(errors.places, steps, strict=True)), _between(tests))
    error = model_error(left_out, "residuals on tests left out of the fit; tests as for resistance")
    error = error.model_copy(update={"lasting_mv": lasting(calm)})
    if not calm.branches:
        tables, curve = rebased(tables, curve, calm.voltage_min)
        check_full(calm, float(curve[1][-1]))
    return Found(
        slow=calm,
        tables=tables,
        tests=tests,
        error=widened(error, max(steps)) if sparse else error,
        slow_source=cited[0],
        dynamic_source=cited[1],
        curve=curve,
        wide=wide,
        sparse=sparse,
        errors=errors,
    )


def _cell(found: Found, name: str, chemistry: str) -> Cell:
    """The Cell of all that was found; InputError where the schema has no such cell."""
    try:
        return assemble(found, name, chemistry)
    except ValidationError as e:
        error = e.errors()[0]
        said = ": ".join([".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")]).lstrip(": ")
        raise InputError(
            f"The tests give a cell that cannot be: {said}; give tests that both charge and discharge one cell, or "
            "leave out the one that is wrong."
        ) from None


def _problem(tests: Sequence[Trace], calm: Slow, shape: Shape, most: int, sparse: bool) -> Problem:
    nodes = temperatures(tests, [branch.temperature for branch in calm.branches])
    parts = [samples(test, calm, shape.rate, most) for test in tests]
    parts = halved(parts, [ambient(test) for test in tests], [len(test.starts) > 1 for test in tests])
    whole = joined([*parts, *slow_samples(calm, shape.rate)])
    return Problem(whole, nodes, calm.curve(), MERGED if sparse else (), _gap_most(calm, sparse), _wide(tests))


def _gap_most(calm: Slow, sparse: bool) -> Floats | None:
    """As Problem has it: none without a pair; drives that are sampled too slowly to tell what is resistance leave all
    of half the pair's distance to it at most; else they tell how much."""
    if calm.half_gap is None:
        return np.zeros(len(GAP_SOC))
    return np.interp(GAP_SOC, calm.soc, calm.half_gap) if sparse else None


def _bent(calm: Slow, tests: Sequence[Trace]) -> Slow:
    """`calm` with the OCV that its straight one becomes under the typical shape; smoothing then pulls towards that."""
    for _ in range(_BENDS):
        problem = _problem(tests, calm, Shape(), _THIN, _sparse(tests))
        _, curve = rebased(fit_tables(problem, Shape()), problem.curve)
        calm = replace(calm, ocv=rising(np.interp(OCV_SOC, *curve)))
    return calm


def _wide(tests: Sequence[Trace]) -> bool:
    return max(map(ambient, tests)) - min(map(ambient, tests)) >= WIDE


def _sparse(tests: Sequence[Trace]) -> bool:
    return min(test.step for test in tests) > TAU[0]


def _free(wide: bool, sparse: bool) -> list[int]:
    """The places of Shape.vector() that the tests can tell: exchange current only from fast sampling."""
    values = [0, 1] if sparse else [0, 1, 2]
    return [*values, *(k + 3 for k in values)] if wide else values


def _errors(tests: Sequence[Trace], problem: Problem, tables: Tables) -> Errors:
    part = rows(problem.samples, tables.shape, problem.nodes, problem.curve)
    inside = part.rest - predict(tables, part)
    outside, _ = judged(problem, tables.shape)
    ends = np.cumsum([0] + [len(picked(test, _FULL)[0]) for test in tests])
    places = [slice(int(a), int(b)) for a, b in pairwise(ends)]
    return Errors(tests, places, problem.samples, inside, outside)


def _between(tests: Sequence[Trace]) -> list[int]:
    """Indices of the tests that are alone at their temperature, with colder and warmer ones around."""
    seen = [ambient(test) for test in tests]
    return [seen.index(t) for t in seen if min(seen) < t < max(seen) and seen.count(t) == 1]


def _worst(errors: Errors) -> Example:
    found = errors.by_test()
    k = int(np.argmax([row.weighted_rms_mv for row in found]))
    test, place = errors.tests[k], errors.places[k]
    measured = errors.samples.voltage[place]
    time = test.step * picked(test, _FULL)[0].astype(np.float64)
    return Example(test.name, time, measured, measured - errors.inside[place])


def _cited(source: str, tests: Sequence[Record]) -> str:
    names = ", ".join(Path(test.name).stem for test in tests)
    return f"{source}; {names}" if source else names
