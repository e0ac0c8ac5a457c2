"""A cycle driven by the emulated pack: power, consumption and how far it really gets."""

import pytest

from bms.cells import library
from bms.driving import conditions, cycles, drive, vehicle
from bms.driving.vehicle import air_density
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.pack import Pack
from bms.errors import InputError

WARM = 298.15


def udds(ambient: float = WARM, dt: float = 1.0) -> drive.Trace:
    return drive.trace(cycles.load("udds"), vehicle.load("light-quadricycle"), ambient, dt)


def pack(temperature: float = WARM, **options: float) -> Pack:
    return Pack(library.load("factorial-fest77"), 16, seed=1, temperature=temperature, **options)  # pyright: ignore[reportArgumentType]


def test_a_light_four_wheeler_uses_what_such_vehicles_use() -> None:
    assert 45 < udds().consumption_wh_per_km < 75
    assert udds().distance.sum() == pytest.approx(11990, abs=1)
    assert udds().undelivered == 0


def test_consumption_does_not_depend_on_the_time_step() -> None:
    assert udds(dt=0.1).consumption_wh_per_km == pytest.approx(udds().consumption_wh_per_km, rel=0.002)


def test_the_cold_is_in_the_air_the_tyres_and_the_gears() -> None:
    cold, car = udds(253.15), vehicle.load("light-quadricycle")
    stiff = conditions.in_weather(car, -20.0)
    speed, acceleration = (cold.speed[1:] + cold.speed[:-1]) / 2, cold.speed[1:] - cold.speed[:-1]
    assert cold.power == pytest.approx(stiff.power(speed, acceleration, density=air_density(253.15)))
    in_thick_air = car.power(speed, acceleration, density=air_density(253.15)).sum()
    assert cold.power.sum() > 1.05 * in_thick_air > 1.05 * udds().power.sum()


def test_us06_asks_more_than_the_drive_train_has() -> None:
    trace = drive.trace(cycles.load("us06"), vehicle.load("light-quadricycle"), WARM)
    assert trace.power.max() == 15120 and trace.undelivered > 100e3


def test_range_is_the_energy_above_the_limit_over_the_consumption() -> None:
    start = pack()
    left = drive.range_left(start, udds())
    # 16 x 77 Ah x 3.85 V x 95 % less 1.5 % of capacity and 2..8 % lost in resistance and in cells that end before empty
    ideal = 16 * 77 * 3.852 * 0.95 * 0.985 / udds().consumption_wh_per_km
    assert 0.92 < left.km / ideal < 0.98
    assert left.ended == "a cell would fall below its lowest voltage"


def test_looking_ahead_leaves_the_pack_as_it_is() -> None:
    start = pack()
    before = start.charge
    drive.range_left(start, udds())
    assert (start.charge == before).all()


def test_range_left_falls_by_what_was_driven() -> None:
    start, trace = pack(), udds()
    at_start = drive.range_left(start, trace).km
    half = len(trace.power) // 2
    start.draw(trace.power, 1.0, steps=half, patience=0)
    driven = trace.distance[:half].sum() / 1000
    assert drive.range_left(start, trace, first=half).km == pytest.approx(at_start - driven, abs=1e-6)


def test_the_cold_takes_range() -> None:
    cold = drive.range_left(pack(263.15), udds(263.15), patience=30)
    assert cold.km < 0.95 * drive.range_left(pack(), udds(), patience=30).km
    assert cold.undelivered > 0


def test_an_empty_pack_has_next_to_no_range() -> None:
    assert drive.range_left(pack(soc=0.0), udds()).km < 1


def test_a_worse_truth_goes_less_far() -> None:
    as_described = Pack(library.load("factorial-fest77"), 16, seed=1, deviation=AS_DESCRIBED)
    assert drive.range_left(pack(), udds()).km < drive.range_left(as_described, udds()).km


def test_a_drive_that_gains_energy_is_refused() -> None:
    trace = udds()
    downhill = drive.Trace(1.0, trace.speed, trace.distance, -abs(trace.power), trace.lacking)
    with pytest.raises(InputError, match="never empties"):
        drive.range_left(pack(), downhill)
