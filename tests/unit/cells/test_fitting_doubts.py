"""What the tests cannot tell is said with its reason and marked in the cell; what they can is fitted all the same."""

from dataclasses import replace

import numpy as np
import pytest

from bms.cells import library
from bms.cells.fitting import FitResult, fit
from bms.cells.fitting_doubts import uncounted
from bms.cells.fitting_error import widened
from bms.cells.record import check_counter
from bms.cells.schema import ResistanceTable
from bms.errors import InputError
from bms.estimation.logs import Log
from bms.estimation.parameters import parameters
from firmware.kernels import soc
from tests.unit.cells.made_up import CAPACITY_AH, R0, R1, A, driven, ocv, slow_leg

WARM = 298.15
SLOW = [slow_leg(+1), slow_leg(-1)]


def doubts(result: FitResult, *words: str) -> str:
    said = "\n".join(result.undetermined)
    for word in words:
        assert word in said, said
    return said


def at_half(result: FitResult, name: str, celsius: float = 25.0) -> float:
    table = result.cell.resistance
    assert isinstance(table, ResistanceTable)
    return float(np.interp(0.5, table.soc, getattr(table, name)[table.temperature_c.index(celsius)]))


def test_tests_that_tell_all_leave_nothing_undetermined() -> None:
    tests = [driven(kelvin, seed) for seed, kelvin in enumerate((273.15, 273.15, WARM, WARM))]
    cold = [slow_leg(+1, 273.15), slow_leg(-1, 273.15)]
    assert fit([*SLOW, *cold], tests, "whole").undetermined == []
    doubts(fit(SLOW, tests, "warm"), "how the hysteresis widens in the cold: the slow tests lie within 20 K")


def test_one_temperature_leaves_the_activation_energies_assumed() -> None:
    result = fit(SLOW, [driven(WARM, 0), driven(WARM, 1)], "warm")
    doubts(result, "with temperature: the dynamic tests lie at 25 degC")
    cell = result.cell
    assert cell.ocv_temperature_mv_per_k.status == "assumed" and cell.ocv_temperature_mv_per_k.value == 0
    assert cell.surface is not None
    assert cell.surface.lag2_activation_ev.status == cell.surface.exchange_activation_ev.status == "assumed"
    assert cell.surface.lag2_soc_per_c.status == "fitted"
    assert at_half(result, "r0_mohm") + at_half(result, "kinetic_mohm") == pytest.approx(1e3 * (R0 + A), rel=0.06)
    assert at_half(result, "r1_mohm", -40.0) > 2 * at_half(result, "r1_mohm")


def test_a_cell_that_warms_itself_up_tells_no_activation_energy() -> None:
    """The made-up one stays as it is while its case warms by 15 K, so that a law through that would be flat."""
    tests = [driven(273.15, seed) for seed in (0, 1)]
    warmed = [replace(test, temperature=273.15 + np.minimum(test.time / 200, 15)) for test in tests]
    result = fit(SLOW, warmed, "warmed")
    doubts(result, "typical activation energies are assumed")
    for name in ("r0_mohm", "r1_mohm"):
        assert at_half(result, name, -30.0) > 3 * at_half(result, name, 0.0)


def test_a_slow_charge_whose_last_row_misses_the_steep_end_leaves_a_cell_that_can_be() -> None:
    """Two rows at one time, where the charge ends and the rest begins, are one: the steep end is lost."""
    out, back = SLOW
    steep = replace(out, voltage=out.voltage + 0.25 * np.exp(-out.time / 60))
    cut = {key: getattr(back, key)[:-1] for key in ("time", "current", "voltage", "temperature")}
    result = fit([steep, replace(back, **cut)], [driven(WARM, 0)], "steep")
    assert result.cell.voltage_max_v.value == pytest.approx(steep.voltage.max(), abs=0.006)


def test_without_a_slow_test_the_ocv_comes_from_the_drives() -> None:
    tests = [driven(kelvin, seed) for seed, kelvin in enumerate((273.15, 273.15, WARM, WARM))]
    result = fit([], tests, "driven", capacity_ah=CAPACITY_AH)
    doubts(result, "OCV by itself: no slow test (--ocv) is given", "offset and hysteresis")
    cell = result.cell
    soc = np.linspace(0.3, 0.9, 13)
    assert np.interp(soc, cell.ocv_v.soc, cell.ocv_v.value) == pytest.approx(ocv(soc), abs=0.02)
    assert cell.ocv_v.status == "assumed" and cell.capacity_ah.status == "reported" and result.offset is None
    assert at_half(result, "r0_mohm") + at_half(result, "kinetic_mohm") == pytest.approx(1e3 * (R0 + A), rel=0.06)


def test_without_a_slow_test_and_untold_the_capacity_is_at_least_what_moved() -> None:
    """The made-up drive takes 85 %, and the OCV at its end is far from an empty cell's."""
    test = driven(WARM, 0)
    result = fit([], [test], "driven")
    doubts(result, "capacity: no slow test tells it; the most that a dynamic test moved is 2.549 Ah, and there the OCV")
    capacity, error = result.cell.capacity_ah, result.cell.model_error
    assert capacity.status == "assumed" and capacity.low < CAPACITY_AH < capacity.high
    assert capacity.low == pytest.approx(0.85 * CAPACITY_AH, rel=0.01)
    assert capacity.value == pytest.approx(CAPACITY_AH, rel=0.08)
    assert error.lasting_mv is not None and 10 < error.lasting_mv.value < 60
    assert parameters(result.cell)[soc.PV_Q32] > parameters(fit([], [test], "told", CAPACITY_AH).cell)[soc.PV_Q32]


def test_without_a_slow_test_the_soc_of_the_tests_tells_the_capacity() -> None:
    test = driven(WARM, 0)
    moved = np.cumsum(test.current) / 3600
    found = fit([], [replace(test, soc=1 - moved / CAPACITY_AH)], "driven").cell
    assert found.capacity_ah.value == pytest.approx(CAPACITY_AH, rel=0.01) and found.model_error.lasting_mv is None


def test_a_slow_test_that_is_too_fast_counts_as_none() -> None:
    quick = driven(WARM, 3)
    doubts(fit([quick], [driven(WARM, 0)], "quick"), "OCV by itself: no leg of drive3.csv lasts longer than 8 h")


@pytest.mark.parametrize(("sign", "missing"), [(+1, "charge"), (-1, "discharge")])
def test_one_direction_leaves_offset_and_hysteresis_undetermined(sign: int, missing: str) -> None:
    result = fit([slow_leg(sign)], [driven(WARM, 0)], "half")
    doubts(result, f"current offset and hysteresis: the slow {missing} is missing", "capacity to better than 8 %")
    cell = result.cell
    assert result.offset is None
    assert cell.hysteresis_mv.status == "assumed" and cell.hysteresis_mv.high > 0 and cell.hysteresis_curve_mv is None
    assert cell.capacity_ah.high / cell.capacity_ah.low > 1.05 and "offset unknown" in cell.capacity_ah.source


def test_a_pair_that_moved_different_charge_is_taken_for_one_direction() -> None:
    charge = slow_leg(-1)
    half = len(charge.time) // 2
    arrays = (a[:half] for a in (charge.time, charge.current, charge.voltage, charge.temperature))
    time, current, voltage, temperature = arrays
    short = replace(charge, time=time, current=current, voltage=voltage, temperature=temperature)
    result = fit([slow_leg(+1), short], [driven(WARM, 0)], "unequal")
    doubts(result, "the slow charge moved 1.4", "so they are no pair")
    assert result.cell.capacity_ah.value == pytest.approx(CAPACITY_AH, rel=0.06)


def test_one_sample_a_minute_merges_what_it_cannot_tell_apart_and_widens_the_noise() -> None:
    fine, coarse = (fit(SLOW, [driven(WARM, seed, step, hold=150) for seed in (0, 1)], "x") for step in (1.0, 60.0))
    doubts(coarse, "R0, charge transfer and R1 apart, and noise: one sample in 60 s")
    table, error = coarse.cell.resistance, coarse.cell.model_error
    assert isinstance(table, ResistanceTable) and table.kinetic_mohm is None and "R0 holds" in table.source
    assert at_half(coarse, "r0_mohm") == pytest.approx(1e3 * (R0 + A + R1), rel=0.35)
    assert error.noise_mv.status == error.fast_share.status == "assumed"
    assert error.noise_mv.value > 2 * fine.cell.model_error.noise_mv.value


@pytest.mark.parametrize(("seen_s", "step", "lasts_s", "status"), [(25, 60, 190, "assumed"), (100, 20, 100, "fitted")])
def test_an_error_that_lasts_for_less_than_three_samples_is_not_seen_to_last(seen_s, step, lasts_s, status) -> None:
    fitted = library.load("panasonic-ncr18650pf").model_error
    seen = fitted.correlation_s.model_copy(update={"value": seen_s, "low": seen_s / 2, "high": 2 * seen_s})
    found = widened(fitted.model_copy(update={"correlation_s": seen}), step).correlation_s
    assert (found.value, found.status) == (lasts_s, status)


@pytest.mark.parametrize("step", [1.0, 60.0])
def test_current_of_the_wrong_sign_is_refused(step: float) -> None:
    test = driven(WARM, 0, step)
    with pytest.raises(InputError, match=r"drive0\.csv: the voltage rises with the current"):
        fit(SLOW, [replace(test, current=-test.current)], "x")


def test_a_slow_test_of_the_wrong_sign_is_refused_whether_it_is_slow_enough_or_not() -> None:
    leg = slow_leg(+1)
    with pytest.raises(InputError, match=r"slow\+1\.csv: .*change the sign"):
        fit([replace(leg, current=-leg.current)], [driven(WARM, 0)], "x")
    quick = replace(leg, time=leg.time / 10, current=-10 * leg.current)
    with pytest.raises(InputError, match=r"slow\+1\.csv: .*change the sign"):
        fit([quick], [driven(WARM, 0)], "x")


def test_no_dynamic_test_leaves_nothing_to_fit() -> None:
    with pytest.raises(InputError, match="no resistance can be determined"):
        fit(SLOW, [], "x")


@pytest.mark.parametrize("soc", [0.0, 1.2, float("nan")])
def test_a_start_outside_0_to_1_is_refused(soc: float) -> None:
    with pytest.raises(InputError, match="told to start at SoC"):
        fit(SLOW, [driven(WARM, 0)], "x", start_soc=soc)


def test_a_test_without_a_load_or_too_short_or_of_another_start_is_refused() -> None:
    test = driven(WARM, 0)
    short = replace(test, **{key: getattr(test, key)[:5] for key in ("time", "current", "voltage", "temperature")})
    for bad, word in (
        (replace(test, current=0 * test.current, voltage=0 * test.voltage + 3.9), "no resistance can be determined"),
        (short, "3 steps of 1 s lie between its pauses, at least 20 are needed"),
    ):
        with pytest.raises(InputError, match=word):
            fit(SLOW, [bad], "x")
    with pytest.raises(InputError, match="the SoC would run from -55% to 30%"):
        fit(SLOW, [test], "x", start_soc=0.3)
    with pytest.raises(InputError, match=r"move the voltage from 3\.9 to 3\.9 V only"):
        fit([], [replace(test, voltage=0 * test.voltage + 3.9)], "x")


def test_drives_that_only_charge_are_refused_in_one_sentence() -> None:
    leg = slow_leg(-1)
    current = -CAPACITY_AH * (0.5 + 0.4 * np.sin(np.arange(len(leg.time)) / 7))
    soc = 0.05 - np.cumsum(current) * 4.5 / 3600 / CAPACITY_AH
    charged = replace(
        leg, time=np.arange(len(leg.time)) * 4.5, current=current, voltage=ocv(soc) - 0.08 * current, soc=soc
    )
    with pytest.raises(InputError, match=r"a cell that cannot be: .*; give tests that both charge and discharge"):
        fit(SLOW, [charged], "charged", capacity_ah=CAPACITY_AH)


def thinned(seed: int) -> tuple[Log, float]:
    """A drive of one sample in 30 s without a counter, and the Ah that its samples leave out."""
    every, kept = driven(WARM, seed, hold=5), driven(WARM, seed, step=30.0, hold=5)
    return kept, float(np.trapezoid(every.current, every.time) - np.trapezoid(kept.current, kept.time)) / 3600


def test_charge_that_flowed_between_the_samples_is_said_to_be_unknown() -> None:
    lost = []
    for seed in range(40):
        test, missing = thinned(seed)
        (said,) = uncounted([test], CAPACITY_AH)
        assert said.startswith(f"the charge of drive{seed}: the current changes from one sample to the next")
        lost.append(missing / float(said.split(" Ah in ")[0].rsplit(" ", 1)[1]))
    assert np.mean(np.abs(lost) < 1) >= 0.95
    assert 0.3 < np.std(lost) < 0.6  # two deviations are said


def test_a_counter_a_steady_current_and_fast_samples_leave_no_doubt_of_the_charge() -> None:
    test, _ = thinned(0)
    counted = replace(test, ah_discharged=np.cumsum(test.current) * 30 / 3600)
    assert uncounted([counted, slow_leg(+1), driven(WARM, 0)], CAPACITY_AH) == []


@pytest.mark.parametrize(
    ("column", "by", "said"),
    [
        ("ah_discharged", -1, "one of them has the wrong sign"),
        ("ah_discharged", 1000, "if ah_discharged is in mAh, divide it by 1000"),
        ("time", 1 / 60, "if time_s is in minutes, multiply it by 60"),
        ("current", 10, "check the units of all three"),
    ],
)
def test_a_counter_that_the_current_belies_is_refused(column: str, by: float, said: str) -> None:
    test = driven(WARM, 0)
    test = replace(test, ah_discharged=np.cumsum(test.current) / 3600)
    with pytest.raises(InputError, match=rf"drive0\.csv: current_a over time_s moves .* {said}"):
        check_counter(replace(test, **{column: by * getattr(test, column)}), CAPACITY_AH)
    check_counter(test, CAPACITY_AH)


@pytest.mark.parametrize(
    ("column", "by", "said"),
    [
        ("current", 1000, "no cell holds more than 2000 Ah; current_a must be in A"),
        ("time", 1 / 60, "time_s must be in s"),
        ("current", -1, "the voltage rises with the current"),
    ],
)
def test_without_slow_test_and_counter_the_charges_alone_betray_the_unit(column: str, by: float, said: str) -> None:
    test = driven(WARM, 0)
    with pytest.raises(InputError, match=said):
        fit([], [replace(test, **{column: by * getattr(test, column)})], "x")
    counted = replace(test, ah_discharged=-np.cumsum(test.current) / 3600)
    with pytest.raises(InputError, match="one of them has the wrong sign"):
        fit([], [counted], "x")
