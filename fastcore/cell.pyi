"""Types of cell.pyx."""

from numpy import float64
from numpy.typing import NDArray

_Array = NDArray[float64]

CHARGE: int
FAST: int
SLOW: int
SLOWEST: int
BRANCH: int
TEMPERATURE: int
VOLTAGE: int
ENERGY: int
COOLED: int
LEAKED: int
CHARGED: int
STRIPPED: int
PLATED: int
STATE_SIZE: int

CAPACITY: int
RESISTANCE: int
OCV_OFFSET: int
BLEED: int
BALANCE: int
LEAK: int
INTERFACE: int
CRITICAL: int
PLATING: int
WARMER: int
FIGURE_SIZE: int

TAU1: int
TAU2: int
TAU3: int
ENTROPY: int
HYSTERESIS: int
HYSTERESIS_RATE: int
HEAT_CAPACITY: int
COOLING: int
REFERENCE: int
OCV_START: int
SOC_START: int
SURFACE_LEAST: int
TABLE_START: int
TABLE_STEP: int
LAW_SIZE: int

R0: int
R1: int
R2: int
KINETIC: int
SHIFT: int
GAP: int
SHEETS: int

LAG2: int
LAG3: int
EXCHANGE: int
SURFACE_SIZE: int

VOLTAGE_MIN: int
VOLTAGE_MAX: int
DISCHARGE_MAX: int
IN_SERIES: int
CHARGE_MAX: int
IN_SERIES: int
LIMIT_SIZE: int

DONE: int
CELL_EMPTY: int
OVER_CURRENT: int

LOOK_SIZE: int

def source(
    state: _Array,
    figures: _Array,
    law: _Array,
    ocv: _Array,
    table: _Array,
    surface: _Array,
    dt: float,
    about: float,
    emf: _Array,
    inner: _Array,
) -> None: ...
def run_current(
    state: _Array,
    figures: _Array,
    law: _Array,
    ocv: _Array,
    table: _Array,
    surface: _Array,
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
    table: _Array,
    surface: _Array,
    power: _Array,
    dt: float,
    ambient: float,
    first: int,
    steps: int,
    limits: _Array,
    patience: int,
    short: int,
    look: _Array,
    current: _Array,
) -> tuple[int, int, float, float, int]: ...
