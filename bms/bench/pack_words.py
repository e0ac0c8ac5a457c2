"""A pack of bms/packs as the firmware is told it: its configuration, and what its monitors need."""

import numpy as np
from numpy.typing import NDArray

from bms.bench import command_key
from bms.cells import library
from bms.cells.schema import Cell
from bms.driving import drive, vehicle
from bms.emulation import pack_file
from bms.errors import InputError, said_of
from bms.estimation.monitor_checks import checked
from bms.estimation.power_words import Window
from bms.estimation.words import MOST_CELLS, PackDesign

PATIENCE = 30.0  # s that a driver goes on with less power than asked before the pack counts as empty


def configuration(pack: str, key: bytes = command_key.NONE) -> NDArray[np.int32]:
    """A pack's words for the firmware; key: what commands are signed with."""
    design = pack_file.load(pack)
    cell, car = library.load(design.cell), vehicle.load(design.vehicle)
    with said_of(pack_file.files_of(pack, design)):
        return of_pack(design, cell, car, key)


def of_pack(
    design: pack_file.PackFile, cell: Cell, car: vehicle.Vehicle, key: bytes = command_key.NONE
) -> NDArray[np.int32]:
    """The same, of files that have been read."""
    consumption = drive.rated_consumption(car)
    series, parallel, shunt_uohm = monitored(design)
    own = design.protection
    told = PackDesign(
        cell,
        series,
        parallel,
        consumption,
        shunt_uohm,
        window=Window(**own.window_c()),
        key=key,
        heartbeat=design.heartbeat,
        thresholds=own.changes(),
    )
    return checked(told)


def monitored(design: pack_file.PackFile) -> tuple[int, int, int]:
    """Series, parallel and shunt in uOhm; InputError for a pack that is not one for the firmware's cell monitor."""
    series, shunt = int(design.series.value), design.shunt_uohm
    if series > MOST_CELLS or shunt is None:
        without = "" if shunt is not None else " and no shunt_uohm"
        raise InputError(
            f"{design.name}: {series} cells in series{without}; the firmware reads up to eight BQ76952, "
            f"which monitor 3 .. {MOST_CELLS} cells and need a shunt_uohm, so choose such a pack, or describe one."
        )
    return series, int(design.parallel.value), int(shunt.value)
