"""What a sensor of thickness or pressure is worth beside the voltage."""

import pytest

from bms.cells import library
from bms.errors import InputError
from bms.estimation.sensing import UNIFORM, Sensors, answer, of_thickness, of_voltage

QSE5 = library.load("quantumscape-qse5")


def test_10_um_on_the_swelling_of_the_qse5_are_1_7_percent():
    assert of_thickness(QSE5, 10) == pytest.approx(0.017, abs=0.001)


def test_it_is_better_than_the_voltage_from_10_to_50_percent_once_that_errs_by_more_than_9_mv():
    limits = answer(QSE5, Sensors())["better_where_voltage_errs_by_mv"]
    assert limits["30_pct"] == pytest.approx(9, rel=0.1) and 9 < limits["10_pct"] < 12
    assert any(a <= 0.15 and b >= 0.4 for a, b in answer(QSE5, Sensors(voltage_mv=11))["better_than_voltage_at_soc"])
    assert not any(b - a > 0.1 for a, b in answer(QSE5, Sensors(voltage_mv=7))["better_than_voltage_at_soc"])


def test_both_are_better_than_either_and_a_useless_sensor_adds_nothing():
    found = answer(QSE5, Sensors())
    assert found["soc_rmse_with"] < min(found["soc_rmse_without"], found["soc_sd_sensed"]["thickness"])
    for row in found["at"]:
        voltage, sensed = row["soc_sd_voltage"], found["soc_sd_sensed"]["thickness"]
        assert row["soc_sd_both"] == pytest.approx((voltage**-2 + sensed**-2) ** -0.5, rel=0.02)
    blunt = answer(QSE5, Sensors(thickness_um=10_000))
    assert blunt["soc_rmse_with"] == pytest.approx(blunt["soc_rmse_without"], rel=1e-3)


def test_two_sensors_are_better_than_one():
    one, two = answer(QSE5, Sensors()), answer(QSE5, Sensors(pressure_kpa=0.5))
    assert two["soc_rmse_with"] < one["soc_rmse_with"]


def test_on_a_flat_curve_the_voltage_tells_nothing():
    assert of_voltage(library.load("lmp-lfp-polymer-reference"), 100.0)[50] == pytest.approx(UNIFORM)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: answer(library.load("panasonic-ncr18650pf"), Sensors()), "described without swelling"),
        (lambda: answer(library.load("panasonic-ncr18650pf"), Sensors(None, 1.0)), "without a pressure that changes"),
        (lambda: Sensors(None, None), "No sensor is named"),
        (lambda: Sensors(thickness_um=-1), "--thickness-um is -1"),
        (lambda: Sensors(voltage_mv=0), "--voltage-mv is 0"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, sentence):
    with pytest.raises(InputError, match=sentence):
        ask()
