"""`bms hil`: what a person and a program get of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bms.bench.hil import catalogue, runner
from bms.bench.hil.case import Verdict
from bms.bench.hil.judge import Result
from tests.unit.cli.conftest import Command

ONE = ("hil", "--target", "python", "-k", "interlock")


def test_json_says_what_was_measured(bms: Command) -> None:
    said = bms(*ONE, "--json")
    told = json.loads(said.out)
    assert said.status == 0
    assert list(told) == ["target", "cases", "passed", "failed", "skipped", "reactions"]
    assert [told[k] for k in ("target", "cases", "passed", "failed", "skipped")] == ["python", 1, 1, 0, 0]
    (reaction,) = told["reactions"]
    assert list(reaction) == ["case", "limit_ms", "measured_ms"]
    assert reaction["case"] == "interlock" and 0 < reaction["measured_ms"] <= reaction["limit_ms"] == 200


def test_the_page_shows_injection_limit_reaction_trace_and_verdict(bms: Command, folder: Path) -> None:
    assert "1 passed, 0 failed" in bms(*ONE, "--html", "out/hil.html").out
    page = (folder / "out" / "hil.html").read_text()
    for part in ("interlock (47): passed", "Injected: the interlock", "Limit 200 ms", "Measured: ", "plotly-graph-div"):
        assert part in page


def test_a_case_that_fails_ends_with_1_and_says_why(bms: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = replace(catalogue.case("interlock"), limit_ms=1.0)
    monkeypatch.setattr(catalogue, "chosen", lambda part: [hasty])
    said = bms(*ONE)
    assert said.status == 1 and "failed" in said.out and "1 failed" in said.out


def test_ctrl_c_keeps_what_there_is(bms: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_):
        yield Result("interlock", Verdict.PASSED, measured_ms=100.0)
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", interrupted)
    said = bms("hil", "--target", "python", "--json")
    told = json.loads(said.out)
    assert said.status == 130 and told["passed"] == 1


def test_a_case_that_is_not_there_is_refused_with_the_nearest(bms: Command) -> None:
    said = bms("hil", "--target", "python", "-k", "interlok")
    assert said.status == 2 and said.err.count("\n") == 1 and "'interlock'" in said.err
