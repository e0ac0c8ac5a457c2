"""The packs that come with the project, and a user's own in the same form: which cells, how many."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bms.cells import files

_FOLDER = Path(__file__).parents[1] / "packs"


class PackFile(BaseModel):
    """A pack as the files in bms/packs describe it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    cell: str  # name in the library, or the path of a cell's file
    series: Annotated[int, Field(ge=3, le=400)]  # a BQ76952 watches no fewer
    parallel: Annotated[int, Field(ge=1, le=80)]
    shunt_uohm: Annotated[int, Field(ge=50, le=75_000)]
    vehicle: str  # name in bms/vehicles, or the path of a vehicle's file
    source: Annotated[str, Field(min_length=1)]


def names() -> list[str]:
    """Names of the packs that come with the project."""
    return files.names(_FOLDER)


def load(name_or_path: str | Path) -> PackFile:
    """A pack by its name or by the path of a TOML file. InputError says what is wrong and where."""
    return files.read(name_or_path, _FOLDER, PackFile, "pack")
