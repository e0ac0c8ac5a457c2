"""A fast charge: the published minutes of cells, the charger that limits a large pack, and the road it is good for."""

from dataclasses import replace

import pytest

from bms.driving import fast_charge, installed
from bms.driving.fast_charge import Asked, answer, run
from bms.driving.installed import Installed
from bms.emulation.pack_file import energy_kwh
from bms.errors import InputError

EQS = "mercedes-eqs-fest106"


def of_cells(name: str, series: int, parallel: int) -> Installed:
    """A pack of the library with another number of cells."""
    found = installed.read(name)

    def whole(n: int) -> dict[str, float]:
        return {"value": float(n), "low": float(n), "high": float(n)}

    sizes = {"series": found.design.series.model_copy(update=whole(series))}
    sizes["parallel"] = found.design.parallel.model_copy(update=whole(parallel))
    return replace(found, design=found.design.model_copy(update=sizes))


@pytest.mark.parametrize(
    ("pack", "size", "window", "kwh", "minutes"),
    [
        ("dodge-charger-daytona-fest77", (192, 4), (0.15, 0.9), 225, 29),
        ("ducati-v21l-qse5", (196, 53), (0.1, 0.8), 225, 27),
        ("chevrolet-silverado-ev", (192, 5), (0.1, 0.8), 375, 47),
    ],
)
def test_350_kw_and_not_the_cell_limit_a_car_of_900_miles(pack, size, window, kwh, minutes):
    found = of_cells(pack, *size)
    asked = Asked(pack, 350.0, *window)
    done = run(found, asked, 350.0)
    share = energy_kwh(found.design, found.cell) / kwh
    assert done.time_to(window[1]) / 60 == pytest.approx(minutes * share, rel=0.08)
    assert fast_charge.limits(done)["charger power"] > 0.9


@pytest.mark.parametrize(
    ("pack", "window", "minutes"),
    [("dodge-charger-daytona-fest77", (0.15, 0.9), 18), ("ducati-v21l-qse5", (0.1, 0.8), 12.2)],
)
def test_the_cells_alone_hold_what_was_published_of_them(pack, window, minutes):
    took = answer(Asked(pack, 5000.0, *window))
    assert took["minutes"] == took["minutes_cells_alone"] == pytest.approx(minutes, rel=0.06)
    assert set(took["limits"]) <= {"cell", "plating", "voltage"}


def test_the_shares_of_the_limits_add_up_and_the_kilowatts_belong_to_the_energy():
    took = answer(Asked(EQS))
    assert sum(took["limits"].values()) == pytest.approx(1, abs=0.002)
    assert took["kwh"] == pytest.approx(took["mean_kw"] * took["minutes"] / 60, rel=0.01)
    assert took["peak_kw"] <= 350.1 and took["end_temperature_c"] > 25
    assert took["added_km"] / took["kwh"] == pytest.approx(7.4, rel=0.05)  # 124 Wh/km and what the charge loses


def test_in_the_cold_plating_limits_and_below_its_window_nothing_flows():
    cold = answer(Asked(EQS, from_soc=0.1, to_soc=0.2, celsius=-20))
    assert next(iter(cold["limits"])) == "plating" and cold["minutes"] > 30
    frozen = answer(Asked(EQS, celsius=-35))
    assert frozen["minutes"] is None and frozen["ended"] == "too cold" and frozen["added_km"] == 0
    assert "too cold" in dict(fast_charge.facts(frozen))["10 to 10 %"]


def test_a_polymer_is_charged_hot_unless_told():
    hot, told = (answer(Asked("midsize-sedan-lmp-polymer", celsius=c)) for c in (None, 25.0))
    assert hot["temperature_c"] == 70 and hot["minutes"] is not None
    assert told["minutes"] is None and told["ended"] == "too cold"


def test_a_pack_that_is_full_first_says_so():
    full = answer(Asked(EQS, from_soc=0.9, to_soc=1.0))
    assert full["minutes"] is None and full["ended"] == "full" and full["to_soc"] > 0.95


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"charger_kw": 0}, "--charger-kw is 0"),
        ({"from_soc": 0.8, "to_soc": 0.8}, "--to-soc is 0.8, not above"),
        ({"to_soc": 80}, "--to-soc is 80"),
        ({"celsius": 90}, "--temperature-c is 90"),
    ],
)
def test_what_cannot_be_asked_is_refused(options, sentence):
    with pytest.raises(InputError, match=sentence):
        Asked(EQS, **options)
