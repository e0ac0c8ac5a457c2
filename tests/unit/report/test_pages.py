"""A page stands alone: it opens offline, holds every sample's extremes, and says the facts with their units."""

import html
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs
from rich.console import Console

from bms.bench.world import History
from bms.cells import library
from bms.cells.fitting import fit
from bms.errors import InputError
from bms.estimation.logs import Log
from bms.estimation.run import estimate
from bms.report import demo_page, estimate_page, fit_page, fit_tables, tables
from bms.report.page import Section, page
from bms.report.plot import evenly, extremes, listed
from tests.unit.cells.made_up import driven, slow_leg

SUMMARY = {
    "target": "webassembly", "micropython": "1.27", "pack": "sixteen", "vehicle": "four-wheeler", "cycle": "udds",
    "ambient_c": 25.0, "cells": 16, "ticks": 13690, "seconds_simulated": 1369.0, "wall_s": 20.0,
    "real_time_factor": 68.4, "parity_mismatches": 0, "soc_true": 0.671, "soc_firmware": 0.6741,
    "soc_lowest": {"true": 0.66, "firmware": 0.67}, "soc_highest": {"true": 0.68, "firmware": 0.69},
    "soc_interval_95": [0.65, 0.69], "soc_max_error": 0.021,
    "soc_max_error_settled": 0.0102, "settled_after_s": 3.0, "coverage_95": 0.98,
    "range_km": {"p10": 52.8, "p50": 58.9, "p90": 65.1}, "range_km_true": 58.7,
}  # fmt: skip


@pytest.fixture(scope="module")
def history() -> History:
    n, cells = 400, 16
    spread = np.linspace(-0.01, 0.01, cells)
    true = [0.8 - 0.0003 * t + spread for t in range(n)]
    return History(
        time=[float(t) for t in range(n)],
        current=[50 * np.sin(t / 9) for t in range(n)],
        voltage=[3.9 + x / 2 for x in true],
        temperature=[298.15 + spread for _ in range(n)],
        soc_true=true,
        soc=[x + 0.003 for x in true],
        sd=[np.full(cells, 0.01) for _ in range(n)],
        range_km=[np.array([50.0, 60.0, 70.0]) - 0.01 * t for t in range(n)],
        distance_km=[0.01 * t for t in range(n)],
    )


@pytest.fixture(scope="module")
def measured():
    time = np.arange(0, 4000, 0.1)
    counter = np.cumsum(np.full(time.shape, 1.0)) * 0.1 / 3600
    log = Log(
        Path("drive.csv"), time, np.full(time.shape, 1.0), 4.1 - 0.2 * counter, np.full(time.shape, 298.15),
        ah_discharged=counter,
    )  # fmt: skip
    return estimate(log, library.load("panasonic-ncr18650pf"))


@pytest.fixture(scope="module")
def fitted():
    tests = [driven(kelvin, seed) for seed, kelvin in enumerate((273.15, 298.15))]
    return fit([slow_leg(+1)], tests, "made-up <cell>")


@pytest.fixture(params=["demo", "estimate", "fit"])
def written(request, tmp_path, history, measured, fitted) -> str:
    path = tmp_path / "new" / "report.html"
    if request.param == "demo":
        demo_page.write(path, SUMMARY, history)
    elif request.param == "fit":
        fit_page.write(path, fitted)
    else:
        estimate_page.write(path, measured, "drive.csv")
    assert path.stat().st_size < 7_000_000
    assert list(path.parent.iterdir()) == [path]
    return path.read_text(encoding="utf-8")


def test_a_page_loads_nothing_from_elsewhere_and_holds_plotly_once(written):
    assert written.count(get_plotlyjs()) == 1
    own = written.replace(get_plotlyjs(), "")
    assert not re.search(r"""(?:src|href)\s*=|@import|url\(|<link|https?://(?!www\.w3\.org)""", own)
    assert own.count("Plotly.newPlot(") >= 5


def test_every_axis_has_its_unit(written):
    titles = re.findall(r'"[xy]axis":\{.*?"title":\{"text":"([^"]*)"', written.replace(get_plotlyjs(), ""))
    assert len(titles) >= 10
    assert not [title for title in titles if " / " not in title.replace("\\u002f", "/")]


def test_the_page_of_a_drive_says_its_facts(tmp_path, history):
    demo_page.write(tmp_path / "report.html", SUMMARY, history)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for fact in (
        "67.10 / 67.41 %",
        "52.8 / 58.9 / 65.1 km",
        "58.7 km",
        "13,690",
        "1.02 %",
        "UDDS at 25 °C",
        "webassembly, 1.27",
    ):
        assert f"{fact}</dd>" in text or f"{fact}<" in text, fact


def test_a_drive_that_did_not_settle_says_so(tmp_path, history):
    summary = SUMMARY | {"soc_max_error_settled": None, "settled_after_s": None}
    demo_page.write(tmp_path / "report.html", summary, history)
    assert "did not settle" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_names_given_by_the_user_cannot_become_markup():
    text = page("<b>log</b>.csv", "", [("cell", "<script>x</script>")], [Section("a & b", "", go.Figure())])
    assert "<b>log" not in text and "<script>x" not in text and "a &amp; b" in text


def test_a_page_that_cannot_be_written_is_said(tmp_path, history):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        demo_page.write(tmp_path / "file" / "report.html", SUMMARY, history)


def test_a_spike_of_one_sample_stays_in_the_plot():
    time, values = np.linspace(0, 20_000, 200_000), np.zeros(200_000)
    values[77_777], values[123_456] = 5.0, -5.0
    kept = extremes(time, values, 3000)
    assert {0, 77_777, 123_456, 199_999} <= set(kept.tolist())
    assert len(kept) <= 3000 and (np.diff(kept) > 0).all()


def test_slow_and_fast_stretches_of_a_log_get_their_share_of_points():
    time = np.r_[np.arange(0, 7200, 60.0), np.arange(7200, 14400, 0.1)]
    for kept in (extremes(time, np.sin(time), 3000), evenly(time, 3000)):
        assert (time[kept] < 7200).sum() == 120
        assert len(kept) <= 3000


def shown(table) -> str:
    console = Console(width=120, record=True, file=None, quiet=True)
    with console.capture():
        console.print(table)
    lines = console.render_lines(table)
    return "\n".join("".join(part.text for part in line) for line in lines)


def test_tables_say_what_the_pages_say(measured):
    assert "67.10 / 67.41 %" in shown(tables.demo_table(SUMMARY))
    assert "truth within the 95 % interval" in shown(tables.estimate_table(measured))
    assert "differ" in shown(tables.demo_table(SUMMARY | {"parity_mismatches": 3})).splitlines()[-1]


def test_the_page_and_the_table_of_a_fit_say_what_is_not_determined(tmp_path, fitted):
    fit_page.write(tmp_path / "cell.html", fitted)
    text = (tmp_path / "cell.html").read_text(encoding="utf-8")
    said = "tester's current offset and hysteresis: the slow charge is missing"
    assert said in html.unescape(text) and "made-up <cell>" not in text
    assert said in shown(fit_tables.fit_tables(fitted)) and "90 to 100 %" in shown(fit_tables.fit_tables(fitted))
    for heading in ("Open-circuit voltage", "Resistance over temperature", "by current", "The worst test: drive"):
        assert heading in text, heading


def test_a_target_that_could_not_run_is_never_shown_as_without_differences():
    result = {"steps": 9, "targets": {"compiled": {"steps": 9, "mismatches": 0}, "arm32": {"skipped": "no qemu-arm"}}}
    row = next(line for line in shown(tables.parity_table(result)).splitlines() if "arm32" in line)
    assert "skipped" in row and "no qemu-arm" in row and "0" not in row


def test_a_page_is_no_wider_than_a_phone_and_its_bars_have_room_for_their_names():
    text = page("t", "s", [("whole", "3"), ("  part", "1")], [Section("h", "c", listed(["a long name", "b"], "km"))])
    assert "minmax(4" not in text and "columns: 420px 2" in text  # columns give way, a grid's least width does not
    assert '<dt class="part">part</dt>' in text
    assert '"autorange":"reversed"' in text and '"automargin":true' in text


@pytest.mark.parametrize(("left", "said"), [(58.7, None), (90.0, "this one takes less"), (20.0, "this one takes more")])
def test_a_drive_whose_truth_lies_outside_the_interval_says_so_with_the_reason(tmp_path, history, left, said):
    demo_page.write(tmp_path / "page.html", {**SUMMARY, "range_km_true": left}, history)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert (said in text) if said else ("as is meant for" not in text)
