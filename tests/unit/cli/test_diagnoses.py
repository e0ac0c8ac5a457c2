"""`bms diagnoses`: the table of a pack, for people and for programs."""

import json
from pathlib import Path

from tests.unit.cli.conftest import Command

OWN = '\n[protection.over_voltage]\nwarn_v = 4.245\ntrip_v = {}\nsource = "a test"\n'


def own(folder: Path, volts: float) -> None:
    with (folder / "pack.toml").open("a") as file:
        file.write(OWN.format(volts))


def test_a_pack_is_shown_with_its_own_thresholds(bms: Command, folder: Path) -> None:
    own(folder, 4.26)
    said = bms("diagnoses", "--pack", "pack.toml", "--json")
    rows = json.loads(said.out)["diagnoses"]
    assert said.status == 0 and [row["number"] for row in rows] == list(range(43))
    assert (rows[0]["name"], rows[0]["reading"], rows[0]["trip"]) == ("over-voltage", "CELL_MAX_UV", 4_260_000)
    table = bms("diagnoses", "--pack", "pack.toml").out
    assert "4.26 V" in table and "over-voltage" in table


def test_a_threshold_that_would_trip_in_use_is_refused(refused: Command, folder: Path) -> None:
    own(folder, 4.25)
    said = refused("diagnoses --pack pack.toml").err
    assert "over-voltage trips at 4.25 V, but its cells are used up to 4.25 V" in said


def test_the_page_is_written(bms: Command, folder: Path) -> None:
    assert bms("diagnoses", "--write", "out/page.md").status == 0
    assert (folder / "out" / "page.md").read_text().startswith("# Diagnoses\n")
