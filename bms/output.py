"""Files that are there whole or not at all."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from numpy.typing import NDArray

from bms.errors import InputError

_TABLES = (".csv", ".parquet")


def ready(path: Path, *sources: Path) -> None:
    """InputError where `path` cannot be written or is one of `sources`: to be asked before the work is done."""
    try:
        for source in sources:
            if path.exists() and source.exists() and path.samefile(source):
                raise InputError(f"{path} is the file that is read; name another one to write.")
        if path.is_dir():
            raise InputError(f"{path} is a folder; name a file to write.")
        folder = next(p for p in path.absolute().parents if p.exists())
    except OSError as e:
        raise _refused(path, e) from None
    if not folder.is_dir():
        raise InputError(f"{path} cannot be written: {folder} is no folder; choose another place.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"{path} cannot be written: {folder} is not yours to write in; choose another place.")


def write_bytes(path: Path, data: bytes) -> None:
    """Make the folder, write beside, then rename; InputError where that is not possible."""
    ready(path)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except BaseException as e:  # an interrupt too leaves nothing behind
        with suppress(OSError):
            part.unlink()
        if isinstance(e, OSError):
            raise _refused(path, e) from None
        raise


def write_text(path: Path, text: str) -> None:
    """As write_bytes, in UTF-8."""
    write_bytes(path, text.encode(errors="replace"))


def ready_table(path: Path, *sources: Path) -> None:
    """As ready, for a table: InputError where its form is neither .csv nor .parquet."""
    if path.suffix.lower() not in _TABLES:
        allowed = " or ".join(_TABLES)
        raise InputError(f"{path}: '{path.suffix}' is not a form of output, allowed is {allowed}; name it so.")
    ready(path, *sources)


def write_table(path: Path, columns: Mapping[str, NDArray]) -> None:
    """Columns of one length to a .csv or .parquet file, whole or not at all; InputError where that cannot be."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    ready_table(path)
    sink = pa.BufferOutputStream()
    write = pyarrow.csv.write_csv if path.suffix.lower() == ".csv" else pyarrow.parquet.write_table
    write(pa.table(dict(columns)), sink)
    write_bytes(path, sink.getvalue().to_pybytes())


def _refused(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written: {error.strerror}; choose another place.")
