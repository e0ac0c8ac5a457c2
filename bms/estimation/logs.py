"""Measured logs: read from CSV or Parquet, refused at the edge with one sentence when they cannot be right."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bms.cells.record import GAP_JITTER, GAP_LIMIT, longest_interval
from bms.errors import InputError
from bms.estimation.log_files import column, table

Floats = NDArray[np.float64]

COLUMNS = ("time_s", "current_a", "voltage_v", "temperature_c")
REST_BEFORE_GAP = 45.0  # s; stops within measured drive cycles last up to 31 s, cyclers rest 60 s before they pause
_INTERVAL_LEAST, _INTERVAL_MOST = 5e-4, 600.0  # s from row to row: the kernel counts ms; too seldom says nothing
_SPAN_MOST = 1e9  # s
_ZERO_CELSIUS = 273.15
_VOLTAGE_RANGE = (0.0, 6.0)  # V, one cell
_TEMPERATURE_RANGE = (-60.0, 100.0)  # degC
_REST_SHARE, _REST_FLOOR = 0.02, 0.005  # of the log's largest current, and A: below either, current counts as rest


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

    @property
    def held(self) -> Floats:
        """s; the time that each row stands for: since the row before it, in a pause the longest that is sampling."""
        interval = np.diff(self.time, prepend=self.time[0])
        return np.minimum(interval, longest_interval(interval[1:]))

    def since(self, row: int) -> Self:
        """The log from `row` (0 is the first) to its end, with its truth."""
        columns = ("time", "current", "voltage", "temperature", "soc", "ah_discharged")
        values = {name: getattr(self, name) for name in columns}
        return replace(self, **{name: None if value is None else value[row:] for name, value in values.items()})


def read(path: Path | str, gap_limit: float = GAP_LIMIT) -> Log:
    """The log in a .csv or .parquet file with the columns time_s, current_a, voltage_v, temperature_c.

    Truth is taken from `soc`, from `ah_discharged`, or from `ah_discharge_tot` less `ah_charge_tot`. A pause longer
    than `gap_limit` (s) is refused unless the cell had rested before it, or the file's own counter tells that it
    did no more than rest or was on another test. Raises InputError.
    """
    path = Path(path)
    found = table(path, COLUMNS)
    if len(found) < 2:
        rows = "1 row" if len(found) else "0 rows"
        raise InputError(f"{path.name}: the log holds {rows}, at least 2 are needed; check the export.")
    time, current, voltage, celsius = (column(found, name, path.name) for name in COLUMNS)
    soc = column(found, "soc", path.name) if "soc" in found.column_names else None
    log = Log(path, time, current, voltage, celsius + _ZERO_CELSIUS, soc, _counter(found, path.name))
    _check_ranges(log, celsius)
    log = _without_repeats(log)
    _check_gaps(log, gap_limit)
    return log


def _counter(found: pa.Table, file: str) -> Floats | None:
    if "ah_discharged" in found.column_names:
        return column(found, "ah_discharged", file)
    if {"ah_discharge_tot", "ah_charge_tot"} <= set(found.column_names):
        return column(found, "ah_discharge_tot", file) - column(found, "ah_charge_tot", file)
    return None


def _check_ranges(log: Log, celsius: Floats) -> None:
    back = np.flatnonzero(np.diff(log.time) < 0)
    if len(back):
        k = int(back[0]) + 1
        raise InputError(
            f"{log.name}: time_s runs backwards at row {k + 1}, from {log.time[k - 1]:g} s to {log.time[k]:g} s; "
            "time must rise, so sort the log or split it where it restarts."
        )
    _check_clock(log)
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


def _check_clock(log: Log) -> None:
    """Time stamps in another unit than s, as far as they alone can tell."""
    usual, whole = float(np.median(np.diff(log.time))), float(log.time[-1] - log.time[0])
    if usual > _INTERVAL_MOST:
        raise InputError(
            f"{log.name}: time_s rises by {usual:g} s from row to row, at most {_INTERVAL_MOST:g} s is allowed; "
            "if the column is in ms, divide it by 1000."
        )
    if 0 < usual < _INTERVAL_LEAST:
        raise InputError(
            f"{log.name}: time_s rises by {usual:g} s from row to row, at least {_INTERVAL_LEAST:g} s is needed; "
            "if the column is in hours, multiply it by 3600, else keep fewer rows."
        )
    if whole > _SPAN_MOST:
        k = int(np.diff(log.time).argmax())
        raise InputError(
            f"{log.name}: time_s goes from {log.time[k]:g} s to {log.time[k + 1]:g} s after row {k + 1}, "
            f"a log may span {_SPAN_MOST:g} s; drop the rows from before the clock was set."
        )


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
    limit = longest_interval(interval, gap_limit)
    at_rest = max(_REST_SHARE * float(np.abs(log.current).max()), _REST_FLOOR)
    flowed = np.maximum.accumulate(np.where(np.abs(log.current) > at_rest, log.time, -np.inf))
    for k in np.flatnonzero(interval > limit + GAP_JITTER):
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
