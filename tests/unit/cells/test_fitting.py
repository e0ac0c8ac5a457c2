"""What a fit finds is what the cell had: parameters of a made-up cell come back, what is not in the tests is marked."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from bms.cells import library
from bms.cells.fitting import FitResult, fit, fit_files
from bms.cells.schema import Cell, ResistanceTable
from bms.cells.toml_writer import cell_toml
from bms.errors import InputError
from bms.estimation.logs import Log, read

MEASURED = Path(__file__).parents[3] / ".." / "shared" / "data" / "cells" / "panasonic_18650pf"
TRAINING = [
    f"{t}__{test}.parquet" for t in ("m20C", "m10C", "00C", "p10C", "p25C") for test in ("HPPC", "Cycle_1", "Cycle_2")
]

CAPACITY_AH, OFFSET, HALF_GAP = 3.0, 0.008, 0.006
TAU1, TAU2 = 20.0, 400.0
R0, R1, R2 = 0.030, 0.020, 0.025  # ohm at 25 degC
ENERGY = 0.30  # eV, of all three


def ocv(soc: np.ndarray) -> np.ndarray:
    return 3.3 + 0.75 * soc + 0.15 * np.tanh(8 * (soc - 0.9)) - 0.3 * np.exp(-soc / 0.03)


def factor(kelvin: float) -> float:
    return float(np.exp(ENERGY / 8.617333e-5 * (1 / kelvin - 1 / 298.15)))


def slow_leg(sign: int) -> Log:
    """C/20 in one direction between empty and full, as a tester writes it that reads OFFSET too much."""
    current = sign * CAPACITY_AH / 20
    time = np.arange(0, 20 * 3600 + 1, 60.0)
    moved = time / time[-1]
    soc = 1 - moved if sign > 0 else moved
    voltage = ocv(soc) - sign * HALF_GAP - (R0 + R1 + R2) * current
    return Log(
        Path(f"slow{sign:+d}.csv"), time, np.full(len(time), current + OFFSET), voltage, np.full(len(time), 298.15)
    )


def driven(kelvin: float, seed: int) -> Log:
    """75 min of a noisy current that takes the cell from full to some 15 %."""
    rng = np.random.default_rng(seed)
    n = 4500
    level = np.repeat(rng.uniform(-2, 6, n // 15), 15)
    current = level * 0.85 * CAPACITY_AH * 3600 / level.sum()
    soc = 1 - np.cumsum(current) / 3600 / CAPACITY_AH
    drop = R0 * current
    for r, tau in ((R1, TAU1), (R2, TAU2)):
        a = np.exp(-1 / tau)
        drop = drop + r * np.asarray(lfilter([1 - a], [1, -a], current))
    side = np.where(1 - soc < 0.1, 0.0, -1.0)
    voltage = ocv(soc) + HALF_GAP * side - factor(kelvin) * drop + rng.normal(0, 5e-4, n)
    return Log(Path(f"drive{seed}.csv"), np.arange(n, dtype=np.float64), current, voltage, np.full(n, kelvin))


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


def test_time_constants_are_found(found: FitResult) -> None:
    assert (found.cell.tau1_s.value, found.cell.tau2_s.value) == (TAU1, TAU2)


@pytest.mark.parametrize("celsius", [0.0, 25.0, 40.0])
def test_resistances_come_back_at_each_temperature(found: FitResult, celsius: float) -> None:
    scale = 1e3 * factor(celsius + 273.15)
    assert at(found.cell, "r0_mohm", celsius) == pytest.approx(R0 * scale, rel=0.04)
    assert at(found.cell, "r1_mohm", celsius) == pytest.approx(R1 * scale, rel=0.08)
    total = sum(at(found.cell, name, celsius) for name in ("r0_mohm", "r1_mohm", "r2_mohm"))
    assert total == pytest.approx((R0 + R1 + R2) * scale, rel=0.06)


def test_temperatures_out_of_reach_follow_arrhenius_and_are_marked(found: FitResult) -> None:
    resistance = table(found.cell)
    assert resistance.temperature_c[0] == -40 and resistance.temperature_c[-1] == 85
    assert {-40.0, -30.0, 85.0} <= set(resistance.extrapolated_c) and 25.0 not in resistance.extrapolated_c
    assert at(found.cell, "r0_mohm", -30.0) == pytest.approx(1e3 * R0 * factor(243.15), rel=0.2)
    assert at(found.cell, "r0_mohm", 85.0) == pytest.approx(1e3 * R0 * factor(358.15), rel=0.2)


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


def test_one_direction_gives_a_cell_whose_offset_and_hysteresis_are_marked_unknown() -> None:
    cell = fit([slow_leg(+1)], [driven(298.15, 0)], "half").cell
    assert cell.hysteresis_mv.status == "assumed" and cell.hysteresis_mv.high > 0
    assert cell.capacity_ah.high / cell.capacity_ah.low > 1.05 and "offset unknown" in cell.capacity_ah.source


def test_one_temperature_leaves_the_temperature_coefficient_assumed() -> None:
    cell = fit([slow_leg(+1), slow_leg(-1)], [driven(298.15, 0), driven(298.15, 1)], "warm").cell
    assert cell.ocv_temperature_mv_per_k.status == "assumed" and cell.ocv_temperature_mv_per_k.value == 0
    assert table(cell).temperature_c[0] == -40


def test_a_known_capacity_is_taken_as_told() -> None:
    cell = fit([slow_leg(+1), slow_leg(-1)], [driven(298.15, 0)], "told", capacity_ah=2.9).cell
    assert cell.capacity_ah.value == 2.9


def test_a_fit_without_a_slow_or_a_dynamic_test_says_what_is_missing() -> None:
    with pytest.raises(InputError, match=r"drive0\.csv.*OCV cannot be determined"):
        fit([driven(298.15, 0)], [driven(298.15, 0)], "x")
    with pytest.raises(InputError, match="no resistance can be determined"):
        fit([slow_leg(+1)], [], "x")


def test_a_pair_that_moved_different_charge_is_refused() -> None:
    charge = slow_leg(-1)
    half = len(charge.time) // 2
    time, current, voltage = (a[:half] for a in (charge.time, charge.current, charge.voltage))
    short = Log(charge.path, time, current, voltage, charge.temperature[:half])
    with pytest.raises(InputError, match=r"Ah flowed out but .* Ah in"):
        fit([slow_leg(+1), short], [driven(298.15, 0)], "x")


def test_current_of_the_wrong_sign_is_noticed() -> None:
    test = driven(298.15, 0)
    with pytest.raises(InputError, match=r"drive0\.csv: the voltage rises with the current"):
        fit([slow_leg(+1)], [Log(test.path, test.time, -test.current, test.voltage, test.temperature)], "x")


def test_the_panasonic_cell_of_the_library_covers_the_documented_temperatures() -> None:
    cell = library.load("panasonic-ncr18650pf")
    assert table(cell).temperature_c[0] == -40 and table(cell).temperature_c[-1] == 85
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
