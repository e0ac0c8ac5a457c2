"""A headline against physics: the answers that others have worked out, and what nobody has published."""

from dataclasses import replace
from typing import Any

import pytest

from bms.driving import claim, claim_answer, conditions
from bms.driving.claim import Asked, Question
from bms.errors import InputError


def miles_left(asked: Asked, usable_kwh: float) -> dict[str, Any]:
    return claim.left(asked, usable_kwh)


@pytest.mark.parametrize(
    ("vehicle", "kwh"), [("mid-size-sedan", (188, 225, 269)), ("full-size-pickup", (347, 419, 504))]
)
def test_900_miles_need_what_the_road_load_says(vehicle, kwh):
    asked = claim.read(Question(900, vehicle, "ion-cornerstone"))
    assert [claim.needed_kwh(asked, mph) for mph in (55, 65, 75)] == pytest.approx(kwh, rel=0.1)


def test_a_pack_of_375_wh_per_kg_for_188_kwh_weighs_three_quarters_of_a_tonne():
    asked = claim.read(Question(900, "mid-size-sedan", "factorial-fest77"))
    assert claim.pack_kg(asked, 188) == pytest.approx(752, rel=0.02)


def test_the_mass_of_the_pack_asks_for_more_of_it():
    asked = claim.read(Question(900, "full-size-pickup", "ion-cornerstone"))
    assert claim.with_its_mass(asked, 75) > 1.05 * claim.needed_kwh(asked, 75)
    leaden = asked.cell.model_copy(update={"mass_kg": conditions.times(asked.cell.mass_kg, 400.0)})
    endless = replace(asked, cell=leaden)
    assert claim.with_its_mass(endless, 75) == float("inf")


def test_what_is_left_of_900_miles():
    asked = claim.read(Question(900, "mid-size-sedan", "ion-cornerstone"))
    left = miles_left(asked, claim.needed_kwh(asked, 55))
    assert left["as_asked"] == pytest.approx(900)
    assert left["cold"] == pytest.approx(585, rel=0.1) and left["cold_75_mph"] == pytest.approx(464, rel=0.1)
    assert left["after_a_year_of_full_cycles"] == pytest.approx(813, rel=0.1)
    assert left["towing_3_t"] < 0.5 * 900


def test_what_the_vehicle_or_the_cold_pack_cannot_do_is_not_told_in_miles():
    motorcycle = claim.read(Question(900, "ducati-v21l", "quantumscape-qse5"))
    left = miles_left(motorcycle, claim.needed_kwh(motorcycle, 55))
    assert left["towing_3_t"] is None and left["cold"] > left["cold_75_mph"] > 0
    asked = claim.read(Question(900, "mid-size-sedan", "ion-cornerstone"))
    weak = replace(asked, car=asked.car.model_copy(update={"power_max_w": conditions.times(asked.car.power_max_w, 0.09)}))
    assert miles_left(weak, claim.needed_kwh(weak, 55))["cold_75_mph"] is None
    stiff = asked.cell.resistance.model_copy(
        update={"r0_mohm": conditions.times(asked.cell.resistance.r0_mohm, 40.0)}
    )
    frozen = replace(asked, cell=asked.cell.model_copy(update={"resistance": stiff}))
    miles = miles_left(frozen, claim.needed_kwh(frozen, 55))
    assert miles["cold_75_mph"] == 0 < miles["75_mph"] < 900


def test_a_polymer_that_is_kept_hot_makes_the_miles_in_the_cold_too():
    asked = claim.read(Question(300, "mid-size-sedan", "lmp-lfp-polymer-reference"))
    left = miles_left(asked, claim.needed_kwh(asked, 55))
    assert left["as_asked"] == pytest.approx(300) and 0.5 * 300 < left["cold"] < 0.8 * 300 < 300
    assert left["cold_75_mph"] < left["75_mph"] < 300


def test_calendar_ageing_decides_for_who_drives_little():
    asked = claim.read(Question(900, "mid-size-sedan", "ion-cornerstone"))
    year = miles_left(asked, claim.needed_kwh(asked, 55))["after_a_year"]
    ageing = asked.cell.effects.ageing
    assert ageing is not None
    cycles = 900 * (1 - ageing.cycle_retention.value**15)
    assert 900 - year > 2 * cycles and year > 700


def test_the_charger_limits_a_large_pack_of_a_fast_cell_and_not_a_slow_one():
    fast = claim.read(Question(900, "full-size-pickup", "factorial-fest77"))
    slow = claim.read(Question(900, "mid-size-sedan", "ion-cornerstone"))
    assert claim.charging(fast, 419)["limited_by"] == "charger power"
    assert claim.charging(fast, 419)["minutes_10_80"] == pytest.approx(0.7 * 419 / 350 * 60 / 0.95, rel=0.1)
    assert claim.charging(slow, 188)["limited_by"] != "charger power"


def test_the_answer_has_what_a_reader_of_headlines_asks():
    result = claim_answer.answer(Question(900, "full-size-pickup", "ion-cornerstone"))
    assert set(result["needed_usable_kwh"]) == set(result["needed_pack_kg"]) == {"55_mph", "65_mph", "75_mph"}
    assert result["own_pack_true_up_to_mph"] == pytest.approx(22, abs=4)  # 1,059 miles were driven at 20 to 25 mph
    assert {"capacity", "Wh/kg", "resistance", "Wh/L"} <= {row["figure"] for row in result["missing"]}
    assert result["disclosed_share"] < 0.05


def test_what_has_been_published_is_not_missing():
    figures = {
        row["figure"] for row in claim.missing(claim.read(Question(900, "mid-size-sedan", "factorial-fest77")).cell)
    }
    assert "capacity" not in figures and "discharge rate" not in figures and "cycle life" in figures


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (lambda: Question(0, "mid-size-sedan", "ion-cornerstone"), "--miles is 0"),
        (lambda: claim.read(Question(900, "sedan", "ion-cornerstone")), "no vehicle named 'sedan'"),
        (lambda: claim.read(Question(900, "mid-size-sedan", "ion")), "nearest is 'ion-cornerstone'"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(question, sentence):
    with pytest.raises(InputError, match=sentence):
        question()
