"""`bms cells`, `bms packs`, `bms vehicles` as a user meets them."""

import json
from pathlib import Path

import pytest

from bms.cells import library
from bms.report import cells_doc
from tests.unit.cli.conftest import Command

PAGE = Path(__file__).parents[3] / "docs" / "cells.md"


def test_cells_are_listed_with_how_much_of_them_is_disclosed(bms: Command) -> None:
    listed = json.loads(bms("cells", "--json").out)["cells"]
    assert list(listed) == library.names()
    assert listed["factorial-fest77"]["disclosed_share"] == pytest.approx(2 / 45, abs=1e-3)
    assert listed["ion-cornerstone"]["disclosed_share"] == 0
    table = bms("cells")
    assert table.status == 0 and all(name in table.out for name in library.names())


def test_a_cell_is_shown_with_every_figures_source(bms: Command) -> None:
    said = bms("cells", "show", "factorial-fest77")
    text = " ".join(said.out.split())
    assert said.status == 0 and "capacity_ah 77 (75.46 .. 80.08) disclosed" in text
    assert "2025-04-24" in text and "4% of the 45 inputs are disclosed (2 disclosed, 5 derived, 38 assumed)" in text
    shown = json.loads(bms("cells", "show", "quantumscape-qse5", "--json").out)
    assert shown["disclosed_share"] == 0.022 and len(shown["figures"]) == 46
    assert any("5.6 Ah" in note for note in shown["notes"])


def test_an_unknown_cell_gets_the_nearest(bms: Command) -> None:
    said = bms("cells", "show", "quantumscape-qse6")
    assert said.status == 2 and "nearest is 'quantumscape-qse5'" in said.err and said.out == ""


@pytest.mark.parametrize(("verb", "name"), [("packs", "quadricycle-fest77"), ("vehicles", "light-quadricycle")])
def test_packs_and_vehicles_are_listed(bms: Command, verb: str, name: str) -> None:
    listed, table = json.loads(bms(verb, "--json").out)[verb], bms(verb).out
    assert name in listed and all(each in table for each in listed)


def test_a_pack_is_listed_with_its_energy_and_how_much_of_it_is_disclosed(bms: Command) -> None:
    listed = json.loads(bms("packs", "--json").out)["packs"]["nio-et7-150"]
    assert (listed["cell"], listed["vehicle"]) == ("nio-welion-semisolid", "nio-et7")
    assert (listed["series"], listed["parallel"], listed["usable_kwh"]) == (96, 4, 140)
    assert listed["kwh"] == pytest.approx(150, rel=0.005) and listed["disclosed_share"] == round(1 / 7, 3)


def test_the_packs_fill_one_unbroken_line_each_in_80_columns(bms: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    names = json.loads(bms("packs", "--json").out)["packs"]
    lines = [line.split() for line in bms("packs").out.splitlines() if len(line.split()) >= 4]
    assert [line[0] for line in lines if line[0] in names] == list(names)
    assert ["nio-et7-150", "96s4p", "150.1", "140", "14%"] in lines


def test_packs_and_vehicles_are_shown_with_every_figures_source(bms: Command) -> None:
    pack = " ".join(bms("packs", "show", "nio-et7-150").out.split())
    car = " ".join(bms("vehicles", "show", "nio-et7").out.split())
    assert "mass_kg 575 (575 .. 575) disclosed NIO, 2023-12-17" in pack and "14% of the 7 inputs are disclosed" in pack
    assert "cell: nio-welion-semisolid vehicle: nio-et7" in pack and "261 Wh/kg" in pack
    assert "2,490 kg and 190 kg of load" in car and "9% of the 11 inputs are disclosed" in car
    said = bms("packs", "show", "nio-et7-160")
    assert said.status == 2 and "nearest is 'nio-et7-150'" in said.err


def test_the_page_is_what_the_library_says(bms: Command, folder: Path) -> None:
    assert bms("cells", "--write", "cells.md").status == 0
    assert (folder / "cells.md").read_text() == cells_doc.text() == PAGE.read_text()
    assert bms("cells", "--write", "a_file/cells.md").status == 2
