"""`bms cells check` as a user meets it."""

import json

import pytest

from tests.unit.cli.conftest import Command


def test_the_claims_of_one_cell_with_the_reason(bms: Command) -> None:
    said = bms("cells", "check", "quantumscape-qse5")
    text = " ".join(said.out.split())
    assert said.status == 0 and "The QSE-5 is a 5 Ah cell" in text
    assert "contradicts" in text
    told = json.loads(bms("cells", "check", "quantumscape-qse5", "--json").out)
    six = next(row for row in told["checks"] if row["id"] == "X6")
    assert six["verdict"] == "contradicts" and six["published"] == 5 and six["low"] > 5 and six["unit"] == "Ah"
    assert sum(told["counts"].values()) == len(told["checks"]) >= 10


def test_all_claims_fit_a_table(bms: Command) -> None:
    said = bms("cells", "check")
    assert said.status == 0 and all(f"X{n} " in said.out for n in range(1, 26))
    assert "says why" in " ".join(said.out.split())
    least = {"simulated": 8, "library": 25, "arithmetic": 1}
    assert all(said.out.count(f" {kind}") >= number for kind, number in least.items())


@pytest.mark.parametrize("name", ["quantumscape", "cells.toml"])
def test_an_unknown_cell_is_refused(bms: Command, name: str) -> None:
    said = bms("cells", "check", name)
    assert said.status == 2 and said.out == "" and f"no cell named '{name}'" in said.err


def test_a_cell_without_claims_says_so(bms: Command) -> None:
    assert "No published claim" in " ".join(bms("cells", "check", "a123-26650-lfp").out.split())
    assert json.loads(bms("cells", "check", "a123-26650-lfp", "--json").out)["checks"] == []
