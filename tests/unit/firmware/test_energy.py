"""The energy that is told is what the cell then gives, and an aged cell's is less."""

from array import array

import numpy as np
import pytest

from bms.bench.samples import range_parameters
from bms.cells import library
from bms.cells.temperature import REFERENCE
from bms.emulation.pack import ALIKE, Pack
from bms.estimation.parameters import estimable
from bms.estimation.words import PackDesign, words
from fastcore import batch
from firmware import readings as of
from firmware import start
from firmware.config import Config
from firmware.estimate import Estimator
from firmware.kernels import reach, soc
from firmware.summary import Summary

LESSON_S = 600
D_MM = 20_000  # a second
FULL_V = 3.6


@pytest.mark.parametrize("rate_c", [0.25, 1.0])
@pytest.mark.parametrize("name", estimable())
def test_the_energy_told_is_what_the_cell_gives_until_empty(name: str, rate_c: float) -> None:
    """Within a twentieth of a full cell, at a power that it has known for ten minutes."""
    cell = library.load(name)
    par, rated = range_parameters(cell), cell.capacity_ah.value
    watts = rate_c * rated * FULL_V
    for share in (0.9, 0.5, 0.3):
        pack, r = Pack(cell, 1, soc=share, spread=ALIKE), np.array(start.road(par.tolist()), np.int32)
        for _ in range(LESSON_S):
            pack.draw(watts, 1.0, steps=1, patience=0.0)
            volts, z = float(pack.voltages[0]), float(np.clip(pack.soc[0], 0, 1))
            i_q13 = round(watts / volts / rated * 2**13)
            batch.reach_step(r, par, i_q13, round(volts * 1000), 1000, D_MM, round(z * 2**21), 200, 25_000)
        told = r[reach.ENERGY_UV] / 1e6
        given = watts * pack.draw(watts, 1.0, steps=100_000, patience=0.0).steps / 3600 / rated
        assert told == pytest.approx(given, abs=0.05 * FULL_V), share


def test_the_pack_tells_the_energy_of_the_capacity_that_its_weakest_cell_still_has() -> None:
    config = Config(array("i", words(PackDesign(library.load("factorial-fest77"), 4, 1, 15.0)).tolist()))
    estimator = Estimator(config, batch)
    assert estimator.begin(0, [3_800_000] * 4, [round(1000 * (REFERENCE - 273.15))] * 3)
    readings = array("i", [0] * of.READINGS)
    told = {}
    for share in (1.0, 0.8):
        for s in estimator.states:
            s[soc.SHARE_Q24] = round(share * 2**24)
        estimator.begin_road([3_800_000] * 4, [25_000] * 3)
        Summary(config, estimator, readings).begin()
        told[share] = readings[of.ENERGY_WH]
        assert told[share] == pytest.approx(4 * 77 * estimator.range[reach.ENERGY_UV] / 1e6, rel=0.01)
    assert told[0.8] == pytest.approx(0.8 * told[1.0], rel=0.01)


def test_a_cell_too_cold_for_its_load_is_told_to_have_nothing_for_it_and_still_some_road() -> None:
    """On the road it will warm; what it can give now is another figure."""
    cell = library.load("factorial-fest77")
    par = range_parameters(cell)
    r = np.array(start.road(par.tolist()), np.int32)
    steps = par[reach.EMPTY_Q15 :].reshape(14, 9)
    assert steps[1, 8] > 0.5 * 2**15, "at -30 degC such a power needs more than half of the charge"
    r[reach.PEAK_Q6] = 8 * par[reach.STEP_Q6]
    batch.reach_step(r, par, 0, 3_700, 1000, 0, 1 << 20, 200, -30_000)
    assert r[reach.ENERGY_UV] == 0
    assert r[reach.P90_M] > 0
