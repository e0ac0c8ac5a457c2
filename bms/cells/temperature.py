"""How figures go with temperature: Arrhenius; above the melting point of a polymer Vogel, Tammann and Fulcher."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bms.cells.schema import Melting

ZERO_CELSIUS = 273.15  # K
REFERENCE = 298.15  # K, where a description's figures hold
BOLTZMANN_EV = 8.617333262e-5  # eV/K, CODATA 2018
_LEAST_K = 1.0  # above the temperature where the law of a melt has its pole


def arrhenius(activation_ev: float, temperature: ArrayLike) -> NDArray[np.float64]:
    """Factor against 25 degC at temperatures in K; with a positive energy it grows in the cold."""
    return np.exp(activation_ev / BOLTZMANN_EV * (1 / np.asarray(temperature, float) - 1 / REFERENCE))


def resistance_factor(activation_ev: float, melting: Melting | None, temperature: ArrayLike) -> NDArray[np.float64]:
    """arrhenius of a resistance; above a melting point its own course from there on."""
    kelvin = np.asarray(temperature, float)
    if melting is None:
        return arrhenius(activation_ev, kelvin)
    at, pole = (t.value + ZERO_CELSIUS for t in (melting.melting_c, melting.vtf_t0_c))
    vtf = melting.vtf_b_k.value * (1 / np.maximum(kelvin - pole, _LEAST_K) - 1 / (at - pole))
    return arrhenius(activation_ev, np.minimum(kelvin, at)) * np.where(kelvin > at, np.exp(np.minimum(vtf, 0)), 1)
