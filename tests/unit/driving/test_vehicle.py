"""What a vehicle asks of its battery."""

import re
from pathlib import Path

import numpy as np
import pytest

from bms.driving import conditions, cycles, drive, vehicle
from bms.driving.drive_train import scale
from bms.driving.drive_train_fit import FITTED
from bms.errors import InputError


def test_air_thickens_in_the_cold() -> None:
    assert vehicle.air_density(288.15) == pytest.approx(1.225, abs=0.001)  # ISO 2533
    assert vehicle.air_density(253.15) == pytest.approx(1.394, abs=0.001)


def test_power_at_constant_speed_is_drag_and_rolling() -> None:
    car = vehicle.load("light-quadricycle")
    # 450 kg, 0.60 m2, 0.011 at 20 m/s in 1.2 kg/m3: (48.54 N + 144 N) x 20 m/s = 3850.9 W at the wheels
    # and 1.7 times 0.0003166 Pm + 0.04872 P + 0.07924 P^2 / Pm with Pm = 45 W/kg x 450 kg, and 120 W
    assert car.power(20.0, 0.0, density=1.2) == pytest.approx(3850.9 + 1.7 * (6.4 + 187.6 + 58.0) + 120, abs=0.5)


@pytest.mark.parametrize("name", vehicle.names())
def test_every_vehicle_has_the_loss_map_of_measured_cars(name: str) -> None:
    """The share of the map's losses is 1 for cars; what lies between wheels and battery is the map's."""
    car = vehicle.load(name)
    assert (car.loss_share.value == 1) == car.cabin
    size, wheel = scale(car.power_max_w.value, car.mass_kg.value), float(car.wheel_power(20.0, 0.0))
    lost = float(FITTED.power(wheel, 1.0, size)) - wheel - FITTED.accessories
    assert float(car.power(20.0, 0.0)) - wheel == pytest.approx(
        car.loss_share.value * lost + car.accessories_w.value, rel=1e-9
    )


def test_standing_still_costs_the_accessories_and_what_idles() -> None:
    idle = 1.7 * 0.0003166 * 45 * 450
    assert vehicle.load("light-quadricycle").power(0.0, 0.0) == pytest.approx(120 + idle, rel=1e-4)


def test_braking_gives_back_less_than_it_takes_and_nothing_at_walking_pace() -> None:
    car = vehicle.load("light-quadricycle")
    assert car.wheel_power(12.0, -1.0) < car.power(12.0, -1.0) - 120 < 0
    assert car.power(1.5, -1.0) == car.power(0.0, 0.0)
    assert car.power(25.0, -4.0) == 120 - 6000


def test_the_drive_train_has_a_limit() -> None:
    car = vehicle.load("light-quadricycle")
    assert car.power(30.0, 2.0) == 15120 < car.power(30.0, 2.0, limited=False)


def test_a_slope_costs_the_weight_lifted() -> None:
    car = vehicle.load("light-quadricycle")
    lifted = car.wheel_power(10.0, 0.0, grade=0.05) - car.wheel_power(10.0, 0.0)
    assert lifted == pytest.approx(450 * 9.80665 * 0.05 * 10, rel=0.01)


def test_a_whole_trace_at_once_equals_one_by_one() -> None:
    car, rng = vehicle.load("light-quadricycle"), np.random.default_rng(1)
    v, a = rng.uniform(0, 30, 50), rng.uniform(-3, 3, 50)
    assert car.power(v, a).tolist() == [float(car.power(x, y)) for x, y in zip(v, a, strict=True)]


def test_a_misspelt_vehicle_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="nearest is 'light-quadricycle'"):
        vehicle.load("light-quadricicle")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("mass_kg", 0.0, r"mass_kg: value is 0, allowed are 1 \.\. 1e\+06"),
        ("loss_share", 0.0, r"loss_share: value is 0, allowed are 0\.1 \.\. 10"),
        ("regen_share", 1.2, r"regen_share: value is 1\.2, allowed are 0 \.\. 1"),
        ("regen_full_mps", 1.0, r"regen_from_mps 1\.75 must lie within 0 \.\. regen_full_mps 1"),
    ],
)
def test_a_vehicle_that_cannot_be_is_refused(tmp_path: Path, key: str, value: float, said: str) -> None:
    path = tmp_path / "own.toml"
    text = (Path(vehicle.__file__).parents[1] / "vehicles" / "light-quadricycle.toml").read_text(encoding="utf-8")
    figure = f"[{key}]\nvalue = {value}\nlow = {value}\nhigh = {value}\n"
    path.write_text(re.sub(rf"\[{key}\]\n(?:(?:value|low|high) = \S+\n)+", figure, text), encoding="utf-8")
    with pytest.raises(InputError, match=rf"own\.toml: .*{said}"):
        vehicle.load(path)


LIGHTNING = "ford-f150-lightning"


@pytest.mark.parametrize("mph", [20.0, 55.0, 75.0])
def test_a_coasted_vehicle_has_the_force_of_its_coefficients(mph: float) -> None:
    v = mph * 0.44704
    newton = 4.4482216 * (36.21 + 0.3396 * mph + 0.03459 * mph**2)  # target coefficients of the EPA's list
    power = vehicle.load(LIGHTNING).wheel_power(v, 0.0, density=vehicle.air_density(293.15))
    assert power == pytest.approx(newton * v, rel=1e-3)


@pytest.mark.parametrize(("cycle", "wall_wh_per_mile"), [("udds", 303.1), ("hwfet", 374.9)])
def test_the_loss_map_takes_what_the_epa_measured(cycle: str, wall_wh_per_mile: float) -> None:
    """Within 10 %, as of makers that are left out; the wall's energy by the battery's and charger's efficiency."""
    trace = drive.trace(cycles.load(cycle), vehicle.load(LIGHTNING), 296.15)
    at_battery = trace.consumption_wh_per_km * 1.609344
    assert at_battery / (0.98**2 * 0.88) == pytest.approx(wall_wh_per_mile, rel=0.1)


def test_cold_load_and_trailer_reach_a_coasted_vehicle() -> None:
    car = vehicle.load(LIGHTNING)
    base = float(car.wheel_power(25.0, 0.0))
    assert float(conditions.in_weather(car, -20.0).wheel_power(25.0, 0.0)) > 1.03 * base
    towing = conditions.Conditions(tow_kg=2000.0, tow_cda_m2=2.0)
    assert float(conditions.loaded(car, towing).wheel_power(25.0, 0.0)) > 1.8 * base
