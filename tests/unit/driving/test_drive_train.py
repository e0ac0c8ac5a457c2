"""Losses between wheels and wall, and that the constants can be found again."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from bms.driving import drive_train_fit
from bms.driving.drive_train import DriveTrain, regen_blend, scale
from bms.driving.drive_train_fit import CYCLES, FITTED, wall_wh_per_mile
from tests.unit.driving.some_cars import some_cars

SIZE = 200_000.0


def test_a_parked_car_takes_its_accessories_and_the_idle_loss() -> None:
    assert float(FITTED.power(0.0, regen_blend(0.0), SIZE)) == pytest.approx(239.5 + 0.0003166 * SIZE)


def test_the_battery_gives_more_than_the_wheels_take_and_gets_less_than_they_give() -> None:
    power = np.linspace(1e3, 1.5e5, 20)
    assert np.all(FITTED.power(power, 1.0, SIZE) > power)
    assert np.all(FITTED.power(-power, 1.0, SIZE) > -power)


def test_nothing_comes_back_at_walking_pace() -> None:
    assert regen_blend([0.0, 1.75, 3.5, 5.25, 30.0]).tolist() == [0, 0, 0.5, 1, 1]
    slow, fast = (float(FITTED.power(-5000.0, regen_blend(speed), SIZE)) for speed in (1.7, 6.0))
    assert slow > 0 > fast


def test_a_full_pack_leaves_braking_to_the_brakes() -> None:
    assert float(FITTED.power(-40_000.0, 1.0, SIZE, charge_limit=0.0)) == 0
    assert float(FITTED.power(-40_000.0, 1.0, SIZE, charge_limit=5_000.0)) == -5_000


def test_more_power_never_costs_less() -> None:
    asked = FITTED.power(np.linspace(-1e5, 2e5, 3001), 1.0, SIZE)
    assert np.all(np.diff(asked) > 0)


def test_energy_through_the_battery_and_back_is_lost_twice() -> None:
    lossless = DriveTrain(idle=0.0, proportional=0.0, square=0.0, regen=1.0, accessories=0.0, warm_up=0.0)
    wheel = np.array([[1000.0, 0.0], [-1000.0, 0.0], [500.0, -500.0]])
    stored = lossless.stored_energy(wheel, np.ones(2), np.full(3, SIZE), np.array([2.0, 4.0]))
    assert stored == pytest.approx([2000 / 0.98, -1960, 1000 / 0.98 - 1960])
    assert FITTED.wall_energy(1.0) == pytest.approx(1 / (0.98 * 0.88))


def test_the_energy_of_many_drives_is_that_of_their_powers_one_by_one() -> None:
    """By hand, with the formula of the docstring: 1 ulp in a thousand steps, whatever the order of the sum."""
    rng = np.random.default_rng(1)
    wheel, blend, sizes = rng.normal(0, 2e4, (3, 1000)), rng.uniform(0, 1, 1000), np.array([9e4, 2e5, 5e5])
    seconds = rng.uniform(0.5, 2, 1000)
    shared = np.maximum(wheel, wheel * FITTED.regen * blend)
    losses = FITTED.idle * sizes[:, None] + FITTED.proportional * np.abs(shared)
    losses += FITTED.square * shared**2 / sizes[:, None]
    power = shared + losses + FITTED.accessories
    np.testing.assert_allclose(FITTED.power(wheel, blend, sizes[:, None]), power, rtol=1e-13, atol=1e-9)
    expected = np.where(power > 0, power / 0.98, power * 0.98) @ seconds
    np.testing.assert_allclose(FITTED.stored_energy(wheel, blend, sizes, seconds), expected, rtol=1e-12)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in their lengths"):
        FITTED.stored_energy(np.zeros((2, 5)), np.zeros(4), np.ones(2), np.ones(5))


def test_a_car_rated_low_has_the_losses_of_45_watts_a_kilogram() -> None:
    assert scale(25_000.0, 2000.0) == 90_000 and scale(300_000.0, 2000.0) == 300_000


def test_a_cold_start_counts_in_the_city_alone() -> None:
    cars, warm = some_cars(3), replace(FITTED, warm_up=0.0)
    assert np.all(wall_wh_per_mile(cars, "udds", FITTED) > wall_wh_per_mile(cars, "udds", warm))
    np.testing.assert_array_equal(wall_wh_per_mile(cars, "hwfet", FITTED), wall_wh_per_mile(cars, "hwfet", warm))


def test_rows_that_the_model_made_give_back_its_energies() -> None:
    """Constants are told apart badly by 80 figures, what they predict is not; other makers than those of the fit."""
    truth = replace(FITTED, proportional=0.06, accessories=300.0)
    cars, others = some_cars(80, truth, makers=80), some_cars(10, truth, seed=1)
    found = drive_train_fit.fit(cars)
    assert found.proportional > FITTED.proportional and found.accessories > FITTED.accessories
    for cycle in CYCLES:
        np.testing.assert_allclose(wall_wh_per_mile(others, cycle, found), getattr(others, cycle), rtol=0.01)


def test_a_row_without_one_of_its_figures_counts_by_the_other() -> None:
    cars = some_cars(12)
    some = replace(cars, udds=np.where(np.arange(12) % 3 == 0, np.nan, cars.udds))
    found = drive_train_fit.fit(some)
    assert np.isfinite(list(asdict(found).values())).all()
    np.testing.assert_allclose(wall_wh_per_mile(cars, "udds", found), cars.udds, rtol=0.02)
