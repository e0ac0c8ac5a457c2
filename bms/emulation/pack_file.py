"""The packs that come with the project, and a user's own in the same form: which cells, how many, what is around."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool

from bms.cells import files
from bms.cells.quantity import Quantity, Strict, within
from bms.cells.schema import Cell
from bms.emulation.pack_protection import Protection

_FOLDER = Path(__file__).parents[1] / "packs"


def _named(name: str) -> str:
    """It stands in tables and sentences, on one line."""
    if not name.strip() or not name.isprintable():
        raise ValueError("a pack's name is one line that is not blank")
    return name


class PackFile(Strict):
    """A pack as the files in bms/packs describe it; what is absent is not known, or does not act."""

    name: Annotated[str, AfterValidator(_named)]
    cell: str  # name in the library, or the path of a cell's file
    vehicle: str  # name in bms/vehicles, or the path of a vehicle's file
    # What is often said of the pack and is not so, or is missing:
    notes: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    series: Annotated[Quantity, within(3, 400, whole=True)]  # a BQ76952 watches no fewer
    parallel: Annotated[Quantity, within(1, 80, whole=True)]
    shunt_uohm: Annotated[Quantity, within(50, 75_000, whole=True)] | None = None  # for the firmware's cell monitor
    usable_kwh: Annotated[Quantity, within(1e-3, 1e4)] | None = None
    mass_kg: Annotated[Quantity, within(1e-3, 1e5)] | None = None
    volume_l: Annotated[Quantity, within(1e-3, 1e5)] | None = None
    heartbeat: StrictBool = False  # true: the controller opens its contactors where it does not hear the vehicle on CAN
    protection: Protection = Protection()  # the pack's own thresholds
    # Bars, fuse and contactors, in series with all of the cells:
    resistance_mohm: Annotated[Quantity, within(0, 1e4)] | None = None
    # Heat that neighbours in the series string conduct to each other:
    neighbour_w_per_k: Annotated[Quantity, within(0, 1e3)] | None = None
    # Coolant that passes the cells one after the other, mass flow times heat capacity; absent: all meet the inlet.
    coolant_w_per_k: Annotated[Quantity, within(1, 1e6)] | None = None


def names() -> list[str]:
    """Names of the packs that come with the project."""
    return files.names(_FOLDER)


def load(name_or_path: str | Path) -> PackFile:
    """A pack by its name or by the path of a TOML file. InputError says what is wrong and where."""
    return files.read(name_or_path, _FOLDER, PackFile, "pack")


def files_of(name_or_path: str, pack: PackFile) -> str:
    """What a sentence about a pack is about: a contradiction may lie in its own file or in its cell's."""
    return f"{name_or_path} (cell {pack.cell})"


def energy_kwh(pack: PackFile, cell: Cell) -> float:
    """What all of its cells hold, from empty to full."""
    return round(pack.series.value * pack.parallel.value * cell.energy_wh / 1000, 3)
