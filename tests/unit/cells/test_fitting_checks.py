"""What no cell can have given is refused or doubted: mA throughout, a still voltage, degF, too wide a hysteresis."""

import re
from dataclasses import replace

import numpy as np
import pytest

from bms.cells.fitting import fit
from bms.cells.fitting_checks import check_use
from bms.cells.fitting_slow import slow
from bms.cells.fitting_trace import trace
from bms.errors import InputError
from bms.estimation.logs import Log
from tests.unit.cells.made_up import CAPACITY_AH, driven, slow_leg

WARM = 298.15
SLOW = [slow_leg(+1), slow_leg(-1)]


def test_milliampere_in_every_test_makes_a_cell_that_is_larger_than_any() -> None:
    legs, drive = ([replace(test, current=1000 * test.current) for test in of] for of in (SLOW, [driven(WARM, 0)]))
    refused = f"a cell of {1000 * CAPACITY_AH:.4g} Ah, and no cell holds more than 2000 Ah; .*divide mA"
    with pytest.raises(InputError, match=refused):
        fit(legs, drive, "mA")
    with pytest.raises(InputError, match=r"a cell of 2800 Ah, .* --capacity-ah in Ah"):
        fit([], [driven(WARM, 0)], "told in mAh", capacity_ah=2800)


def held(swing_c: float, moves_v: float) -> Log:
    """A drive's load of `swing_c` from lowest to highest current, under a voltage that moves by `moves_v` alone."""
    test = driven(WARM, 1)
    load = (test.current - test.current.mean()) / np.ptp(test.current)
    return replace(
        test, current=load * swing_c * CAPACITY_AH, voltage=3.7 + moves_v * np.linspace(0, 1, len(test.time))
    )


@pytest.mark.parametrize(("swing_c", "moves_v", "said"), [(2.0, 0.0, "0.0"), (2.0, 0.0099, "9.9"), (0.06, 0.0, "0.0")])
def test_a_voltage_that_ignores_its_load_is_refused_by_name(swing_c: float, moves_v: float, said: str) -> None:
    refused = rf"drive1\.csv: voltage_v moves by {said} mV only while current_a moves by .* A, .*leave the test out"
    with pytest.raises(InputError, match=refused):
        fit(SLOW, [driven(WARM, 0), held(swing_c, moves_v)], "held")


@pytest.mark.parametrize(("swing_c", "moves_v"), [(2.0, 0.0101), (0.04, 0.0)])
def test_a_small_drop_and_a_rest_are_no_stuck_voltage(swing_c: float, moves_v: float) -> None:
    calm = slow(SLOW, None)
    assert calm is not None
    check_use([trace(test, CAPACITY_AH, 1.0) for test in (driven(WARM, 0), held(swing_c, moves_v))], calm)


@pytest.mark.parametrize(("celsius", "doubted"), [(77.0, True), (64.0, False)])
def test_tests_hotter_than_cells_are_run_may_be_in_fahrenheit(celsius: float, doubted: bool) -> None:
    test = driven(WARM, 0)
    hot = replace(test, temperature=np.full(len(test.time), celsius + 273.15))
    said = [text for text in fit(SLOW, [hot], "hot").undetermined if "(degF - 32) / 1.8" in text]
    assert len(said) == doubted and all(text.startswith("whether temperature_c is in degC") for text in said)


@pytest.mark.parametrize(("half_gap", "step"), [(0.006, 60.0), (0.02, 30.0)])
def test_a_hysteresis_told_by_slow_samples_is_no_wider_than_the_slow_branches(half_gap: float, step: float) -> None:
    """They lie apart by the hysteresis and what resistance takes, which steps of the current between samples hide."""
    legs = [slow_leg(sign, WARM, half_gap) for sign in (+1, -1)]
    calm = slow(legs, None)
    assert calm is not None and calm.half_gap is not None
    found = fit(legs, [driven(kelvin, 0, step=step, half_gap=half_gap) for kelvin in (273.15, WARM)], "slow")
    curve, whole = found.cell.hysteresis_curve_mv, found.cell.hysteresis_mv
    assert curve is not None and whole.status == "assumed" and whole.low == 0 and 1e3 * half_gap < whole.high < 40
    assert np.all(curve.value <= 1e3 * np.interp(curve.soc, calm.soc, calm.half_gap) + 1e-6)
    assert any(text.startswith("how much of the slow branches' gap is hysteresis") for text in found.undetermined)


def test_without_a_slow_test_a_start_that_may_not_be_full_is_asked_for() -> None:
    whole = driven(WARM, 0)
    late = len(whole.time) // 2
    columns = (column[late:] for column in (whole.time, whole.current, whole.voltage, whole.temperature))
    half = replace(driven(WARM, 1), **dict(zip(("time", "current", "voltage", "temperature"), columns, strict=True)))
    asked = rf"whether the tests begin .* drive1\.csv begins at {half.voltage[0]:.3f} V, .*give --start-soc"
    said = fit([], [whole, half], "half", capacity_ah=CAPACITY_AH).undetermined
    assert any(re.match(asked, text) for text in said)
    told = fit([], [replace(whole, soc=1 - np.cumsum(whole.current) / 3600 / CAPACITY_AH)], "soc").undetermined
    slow_told = fit(SLOW, [whole], "slow").undetermined
    assert not any("--start-soc" in text for text in [*told, *slow_told])
    with pytest.raises(InputError, match=r"No test shows the cell full: the highest voltage is 3\.\d+ V, and the OCV"):
        fit([], [half], "half", capacity_ah=CAPACITY_AH, start_soc=0.6)
