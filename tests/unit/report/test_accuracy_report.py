"""The figures of the accuracy protocol as a page, as tables, and kept beside a page of prose."""

import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bms.errors import InputError
from bms.estimation.accuracy_cases import CASES
from bms.estimation.budgets import Budget, Verdict
from bms.estimation.capacity_cycles import Cycle
from bms.estimation.scores import COULOMB, EKF, ESTIMATOR, Accuracy, Course, Key, score, summary
from bms.report import accuracy_doc, accuracy_page, accuracy_tables

PROSE = "# Title\n\nbefore\n\n<!-- figures of mine -->\nold\n<!-- end of figures -->\n\nafter\n"
ROOT = Path(__file__).parents[3]


def an_accuracy(error: float = 0.01, cases: tuple[str, ...] = CASES) -> Accuracy:
    time = np.arange(2000.0)
    scores, worst = [], {}
    for case in cases:
        for file, ambient_c in (("cold.csv", -20), ("warm.csv", 25)):
            key = Key(file, case, ambient_c, 1)
            course = Course(time, np.full(2000, error), np.full(2000, 0.02), np.ones(2000))
            scores += [score(method, key, course) for method in (ESTIMATOR, COULOMB, EKF)]
            worst[case] = (key, course)
    cycles = {file: [Cycle(0.9, 0.02), Cycle(0.97, error)] for file in ("cold.csv", "warm.csv")}
    return Accuracy("My cell", ["cold.csv", "warm.csv"], scores, worst, cycles, 12.3)


@pytest.fixture
def doc(tmp_path: Path) -> Path:
    path = tmp_path / "accuracy.md"
    path.write_text(PROSE)
    return path


def shown(table) -> str:
    console = Console(width=80, file=None, record=True, quiet=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_writing_replaces_the_tables_and_keeps_the_prose(doc):
    for error in (0.01, 0.02):
        accuracy_doc.write(doc, "mine", summary(an_accuracy(error)))
    text = doc.read_text()
    assert text.startswith("# Title\n\nbefore\n\n<!-- figures of mine -->\n")
    assert text.endswith("<!-- end of figures -->\n\nafter\n") and "\nold\n" not in text
    assert text.count("| exact | 2.00 | 2.00 | 2.0 | 0 | 0/2 | 100.0 | 2.00 | 2.00 |") == 1
    assert "| case | -20 °C | 25 °C |" in text


def test_no_time_of_a_run_and_no_path_is_kept(doc):
    accuracy_doc.write(doc, "mine", summary(an_accuracy()))
    for text in (doc.read_text(), doc.with_suffix(".json").read_text()):
        assert "seconds" not in text and "12.3" not in text and str(doc.parent) not in text


def test_the_cells_of_a_page_do_not_touch_each_other(doc):
    doc.write_text(PROSE + PROSE.replace("mine", "other"))
    accuracy_doc.write(doc, "mine", summary(an_accuracy(0.01)))
    accuracy_doc.write(doc, "other", summary(an_accuracy(0.03)))
    first, second = doc.read_text().split("# Title")[1:]
    assert "| exact | 1.00 |" in first and "| exact | 3.00 |" in second
    assert list(json.loads(doc.with_suffix(".json").read_text())) == ["mine", "other"]


def test_a_page_without_a_place_for_the_tables_is_refused(doc):
    with pytest.raises(InputError, match="there is no place for the tables; put '<!-- figures of other -->'"):
        accuracy_doc.ready(doc, "other")
    with pytest.raises(InputError, match=r"absent\.md: there is no such file; run this in the checkout"):
        accuracy_doc.ready(doc.with_name("absent.md"), "mine")


@pytest.mark.parametrize(("now", "verdict"), [(0.01, "same"), (0.012, "worse"), (0.008, "better"), (0.06, "worse")])
def test_what_changed_since_the_committed_figures(doc, now, verdict):
    accuracy_doc.write(doc, "mine", summary(an_accuracy(0.01)))
    before = accuracy_doc.kept(doc, "mine", ["warm.csv", "cold.csv"])
    found = accuracy_doc.changes(before, summary(an_accuracy(now)))
    assert list(found) == list(CASES)
    assert {change["verdict"] for change in found.values()} == {verdict}
    rmse = found["exact"]["rmse_mean_pct"]
    assert rmse == {"before": 1.0, "now": 100 * now, "difference": pytest.approx(100 * now - 1.0)}
    text = shown(accuracy_tables.changes_table(found))
    assert text.count(verdict) == len(CASES) and f"{100 * now - 1:+.2f}" in text


def test_a_run_that_no_longer_settles_is_worse_whatever_the_mean(doc):
    before, now = summary(an_accuracy(0.01)), summary(an_accuracy(0.008))
    now["cases"]["blind"]["unsettled"] = 1
    assert accuracy_doc.changes(before, now)["blind"]["verdict"] == "worse"


def test_an_interval_that_claims_more_is_worse_at_the_same_error():
    before, now = summary(an_accuracy(0.01)), summary(an_accuracy(0.01))
    before["cases"]["exact"]["coverage_95"], now["cases"]["exact"]["coverage_95"] = 0.95, 0.8
    found = accuracy_doc.changes(before, now)
    assert found["exact"]["verdict"] == "worse" and found["blind"]["verdict"] == "same"


def test_figures_that_cannot_be_compared_are_refused(doc):
    with pytest.raises(InputError, match="there are no figures of 'mine'; keep some with --write"):
        accuracy_doc.kept(doc, "mine", ["warm.csv"])
    accuracy_doc.write(doc, "mine", summary(an_accuracy()))
    with pytest.raises(InputError, match=r"figures are of 2 files, these differ \(cold\.csv\)"):
        accuracy_doc.kept(doc, "mine", ["warm.csv"])
    doc.with_suffix(".json").write_text("{")
    with pytest.raises(InputError, match=r"accuracy\.json is no JSON \(line 1\)"):
        accuracy_doc.kept(doc, "mine", ["warm.csv"])


def test_the_tables_fit_a_terminal_of_80_columns():
    figures = summary(an_accuracy(0.1234))
    for table in (accuracy_tables.cases_table(figures), accuracy_tables.temperature_table(figures)):
        text = shown(table)
        for case in CASES:
            assert accuracy_tables.NAMES[case] in text
        assert "…" not in text and "12.34" in text


def test_no_error_is_shown_that_lies_below_the_error_of_the_truth():
    figures = summary(an_accuracy(0.0037))
    (line,) = [line for line in shown(accuracy_tables.cases_table(figures)).splitlines() if "exact" in line]
    assert "< 0.5" in line and "0.37" not in line
    assert accuracy_tables.rmse(0.5) == "0.50" and accuracy_tables.rmse(None) == "-"
    reached = Verdict(Budget("exact", "rmse_mean_pct", most=0.5, ambient_c=25), 0.373)
    assert accuracy_tables.reached(reached) == "< 0.5"


def test_a_case_without_a_run_is_a_dash():
    figures = summary(an_accuracy(cases=tuple(case for case in CASES if case != "blind")))
    (line,) = [line for line in shown(accuracy_tables.cases_table(figures)).splitlines() if "blind" in line]
    assert line.split() == ["blind", "-", "-", "-", "-", "0/0", "-", "-", "-"]


def test_broken_budgets_are_named_and_counted():
    verdicts = [Verdict(Budget("exact", "rmse_mean_pct", most=0.5, ambient_c=25), 0.612)]
    verdicts.append(Verdict(Budget("blind", "coverage_95", 0.9), 0.95))
    text = shown(accuracy_tables.budgets_table(verdicts))
    assert "exact at 25 °C: mean RMSE, %" in text and "<= 0.5" in text and "0.612" in text and "BROKEN" in text
    assert ">= 90" in text and "95.00" in text and "1 of 2 budgets broken" in text


def test_the_page_shows_the_worst_run_of_each_case(tmp_path):
    path = tmp_path / "accuracy.html"
    accuracy_page.write(path, an_accuracy())
    text = path.read_text()
    for case in CASES:
        assert f"Worst run: {accuracy_tables.NAMES[case]}" in text
    assert "plotly_relayout" not in text.split("</head>")[1]  # bars and runs of different lengths share no axis
    assert "http://" not in text.split("</script>")[-1]


def test_the_page_needs_no_baselines(tmp_path):
    path = tmp_path / "accuracy.html"
    alone = an_accuracy()
    mine = [s for s in alone.scores if s.method == ESTIMATOR]
    accuracy_page.write(path, Accuracy("c", alone.files, mine, {}, alone.cycles, 1.0))
    assert path.stat().st_size > 10_000


def test_the_committed_tables_are_those_of_the_committed_figures(tmp_path):
    committed = ROOT / "docs" / "accuracy.md"
    copy = tmp_path / "accuracy.md"
    copy.write_text(committed.read_text())
    store = json.loads(committed.with_suffix(".json").read_text())
    assert store
    for name, figures in store.items():
        accuracy_doc.write(copy, name, figures)
    assert copy.read_text() == committed.read_text(), "write the figures with `bms bench accuracy … --write`"
