"""The capacity: which moments tell the SoC anew, and what the charge between two of them teaches."""

from array import array
from itertools import pairwise

import pytest

from bms.cells import library
from bms.estimation.parameters import capacity_mc, parameters
from firmware import start
from firmware.cell import zeroed
from firmware.kernels import health, soc

NONE, TOLD, FULL, REST = range(4)


@pytest.fixture
def par() -> array:
    return array("i", parameters(library.load("factorial-fest77")).tolist())


@pytest.fixture
def cell(par) -> array:
    """Told to be full, of the rated capacity."""
    return start.known(par, capacity_mc(library.load("factorial-fest77")), start.FULL_Q21, 328)


def window(cell, par, rate: float, seconds: float = 1.0, v_uv: int = 3_700_000) -> int:
    """One window at `rate` C, as the kernels before this one leave it."""
    cell[soc.SPAN_MS] = round(seconds * 1000)
    cell[soc.I_Q13] = round(rate * 8192)
    cell[soc.DZ_Q30] = round(rate * seconds / 3600 * 2**30)
    cell[soc.V_UV] = v_uv
    return health.step(cell, par, -1, 0)


def deliver(cell, par, share: float) -> None:
    """Discharge that share of the rated capacity in windows of a minute; the SoC is not followed."""
    for _ in range(round(abs(share) * 120)):
        window(cell, par, 0.5 if share > 0 else -0.5, 60.0)


def tell(cell, par, value: float) -> int:
    cell[soc.SOC_Q21], cell[soc.DZ_Q30] = round(value * 2**21), 0
    return health.step(cell, par, cell[soc.SOC_Q21], 328)


def cycle(cell, par, true_share: float) -> float:
    """From full to a fifth of a cell of another capacity, and back; the share learned."""
    deliver(cell, par, 0.8 * true_share)
    tell(cell, par, 0.2)
    deliver(cell, par, -0.8 * true_share)
    tell(cell, par, 1.0)
    return cell[soc.SHARE_Q24] / 2**24


@pytest.mark.parametrize("true_share", [0.75, 0.875, 1.0625])
def test_cycle_after_cycle_the_capacity_comes_nearer(cell, par, true_share):
    shares = [cycle(cell, par, true_share) for _ in range(12)]
    apart = [abs(share - true_share) for share in shares]
    assert all(later <= sooner + 1e-3 for sooner, later in pairwise(apart))
    assert apart[-1] < 0.1 * abs(1 - true_share)
    assert cell[soc.CAP_MC] == pytest.approx(cell[soc.SHARE_Q24] / 2**24 * par[soc.RATED_MC], rel=1e-3)


def test_a_capacity_that_is_right_stays(cell, par):
    for _ in range(5):
        assert cycle(cell, par, 1.0) == pytest.approx(1.0, abs=0.005)


def test_a_change_below_a_quarter_of_the_soc_teaches_nothing(cell, par):
    deliver(cell, par, 0.2)
    assert tell(cell, par, 0.77) == TOLD
    assert cell[soc.PAIRS] == 0 and cell[soc.SHARE_Q24] == 2**24


@pytest.mark.parametrize("offset", [-0.02, 0.02])
def test_the_offset_shown_at_rest_is_no_charge(cell, par, offset):
    """Over half an hour 0.02C is a hundredth of the capacity, which would be taken for the cell's."""
    rated = capacity_mc(library.load("factorial-fest77"))
    zeroed(par, cell, round(offset * rated / 3600))
    for _ in range(96):
        window(cell, par, 0.5 + offset, 60.0)
    assert cell[soc.OUT_Q28] / 2**28 == pytest.approx(0.8, abs=0.002)


def test_half_an_hour_of_rest_is_an_anchor_once(cell, par):
    found = [window(cell, par, 0.0) for _ in range(4000)]
    assert found.index(REST) == 1799
    assert found.count(REST) == 1 and found.count(NONE) == 3999


def test_a_current_begins_the_rest_anew(cell, par):
    assert not any(window(cell, par, 0.0) for _ in range(1700))
    assert window(cell, par, 0.05) == NONE
    assert not any(window(cell, par, 0.0) for _ in range(1700))


def test_rest_after_a_blind_start_tells_nothing_while_the_past_is_unknown(cell, par):
    cell[soc.BLIND_MS] = 1
    assert not any(window(cell, par, 0.0) for _ in range(2000))


def test_a_small_charge_at_the_full_voltage_for_a_minute_is_full(cell, par):
    cell[soc.SOC_Q21] = round(0.9 * 2**21)
    full = par[soc.V_FULL_UV]
    found = [window(cell, par, -0.03, v_uv=full) for _ in range(60)]
    assert found == [NONE] * 59 + [FULL]
    assert cell[soc.SOC_Q21] == start.FULL_Q21
    assert cell[soc.Q_MC] == pytest.approx(cell[soc.CAP_MC], abs=2)


@pytest.mark.parametrize(("rate", "below_uv"), [(-0.2, 0), (0.0, 0), (0.03, 0), (-0.03, 1)])
def test_neither_a_large_charge_nor_none_nor_a_lower_voltage_is_full(cell, par, rate, below_uv):
    v_uv = par[soc.V_FULL_UV] - below_uv
    assert FULL not in [window(cell, par, rate, v_uv=v_uv) for _ in range(300)]


def test_what_is_told_owes_nothing_to_what_was_thought(cell, par):
    for k in range(36):
        cell[soc.P_Q32 + k] = 1000
    assert tell(cell, par, 0.4) == TOLD
    assert cell[soc.SOC_Q21] == round(0.4 * 2**21)
    assert cell[soc.Q_MC] / cell[soc.CAP_MC] == pytest.approx(0.4, abs=1e-5)
    assert cell[soc.P_Q32] == 328**2 and cell[soc.SD_Q16] == 328
    assert not any(cell[soc.P_Q32 + k] for k in range(1, 6))


@pytest.mark.parametrize(("delivered", "least", "most"), [(1.25, 1.0, 1.1), (0.0, 0.4, 1.0)])
def test_no_pair_leaves_the_bounds(cell, par, delivered, least, most):
    for _ in range(40):
        cycle(cell, par, delivered / 0.8)
    assert least - 1e-3 <= cell[soc.SHARE_Q24] / 2**24 <= most + 1e-3


def test_what_was_learned_outlives_a_rest_unwatched(cell, par):
    for _ in range(4):
        cycle(cell, par, 0.8)
    rested = start.resumed(par, cell, start.FULL_Q21, 328)
    for word in (soc.SHARE_Q24, soc.CAP_MC, soc.PAIRS, soc.C_Q26, soc.G_Q24):
        assert rested[word] == cell[word]
    assert cell[soc.SHARE_Q24] < 0.9 * 2**24
