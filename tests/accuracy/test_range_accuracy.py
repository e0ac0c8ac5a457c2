"""The board's range over emulated drives to empty that took no part in choosing a constant, within its budgets."""

from typing import Any

import pytest

from bms.bench import range_accuracy

SEEDS = 3  # of every pack on every road: the 210 drives of docs/estimator.md


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return range_accuracy.judge(range_accuracy.cases(SEEDS))


@pytest.mark.parametrize(("way", "most_pct"), [("route", 8.0), ("history", 15.0)])
def test_median_error(figures: dict[str, Any], way: str, most_pct: float) -> None:
    assert figures[way]["error_median_pct"] <= most_pct


@pytest.mark.parametrize("way", ["route", "history"])
def test_the_interval_holds_the_truth_about_eight_times_in_ten(figures: dict[str, Any], way: str) -> None:
    assert 75 <= figures[way]["coverage_80_pct"] <= 85


@pytest.mark.parametrize("way", ["route", "history"])
def test_ten_kilometres_to_empty_it_is_two_off(figures: dict[str, Any], way: str) -> None:
    assert figures[way]["near_empty_error_median_km"] <= 2


@pytest.mark.parametrize("way", ["route", "history"])
def test_no_jump_and_nothing_absurd(figures: dict[str, Any], way: str) -> None:
    """From the first lesson of the road on, beyond what the drive uses up; 0.05 % is what rounds, in metres."""
    assert figures[way]["jump_largest_pct_per_min"] <= 1.05
    assert figures[way]["shown_largest_km"] < 250


def test_the_drives_to_judge_on_are_not_those_that_were_chosen_on() -> None:
    judged, chosen = range_accuracy.cases(3), range_accuracy.cases(3, chosen=True)
    assert not {case.seed for case in judged} & {case.seed for case in chosen}
    assert any("wltc" in case.road for case in judged) and not any("wltc" in case.road for case in chosen)
    assert {case.pack for case in chosen} < {case.pack for case in judged}
