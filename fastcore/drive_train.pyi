"""Types of drive_train.pyx."""

from numpy import float64
from numpy.typing import NDArray

_Array = NDArray[float64]

IDLE: int
PROPORTIONAL: int
SQUARE: int
REGEN: int
ACCESSORIES: int
BATTERY: int
FIGURE_SIZE: int

def power(wheel: _Array, blend: _Array, size: _Array, figures: _Array, out: _Array) -> None: ...
def stored(
    wheel: _Array, blend: _Array, size: _Array, seconds: _Array, figures: _Array, out: _Array
) -> None: ...
