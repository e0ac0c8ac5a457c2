"""What the road asks: the EPA's coefficients, a shape, a slope."""

import numpy as np
import pytest

from bms.driving import cycles, steps
from bms.driving.road_load import RoadLoad
from bms.errors import InputError

MODEL_3 = (37.17, 0.047, 0.0144, 4250.0)  # lbf, lbf/mph, lbf/mph2, lb: EPA test-car list, 2022


@pytest.mark.parametrize(("mph", "wh_per_mile"), [(55, 166), (65, 201), (75, 242)])
def test_a_sedan_at_a_steady_speed_takes_what_its_coefficients_say(mph: float, wh_per_mile: float) -> None:
    force = RoadLoad.from_epa(*MODEL_3).force(mph * 0.44704)
    assert float(force) * 1609.344 / 3600 == pytest.approx(wh_per_mile, abs=0.5)


def test_pounds_and_miles_become_newtons_and_metres() -> None:
    load = RoadLoad.from_epa(10.0, 1.0, 0.1, 1000.0)
    assert load.a == pytest.approx(44.482216) and load.mass == pytest.approx(453.59237)
    assert load.force(10 * 0.44704) == pytest.approx(30 * 4.4482216)  # 10 + 1 x 10 + 0.1 x 100 lbf at 10 mph


def test_a_shape_is_rolling_and_drag() -> None:
    load = RoadLoad.from_shape(mass=2000, cda=0.6, rolling=0.01, density=1.2)
    assert load.force(30.0) == pytest.approx(2000 * 9.80665 * 0.01 + 0.5 * 1.2 * 0.6 * 900)


def test_the_wheels_turn_as_well() -> None:
    load = RoadLoad(0.0, 0.0, 1e-9, 1000.0)
    assert load.wheel_power(10.0, 1.0) == pytest.approx(10_150)


def test_a_slope_lifts_the_weight() -> None:
    load = RoadLoad.from_shape(2000, 0.6, 0.01, 1.2)
    lifted = load.wheel_power(20.0, 0.0, grade=0.05) - load.wheel_power(20.0, 0.0)
    assert lifted == pytest.approx(2000 * 9.80665 * 20 * np.sin(np.arctan(0.05)))


def test_cold_tyres_leave_the_drag_as_it_is() -> None:
    load = RoadLoad(100.0, 2.0, 0.5, 1500.0)
    assert load.force(20.0, mechanical=1.1) - load.force(20.0) == pytest.approx(14.0)


def test_many_vehicles_at_once_are_the_same_as_one_by_one() -> None:
    columns = np.array([MODEL_3, (28.39, 0.2017, 0.01932, 3875.0)]).T[:, :, None]
    speed, acceleration = np.linspace(0, 30, 7), np.linspace(-1, 1, 7)
    both = RoadLoad.from_epa(*columns).wheel_power(speed, acceleration)
    assert both.shape == (2, 7)
    np.testing.assert_allclose(both[0], RoadLoad.from_epa(*MODEL_3).wheel_power(speed, acceleration))


def test_a_cycle_cut_into_steps_takes_what_its_steps_do() -> None:
    cycle = cycles.load("hwfet")
    over, load = steps.of(cycle), RoadLoad.from_epa(*MODEL_3)
    v, acceleration = (cycle.speed[1:] + cycle.speed[:-1]) / 2, np.diff(cycle.speed)
    expected = load.wheel_power(v, acceleration, mechanical=1.1)
    np.testing.assert_allclose(load.coefficients(1.1) @ over.basis, expected, atol=1e-6)
    assert over.distance == pytest.approx(cycle.distance) and over.seconds.sum() == cycle.duration


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((30.0, 0.1, 0.02, 0.0), "A mass of 0 kg cannot be driven"),
        ((-30.0, 0.1, 0.02, 4000.0), "The road load is .* N at 5 m/s; it must lie above 0 N"),
        ((30.0, -3.0, 0.02, 4000.0), "check A, B, C and their units"),
        ((30.0, float("nan"), 0.02, 4000.0), "must lie above 0 N"),
    ],
)
def test_a_road_that_cannot_be_is_refused(given: tuple[float, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        RoadLoad.from_epa(*given)
