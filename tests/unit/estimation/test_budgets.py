"""Budgets: each figure is held against its own bound, and only on the files for which it was set."""

import pytest

from bms.errors import InputError
from bms.estimation import budgets
from bms.estimation.accuracy_cases import CASES
from bms.estimation.budgets import Budget, Verdict

NAME = "a123-26650-lfp"


def figures(exact: float = 1.0, coverage: float | None = 0.95) -> dict:
    case = {"rmse_mean_pct": exact, "coverage_95": coverage, "unsettled": 0}
    return {
        "files": list(budgets.BUDGETS[NAME].files),
        "cases": dict.fromkeys(CASES, case),
        "by_temperature": {"5": dict.fromkeys(CASES, case)},
    }


def broken(found: dict) -> set[tuple[str, str]]:
    return {(v.budget.case, v.budget.figure) for v in budgets.verdicts(NAME, found) if not v.holds}


def test_figures_within_their_budgets_hold():
    assert broken(figures()) == set()


def test_an_error_above_its_budget_breaks_that_one_alone():
    assert broken(figures(exact=2.1)) == {("exact", "rmse_mean_pct")}


def test_an_interval_may_be_too_wide_or_too_narrow():
    assert {case for case, _ in broken(figures(coverage=0.89))} == {"exact", "blind"}
    assert {case for case, _ in broken(figures(coverage=0.995))} == {"exact"}


def test_a_figure_that_no_run_told_does_not_hold():
    assert ("blind", "coverage_95") in broken(figures(coverage=None))
    assert not Verdict(Budget("exact", "rmse_mean_pct", most=1.0), None).holds


def test_a_budget_may_hold_at_one_temperature(monkeypatch):
    cold = budgets.Judged(budgets.BUDGETS[NAME].files, (Budget("exact", "rmse_mean_pct", most=0.5, ambient_c=5),))
    monkeypatch.setitem(budgets.BUDGETS, NAME, cold)
    found = figures(exact=0.4)
    found["cases"] = {}
    (verdict,) = budgets.verdicts(NAME, found)
    assert verdict.holds and verdict.value == 0.4


def test_other_files_are_not_judged():
    with pytest.raises(InputError, match=r"missing: DYN__p05C__script1\.parquet; not judged: a\.csv"):
        budgets.require(NAME, ["a.csv"])
    with pytest.raises(InputError, match="no budgets for the cell 'mine', only for"):
        budgets.require("mine", ["a.csv"])
