"""The cells that come with the project, and a user's own in the same form."""

from pathlib import Path

from bms.cells import files
from bms.cells.schema import Cell

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of the cells that come with the project."""
    return files.names(_FOLDER)


def load(name_or_path: str | Path) -> Cell:
    """A cell by its name or by the path of a TOML file. InputError says what is wrong and where."""
    return files.read(name_or_path, _FOLDER, Cell, "cell")
