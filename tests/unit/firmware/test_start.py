"""Where a cell's state begins: a first guess must be honest about what it does not know."""

from array import array
from functools import cache

import numpy as np
import pytest

from bms.bench import ranges
from bms.bench.samples import picker
from bms.cells import library
from bms.estimation.parameters import capacity_mc, ocv, parameters
from firmware import start
from firmware.kernels import soc

CELLS = library.names()
TRUE_SOC = np.linspace(0.005, 0.995, 199)


@cache
def described(name: str) -> tuple[array, int, np.ndarray]:
    cell = library.load(name)
    return array("i", parameters(cell).tolist()), capacity_mc(cell), ocv(cell) * 1e6


def blind(
    name: str, true_soc: float, t_mdegc: int = 25_000, i_ma: int = 0, shift_uv: float = 0.0
) -> tuple[float, float]:
    """SoC and its standard deviation from one sample of a cell that is what its description says, but for the shift."""
    par, cap_mc, ocv_uv = described(name)
    rest_uv = np.interp(true_soc, np.linspace(0, 1, 65), ocv_uv) + par[soc.DUDT_UV] * (t_mdegc - 25_000) / 1000
    s = start.blind(par, cap_mc, i_ma, round(rest_uv + shift_uv), t_mdegc)
    assert not ranges.outside("soc", np.array(par), s)
    return s[soc.Q_MC] / s[soc.CAP_MC], s[soc.SD_Q16] / 2**16


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("t_mdegc", [-20_000, 25_000, 45_000])
@pytest.mark.parametrize("sds", [-2, 0, 2])
def test_at_rest_the_true_soc_lies_within_three_deviations(name, t_mdegc, sds):
    shift_uv = sds * library.load(name).model_error.ocv_mv.value * 1000
    for true_soc in TRUE_SOC:
        guess, sd = blind(name, true_soc, t_mdegc, shift_uv=shift_uv)
        assert abs(guess - true_soc) <= 3 * sd, f"at {true_soc:.3f} it says {guess:.3f} +- {sd:.3f}"


@pytest.mark.parametrize("name", CELLS)
def test_at_rest_and_warm_one_voltage_is_worth_something(name):
    deviations = [blind(name, true_soc)[1] for true_soc in TRUE_SOC]
    assert np.median(deviations) < 0.2


def drop_uv(name: str, true_soc: float, t_mdegc: int, rate: float, share_of_slow: float) -> float:
    """Fall of the voltage under a load of `rate` C: R0, and a share of the branches that take their time."""
    par = np.array(described(name)[0])
    r0, r1, r2 = (
        float(n) for n in par[soc.R_UV :].reshape(3, 27, 17)[:, (t_mdegc + 40_000) // 5_000, round(true_soc * 16)]
    )
    return rate * (r0 + share_of_slow * (r1 + r2))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("rate", [-0.5, -0.2, 0.2, 0.5])
@pytest.mark.parametrize("share", [0.0, 1.0], ids=["a load that has just begun", "a load of hours"])
def test_under_load_the_truth_lies_within_three_deviations_whatever_came_before(name, rate, share):
    i_ma = round(rate * library.load(name).capacity_ah.value * 1000)
    for true_soc in np.linspace(0.15, 0.95, 81):
        guess, sd = blind(name, true_soc, i_ma=i_ma, shift_uv=-drop_uv(name, true_soc, 25_000, rate, share))
        assert abs(guess - true_soc) <= 3 * sd, f"at {true_soc:.3f} it says {guess:.3f} +- {sd:.3f}"


@pytest.mark.parametrize("name", CELLS)
def test_load_in_the_cold_is_less_certain_than_rest(name):
    i_ma = round(0.5 * library.load(name).capacity_ah.value * 1000)
    fallen_uv = drop_uv(name, 0.5, -20_000, 0.5, 1.0)
    assert blind(name, 0.5, t_mdegc=-20_000, i_ma=i_ma, shift_uv=-fallen_uv)[1] > 2 * blind(name, 0.5)[1]


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("end", "beyond_uv"), [(0.0, -400_000), (1.0, 400_000)], ids=["below empty", "above full"])
def test_a_voltage_that_no_soc_explains_is_doubted(name, end, beyond_uv):
    guess, sd = blind(name, end, shift_uv=beyond_uv)
    assert abs(guess - end) <= sd
    assert sd > blind(name, end)[1]


def test_any_documented_cell_and_sample_begin_within_the_kernels_ranges():
    pick = picker(np.random.default_rng(4))
    for _ in range(2_000):
        par = ranges.soc_parameters(pick)
        i_ma, v_uv, t_mdegc, _ = (pick(*limits) for limits in ranges.soc_sample(par))
        s = start.blind(array("i", par.tolist()), pick(*ranges.CAP_MC), i_ma, v_uv, t_mdegc)
        assert not ranges.outside("soc", par, s)


def test_a_known_start_is_what_was_known():
    cell = library.load("factorial-fest77")
    s = start.known(parameters(cell).tolist(), capacity_mc(cell), round(0.8 * 2**21), 655)
    assert s[soc.Q_MC] / s[soc.CAP_MC] == pytest.approx(0.8, abs=1e-6)
    assert s[soc.SD_Q16] == 655
    assert s[soc.PZZ_Q32] == 655**2
