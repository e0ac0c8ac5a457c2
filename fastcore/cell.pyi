"""Types of cell.pyx."""

from numpy import float64
from numpy.typing import NDArray

_Array = NDArray[float64]

CHARGE: int
FAST: int
SLOW: int
BRANCH: int
TEMPERATURE: int
VOLTAGE: int
ENERGY: int
COOLED: int
STATE_SIZE: int

CAPACITY: int
RESISTANCE: int
OCV_OFFSET: int
BLEED: int
FIGURE_SIZE: int

TAU1: int
TAU2: int
ENTROPY: int
HYSTERESIS: int
HYSTERESIS_RATE: int
HEAT_CAPACITY: int
COOLING: int
TABLE_START: int
TABLE_STEP: int
LAW_SIZE: int

VOLTAGE_MIN: int
VOLTAGE_MAX: int
DISCHARGE_MAX: int
CHARGE_MAX: int
LIMIT_SIZE: int

DONE: int
CELL_EMPTY: int
OVER_CURRENT: int

def source(
    state: _Array, figures: _Array, law: _Array, ocv: _Array, resistance: _Array, dt: float, emf: _Array, inner: _Array
) -> None: ...
def run_current(
    state: _Array,
    figures: _Array,
    law: _Array,
    ocv: _Array,
    resistance: _Array,
    current: _Array,
    dt: float,
    ambient: float,
    steps: int,
    voltage: _Array,
) -> None: ...
def run_power(
    state: _Array,
    figures: _Array,
    law: _Array,
    ocv: _Array,
    resistance: _Array,
    power: _Array,
    dt: float,
    ambient: float,
    first: int,
    steps: int,
    limits: _Array,
    patience: int,
    look: _Array,
    current: _Array,
) -> tuple[int, int, float, float]: ...
