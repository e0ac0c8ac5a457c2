"""What a pack gives and takes in the cold: really borne by the emulated cells, less when colder, and told why."""

import pytest

from bms.driving import installed, limits
from bms.driving.limits import answer, charge, discharge, preheating
from bms.errors import InputError

EQS = "mercedes-eqs-fest106"
EFFECTS = ("pressure", "plating")


@pytest.fixture(scope="module")
def eqs() -> installed.Installed:
    return installed.read(EQS)


@pytest.mark.parametrize("celsius", [-20.0, 25.0])
@pytest.mark.parametrize("seconds", [2, 10, 30])
def test_the_power_is_borne_and_two_percent_more_is_not(eqs, celsius, seconds):
    pack = eqs.pack(0.5, celsius, EFFECTS)
    found = discharge(pack, seconds)
    for factor, ended in ((0.999, True), (1.02, False)):
        drawn = pack.copy().draw(factor * found.watts, 0.25, steps=4 * seconds, patience=0.0)
        assert (drawn.ended == "done") is ended


def test_colder_gives_and_takes_less_and_is_dearer_to_warm():
    found = [answer(EQS, celsius, 0.5) for celsius in (-30, -20, 0, 25)]
    for key in ("2_s", "10_s", "30_s"):
        powers = [r["discharge_kw"][key] for r in found]
        assert powers == sorted(powers)
    assert [r["charge_kw"] for r in found] == sorted(r["charge_kw"] for r in found)
    assert [r["preheat_kwh"] for r in found] == sorted((r["preheat_kwh"] for r in found), reverse=True)
    assert found[1]["charge_limited_by"] == "plating" and found[1]["discharge_limited_by"]["10_s"].endswith("voltage")


def test_at_minus_20_resistance_is_about_ten_times_and_plating_leaves_three_percent_of_the_charge():
    cold, warm = answer(EQS, -20, 0.5), answer(EQS, 25, 0.5)
    assert 8 <= cold["resistance_against_25_c"] <= 16
    assert cold["charge_kw"] / warm["charge_kw"] == pytest.approx(0.03, abs=0.02)


def test_shorter_bursts_are_not_weaker(eqs):
    pack = eqs.pack(0.5, -20.0, EFFECTS)
    powers = [discharge(pack, seconds).watts for seconds in limits.SECONDS]
    assert powers == sorted(powers, reverse=True)


def test_asking_leaves_the_pack_as_it_is(eqs):
    pack = eqs.pack(0.5, -20.0, EFFECTS)
    before = pack.voltages, pack.charge, pack.temperatures
    discharge(pack, 2)
    charge(pack)
    assert all((a == b).all() for a, b in zip(before, (pack.voltages, pack.charge, pack.temperatures), strict=True))


def test_preheating_is_the_heat_of_the_cells_and_what_leaves_meanwhile(eqs):
    stored = eqs.cell.heat_capacity_j_per_k.value * 96 * 4 * 30
    found = preheating(eqs, -20.0)
    assert stored < found.joules < 1.05 * stored
    assert found.seconds == pytest.approx(found.joules / 5000)
    assert preheating(eqs, 10.0).joules == 0
    assert preheating(eqs, -40.0, 10.0, heater=100.0).seconds == float("inf")


def test_an_empty_cold_pack_gives_little_and_a_full_one_takes_nothing_it_cannot():
    assert answer(EQS, -30, 0.0)["discharge_kw"]["10_s"] < 0.2 * answer(EQS, -30, 0.5)["discharge_kw"]["10_s"] + 5
    assert answer(EQS, 25, 1.0)["charge_limited_by"] == "voltage"


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: answer(EQS, -80, 0.5), "--temperature-c is -80"),
        (lambda: answer(EQS, float("nan"), 0.5), "--temperature-c is nan"),
        (lambda: answer(EQS, 0, 50), "--soc is 50"),
        (lambda: answer("mercedes", 0, 0.5), "nearest is"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, sentence):
    with pytest.raises(InputError, match=sentence):
        ask()
