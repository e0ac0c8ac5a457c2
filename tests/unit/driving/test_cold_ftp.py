"""The EPA's FTP at 20 degF: warming the cabin is no dearer than it is in the cars whose cold test is listed."""

import csv
from pathlib import Path

import numpy as np
import pytest

from bms.cells.quantity import Quantity
from bms.driving import cabin, cycles, drive, range_case, vehicle
from bms.driving.conditions import Conditions
from bms.driving.cycles import Cycle
from bms.driving.road_load import WATT_PER_HP, RoadLoad
from bms.driving.vehicle import Vehicle

COLD = Conditions(ambient_c=-6.7, hvac="heat-pump")
MILD = 296.15


def figure(like: Quantity, value: float) -> Quantity:
    return like.model_copy(update={"value": value, "low": value, "high": value})


def coasted(row: dict[str, str]) -> Vehicle:
    """A row of the file in the sedan's body, with the accessories that the loss map was fitted with."""
    sedan, lightning = vehicle.load("midsize-sedan"), vehicle.load("ford-f150-lightning").coast_down
    assert lightning is not None
    load = RoadLoad.from_epa(*(float(row[c]) for c in ("A_lbf", "B_lbf_mph", "C_lbf_mph2", "etw_lb")))
    measured = {"a_n": load.a, "b_ns_per_m": load.b, "c_ns2_per_m2": load.c}
    return sedan.model_copy(
        update={
            "mass_kg": figure(sedan.mass_kg, np.asarray(load.mass).item()),
            "power_max_w": figure(sedan.power_max_w, float(row["rated_hp"]) * WATT_PER_HP),
            "accessories_w": figure(sedan.accessories_w, 240.0),
            "coast_down": lightning.model_copy(
                update={k: figure(getattr(lightning, k), np.asarray(v).item()) for k, v in measured.items()}
            ),
        }
    )


def cold_over_mild(car: Vehicle) -> float:
    """UDDS from cold, ten minutes off, its first 505 s again, at 20 degF, over the UDDS."""
    udds = cycles.load("udds")
    first = udds.time <= 505
    parts = udds, Cycle("505", udds.time[first], udds.speed[first], udds.source)
    traces = [drive.trace(part, car, COLD.ambient) for part in parts]
    joules = sum(float(t.power.sum()) for t in traces)
    joules += float(cabin.power(cabin.for_mass(car.mass_kg.value), COLD, sum(len(t.power) for t in traces)).sum())
    wh_per_km = joules / 3.6 / sum(float(t.distance.sum()) for t in traces)
    return wh_per_km / drive.trace(udds, car, MILD).consumption_wh_per_km


def test_the_teslas_of_the_file_take_what_such_cars_took(shared: Path) -> None:
    """Measured 1.24 to 1.37 times their UDDS."""
    with (shared / "vehicles" / "epa_bev.csv").open(encoding="utf-8") as file:
        teslas = [row for row in csv.DictReader(file) if row["make"] == "Tesla" and row["cold20F_ftp_ac_kwh_100mi"]]
    assert len(teslas) >= 6
    for row in teslas:
        assert 1.24 <= cold_over_mild(coasted(row)) <= 1.37, row["model"]


@pytest.mark.parametrize("pack", ["midsize-sedan", "nio-et7-150", "mercedes-eqs-fest106", "bmw-i7-solid-power"])
def test_the_cars_of_the_library_take_no_more_for_it(pack: str) -> None:
    car = range_case.case(pack, None, cycles.load("wltc"), COLD).vehicle
    assert 1.24 <= cold_over_mild(car) <= 1.37


@pytest.mark.parametrize("ambient_c", [-20.0, 0.0])
def test_a_heat_pump_is_worth_no_less_than_a_resistor(ambient_c: float) -> None:
    assert cabin.heating_factor("heat-pump", ambient_c) > cabin.heating_factor("resistive", ambient_c)
