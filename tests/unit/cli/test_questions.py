"""The verbs that answer a question each, as a reader of headlines calls them."""

import json

import pytest

from bms.cells import library
from bms.driving import claims
from bms.report import questions_log


@pytest.mark.parametrize(
    ("line", "keys", "words"),
    [
        ("limits --pack nio-et7-150", {"discharge_kw", "charge_kw", "preheat_minutes"}, "gives for 10 s"),
        ("charge --pack nio-et7-150", {"minutes", "mean_kw", "limits", "added_miles"}, "good for, over WLTC"),
        ("match --range-km 400 --ambient-c 0", {"job", "packs", "able"}, "mercedes-eqs-fest106"),
        ("sense --cell quantumscape-qse5", {"soc_rmse_with", "soc_rmse_without"}, "SoC by thickness alone"),
        ("claim --miles 900", {"life"}, "80 % after 200,000 miles"),
    ],
)  # fmt: skip
def test_each_verb_has_a_table_and_json(bms, line, keys, words):
    said = bms(*line.split())
    assert said.status == 0 and words in said.out
    assert keys <= set(json.loads(bms(*line.split(), "--json").out))


def test_a_log_is_diagnosed(bms, folder):
    cell = questions_log.CELL
    drive = questions_log.shape("udds", 900, 1.0)
    questions_log.save(folder / "cell.csv", *questions_log.measured(library.load(cell), drive))
    said = bms("diagnose", "cell.csv", "--cell", cell)
    assert said.status == 0 and "fault" in said.out and "none" in said.out
    found = json.loads(bms("diagnose", "cell.csv", "--cell", cell, "--json").out)
    assert {"flag", "cause", "confidence", "time_to_detect_s"} <= set(found) and found["flag"] is False


def test_a_sensor_that_is_named_replaces_the_usual_one(bms):
    found = json.loads(bms("sense", "--cell", "quantumscape-qse5", "--pressure-kpa", "1", "--json").out)
    assert set(found["soc_sd_sensed"]) == {"pressure"}


def test_only_contradictions_are_listed_if_asked(bms, monkeypatch):
    two = [claim for claim in claims.known() if claim.id in {"X3", "X6"}]
    monkeypatch.setattr(claims, "known", lambda: two)
    found = json.loads(bms("claim", "list", "--contradicted", "--json").out)
    assert [row["id"] for row in found["checks"]] == ["X6"]


def test_the_questions_are_listed(bms):
    said = bms("questions")
    assert said.status == 0 and all(f"Q{n}" in said.out for n in range(1, 15))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("limits --pack nio-et7-150 --temperature-c -80", "--temperature-c is -80"),
        ("limits --pack nio", "the nearest is"),
        ("charge --pack nio-et7-150 --from-soc 0.9", "--to-soc is 0.8, not above"),
        ("charge --pack nio-et7-150 --charger-kw -5", "--charger-kw is -5"),
        ("diagnose nothing.csv --cell quantumscape-qse5", "nothing.csv"),
        ("diagnose log.csv --cell quantum", "the nearest is 'quantumscape-qse5'"),
        ("match --range-km 0", "--range-km is 0"),
        ("match", "Missing option '--range-km'"),
        ("sense --cell panasonic-ncr18650pf", "described without swelling"),
        ("sense --cell quantumscape-qse5 --voltage-mv 0", "--voltage-mv is 0"),
        ("questions --write folder.csv", "is a folder"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(refused, line, sentence):
    assert sentence in refused(line).err
