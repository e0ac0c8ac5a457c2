"""Cars whose energy was measured on a dynamometer: a CSV with the columns of the EPA's lists, checked at the edge."""

import csv
import re
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from bms.driving.drive_train import scale
from bms.driving.road_load import WATT_PER_HP, RoadLoad
from bms.errors import InputError

Floats = NDArray[np.float64]

_NEEDED = {  # column: least and most
    "etw_lb": (500.0, 30_000.0),
    "A_lbf": (-100.0, 500.0),
    "B_lbf_mph": (-5.0, 10.0),
    "C_lbf_mph2": (0.0, 0.5),
    "rated_hp": (1.0, 5_000.0),
}
_MEASURED = {"udds_unadj_ac_whmi": (30.0, 3_000.0), "hwfet_unadj_ac_whmi": (30.0, 3_000.0)}
_LABEL = {
    "label_range_mi": (1.0, 3_000.0),
    "adj_factor": (0.3, 1.2),
    "full_recharge_ac_kwh": (0.5, 1_500.0),
}  # what a label range takes; a row without one of them has none
_ENGINE, _NO_ENGINE = re.compile(r"displ|cylinder", re.IGNORECASE), 0.1
_FUEL = re.compile(r"fuel|atv_?type", re.IGNORECASE)
_FUELS = re.compile(r"gas|petrol|diesel|premium|midgrade|ethanol|e85|hydrogen|hybrid", re.IGNORECASE)
_ROWS_MOST = 100_000
_CITY, _HIGHWAY = 0.55, 0.45  # of the miles of a label: 40 CFR 600.210
_SHOWN = 40  # characters, and columns, of what a file says


@dataclass(frozen=True)
class Cars:
    """One entry a car, (cars,) each, NaN where the file does not tell; energies from the wall in Wh/mi, unadjusted."""

    make: NDArray[np.str_]
    model: NDArray[np.str_]
    etw_lb: Floats
    a_lbf: Floats
    b_lbf_mph: Floats
    c_lbf_mph2: Floats
    rated_hp: Floats
    udds: Floats
    hwfet: Floats
    label_mi: Floats
    adjustment: Floats
    recharge_kwh: Floats
    engine: NDArray[np.str_]  # what tells of a combustion engine, as "column value"; blank where nothing does

    def __len__(self) -> int:
        return len(self.make)

    def __getitem__(self, chosen: NDArray[Any]) -> Self:
        """The cars of a mask or of indices."""
        return replace(self, **{each.name: getattr(self, each.name)[chosen] for each in fields(self)})

    @property
    def road_load(self) -> RoadLoad:
        """Of all cars, figures of shape (cars, 1)."""
        columns = (self.a_lbf, self.b_lbf_mph, self.c_lbf_mph2, self.etw_lb)
        return RoadLoad.from_epa(*(column[:, None] for column in columns))

    @property
    def power_scale(self) -> Floats:
        """Pm of the drive-train model in W, (cars, 1)."""
        return scale(self.rated_hp[:, None] * WATT_PER_HP, self.road_load.mass)


def label_range(cars: Cars, energy: dict[str, Floats]) -> Floats:
    """Miles on the label from unadjusted Wh/mi over both cycles: 55 % city and 45 % highway, by distance."""
    return (_CITY / energy["udds"] + _HIGHWAY / energy["hwfet"]) * 1000 * cars.recharge_kwh * cars.adjustment


def read(path: Path) -> Cars:
    """The cars of a CSV; InputError says what is missing or cannot be. Columns that are not needed may be anything."""
    heading, rows = _rows(path)
    any_measured = [name for name in _MEASURED if name in heading] or list(_MEASURED)
    for column in ("make", *_NEEDED, any_measured[0]):
        if column not in heading:
            there = ", ".join(name[:_SHOWN] for name in heading[:_SHOWN]) or "none"
            raise InputError(f"{path}: column {column} is missing, there are {there}; name it {column}.")
    for column in ("make", "model", *_NEEDED, *_MEASURED, *_LABEL):
        if heading.count(column) > 1:
            raise InputError(f"{path}: there are several columns {column}; keep the right one.")
    if not rows:
        raise InputError(f"{path}: there is no car in the file, at least one is needed; check the export.")
    for line, row in rows:
        if None in row:
            raise InputError(f"{path}, line {line}: there are more columns than the heading names; correct the row.")
        if not (row["make"] or "").strip():
            raise InputError(f"{path}, line {line}: make is blank; errors follow the maker, so name it.")
    numbers = [
        *(_column(path, rows, name, bounds, blank=False) for name, bounds in _NEEDED.items()),
        *(_column(path, rows, name, bounds, blank=True) for name, bounds in {**_MEASURED, **_LABEL}.items()),
    ]
    make, model = ([(row.get(name) or "").strip() for _, row in rows] for name in ("make", "model"))
    spelt = {name.casefold(): name for name in reversed(make)}  # a maker in capitals is the same one
    make = [spelt[name.casefold()] for name in make]
    cars = Cars(np.array(make), np.array(model), *numbers, engine=np.array([_engine(row) for _, row in rows]))
    _check_road_loads(path, cars, [line for line, _ in rows])
    return cars


def _engine(row: dict[str | None, Any]) -> str:
    """The first column that tells of a combustion engine and what it says, or nothing.

    The EPA's lists give an electric car an engine of 0 or 0.001 litres.
    """
    for name, text in row.items():
        said = str(text or "").strip()
        if not name or not said:
            continue
        if _ENGINE.search(name):
            with suppress(ValueError):
                if float(said) > _NO_ENGINE:
                    return f"{name} {said}"
        elif _FUEL.search(name) and _FUELS.search(said):
            return f"{name} {said}"
    return ""


def _rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str | None, Any]]]]:
    """The heading, and the rows with their line numbers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            heading = list(reader.fieldnames or [])
            rows = [(reader.line_num, row) for row in islice(reader, _ROWS_MOST + 1)]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is not UTF-8 text with commas"
        raise InputError(f"The file of cars {path} cannot be read: {why}; check the path.") from None
    if len(rows) > _ROWS_MOST:
        raise InputError(f"{path}: there are more than {_ROWS_MOST:,} rows; split the file.")
    return heading, rows


def _column(
    path: Path, rows: list[tuple[int, dict[str | None, Any]]], name: str, bounds: tuple[float, float], *, blank: bool
) -> Floats:
    """One column, (cars,); a blank cell, or a column that is not there, is NaN where that is allowed."""
    return np.array([_figure(path, line, name, row.get(name), bounds, blank) for line, row in rows])


def _figure(path: Path, line: int, name: str, text: str | None, bounds: tuple[float, float], blank: bool) -> float:
    said, (least, most) = (text or "").strip(), bounds
    if not said and blank:
        return float("nan")
    if not said:
        raise InputError(f"{path}, line {line}: {name} is blank; fill it in, or take the row out.")
    try:
        value = float(said)
    except ValueError:
        raise InputError(f"{path}, line {line}: {name} is {said[:_SHOWN]!r}, which is no number; correct it.") from None
    if not least <= value <= most:  # NaN is refused as well
        raise InputError(
            f"{path}, line {line}: {name} is {value:g}, allowed are {least:g} .. {most:g}; check it and its unit."
        )
    return value


def _check_road_loads(path: Path, cars: Cars, lines: list[int]) -> None:
    for k, line in enumerate(lines):
        try:
            _ = cars[np.array([k])].road_load
        except InputError as e:
            raise InputError(f"{path}, line {line}: {str(e)[0].lower()}{str(e)[1:]}") from None
