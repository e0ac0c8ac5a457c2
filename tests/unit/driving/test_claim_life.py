"""How many cycles 900 miles need, and which fade they allow: arithmetic that anybody can redo."""

import pytest

from bms.cells import library
from bms.driving import claim_life
from bms.driving.claim_life import life


def test_the_fade_that_900_miles_allow():
    found = life(900, library.load("ion-cornerstone"))
    assert found["full_cycles_a_year"] == 15
    assert found["loss_a_cycle_for_7_of_9_after_a_year"] == pytest.approx(0.0166, abs=1e-4)
    assert found["loss_a_cycle_for_7_of_9_after_365_cycles"] == pytest.approx(0.000688, abs=1e-6)
    assert found["full_cycles_in_200000_miles"] == pytest.approx(222, abs=1)
    assert found["retention_a_cycle_for_80_pct_after_200000_miles"] == pytest.approx(0.9990, abs=1e-4)


def test_a_cell_of_600_cycles_has_enough_and_the_years_take_more_than_the_cycles():
    cell = life(900, library.load("factorial-fest77"))["cell"]
    assert cell["full_cycles_to_80_pct"] == pytest.approx(600, abs=1)
    assert cell["enough_for_200000_miles"] and cell["status"] == "assumed" and cell["source"]
    assert cell["calendar_loss_in_a_year"] > 2 * cell["cycling_loss_in_a_year"]


def test_a_car_of_100_miles_needs_nine_times_as_many_cycles():
    short, long = (life(miles, library.load("factorial-fest77")) for miles in (100, 900))
    assert short["full_cycles_in_200000_miles"] == pytest.approx(9 * long["full_cycles_in_200000_miles"], rel=1e-3)
    assert not short["cell"]["enough_for_200000_miles"]


def test_a_cell_described_without_ageing_says_so():
    cell = library.load("panasonic-ncr18650pf")
    bare = cell.model_copy(update={"effects": cell.effects.model_copy(update={"ageing": None})})
    found = life(900, bare)
    assert found["cell"] is None and claim_life.facts(found)[-1][1] == "is not described"
