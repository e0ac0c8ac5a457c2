"""The verbs `bms claim` and `bms claim list`, as a reader of headlines calls them."""

import json

import pytest


def test_a_headline_is_answered_with_a_table_a_page_and_json(bms, folder):
    line = (
        "claim",
        "--miles",
        "900",
        "--vehicle",
        "full-size-pickup",
        "--cell",
        "ion-cornerstone",
        "--html",
        "claim.html",
    )
    said = bms(*line)
    assert said.status == 0 and "needs at 55 mph" in said.out and "nobody has published" in said.out
    assert "900 miles on a charge?" in (folder / "claim.html").read_text()
    result = json.loads(bms(*line[:-2], "--json").out)
    assert {"needed_usable_kwh", "needed_pack_kg", "disclosed_share", "missing"} <= set(result)


def test_all_claims_of_the_articles_have_a_verdict(bms):
    result = json.loads(bms("claim", "list", "--json").out)
    assert len(result["checks"]) >= 25
    assert sum(result["counts"].values()) == len(result["checks"])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("claim", "--miles is missing"),
        ("claim --miles 0", "--miles is 0"),
        ("claim --miles 900 --vehicle sedan", "no vehicle named 'sedan'"),
        ("claim --miles 900 --vehicle light-quadricycle --cell toyota", "nearest is 'toyota-sulfide'"),
        ("claim --miles 900 --html folder.csv", "is a folder"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(refused, line, sentence):
    assert sentence in refused(line).err
