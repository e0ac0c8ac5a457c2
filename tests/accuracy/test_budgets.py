"""The estimator through the accuracy protocol, on cycles that took no part in a fit: every figure within its budget."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bms.cells import library
from bms.estimation import accuracy, capacity_cycles, logs, scores
from bms.estimation.budgets import BUDGETS, Budget, Judged, verdicts
from bms.report import accuracy_doc
from bms.report.accuracy_tables import allowed, reached

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
FOLDERS = {"panasonic-ncr18650pf": "panasonic_18650pf", "a123-26650-lfp": "a123_lfp"}


@pytest.fixture(scope="module")
def figures(shared: Path) -> Callable[[str, Judged], dict[str, Any]]:
    """The figures of a cell's judged files; each cell runs once."""

    @cache
    def of(name: str, judged: Judged) -> dict[str, Any]:
        if name not in library.names():
            pytest.skip(f"no cell named {name} in the library yet")
        files = [shared / "cells" / FOLDERS[name] / file for file in judged.files]
        return scores.summary(accuracy.judge(files, library.load(name), with_baselines=False))

    return of


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        pytest.param(
            name,
            b,
            id=f"{name} {b.case} {b.figure}" + ("" if b.ambient_c is None else f" at {b.ambient_c}"),
        )
        for name, judged in BUDGETS.items()
        for b in judged.budgets
    ],
)
def test_figure_is_within_its_budget(figures, name: str, budget: Budget):
    verdict = next(v for v in verdicts(name, figures(name, BUDGETS[name])) if v.budget == budget)
    assert verdict.holds, f"it is {reached(verdict)}, allowed is {allowed(budget)}"


@pytest.mark.parametrize("name", BUDGETS)
def test_no_case_is_worse_than_the_committed_figures(figures, name: str):
    now = figures(name, BUDGETS[name])
    changes = accuracy_doc.changes(accuracy_doc.kept(PAGE, name, now["files"]), now)
    assert not {case: change for case, change in changes.items() if change["verdict"] == "worse"}


def test_aged_cells_capacity_is_found_within_3_percent(shared: Path):
    cell = library.load("panasonic-ncr18650pf")
    tests = sorted((shared / "cells" / "panasonic_18650pf").glob("p25C__Dis1C_[12]_*.parquet"))
    assert len(tests) == 4
    for test in tests:
        found = capacity_cycles.aged(logs.read(test), cell)
        assert abs(found.error) < 0.03, f"{found.file}: {found.found_ah[-1]:.3f} Ah of {found.delivered_ah:.3f}"
