"""Speed over time: the standard cycles, and a user's own from a CSV file."""

import csv
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bms.cells import files
from bms.errors import InputError

_FOLDER = Path(__file__).parent / "cycles"
_COLUMNS = ("time_s", "speed_mps")
_FASTEST = 100.0  # m/s; beyond it a trace is taken to be in another unit
_SLOWEST_KMH = 1.0
_SHOWN = 40  # characters, and columns, of what a file says
_LENGTH = (1.0, 86_400.0)  # s, of a user's trace


@dataclass(frozen=True)
class Cycle:
    """A speed trace that may be driven again and again: time in s from 0, speed in m/s, linear in between."""

    name: str
    time: NDArray[np.float64]
    speed: NDArray[np.float64]
    source: str

    @property
    def duration(self) -> float:
        return float(self.time[-1])

    @property
    def distance(self) -> float:
        """m."""
        return float((np.diff(self.time) * (self.speed[1:] + self.speed[:-1])).sum() / 2)

    def at(self, time: ArrayLike) -> NDArray[np.float64]:
        """Speed in m/s at any time in s; the cycle starts over after its last point."""
        moment = np.asarray(time, float)
        phase = np.where(moment == self.duration, self.duration, moment % self.duration)
        return np.interp(phase, self.time, self.speed)

    def tiled(self, duration: float) -> Self:
        """The same cycle repeated, cut at `duration` s."""
        rounds = int(np.ceil(duration / self.duration))
        time = np.concatenate([self.time[:-1] + k * self.duration for k in range(rounds)])
        time = np.append(time[time < duration], duration)
        return type(self)(self.name, time, self.at(time), self.source)


def names() -> list[str]:
    """Names of the cycles that come with the project."""
    return files.names(_FOLDER, ".csv")


def load(name_or_path: str | Path) -> Cycle:
    """A cycle by its name or by the path of a CSV with columns time_s, speed_mps. InputError says what is wrong."""
    path = files.find(name_or_path, _FOLDER, "cycle", ".csv")
    own = path.parent != _FOLDER
    time, speed = _columns(path)
    return Cycle(path.stem, time - time[0], speed, str(path) if own else "bms/driving/cycles/README.md")


def constant(speed_kmh: float, duration: float = 600.0) -> Cycle:
    """A cycle of one speed for `duration` s. InputError for a speed that no road vehicle holds."""
    if not _SLOWEST_KMH <= speed_kmh <= 3.6 * _FASTEST:
        most = 3.6 * _FASTEST
        raise InputError(f"--speed-kmh is {speed_kmh:g}: {_SLOWEST_KMH:g} .. {most:g} can be held; choose one there.")
    speed = np.full(2, speed_kmh / 3.6)
    return Cycle(f"{speed_kmh:g} km/h", np.array([0.0, duration]), speed, "constant")


def _columns(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _check_heading(path, list(reader.fieldnames or []))
            rows = [_row(path, n, row) for n, row in enumerate(reader, 2)]
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        why = e.strerror if isinstance(e, OSError) else "it is not UTF-8 text with commas"
        raise InputError(f"The cycle file {path} cannot be read: {why}; check the path.") from None
    if len(rows) < 2:
        raise InputError(f"{path}: a cycle needs at least two rows, this has {len(rows)}; give the whole trace.")
    for n, ((before, _), (after, _)) in enumerate(pairwise(rows), 3):
        if after <= before:
            raise InputError(f"{path}, line {n}: time_s is {after:g} after {before:g}; it must rise, sort the rows.")
    table = np.array(rows)
    length = rows[-1][0] - rows[0][0]
    if not _LENGTH[0] <= length <= _LENGTH[1]:
        low, high = _LENGTH
        raise InputError(f"{path}: time_s spans {length:g} s, {low:g} .. {high:g} s can be driven; give it in s.")
    return table[:, 0], table[:, 1]


def _check_heading(path: Path, heading: list[str]) -> None:
    for column in _COLUMNS:
        there = ", ".join(name[:_SHOWN] for name in heading[:_SHOWN]) or "none"
        if column not in heading:
            raise InputError(f"{path}: column {column} is missing, there are {there}; name it {column}.")
        if heading.count(column) > 1:
            raise InputError(f"{path}: there are several columns {column}; keep the right one.")


def _row(path: Path, line: int, row: dict[str | None, Any]) -> list[float]:
    if None in row:
        raise InputError(f"{path}, line {line}: there are more columns than the heading names; correct the row.")
    return [_figure(path, line, column, row[column]) for column in _COLUMNS]


def _figure(path: Path, line: int, column: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        shown = repr((text or "")[:_SHOWN])
        raise InputError(f"{path}, line {line}: {column} is {shown}, which is no number; correct it.") from None
    if not np.isfinite(value):
        raise InputError(f"{path}, line {line}: {column} is {text}; only finite numbers are allowed, remove the row.")
    if column == "speed_mps" and not 0 <= value <= _FASTEST:
        raise InputError(
            f"{path}, line {line}: speed_mps is {value:g}; 0..{_FASTEST:g} m/s is allowed, check the unit."
        )
    return value
