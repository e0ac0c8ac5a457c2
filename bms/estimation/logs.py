"""Measured logs: read from CSV or Parquet, refused at the edge with one sentence when they cannot be right."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from bms.errors import InputError

Floats = NDArray[np.float64]

COLUMNS = ("time_s", "current_a", "voltage_v", "temperature_c")
GAP_LIMIT = 60.0  # s; cycler files idle at one sample a minute
REST_BEFORE_GAP = 45.0  # s; stops within measured drive cycles last up to 31 s, cyclers rest 60 s before they pause
CURRENT_LIMIT_C = 20.0  # 1/h, the estimator's documented range
_ZERO_CELSIUS = 273.15
_VOLTAGE_RANGE = (0.0, 6.0)  # V, one cell
_TEMPERATURE_RANGE = (-60.0, 100.0)  # degC
_REST_SHARE, _REST_FLOOR = 0.02, 0.005  # of the log's largest current, and A: below either, current counts as rest
_GAP_IN_SAMPLES = 2.5  # a pause this many times the usual interval is still sampling, not a gap


@dataclass(frozen=True)
class Log:
    """One measured log; all arrays (n,) float64, SI, positive current discharges.

    `soc` (0..1) and `ah_discharged` (Ah) are the truth where the file carries it. `repeated` counts the rows left out
    because the next row bears the same time stamp (cyclers write two rows when a step begins).
    """

    path: Path
    time: Floats  # s, rising
    current: Floats  # A
    voltage: Floats  # V
    temperature: Floats  # K
    soc: Floats | None = None
    ah_discharged: Floats | None = None
    repeated: int = 0

    @property
    def name(self) -> str:
        return self.path.name

    def __len__(self) -> int:
        return len(self.time)


def read(path: Path | str, gap_limit: float = GAP_LIMIT) -> Log:
    """The log in a .csv or .parquet file with the columns time_s, current_a, voltage_v, temperature_c.

    Truth is taken from `soc`, from `ah_discharged`, or from `ah_discharge_tot` less `ah_charge_tot`. A pause longer
    than `gap_limit` (s) is refused unless the cell had rested before it, or the file's own counter tells that it
    did no more than rest or was on another test. Raises InputError.
    """
    path = Path(path)
    table = _table(path)
    time, current, voltage, celsius = (_column(table, name, path.name) for name in COLUMNS)
    if len(time) < 2:
        raise InputError(f"{path.name}: the log holds {len(time)} rows, at least 2 are needed; check the export.")
    soc = _column(table, "soc", path.name) if "soc" in table.column_names else None
    log = Log(path, time, current, voltage, celsius + _ZERO_CELSIUS, soc, _counter(table, path.name))
    _check_ranges(log, celsius)
    log = _without_repeats(log)
    _check_gaps(log, gap_limit)
    return log


def check_scale(log: Log, capacity_ah: float) -> None:
    """Refuse a current beyond 20C of a cell of `capacity_ah`, saying so when it looks like milliampere."""
    size = np.abs(log.current)
    moving = size[size > _REST_SHARE * np.quantile(size, 0.995)]
    limit = CURRENT_LIMIT_C * capacity_ah
    if not len(moving) or size.max() <= limit:
        return
    typical, k = float(np.median(moving)), int(size.argmax())
    if typical > limit:
        raise InputError(
            f"{log.name}: current_a is typically {typical:.4g} A, which for a cell of {capacity_ah:g} Ah is beyond "
            f"{CURRENT_LIMIT_C:g}C ({limit:.4g} A) and looks like mA; divide the column by 1000 or name the right cell."
        )
    raise InputError(
        f"{log.name}: current_a reaches {log.current[k]:.4g} A at time_s {log.time[k]:g}, beyond {CURRENT_LIMIT_C:g}C "
        f"of a cell of {capacity_ah:g} Ah ({limit:.4g} A); remove the outlier, or name the right cell."
    )


def _read_csv(path: Path) -> pa.Table:
    with path.open(encoding="utf-8", errors="replace") as file:
        heading = file.readline()
    if ";" in heading and "," not in heading:
        raise InputError(f"{path.name}: the columns are separated by ';'; export it with ',' and a decimal point.")
    return pyarrow.csv.read_csv(path)


def _read_parquet(path: Path) -> pa.Table:
    return pyarrow.parquet.read_table(path)


_READERS: dict[str, Callable[[Path], pa.Table]] = {".csv": _read_csv, ".parquet": _read_parquet, ".pq": _read_parquet}


def _table(path: Path) -> pa.Table:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        allowed = ", ".join(_READERS)
        raise InputError(f"{path.name}: '{path.suffix}' is not a log format, allowed are {allowed}; export it again.")
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; check the path.")
    if path.stat().st_size == 0:
        raise InputError(f"{path.name}: the file is empty; it needs the columns {', '.join(COLUMNS)}.")
    try:
        return reader(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        form = path.suffix[1:].lower()
        raise InputError(f"{path.name}: cannot be read as {form} ({reason}); export it again.") from error


def _column(table: pa.Table, name: str, file: str) -> Floats:
    if name not in table.column_names:
        raise InputError(_missing(name, table.column_names, file))
    column = table[name]
    if pa.types.is_null(column.type):
        raise InputError(f"{file}: column {name} is empty; it must hold a number in every row.")
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_decimal(column.type)):
        raise InputError(_not_a_number(column.to_pylist(), name, file))
    values = column.cast(pa.float64(), safe=False).to_numpy()
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise InputError(
            f"{file}: column {name} is {values[bad[0]]} at row {bad[0] + 1} ({len(bad)} such rows); "
            "every row needs a finite number, so drop these rows or repair them."
        )
    return np.ascontiguousarray(values)


def _missing(name: str, present: list[str], file: str) -> str:
    by_lower = {other.strip().lower(): other for other in present}
    near = difflib.get_close_matches(name, by_lower, n=1, cutoff=0.5)
    if near:
        return f"{file}: column {name} is missing, the nearest is '{by_lower[near[0]]}'; rename it to {name}."
    return f"{file}: column {name} is missing (found: {', '.join(present)}); a log needs {', '.join(COLUMNS)}."


def _not_a_number(values: list, name: str, file: str) -> str:
    for row, value in enumerate(values, 1):
        try:
            float(value)
        except (TypeError, ValueError):
            return f"{file}: column {name} is '{value}' at row {row}; every row needs a number, with a decimal point."
    return f"{file}: column {name} holds text; store it as numbers."


def _counter(table: pa.Table, file: str) -> Floats | None:
    if "ah_discharged" in table.column_names:
        return _column(table, "ah_discharged", file)
    if {"ah_discharge_tot", "ah_charge_tot"} <= set(table.column_names):
        return _column(table, "ah_discharge_tot", file) - _column(table, "ah_charge_tot", file)
    return None


def _check_ranges(log: Log, celsius: Floats) -> None:
    back = np.flatnonzero(np.diff(log.time) < 0)
    if len(back):
        k = int(back[0]) + 1
        raise InputError(
            f"{log.name}: time_s runs backwards at row {k + 1}, from {log.time[k - 1]:g} s to {log.time[k]:g} s; "
            "time must rise, so sort the log or split it where it restarts."
        )
    hint = "give the voltage of one cell, and drop rows where the sensor failed"
    if 1000 < np.median(log.voltage) < 1000 * _VOLTAGE_RANGE[1]:
        hint = "looks like mV; divide the column by 1000"
    _check_range(log, "voltage_v", log.voltage, _VOLTAGE_RANGE, "V", hint)
    hint = "drop rows where the sensor failed"
    if 200 < np.median(celsius) < 400:
        hint = "looks like kelvin; subtract 273.15"
    _check_range(log, "temperature_c", celsius, _TEMPERATURE_RANGE, "degC", hint)
    if log.soc is not None:
        _check_range(log, "soc", log.soc, (-0.2, 1.2), "", "soc is a share of the capacity; divide percent by 100")


def _check_range(log: Log, column: str, values: Floats, allowed: tuple[float, float], unit: str, hint: str) -> None:
    outside = np.flatnonzero((values < allowed[0]) | (values > allowed[1]))
    if len(outside):
        k = int(outside[0])
        raise InputError(
            f"{log.name}: column {column} is {values[k]:g} at row {k + 1}, "
            f"allowed is {allowed[0]:g} to {allowed[1]:g} {unit}".rstrip()
            + f"; {hint}."
        )


def _without_repeats(log: Log) -> Log:
    same = np.diff(log.time) == 0
    if not same.any():
        return log
    k = int(same.argmax())
    if (same[1:] & same[:-1]).any() or same.sum() > max(1, 0.01 * len(log)):
        raise InputError(
            f"{log.name}: time_s repeats, {log.time[k]:g} s stands in row {k + 1} and in row {k + 2} "
            f"({same.sum()} such rows); time must rise from row to row, so export it with enough decimals."
        )
    keep = np.append(~same, True)

    def kept(values: Floats | None) -> Floats | None:
        return None if values is None else values[keep]

    arrays = (log.time[keep], log.current[keep], log.voltage[keep], log.temperature[keep])
    return Log(log.path, *arrays, kept(log.soc), kept(log.ah_discharged), int(same.sum()))


def _check_gaps(log: Log, gap_limit: float) -> None:
    interval = np.diff(log.time)
    limit = max(gap_limit, _GAP_IN_SAMPLES * float(np.median(interval)))
    at_rest = max(_REST_SHARE * float(np.abs(log.current).max()), _REST_FLOOR)
    flowed = np.maximum.accumulate(np.where(np.abs(log.current) > at_rest, log.time, -np.inf))
    for k in np.flatnonzero(interval > limit + 0.5):
        if log.time[k] - flowed[k] >= REST_BEFORE_GAP or _explained(log, int(k), at_rest):
            continue
        raise InputError(
            f"{log.name}: the log pauses for {interval[k]:.5g} s after row {k + 1} (time_s {log.time[k]:g} to "
            f"{log.time[k + 1]:g}) while current flows ({log.current[k]:.3g} A, then {log.current[k + 1]:.3g} A), "
            f"so the charge moved meanwhile is unknown; at most {limit:g} s is allowed, so split the log there."
        )


def _explained(log: Log, k: int, at_rest: float) -> bool:
    """Whether the file's counter says of the pause after sample k: no charge moved, or the cell was on another test."""
    if log.ah_discharged is None:
        return False
    moved = log.ah_discharged[k + 1] - log.ah_discharged[k]
    nothing = abs(moved) <= at_rest * (log.time[k + 1] - log.time[k]) / 3600
    return bool(nothing or moved * log.current[k] < 0)
