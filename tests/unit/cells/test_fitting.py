"""What a fit finds is what the cell had: parameters of a made-up cell come back, what is not in the tests is marked."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from bms.cells import library
from bms.cells.fitting import FitResult, fit, fit_files
from bms.cells.schema import Cell, ResistanceTable
from bms.cells.toml_writer import cell_toml
from bms.estimation.logs import Log, read
from tests.unit.cells.made_up import CAPACITY_AH, HALF_GAP, LAG2, LAG3, OFFSET, R0, R1, A, driven, factor, ocv, slow_leg

MEASURED = Path(__file__).parents[3] / ".." / "shared" / "data" / "cells" / "panasonic_18650pf"
TRAINING = [
    f"{t}__{test}.parquet" for t in ("m20C", "m10C", "00C", "p10C", "p25C") for test in ("HPPC", "Cycle_1", "Cycle_2")
]


@pytest.fixture(scope="module")
def found() -> FitResult:
    tests = [driven(kelvin, seed) for seed, kelvin in enumerate((273.15, 273.15, 298.15, 298.15, 313.15, 313.15))]
    return fit([slow_leg(+1), slow_leg(-1)], tests, "made-up", source="made up for this test")


def table(cell: Cell) -> ResistanceTable:
    assert isinstance(cell.resistance, ResistanceTable)
    return cell.resistance


def at(cell: Cell, name: str, celsius: float, soc: float = 0.5) -> float:
    resistance = table(cell)
    row = resistance.temperature_c.index(celsius)
    return float(np.interp(soc, resistance.soc, getattr(resistance, name)[row]))


def test_the_testers_offset_is_taken_out_of_the_capacity(found: FitResult) -> None:
    assert found.offset == pytest.approx(OFFSET, abs=1e-4)
    assert found.cell.capacity_ah.value == pytest.approx(CAPACITY_AH, rel=1e-3)
    assert found.cell.capacity_ah.low < CAPACITY_AH < found.cell.capacity_ah.high


def test_the_ocv_lies_between_the_branches(found: FitResult) -> None:
    curve = found.cell.ocv_v
    soc = np.linspace(0.05, 0.95, 19)
    assert np.interp(soc, curve.soc, curve.value) == pytest.approx(ocv(soc), abs=2e-3)


def test_hysteresis_is_told_apart_from_resistance(found: FitResult) -> None:
    assert found.cell.hysteresis_mv.value == pytest.approx(1e3 * HALF_GAP, abs=1.5)


@pytest.mark.parametrize("celsius", [0.0, 25.0, 40.0])
def test_resistances_come_back_at_each_temperature(found: FitResult, celsius: float) -> None:
    scale = 1e3 * factor(celsius + 273.15)
    instant = at(found.cell, "r0_mohm", celsius) + at(found.cell, "kinetic_mohm", celsius)
    assert instant == pytest.approx((R0 + A) * scale, rel=0.06)
    assert at(found.cell, "r1_mohm", celsius) == pytest.approx(R1 * scale, rel=0.1)


def test_the_surfaces_lags_come_back(found: FitResult) -> None:
    """What R2 and the lags do is alike where the OCV is straight, so only their sum is sharp."""
    surface = found.cell.surface
    assert surface is not None and surface.lag2_soc_per_c.status == "fitted"
    assert surface.lag2_soc_per_c.value + surface.lag3_soc_per_c.value == pytest.approx(LAG2 + LAG3, rel=0.35)


def test_temperatures_out_of_reach_follow_arrhenius_and_are_marked(found: FitResult) -> None:
    resistance = table(found.cell)
    assert resistance.temperature_c[0] == -40 and resistance.temperature_c[-1] == 90
    assert {-40.0, -30.0, 90.0} <= set(resistance.extrapolated_c) and 25.0 not in resistance.extrapolated_c
    for celsius, tolerance in ((-30.0, 0.35), (90.0, 0.35)):
        instant = at(found.cell, "r0_mohm", celsius) + at(found.cell, "kinetic_mohm", celsius)
        assert instant == pytest.approx(1e3 * (R0 + A) * factor(celsius + 273.15), rel=tolerance)


def test_a_model_that_explains_the_cell_claims_little_error_and_says_so_by_temperature(found: FitResult) -> None:
    error = found.cell.model_error
    assert error.ocv_mv.value < 6 and error.noise_mv.value < 6 and error.polarisation_share.value < 0.05
    assert [row.name for row in found.by_temperature] == ["0 degC", "25 degC", "40 degC"]
    assert all(row.weighted_rms_mv < 3 for row in found.by_temperature)
    assert len(found.by_test) == 6 and found.cross_validated_mv < 4


def test_what_the_model_cannot_explain_widens_its_error() -> None:
    """A slow voltage error of 20 mV in the drives must come back as a model error of that size."""
    tests = []
    for seed in range(4):
        test = driven(298.15, seed)
        wander = 0.02 * np.sqrt(2) * np.sin(2 * np.pi * (test.time / 1500 + seed / 4))
        tests.append(Log(test.path, test.time, test.current, test.voltage + wander, test.temperature))
    error = fit([slow_leg(+1), slow_leg(-1)], tests, "odd").cell.model_error
    slow_mv = np.hypot(error.ocv_mv.value, 1e3 * 0.75 * error.soc_share.value)
    slow_mv = np.hypot(slow_mv, 1e3 * error.polarisation_share.value * 0.075 * 2)
    assert 10 < slow_mv < 30
    assert error.correlation_s.value > 100


def test_the_file_that_is_written_is_the_cell_that_was_found(found: FitResult) -> None:
    again = Cell.model_validate(tomllib.loads(cell_toml(found.cell, "made up\nfor a test")))
    assert again.name == "made-up"
    assert table(again).r0_mohm[0] == pytest.approx(table(found.cell).r0_mohm[0], rel=1e-5)
    assert again.model_error.noise_mv.value == pytest.approx(found.cell.model_error.noise_mv.value, rel=1e-5)
    assert cell_toml(again) == cell_toml(found.cell)


def test_names_with_quotes_survive_the_file(found: FitResult) -> None:
    odd = found.cell.model_copy(update={"name": 'A "cell" \\ of ours, 25 °C'})
    assert tomllib.loads(cell_toml(odd))["name"] == odd.name


def test_a_known_capacity_is_taken_as_told() -> None:
    cell = fit([slow_leg(+1), slow_leg(-1)], [driven(298.15, 0)], "told", capacity_ah=2.9).cell
    assert cell.capacity_ah.value == 2.9


def test_what_is_unexplained_stands_in_the_file_by_temperature_soc_and_current(found: FitResult) -> None:
    grid, profile = found.cell.residual_mv, found.cell.residual_by_current_mv
    assert grid is not None and profile is not None
    assert {0.0, 25.0, 40.0} <= set(grid.temperature_c) and np.max(grid.value) < 15
    assert profile.current_c[0] < -0.2 and profile.current_c[-1] > 1 and max(profile.value) < 10
    assert [row.name for row in found.by_soc][-1] == "90 to 100 %"


def test_a_cell_that_does_not_start_full_is_told_so() -> None:
    """A drive that begins at 90 % is off by 10 % of SoC unless that is said; its counter begins at 0 all the same."""
    whole = driven(298.15, 0)
    late = int(np.argmax(np.cumsum(whole.current) / 3600 > 0.1 * CAPACITY_AH))
    part = [a[late:] for a in (whole.time, whole.current, whole.voltage, whole.temperature)]
    counted = np.cumsum(part[1]) / 3600
    test = Log(whole.path, *part, ah_discharged=counted - counted[0])
    slow = [slow_leg(+1), slow_leg(-1)]
    told, untold = (fit(slow, [test], "late", start_soc=soc) for soc in (0.9, 1.0))
    assert told.by_test[0].weighted_rms_mv < 4 < 0.6 * untold.by_test[0].weighted_rms_mv


def test_hysteresis_is_found_where_slow_and_driven_tests_agree_on_it() -> None:
    """Small loops of a drive close inside the gap, so a drive lies near the slow discharge."""
    tests = [driven(298.15, 0), driven(298.15, 1)]
    cell = fit([slow_leg(+1), slow_leg(-1)], tests, "gap").cell
    curve = cell.hysteresis_curve_mv
    assert curve is not None
    assert np.interp([0.3, 0.5, 0.7], curve.soc, curve.value) == pytest.approx(1e3 * HALF_GAP, abs=2)


def test_the_widening_of_the_hysteresis_in_the_cold_is_told_apart_from_resistance(found: FitResult) -> None:
    gaps = {-15: 0.032, 5: 0.018, 25: 0.012, 45: 0.009}
    slow = [slow_leg(sign, c + 273.15, gap) for c, gap in gaps.items() for sign in (+1, -1)]
    tests = [driven(c + 273.15, seed, half_gap=gaps[c]) for seed, c in enumerate((-15, 25, 45))]
    widening = fit(slow, tests, "wide").cell.hysteresis_widening
    assert widening is not None and widening.temperature_c == [-15, 5, 25, 45]
    assert widening.value == pytest.approx([gap / gaps[25] for gap in gaps.values()], rel=0.12)
    alone = found.cell.hysteresis_widening  # slow tests at one temperature only
    assert alone is not None and alone.status == "assumed" and alone.value == [1]


def test_the_panasonic_cell_of_the_library_covers_the_documented_temperatures() -> None:
    cell = library.load("panasonic-ncr18650pf")
    assert table(cell).temperature_c[0] == -40 and table(cell).temperature_c[-1] == 90
    assert "10.17632/wykht8y7tg.1" in cell.ocv_v.source and "10.17632/wykht8y7tg.1" in table(cell).source
    assert "US06" not in table(cell).source and "LA92" not in table(cell).source


@pytest.mark.skipif(not MEASURED.is_dir(), reason="the measured Panasonic cell is not on this machine")
def test_the_measured_panasonic_cell_gives_the_figures_of_the_library() -> None:
    result = fit_files(
        [MEASURED / "p25C__C20_OCV.parquet"], [MEASURED / name for name in TRAINING], None, "again", read
    )
    shipped = library.load("panasonic-ncr18650pf")
    assert result.offset == pytest.approx(0.0098, abs=2e-4)
    assert result.cell.capacity_ah.value == pytest.approx(2.79, abs=0.01)
    assert table(result.cell).r0_mohm[5] == pytest.approx(table(shipped).r0_mohm[5], rel=0.02)
    by_temperature = {row.name: row.weighted_rms_mv for row in result.by_temperature}
    assert by_temperature["25 degC"] < 16 and by_temperature["10 degC"] < 13 and by_temperature["-20 degC"] < 35
