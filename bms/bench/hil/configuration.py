"""The pack of the fault matrix, and its configuration with diagnoses left out."""

import numpy as np
from numpy.typing import NDArray

from bms.cells import library
from bms.estimation.words import PackDesign, words
from firmware import config, diagnoses

CELL = "factorial-fest77"
SHUNT_UOHM = 500
KEY = bytes(range(32))
_CONSUMPTION_WH_PER_KM = 60.0  # a light four-wheeler's


def pack_words(series: int, disabled: frozenset[int] = frozenset(), heartbeat: bool = False) -> NDArray[np.int32]:
    """The firmware's configuration; what is `disabled` never trips. heartbeat: the vehicle must talk."""
    cell = library.load(CELL)
    made = words(PackDesign(cell, series, 1, _CONSUMPTION_WH_PER_KM, SHUNT_UOHM, key=KEY, heartbeat=heartbeat)).copy()
    for number in disabled:
        row = config.HEAD + number * diagnoses.COLUMNS
        made[row + diagnoses.WARN] = made[row + diagnoses.TRIP] = int(made[row + diagnoses.SIGN]) * ((1 << 30) - 1)
    return sealed(made)


def sealed(made: NDArray[np.int32]) -> NDArray[np.int32]:
    """The words with the checksum that belongs to them."""
    made[-1] = config.checksum(made[:-1].tobytes())
    return made
