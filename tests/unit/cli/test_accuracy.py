"""`bms bench accuracy` as a user calls it: what it prints, what it writes, and what it refuses before any work."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from tests.unit.cli.columns import log_columns

ACCURACY = "bench accuracy {} --cell panasonic-ncr18650pf --no-baselines"
CASES = [
    "exact", "start_wrong", "blind", "offset_100ma", "offset_190ma", "offset_minus_190ma", "voltage_plus",
    "voltage_minus", "noise", "capacity_low",
]  # fmt: skip
FIGURES = [
    "rmse_mean_pct", "rmse_worst_pct", "max_pct", "settle_median_s", "settle_worst_s", "unsettled", "coverage_95",
    "runs",
]  # fmt: skip
PAGE = "# Mine\n\n<!-- figures of panasonic-ncr18650pf -->\n<!-- end of figures -->\n"


@pytest.fixture(autouse=True)
def drive(folder: Path) -> None:
    """A log that passes 90 % of SoC, and a page that is meant to hold its figures."""
    columns = log_columns(2400)
    counted = np.cumsum(columns["current_a"]) / 3600
    columns["voltage_v"] = 4.1 - 0.25 * counted - 0.03 * columns["current_a"]
    pyarrow.csv.write_csv(pa.table({**columns, "ah_discharged": counted}), folder / "drive.csv")
    (folder / "docs").mkdir()
    (folder / "docs" / "accuracy.md").write_text(PAGE)


def test_json_is_all_that_it_prints_and_has_every_figure_of_every_case(bms):
    said = bms(*ACCURACY.format("drive.csv --json").split())
    assert said.status == 0, said
    found = json.loads(said.out)
    assert list(found) == ["cell", "files", "cases", "by_temperature", "capacity_cycles", "baselines", "seconds"]
    assert found["files"] == ["drive.csv"] and list(found["by_temperature"]) == ["25"]
    for cases in (found["cases"], found["by_temperature"]["25"]):
        assert list(cases) == CASES
        assert all(list(figures) == FIGURES for figures in cases.values())


def test_what_is_written_is_what_the_next_run_is_compared_with(bms, folder):
    assert bms(*ACCURACY.format("drive.csv --write --html out/page.html").split()).status == 0
    assert "| exact |" in (folder / "docs" / "accuracy.md").read_text()
    assert (folder / "out" / "page.html").stat().st_size > 1_000_000
    said = bms(*ACCURACY.format("drive.csv --compare").split())
    assert said.status == 0 and said.out.count("same") == len(CASES)
    again = json.loads(bms(*ACCURACY.format("drive.csv --compare --json").split()).out)
    assert again["changes"]["exact"]["rmse_mean_pct"]["difference"] == 0


def test_a_log_in_which_no_blind_restart_counts_still_has_the_other_cases(bms, folder):
    columns = {**log_columns(600), "soc": np.linspace(0.8, 0.7, 600)}
    pyarrow.csv.write_csv(pa.table(columns), folder / "short.csv")
    said = bms(*ACCURACY.format("short.csv --json").split())
    cases = json.loads(said.out)["cases"]
    assert said.status == 0 and cases["blind"]["runs"] == 0 and cases["blind"]["rmse_mean_pct"] is None
    assert cases["exact"]["runs"] == 1


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("bench accuracy drive.csv", "Missing option '--cell'"),
        ("bench accuracy --cell panasonic-ncr18650pf", "Missing argument 'files'"),
        ("bench accuracy drive.csv --cell panasonic", "nearest is 'panasonic-ncr18650pf'"),
        (ACCURACY.format("log.csv"), "log.csv: there is no truth to judge by"),
        (ACCURACY.format("drive.csv log.csv"), "log.csv: there is no truth to judge by"),
        (ACCURACY.format("drive.csv drive.csv"), "drive.csv is named twice"),
        (ACCURACY.format("absent.csv"), "absent.csv: there is no such file"),
        (ACCURACY.format("a_file"), "is not a log format"),
        (ACCURACY.format("drive.csv --html drive.csv"), "drive.csv is the file that is read"),
        (ACCURACY.format("drive.csv --html a_file/page.html"), "a_file is no folder"),
        (
            ACCURACY.format("drive.csv --compare"),
            "there are no figures of 'panasonic-ncr18650pf'; keep some with --write",
        ),
        (ACCURACY.format("drive.csv --write --doc absent.md"), "absent.md: there is no such file"),
        (ACCURACY.format("drive.csv --write --doc a_file"), "there is no place for the tables"),
        (ACCURACY.format("drive.csv --judge"), "The budgets of panasonic-ncr18650pf hold for 10 files"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(refused, line, word):
    assert word in refused(line).err
