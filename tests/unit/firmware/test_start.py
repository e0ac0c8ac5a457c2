"""Where a cell's state begins: a first guess that the model supports, without certainty that one sample cannot give."""

from array import array
from functools import cache

import numpy as np
import pytest

from bms.bench import cases, ranges
from bms.bench.remote import float_filter
from bms.bench.samples import picker
from bms.cells import library
from bms.estimation.parameters import capacity_mc, estimable, parameters
from firmware import start
from firmware.kernels import soc

CELLS = estimable()
TRUE_SOC = np.linspace(0.05, 0.95, 37)
PRESUMED_C = 1 / 3  # the current before a blind start, give or take half of it
NOTHING_KNOWN = 0.3  # standard deviation
SURE = {"a123-26650-lfp", "panasonic-ncr18650pf", "factorial-fest77"}  # a load hides nothing of them


@cache
def described(name: str) -> tuple[array, int]:
    cell = library.load(name)
    return array("i", parameters(cell).tolist()), capacity_mc(cell)


def voltage_uv(name: str, soc_true: float, celsius: float, rate: float, past: float) -> int:
    """Of a cell that has carried `past` C for hours and now carries `rate`, by the model; its hysteresis is between."""
    par, cap_mc = described(name)
    cell = float_filter.Cell(start.known(par, cap_mc, round(soc_true * 2**21), 0))
    cell.low = [past] * 3
    voltage, *_ = float_filter.predicted(cell, float_filter.Parameters(par), soc_true, celsius, rate, 1e-9)
    return round(voltage * 1e6)


def blind(
    name: str, v_uv: int, celsius: float = 25.0, rate: float = 0.0, past: tuple[int, int, int] = start.LOADED
) -> tuple[float, float]:
    """SoC and its standard deviation from one sample."""
    par, cap_mc = described(name)
    s = start.blind(par, cap_mc, round(rate * cap_mc / 3600), v_uv, round(celsius * 1000), past)
    assert not ranges.outside("soc", np.array(par), s)
    assert s[soc.SOC_Q21] / 2**21 == pytest.approx(s[soc.Q_MC] / s[soc.CAP_MC], abs=1e-6)
    return s[soc.Q_MC] / s[soc.CAP_MC], s[soc.SD_Q16] / 2**16


def worst(name: str, celsius: float, rate: float, past: float, shift_uv: float = 0.0) -> float:
    """The largest error over the SoC of a cell whose past was `past`."""
    errors = []
    for soc_true in TRUE_SOC:
        v_uv = round(voltage_uv(name, soc_true, celsius, rate, past) + shift_uv)
        errors.append(abs(blind(name, v_uv, celsius, rate)[0] - soc_true))
    return max(errors)


@cache
def unseen(name: str, celsius: float = 25.0, rate: float = 0.0, past: float = 0.0) -> float:
    """Half the widest span of SoC within which the OCV moves by no more than the model may be wrong by.

    The mean of what cannot be told apart is no farther from the truth. A load adds the share of its drop at 50 % that
    the resistance may be wrong by.
    """
    par, _ = described(name)
    p = float_filter.Parameters(par)
    points = np.linspace(0, 1, 201)
    ocv = np.array([float_filter.open_circuit(p, z)[0] for z in points])
    drop = (voltage_uv(name, 0.5, celsius, 0.0, 0.0) - voltage_uv(name, 0.5, celsius, rate, past)) / 1e6
    doubt = 2 * (p.s0**2 + p.lasting + (p.rho * drop) ** 2) ** 0.5 + max(p.gap)
    return max(float(points[abs(ocv - at) <= doubt].max() - z) / 2 for z, at in zip(points, ocv, strict=True))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("rate", [0.0, PRESUMED_C, 1.0], ids=["a pause", "steady", "a sudden load"])
@pytest.mark.parametrize(("celsius", "most"), [(45.0, 0.03), (25.0, 0.03), (0.0, 0.12)])
def test_a_cell_that_has_done_what_is_presumed_is_found(name, rate, celsius, most):
    hidden = unseen(name) if name in SURE else unseen(name, celsius, rate, PRESUMED_C)
    assert worst(name, celsius, rate, PRESUMED_C) < max(most, hidden)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("past", [0.0, 0.5], ids=["rested", "C/2 for hours"])
@pytest.mark.parametrize("rate", [-0.5, 0.0, 1.0])
def test_warm_the_past_matters_little(name, past, rate):
    assert worst(name, 25.0, rate, past) < max(0.12, unseen(name))


@pytest.mark.parametrize("name", CELLS)
def test_behind_an_open_contactor_a_rested_cell_is_found_better_and_a_loaded_one_still(name):
    errors = {}
    for past in (0.0, PRESUMED_C):
        volts = [voltage_uv(name, true, 25.0, 0.0, past) for true in TRUE_SOC]
        for assumed in (start.LOADED, start.PAUSED):
            found = np.array([blind(name, v_uv, past=assumed)[0] for v_uv in volts])
            errors[past, assumed] = float(np.sqrt(np.mean((found - TRUE_SOC) ** 2)))
    assert errors[0.0, start.PAUSED] < errors[0.0, start.LOADED]
    assert errors[PRESUMED_C, start.PAUSED] < max(0.06, unseen(name))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("sds", [-2, 2])
def test_an_error_of_the_ocv_moves_the_guess_no_more_than_the_curve_allows(name, sds):
    shift_uv = sds * described(name)[0][soc.S0_Q16] / 65536 * 1e6
    assert worst(name, 25.0, PRESUMED_C, PRESUMED_C, shift_uv) < max(0.10, unseen(name))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("past", [0.0, PRESUMED_C, 0.5])
@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_even_in_deep_cold_the_interval_holds_the_truth(name, past, rate):
    assert worst(name, -20.0, rate, past) < 1.96 * NOTHING_KNOWN


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("celsius", [-20.0, 25.0])
def test_one_sample_is_never_taken_for_knowledge(name, celsius):
    """The guess is where the filter begins; how sure it may be, the samples that follow must tell."""
    for soc_true in TRUE_SOC:
        assert blind(name, voltage_uv(name, soc_true, celsius, 0.0, 0.0), celsius)[1] == pytest.approx(0.3, abs=1e-4)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("end", "beyond_uv"), [(0.0, -200_000), (1.0, 200_000)], ids=["below empty", "above full"])
def test_a_voltage_beyond_the_curve_begins_at_its_end(name, end, beyond_uv):
    assert blind(name, voltage_uv(name, end, 25.0, 0.0, 0.0) + beyond_uv)[0] == pytest.approx(end, abs=0.1)


@pytest.mark.parametrize(("v_uv", "end"), [(1, 0.0), (6_500_000, 1.0)])
def test_a_voltage_that_no_soc_explains_begins_at_the_end_that_is_nearest(v_uv, end):
    assert blind("factorial-fest77", v_uv) == (pytest.approx(end, abs=0.1), pytest.approx(NOTHING_KNOWN, abs=1e-4))


def test_any_documented_cell_and_sample_begin_within_the_kernels_ranges():
    pick = picker(np.random.default_rng(4))
    for _ in range(200):
        par = cases.soc_parameters(pick)
        i_ma, v_uv, t_mdegc, _ = (pick(*limits) for limits in ranges.soc_sample(par))
        words, cap_mc = array("i", par.tolist()), int(par[soc.RATED_MC]) * pick(13_108, 36_044) >> 15
        assert not ranges.outside("soc", par, start.blind(words, cap_mc, i_ma, v_uv, t_mdegc))
        assert not ranges.outside("soc", par, start.known(words, cap_mc, pick(0, 1 << 21), pick(0, 32_768)))


def test_a_known_start_is_what_was_known():
    cell = library.load("factorial-fest77")
    par = parameters(cell).tolist()
    s = start.known(par, capacity_mc(cell), round(0.8 * 2**21), 655)
    assert s[soc.Q_MC] / s[soc.CAP_MC] == pytest.approx(0.8, abs=1e-6)
    assert s[soc.SD_Q16] == 655
    variances = [s[soc.P_Q32 + 7 * k] for k in range(6)]
    assert variances[0] == 655**2
    assert variances[2:5] == [par[soc.PC_Q32], par[soc.PG_Q32], par[soc.PQ_Q32]]
    assert variances[5] >= par[soc.PV_Q32]
    assert not any(s[soc.BLIND_MS : soc.T_MS]), "a rested cell has no unknown past"
