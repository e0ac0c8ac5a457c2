"""Files that are there whole or not at all."""

from contextlib import suppress
from pathlib import Path

from bms.errors import InputError


def write_bytes(path: Path, data: bytes) -> None:
    """Make the folder, write beside, then rename; InputError where that is not possible."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as e:
        with suppress(OSError):
            part.unlink()
        raise InputError(f"{path} cannot be written: {e.strerror}; choose another place.") from None


def write_text(path: Path, text: str) -> None:
    """As write_bytes, in UTF-8."""
    write_bytes(path, text.encode())
