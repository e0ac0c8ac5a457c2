"""The verb `bms range`, as a driver calls it."""

import json

import pytest


def test_a_range_is_answered_with_json_and_a_page(bms, folder):
    line = "range --pack nio-et7-150 --ambient-c -20 --hvac heat-pump --age-years 3 --km-per-year 20000"
    result = json.loads(bms(*line.split(" "), "--html", "range.html", "--json").out)
    km = result["range_km"]
    assert km["p10"] < km["p50"] < km["p90"]
    assert {"consumption_wh_per_km", "usable_kwh", "disclosed_share"} <= set(result)
    assert {"cause", "km"} == set(result["breakdown_km"][0])
    assert "Where the range goes" in (folder / "range.html").read_text()


def test_a_trace_of_ones_own_is_driven(bms, folder):
    rows = "".join(f"{t},{20 + 5 * (t % 2)}\n" for t in range(0, 600, 10))
    (folder / "trace.csv").write_text("time_s,speed_mps\n" + rows)
    said = bms(*["range", "--pack", "midsize-sedan", "--trace", "trace.csv", "--json"])
    assert json.loads(said.out)["cycle"] == "trace"


def test_nothing_in_the_pack_is_no_range_and_no_error(bms):
    result = json.loads(bms(*["range", "--pack", "midsize-sedan", "--start-soc", "0", "--json"]).out)
    assert result["range_km"] == {"p10": 0.0, "p50": 0.0, "p90": 0.0}


def test_a_label_is_by_the_rule_book(bms):
    epa, wltp, cltc = (
        json.loads(bms("range", "--pack", "nio-et7-150", "--procedure", name, "--json").out)
        for name in ("epa", "wltp", "cltc")
    )
    assert epa["range_km"] < wltp["range_km"] < cltc["range_km"]
    assert epa["range_km"] == pytest.approx(0.55 * epa["city_km"] + 0.45 * epa["highway_km"], abs=0.1)


def test_a_cltc_of_ones_own_is_driven_and_not_translated(bms, folder):
    rows = "".join(f"{t},{10 + 5 * (t % 20 == 0)}\n" for t in range(0, 600, 10))
    (folder / "cltc.csv").write_text("time_s,speed_mps\n" + rows)
    line = "range --pack midsize-sedan --procedure cltc --json"
    for own in ("--trace", "--cycle"):
        told = json.loads(bms(*line.split(" "), own, "cltc.csv").out)
        assert told["low_km"] == told["range_km"] == told["high_km"] and told["cycle_km"] > 5


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("range", "--pack is missing"),
        ("range --pack nio-et7-150 --ambient-c -80", "ambient_c is -80"),
        ("range --pack nio-et7-150 --headwind-kmh 500", "headwind_kmh is 500: -108 .. 108"),
        ("range --pack nio-et7-150 --procedure epa --ambient-c -20", "--ambient-c does not go with --procedure"),
        ("range --pack nio-et7-150 --procedure nedc", "epa, wltp, cltc"),
        ("range --pack nio-et7-150 --procedure epa --cycle udds", "drives cycles of its own"),
        ("range --pack ducati-v21l-qse5 --hvac resistive --ambient-c -5", "has no cabin to heat or cool"),
        ("range --pack nio-et7-150 --cycle udds --speed-kmh 90", "two drives"),
        ("range --pack nio-et7-150 --trace log.csv", "column speed_mps is missing"),
        ("range --pack chevrolet-silverado-ev --vehicle ducati-v21l", "cannot carry"),
    ],
)
def test_what_cannot_be_driven_is_refused(refused, line, sentence):
    assert sentence in refused(line).err
