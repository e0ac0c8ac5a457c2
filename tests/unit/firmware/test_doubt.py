"""A filter that is sure of a wrong SoC takes what the voltage shows for a slow error, until that is absurd."""

from array import array

import pytest

from bms.cells import library
from bms.estimation.parameters import capacity_mc, parameters
from fastcore import batch
from firmware import start
from firmware.kernels import soc

CELL = library.load("a123-26650-lfp")
SOC, SECONDS = 0.5, 1800


@pytest.fixture(scope="module")
def par() -> array:
    return array("i", parameters(CELL).tolist())


def rested(par: array, believed: float, v_uv: int) -> tuple[array, list[float]]:
    """A cell at rest whose SoC is believed to +-0.5 %; its state and the SoC's own deviation after each second."""
    s = start.known(par, capacity_mc(CELL), round(believed * start.FULL_Q21), 328)
    deviations = []
    for _ in range(SECONDS):
        batch.step(s, par, 0, v_uv, 25_000, 1000)
        deviations.append((s[soc.P_Q32] / 2**32) ** 0.5)
    return s, deviations


@pytest.fixture(scope="module")
def rest_uv(par) -> int:
    """What the model says of the cell at rest at SOC, hysteresis in its middle."""
    k, f = divmod(round((SOC + 0.125) * 64 * 1024), 1024)
    low, high = par[soc.OCV_UV + k], par[soc.OCV_UV + k + 1]
    return low + (high - low) * f // 1024


def test_a_voltage_that_fits_leaves_the_state_sure(par, rest_uv):
    s, deviations = rested(par, SOC, rest_uv)
    assert deviations[-1] < 0.03
    assert s[soc.SOC_Q21] / 2**21 == pytest.approx(SOC, abs=0.01)


@pytest.mark.parametrize("off_mv", [-250, 250])
def test_a_voltage_that_no_slow_error_explains_makes_it_doubtful(par, rest_uv, off_mv):
    _, fitting = rested(par, SOC, rest_uv)
    _, deviations = rested(par, SOC, rest_uv + off_mv * 1000)
    assert max(deviations) > 1.5 * max(fitting)


def test_a_wrong_soc_is_left_within_minutes(par):
    """Sure of 80 % while the voltage is that of an almost empty cell."""
    k = round((0.05 + 0.125) * 64)
    s, _ = rested(par, 0.8, par[soc.OCV_UV + k])
    assert s[soc.SOC_Q21] / 2**21 < 0.4


@pytest.mark.parametrize("believed", [0.01, 0.03])
def test_an_almost_empty_cell_in_doubt_is_not_taken_for_a_full_one(par, believed):
    """The OCV is so steep there that the filter's own slope, 1 V per unit of SoC at most, asks for too much."""
    k = round((0.0625 + 0.125) * 64)
    s = start.known(par, capacity_mc(CELL), round(believed * start.FULL_Q21), round(0.3 * 2**16))
    highest = 0.0
    for _ in range(60):
        batch.step(s, par, 0, par[soc.OCV_UV + k], 25_000, 1000)
        highest = max(highest, s[soc.SOC_Q21] / 2**21)
    assert highest < 0.15
