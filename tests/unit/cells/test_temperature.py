"""The laws of temperature: factors that others have published, and a melt that goes on where the solid ends."""

import numpy as np
import pytest

from bms.cells.quantity import Quantity
from bms.cells.schema import Melting
from bms.cells.temperature import arrhenius, resistance_factor


def figure(value: float) -> Quantity:
    return Quantity(value=value, low=value, high=value, status="assumed", source="for a test")


MELT = Melting(melting_c=figure(60.0), vtf_b_k=figure(1200.0), vtf_t0_c=figure(-70.0))


@pytest.mark.parametrize(
    ("activation_ev", "celsius", "factor"), [(0.30, -20, 7.97), (0.35, -30, 21.79), (0.40, 45, 0.376)]
)
def test_arrhenius_gives_the_factors_of_the_usual_tables(activation_ev, celsius, factor):
    assert arrhenius(activation_ev, celsius + 273.15) == pytest.approx(factor, rel=3e-3)


def test_below_its_melting_point_a_polymer_is_arrhenius():
    kelvin = np.array([298.15, 313.15, 333.15])
    assert resistance_factor(1.0, MELT, kelvin) == pytest.approx(arrhenius(1.0, kelvin))


def test_above_it_goes_on_from_there_less_steeply():
    at, above, further = resistance_factor(1.0, MELT, np.array([333.15, 343.15, 353.15]))
    solid = arrhenius(1.0, 343.15)
    assert at > above > further and above > 1.2 * solid
    assert above / at == pytest.approx(np.exp(1200 * (1 / (70 + 70) - 1 / (60 + 70))))
