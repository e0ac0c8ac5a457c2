"""The range as a driver sees it: it falls with the road, does not jump, is never absurd, and says how sure it is."""

import numpy as np
import pytest

from bms.bench import cases, ranges
from bms.bench.samples import picker
from fastcore import batch
from firmware.kernels import reach
from tests.unit.firmware.range_car import Car

SETTLED_M = 15_000


def test_on_a_steady_road_a_kilometre_driven_is_a_kilometre_less():
    """At what the range begins with: 60 Wh/km and a quarter, and a twentieth that is lost in the cells."""
    car = Car()
    car.drive(20_000, current_c=1.17)
    before = car.figures[1]
    car.drive(5_000, current_c=1.17)
    assert before - car.figures[1] == pytest.approx(5_000, rel=0.1)


@pytest.mark.parametrize("learned_m", [1_000, 16_000], ids=["a start", "a road that is known"])
@pytest.mark.parametrize("factor", [0.3, 3.0], ids=["an easier road", "a harder road"])
def test_it_falls_as_the_drive_uses_and_beyond_that_by_one_percent_a_minute_and_its_interval_at_once(factor, learned_m):
    """From the first figures on. A metre of it stands for the energy ahead over the figure."""
    car = Car()
    car.drive(learned_m)
    interval, shown, beyond = [car.figures[::2]], [car.figures[1]], []
    for _ in range(600):
        shown.append(car.second(20.0, factor))
        interval.append(car.figures[::2])
        fall = car.r[reach.USED_NV] / (1000 * car.r[reach.AHEAD_UV] / shown[-2])
        beyond.append(shown[-1] - shown[-2] + fall)
    a_minute = np.convolve(beyond, np.ones(60), "valid") / shown[:-60]
    assert 0.005 <= np.abs(a_minute).max() <= 0.0102  # it does follow
    assert (interval[-1][0] - interval[0][0] + 12_000) * (1 - factor) > 0  # p10 has followed the road


def fall(car: Car, seconds: int, current_c: float) -> float:
    """What the figure falls by on so long a road, over what was used at the consumption that it counted with."""
    before, counted, used_nv = car.figures[1], car.counted, 0
    for _ in range(seconds):
        car.second(20.0, current_c)
        used_nv += car.r[reach.USED_NV]
    return (before - car.figures[1] - 0.01 / 60 * seconds * before) / (used_nv / counted)


def test_on_a_road_that_takes_three_times_as_much_it_falls_by_as_much():
    """However far from the road's consumption the one is that it counts with."""
    car = Car()
    car.drive(1_000)
    car.r[reach.C_NV_M] *= 3
    assert fall(car, 30, 3.0) == pytest.approx(1, abs=0.03)


def test_where_energy_is_missed_it_falls_by_no_more_than_twice_what_was_used():
    """Nine tenths of it are gone in a second; the figure does not go with them, and is there when they are found."""
    car = Car()
    car.drive(SETTLED_M)
    before, counted, known = car.figures[1], car.counted, car.soc
    car.soc /= 10
    car.drive(600)
    used_m = 600 * car.r[reach.USED_NV] / 20 / counted
    assert 1.8 * used_m < before - car.figures[1] < 2 * used_m + 0.006 * before
    assert car.figures[0] < before / 10
    car.soc = known - 30 / 3600
    car.drive(600)
    assert car.figures[1] == pytest.approx(before - 3 * used_m, rel=0.02)


def test_a_charge_raises_it_at_once_and_a_stop_does_not():
    car = Car()
    car.drive(SETTLED_M + 5_000)
    before = car.figures[1]
    for _ in range(60):
        car.second(0.0, 0.03)
    assert car.figures[1] == pytest.approx(before, rel=0.012)
    for _ in range(600):
        car.second(0.0, -1.0)
    assert car.figures[1] > 1.15 * before


def test_a_second_of_regeneration_at_a_stop_is_no_charge():
    car = Car()
    car.drive(SETTLED_M + 5_000, current_c=1.0)
    car.drive(5_000, current_c=3.0)
    before = car.figures[1]
    assert car.second(0.0, -0.5) == pytest.approx(before, rel=0.001)


def test_where_a_fault_lets_nothing_be_drawn_there_is_no_range_and_all_of_it_again_after():
    car = Car()
    car.drive(SETTLED_M + 1_000)
    before = car.figures
    car.r[reach.CUT] = 1
    car.second(0.0, 0.0)
    assert car.figures == (0, 0, 0)
    car.r[reach.CUT] = 0
    car.second(0.0, 0.0)
    assert car.figures == pytest.approx(before, rel=0.02)


def test_lost_capacity_takes_as_much_of_the_range():
    new, old = Car(), Car()
    old.r[reach.SHARE_Q15] = round(0.8 * 2**15)
    for car in (new, old):
        car.second(0.0, 0.03)
    assert old.figures[1] == pytest.approx(0.8 * new.figures[1], rel=0.01)


def test_the_interval_of_a_nearly_empty_cell_is_as_wide_as_what_is_not_known():
    car = Car()
    car.soc = 0.0
    car.second(0.0, 0.03, sd=0.02)
    assert car.figures[0] == 0 and car.figures[2] > 0.01 * 16 * 77 * 3.7 * 1000 / 72


def test_told_the_route_it_takes_the_route():
    cars = Car(), Car()
    for car, told in zip(cars, (1, 2), strict=True):
        car.r[reach.ROUTE_NV_M] = told * 50_000
        car.second(0.0, 0.03)
    easy, hard = (car.figures for car in cars)
    assert easy[1] == pytest.approx(2 * hard[1], rel=0.01)
    untold = Car()
    untold.second(0.0, 0.03)
    width = [(p90 - p10) / p50 for p10, p50, p90 in (easy, untold.figures)]
    assert width[0] < width[1] / 2


def test_a_road_that_takes_nothing_shows_no_absurd_range():
    car = Car()
    car.second(0.0, 0.03)
    begun = car.figures[1]
    car.drive(3_000, current_c=-0.5)  # a pass, downhill
    assert car.figures[1] < 2 * begun
    car.drive(100_000, current_c=0.0)
    assert max(car.figures[:2]) <= 2_000_000


def test_a_restart_begins_with_the_vehicles_range():
    car = Car()
    car.second(0.0, 0.03)
    metres = 1000 * (16 * 77 * 3.75 * 0.9) / 60.0
    assert 0.75 * metres < car.figures[1] < metres
    anew = Car()
    anew.soc = 0.45
    anew.second(0.0, 0.03)
    assert anew.figures[1] == pytest.approx(car.figures[1] / 2, rel=0.1)


def test_a_cold_pack_goes_less_far_and_is_less_sure():
    warm, cold = Car(), Car()
    warm.second(0.0, 0.03)
    cold.second(0.0, 0.03, t_mdegc=-20_000)
    assert cold.figures[1] < 0.8 * warm.figures[1]
    assert cold.figures[0] < 0.5 * warm.figures[0]


def test_what_is_not_known_of_the_soc_widens_the_interval():
    sure, unsure = Car(), Car()
    sure.second(0.0, 0.03, sd=0.005)
    unsure.second(0.0, 0.03, sd=0.1)
    assert sure.figures[1] == unsure.figures[1]
    assert unsure.figures[0] < sure.figures[0] and unsure.figures[2] > sure.figures[2]


def test_p10_p50_and_p90_are_in_order_whatever_comes():
    rng = np.random.default_rng(1)
    pick = picker(rng)
    for _ in range(300):
        par = cases.reach_parameters(pick)
        r = cases.reach_state(pick, par)
        for _ in range(10):
            sample = [pick(*limit) for limit in ranges.REACH_SAMPLE]
            shown = batch.reach_step(r, par, *sample)
            assert 0 <= r[reach.P10_M] <= r[reach.P50_M] == shown <= r[reach.P90_M]
