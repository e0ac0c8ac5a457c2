"""A pack of the library as it stands in its vehicle: its cells emulated, at one temperature and SoC."""

from collections.abc import Collection
from dataclasses import dataclass

from bms.cells import library, provenance
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import vehicle
from bms.driving.vehicle import Vehicle
from bms.emulation import pack_file
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.effects import Effects
from bms.emulation.pack import Pack
from bms.emulation.pack_file import PackFile
from bms.errors import InputError

COLDEST_C, HOTTEST_C = -40.0, 85.0


@dataclass(frozen=True)
class Installed:
    """What the files say of a pack, its cell and its vehicle."""

    design: PackFile
    cell: Cell
    car: Vehicle

    @property
    def disclosed_share(self) -> float:
        """Of the inputs of all three, 0..1."""
        parts = (self.cell, self.design, self.car)
        return provenance.share([figure for part in parts for figure in provenance.figures(part)])

    def pack(self, soc: float, celsius: float, acting: Collection[str], seed: int = 1) -> Pack:
        """The emulated pack, cells as described with their usual spread, the air as warm as they are."""
        resistance = self.design.resistance_mohm
        return Pack(
            self.cell,
            int(self.design.series.value),
            int(self.design.parallel.value),
            seed,
            soc=soc,
            temperature=celsius + ZERO_CELSIUS,
            deviation=AS_DESCRIBED,
            effects=Effects(acting),
            resistance=1e-3 * resistance.value if resistance else 0.0,
        )


def read(name_or_path: str) -> Installed:
    """InputError for what is not in the library, or wrong in a file."""
    design = pack_file.load(name_or_path)
    return Installed(design, library.load(design.cell), vehicle.load(design.vehicle))


def check(option: str, value: float, low: float, high: float, unit: str = "") -> None:
    """InputError for an option outside low..high."""
    if not low <= value <= high:
        end = f" {unit}" if unit else ""
        raise InputError(f"{option} is {value:g}: {low:g} .. {high:g}{end} can be asked; choose one there.")
