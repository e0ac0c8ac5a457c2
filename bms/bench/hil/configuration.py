"""The pack of the fault matrix, and its configuration with diagnoses left out."""

import numpy as np
from numpy.typing import NDArray

from bms.bench.plant import Load
from bms.cells import library
from bms.estimation.words import PackDesign, words
from firmware import config, diagnoses

CELL = "factorial-fest77"
SHUNT_UOHM = 500
KEY = bytes(range(32))
_CONSUMPTION_WH_PER_KM = 60.0  # a light four-wheeler's

_METRES_A_STEP = 1.0
_STEP_S = 0.1
_LONGEST_S = 7200.0


def alternating(c_rates: tuple[float, float], stack_voltage: float) -> Load:
    """Two currents, by C, which alternate each second, as power."""
    steps = np.arange(round(_LONGEST_S / _STEP_S))
    low, high = (rate * library.load(CELL).capacity_ah.value for rate in c_rates)
    amps = np.where(steps // 10 % 2 == 0, low, high)
    return Load(_STEP_S, amps * stack_voltage, np.full(len(steps), _METRES_A_STEP))


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
