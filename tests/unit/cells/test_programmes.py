"""The cells of the announced programmes: published figures as published, each emulated and estimated, all sourced."""

from pathlib import Path

import numpy as np
import pytest

from bms.bench.samples import range_parameters
from bms.cells import library
from bms.cells.provenance import counts, figures, share
from bms.driving import cabin, conditions, vehicle
from bms.driving.conditions import Conditions
from bms.emulation import pack_file
from bms.emulation.pack import ALIKE, Pack
from bms.estimation import run
from bms.estimation.logs import Log
from bms.estimation.parameters import capacity_mc, estimable, parameters
from fastcore import batch
from firmware import start
from firmware.kernels import reach, soc

FITTED = {"a123-26650-lfp", "panasonic-ncr18650pf"}
REFERENCES = {"graphite-nmc811-reference", "lmp-lfp-polymer-reference"}
PROGRAMMES = sorted(set(library.names()) - FITTED - REFERENCES)
ANNOUNCED = {
    "mercedes-eqs-fest106": ("factorial-fest106", "mercedes-eqs"),
    "dodge-charger-daytona-fest77": ("factorial-fest77", "dodge-charger-daytona"),
    "karma-kaveya-fest77": ("factorial-fest77", "karma-kaveya"),
    "ducati-v21l-qse5": ("quantumscape-qse5", "ducati-v21l"),
    "bmw-i7-solid-power": ("solid-power-bmw-i7", "bmw-i7"),
    "nio-et7-150": ("nio-welion-semisolid", "nio-et7"),
    "toyota-1000km": ("toyota-sulfide", "toyota-1000km"),
    "chevrolet-silverado-ev": ("graphite-nmc811-reference", "chevrolet-silverado-ev"),
    "midsize-sedan": ("graphite-nmc811-reference", "midsize-sedan"),
}
NAMED_WH_PER_KG = {"factorial-fest77": 375, "factorial-fest106": 391, "quantumscape-qse5": 301, "catl-assb20": 500}


def test_every_programme_of_the_articles_has_a_cell() -> None:
    assert set(PROGRAMMES) == {
        "catl-assb20", "factorial-fest106", "factorial-fest77", "factorial-solstice40", "ion-cornerstone",
        "nio-welion-semisolid", "quantumscape-qse5", "samsung-sdi-asb", "solid-power-bmw-i7", "toyota-sulfide",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "parts"), ANNOUNCED.items())
def test_every_announced_pack_has_its_cells_its_vehicle_and_its_sources(name: str, parts: tuple[str, str]) -> None:
    pack = pack_file.load(name)
    assert (pack.cell, pack.vehicle) == parts
    assert pack.usable_kwh is not None and pack.mass_kg is not None
    assert pack.resistance_mohm is not None and pack.neighbour_w_per_k is not None
    gross = pack_file.energy_kwh(pack, library.load(pack.cell))
    assert 0.85 * gross < pack.usable_kwh.value < gross
    for found in (figures(pack), figures(vehicle.load(pack.vehicle))):
        assert all(len(figure.source) >= 9 for figure in found)
    assert pack.notes


def test_every_pack_and_vehicle_of_the_library_can_be_put_together() -> None:
    used = {pack_file.load(name).vehicle for name in pack_file.names()}
    assert used == set(vehicle.names())
    assert {pack_file.load(name).cell for name in pack_file.names()} <= set(library.names())


def test_what_the_articles_got_wrong_is_said_where_it_matters() -> None:
    said = {name: " ".join(pack_file.load(name).notes) for name in ANNOUNCED}
    said |= {name: " ".join(library.load(name).notes) for name in PROGRAMMES}
    for name, words in {
        "factorial-fest77": "600 cycles",
        "karma-kaveya-fest77": "late 2027",
        "dodge-charger-daytona-fest77": "2026-06-11",
        "ion-cornerstone": "900 miles",
        "samsung-sdi-asb": "not credible",
        "quantumscape-qse5": "5.6 Ah",
        "mercedes-eqs-fest106": "147.5 kWh",
        "bmw-i7-solid-power": "design target of 2021",
    }.items():
        assert words in said[name]


@pytest.mark.parametrize("name", PROGRAMMES)
def test_effects_are_those_of_the_chemistry_and_agree_with_the_limits(name: str) -> None:
    cell = library.load(name)
    e = cell.effects
    assert e.plating is not None and e.ageing is not None
    assert cell.charge_max_c.value <= e.plating.critical_c.value <= 1.8 * cell.charge_max_c.value
    assert 0.997 < e.ageing.cycle_retention.value < 1
    assert (e.contact is None) == ("silicon" in cell.chemistry)  # what is stripped is lithium metal
    assert (e.pressure is None) == (name == "ion-cornerstone")  # said to need none
    assert e.pressure is None or e.pressure.nominal_mpa.value > e.pressure.swing_mpa.value / 2


def test_volume_and_mass_give_the_wh_per_litre_and_per_kg_that_were_named() -> None:
    for name, wh_per_l in (("quantumscape-qse5", 844), ("samsung-sdi-asb", 900)):
        cell = library.load(name)
        assert cell.volume_l is not None and cell.energy_wh / cell.volume_l.value == pytest.approx(wh_per_l, rel=0.01)


@pytest.mark.parametrize(
    ("name", "kmh", "celsius", "kwh_per_100_km"),
    [("mercedes-eqs", 85.0, 20.0, 10.99), ("nio-et7", 83.9, 5.0, 13.2), ("chevrolet-silverado-ev", 112.7, 20.0, 30.5)],
)
def test_a_vehicle_takes_what_was_measured_of_it(name: str, kmh: float, celsius: float, kwh_per_100_km: float) -> None:
    """EQS to Malmoe, ET7 of 2023-12-17 (cabin at 20 degC), Silverado at 70 mph (2.04 mi/kWh): steady, so within 7 %."""
    around = Conditions(ambient_c=celsius, hvac="heat-pump" if celsius < 15 else "off")
    car = conditions.in_weather(vehicle.load(name), celsius)
    watts = car.power(kmh / 3.6, 0.0, density=vehicle.air_density(around.ambient))
    watts += cabin.power(cabin.for_mass(car.mass_kg.value), around, 3600.0)[-1]
    assert float(watts) / kmh / 10 == pytest.approx(kwh_per_100_km, rel=0.07)


@pytest.mark.parametrize(("name", "wh_per_kg"), NAMED_WH_PER_KG.items())
def test_capacity_voltage_and_mass_give_the_energy_that_was_named(name: str, wh_per_kg: float) -> None:
    cell = library.load(name)
    mean_v = np.trapezoid(cell.ocv_v.value, cell.ocv_v.soc)
    assert cell.capacity_ah.value * mean_v / cell.mass_kg.value == pytest.approx(wh_per_kg, rel=0.01)


def test_qse5_holds_the_energy_and_not_the_amp_hours_of_its_name() -> None:
    cell = library.load("quantumscape-qse5")
    assert cell.capacity_ah.value * np.trapezoid(cell.ocv_v.value, cell.ocv_v.soc) == pytest.approx(21.6, rel=0.01)
    assert cell.capacity_ah.low > 5


@pytest.mark.parametrize("name", library.names())
def test_no_effect_is_said_to_be_published_as_the_page_about_the_cells_has_it(name: str) -> None:
    assert {f.status for f in figures(library.load(name).effects)} <= {"assumed", "derived"}


@pytest.mark.parametrize("name", sorted({*PROGRAMMES, *REFERENCES}))
def test_what_is_not_published_has_a_reason_all_the_same(name: str) -> None:
    for figure in figures(library.load(name)):
        words = figure.source.removeprefix("not published").replace("; not published", "").split()
        assert len(words) >= 2, f"{figure.key}: {figure.source}"
        assert not figure.source.endswith("values in the literature"), figure.key


@pytest.mark.parametrize("name", PROGRAMMES)
def test_a_range_that_goes_below_what_was_disclosed_says_that_it_is_ours(name: str) -> None:
    for figure in figures(library.load(name)):
        if figure.status == "disclosed" and figure.low is not None and figure.low < float(figure.value):
            assert "ours" in figure.source, f"{figure.key}: {figure.source}"


@pytest.mark.parametrize("name", PROGRAMMES)
def test_each_figure_says_where_it_is_from(name: str) -> None:
    found = figures(library.load(name))
    assert len(found) >= 40 and all(len(figure.source) > 10 for figure in found)
    assert sum(counts(found).values()) == len(found)
    assert share(found) == pytest.approx(sum(f.status == "disclosed" for f in found) / len(found))


@pytest.mark.parametrize("name", PROGRAMMES)
@pytest.mark.parametrize("celsius", [25.0, -20.0])
def test_the_cell_is_emulated_and_estimated_from_full_to_half(name: str, celsius: float) -> None:
    """C/4 with pulses; the estimate begins 5 % off and must end within its own interval of the truth."""
    cell = library.load(name)
    rate = cell.capacity_ah.value
    pack = Pack(cell, 1, soc=1.0, temperature=celsius + 273.15, spread=ALIKE)
    current = rate * np.tile(np.repeat([0.15, 0.45, -0.1, 0.5], 60), 30)
    par = parameters(cell)
    state = np.array(start.known(par.tolist(), capacity_mc(cell), round(0.95 * start.FULL_Q21), 3277), np.int32)
    for amps in current:
        pack.advance(amps, 1.0)
        sample = (round(amps * 1000), round(pack.voltages[0] * 1e6), round(1000 * (pack.temperatures[0] - 273.15)))
        batch.step(state, par, *sample, 1000)
    error = state[soc.SOC_Q21] / start.FULL_Q21 - pack.soc[0]
    assert 0.4 < pack.soc[0] < 0.6
    assert abs(error) <= max(run.INTERVAL * state[soc.SD_Q16] / 65536, 0.01)


@pytest.mark.parametrize("name", estimable())
def test_a_pack_of_one_has_parameters_of_the_range_kernel(name: str) -> None:
    """What `bms parity` draws from; the largest cell's current must not be beyond the monitor that is described."""
    assert len(range_parameters(library.load(name))) == reach.PARAMETERS


def test_a_log_of_a_programmes_cell_runs_through_the_estimator() -> None:
    cell = library.load("quantumscape-qse5")
    pack = Pack(cell, 1, soc=0.9, spread=ALIKE)
    current = np.full(1200, 2 * cell.capacity_ah.value)
    volts = pack.run(current, 1.0)[:, 0]
    log = Log(Path("drive.csv"), np.arange(1200.0), current, volts, np.full(1200, 298.15))
    final = run.estimate(log, cell).final
    assert final.low < pack.soc[0] < final.high and final.sd < 0.1
