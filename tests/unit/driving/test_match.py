"""Which programme does a job: every pack in a vehicle, judged by what the emulated one does, the best first."""

import pytest

from bms.driving import match
from bms.driving.match import Job, answer
from bms.errors import InputError


@pytest.fixture(scope="module")
def cold():
    return answer(Job(600))


def test_every_pack_in_a_vehicle_is_judged_and_no_module(cold):
    names = [row["pack"] for row in cold["packs"]]
    assert sorted(names) == sorted(match.programmes())
    assert {"mercedes-eqs-fest106", "nio-et7-150", "toyota-1000km", "ducati-v21l-qse5"} <= set(names)
    assert not [name for name in names if name.startswith(("module-", "quadricycle-"))]


def test_600_km_at_minus_30_after_ten_years_are_beyond_all_of_them(cold):
    assert cold["able"] == []
    assert all(row["range_km"]["value"] < 600 for row in cold["packs"])


def test_an_easier_job_is_done_by_more_and_the_able_come_first(cold):
    easy = answer(Job(300, minutes=40, years=3, ambient_c=20))
    assert len(easy["able"]) >= 5
    assert [row["pack"] for row in easy["packs"][: len(easy["able"])]] == easy["able"]
    warm = {row["pack"]: row["range_km"]["value"] for row in easy["packs"]}
    assert all(row["range_km"]["value"] < warm[row["pack"]] for row in cold["packs"] if warm[row["pack"]])


def test_every_answer_says_how_much_of_it_is_disclosed(cold):
    for row in cold["packs"]:
        assert all(0 <= row[part]["disclosed_share"] <= 0.2 for part in ("range_km", "minutes", "kept"))
    rows = {row["pack"]: row for row in cold["packs"]}
    assert rows["mercedes-eqs-fest106"]["kept"]["disclosed_share"] > rows["toyota-1000km"]["kept"]["disclosed_share"]


def test_a_life_too_long_to_be_described_leaves_nothing():
    old = match.row(Job(100, years=40, km_per_year=300_000), "dodge-charger-daytona-fest77")
    assert old["kept"]["value"] == 0 and old["range_km"]["value"] == 0 and not old["able"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"range_km": 0}, "--range-km is 0"),
        ({"range_km": 600, "minutes": 0}, "--minutes is 0"),
        ({"range_km": 600, "years": 100}, "--years is 100"),
        ({"range_km": 600, "ambient_c": -80}, "--ambient-c is -80"),
    ],
)
def test_what_cannot_be_asked_is_refused(options, sentence):
    with pytest.raises(InputError, match=sentence):
        Job(**options)
