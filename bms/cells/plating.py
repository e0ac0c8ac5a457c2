"""How fast a cell may be charged before lithium deposits where it should not."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bms.cells.effects import Plating
from bms.cells.temperature import ZERO_CELSIUS, arrhenius


def plating_limit_c(described: Plating, temperature: ArrayLike) -> NDArray[np.float64]:
    """C of charge that deposits no filaments, over temperatures in K: Arrhenius, nothing below the lowest."""
    kelvin = np.asarray(temperature, float)
    limit = described.critical_c.value / arrhenius(described.activation_ev.value, kelvin)
    return np.where(kelvin < described.lowest_c.value + ZERO_CELSIUS, 0.0, limit)
