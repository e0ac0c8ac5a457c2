"""A CSV or Parquet file as columns of numbers; what cannot be read is refused with one sentence."""

import difflib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from bms.errors import InputError

_HEAD = 65_536  # bytes that tell text from what is none
_SHOWN, _LONGEST = 12, 60  # names in a sentence, and characters of what a file says
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def table(path: Path, needed: tuple[str, ...]) -> pa.Table:
    """The whole file; InputError where it cannot be read or lacks one of the columns `needed`."""
    _check_path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        allowed = ", ".join(_READERS)
        raise InputError(f"{path.name}: '{path.suffix}' is not a log format, allowed are {allowed}; export it again.")
    if path.stat().st_size == 0:
        raise InputError(f"{path.name}: the file is empty; it needs the columns {', '.join(needed)}.")
    try:
        found = reader(path)
        names = found.column_names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    for name in needed:
        if name not in names:
            raise InputError(_missing(name, names, path.name, needed))
    return found


def column(table: pa.Table, name: str, file: str) -> NDArray[np.float64]:
    """One column, float64; InputError names the first row that holds no finite number."""
    if table.column_names.count(name) > 1:
        raise InputError(f"{file}: there are several columns {name}; keep the right one.")
    values = table[name]
    if pa.types.is_null(values.type):
        raise InputError(f"{file}: column {name} is empty; it must hold a number in every row.")
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type) or pa.types.is_decimal(values.type)):
        raise InputError(_not_a_number(values, name, file))
    numbers = values.cast(pa.float64(), safe=False).to_numpy()
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise InputError(
            f"{file}: column {name} is {numbers[bad[0]]} at row {bad[0] + 1} ({len(bad)} such rows); "
            "every row needs a finite number, so drop these rows or repair them."
        )
    return np.ascontiguousarray(numbers)


def _check_path(path: Path) -> None:
    try:
        if path.is_file():
            return
        hint = "it is a folder, so name a file in it" if path.is_dir() else "check the path"
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; check the path.") from None
    raise InputError(f"{path}: there is no such file; {hint}.")


def _read_csv(path: Path) -> pa.Table:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if form := _MARKS.get(head[:2]):
        raise InputError(f"{path.name}: the text is {form}; save it as UTF-8.")
    if b"\0" in head:
        raise InputError(f"{path.name}: cannot be read as csv (it is no text); export it again.")
    heading = head.decode("utf-8", "replace").splitlines()[0]
    for sign, said in ((";", "';'"), ("\t", "tabs")):
        if sign in heading and "," not in heading:
            said = f"the columns are separated by {said}"
            raise InputError(f"{path.name}: {said}; export it with ',' and a decimal point.")
    one_thread = pyarrow.csv.ReadOptions(use_threads=False)  # only then is the number of a bad line known
    return pyarrow.csv.read_csv(path, read_options=one_thread)


def _read_parquet(path: Path) -> pa.Table:
    return pyarrow.parquet.ParquetFile(path).read()


_READERS: dict[str, Callable[[Path], pa.Table]] = {".csv": _read_csv, ".parquet": _read_parquet, ".pq": _read_parquet}


def _unreadable(path: Path, error: Exception) -> InputError:
    form, reason = path.suffix[1:].lower(), str(error).splitlines()[0].split(". ")[0].rstrip(".")
    if isinstance(error, UnicodeDecodeError):
        return InputError(f"{path.name}: the heading is not UTF-8 text; save it as UTF-8.")
    if "Empty CSV" in reason:
        return InputError(f"{path.name}: the log holds 0 rows, at least 2 are needed; check the export.")
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    if ragged := _RAGGED.search(reason):
        line, expected, got = ragged.groups()
        reason = f"line {line} has {got} columns, the heading {expected}"
    return InputError(f"{path.name}: cannot be read as {form} ({reason[:160]}); export it again.")


def _missing(name: str, present: list[str], file: str, needed: tuple[str, ...]) -> str:
    by_lower = {other.strip().lower(): other for other in present}
    near = difflib.get_close_matches(name, by_lower, n=1, cutoff=0.5)
    if near:
        return f"{file}: column {name} is missing, the nearest is '{by_lower[near[0]]}'; rename it to {name}."
    shown = [_short(other) for other in present[:_SHOWN]]
    if len(present) > _SHOWN:
        shown.append(f"and {len(present) - _SHOWN} more")
    return f"{file}: column {name} is missing (found: {', '.join(shown)}); a log needs {', '.join(needed)}."


def _not_a_number(values: pa.ChunkedArray, name: str, file: str) -> str:
    wanted = "every row needs seconds since the start" if name == "time_s" else "every row needs a number"
    for row, value in enumerate(values.to_pylist(), 1):
        try:
            float(value)
        except (TypeError, ValueError):
            said = f"column {name} is '{_short(str(value))}' at row {row}"
            return f"{file}: {said}; {wanted}, with a decimal point."
    return f"{file}: column {name} holds {values.type}; store it as numbers."


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
