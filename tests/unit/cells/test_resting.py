"""A test whose voltage at rest belies its SoC is refused; what a load, the cold or a flat OCV do is not."""

from dataclasses import replace

import numpy as np
import pytest

from bms.cells.resting import Claimed, check_rest
from bms.errors import InputError

CURVE = (np.array([0.0, 1.0]), np.array([3.0, 4.2]))
FLAT = (np.array([0.0, 1.0]), np.array([3.25, 3.35]))


def claimed(soc: float, told: float, rest_s: int, celsius: float = 25.0, drop: float = 0.0) -> Claimed:
    """Loads of 30 s and rests of `rest_s`, ten of each; `drop` V is left of a load while the cell rests."""
    current = np.tile(np.r_[np.ones(30), np.zeros(rest_s)], 10)
    n = len(current)
    voltage = np.full(n, np.interp(soc, *CURVE)) - drop
    time, kelvin = np.arange(n, dtype=np.float64), np.full(n, celsius + 273.15)
    return Claimed("drive.csv", time, current, voltage, kelvin, np.full(n, told))


@pytest.mark.parametrize(("soc", "told", "rest_s", "celsius"), [(0.5, 0.8, 400, -20), (0.45, 1.0, 20, 25)])
def test_a_wrong_start_is_refused_and_said(soc: float, told: float, rest_s: int, celsius: float) -> None:
    with pytest.raises(InputError, match=f"SoC of about {soc:.0%}, where the test tells {told:.0%}; mend it"):
        check_rest(claimed(soc, told, rest_s, celsius), CURVE, 2.0, "mend it")


@pytest.mark.parametrize(
    "test",
    [
        claimed(0.5, 0.6, 400),
        claimed(0.5, 0.9, 20),
        claimed(0.9, 0.9, 20, celsius=-20, drop=0.7),
        claimed(0.5, 1.0, 0),
        replace(claimed(0.5, 0.9, 400), voltage=np.full(4300, 3.30)),
    ],
    ids=["near", "after a load", "cold", "no rest", "flat"],
)
def test_what_can_be_is_taken(test: Claimed) -> None:
    check_rest(test, FLAT if test.voltage[0] == 3.30 else CURVE, 2.0, "mend it")
