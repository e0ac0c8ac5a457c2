"""A pack's file that contradicts itself, its cell or its monitor makes no configuration: one sentence, status 2."""

import os
from pathlib import Path

import pytest

from bms.cells import library
from tests.unit.cli.conftest import Command

SHUNT = "[shunt_uohm]\nvalue = 500\nlow = 500\nhigh = 500"
PARALLEL = "[parallel]\nvalue = {0}\nlow = {0}\nhigh = {0}"
SERIES = "[series]\nvalue = 16\nlow = 16\nhigh = 16"


def own(section: str, *lines: str) -> str:
    return "\n".join(["", f"[protection.{section}]", *lines, 'source = "a choice"', ""])


def packed(folder: Path, old: str = "", new: str = "", more: str = "") -> None:
    text = (folder / "pack.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "own.toml").write_text(text.replace(old, new) + more, encoding="utf-8")


def of_small_cells(folder: Path, parallel: int, shunt: int) -> None:
    """A pack of cells of 2.9 Ah, so many in parallel."""
    packed(folder, SHUNT, SHUNT.replace("500", str(shunt)))
    text = (folder / "own.toml").read_text(encoding="utf-8").replace("factorial-fest77", "panasonic-ncr18650pf")
    assert PARALLEL.format(1) in text
    many = text.replace(PARALLEL.format(1), PARALLEL.format(parallel))
    (folder / "own.toml").write_text(many, encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (own("over_voltage", "warn_v = 4.28", "trip_v = 4.27"), "over-voltage trips at 4.27 V before it warns at 4.28"),
        (own("over_voltage", "trip_v = 4.31"), "over-voltage trips at 4.31 V, but the cell monitor does so at 4.301 V"),
        (own("over_voltage", "warn_v = 4.2", "trip_v = 4.21"), "its cells are used up to 4.25 V; set trip beyond that"),
        (own("under_voltage", "trip_v = 2.7"), "under-voltage trips at 2.7 V"),
        (own("deep_discharge", "warn_v = 2.99", "trip_v = 2.98"), "the first must act before the second"),
        (own("over_current_discharge", "warn_a = 190", "trip_a = 200"), "its cells are used up to 308 A"),
        (own("over_current_discharge", "trip_a = 330"), "the first must act before the second; put it inside"),
        (own("over_current_charge_fast", "trip_a = 400"), "but the cell monitor does so at"),
        (own("under_temperature", "trip_c = -40"), "under-temperature trips at -40 degC, but the cell monitor does so"),
        (own("window", "cold_c = 0", "cold_charge_c = 0", "hot_charge_c = 7", "hot_c = 7"), "they meet; move them"),
    ],
)
def test_thresholds_in_a_wrong_order_make_no_configuration(
    refused: Command, folder: Path, more: str, said: str
) -> None:
    packed(folder, more=more)
    told = refused("words --pack own.toml -o new.bin").err
    assert said in told and "own.toml (cell factorial-fest77): " in told


@pytest.mark.parametrize(("series", "said"), [(17, "multiple of 2"), (33, ""), (35, "multiple of 3"), (127, "of 8")])
def test_cells_that_the_monitors_cannot_share_alike_are_refused(
    bms: Command, folder: Path, series: int, said: str
) -> None:
    packed(folder, SERIES, SERIES.replace("16", str(series)))
    got = bms("words", "--pack", "own.toml", "-o", "new.bin")
    assert got.status == (2 if said else 0) and said in got.err and (folder / "new.bin").exists() != bool(said)


@pytest.mark.parametrize(
    ("parallel", "shunt", "said"),
    [
        (6, 50, "steps of the BQ76952 are 40 A: charge_ma comes to 0 in the steps of the BQ76952, which takes 2..62"),
        (6, 200, "steps of the BQ76952 are 10 A: over-current on charge, fast trips at 33.301 A, but the cell monitor"),
        (20, 50, "trips at 111.006 A, but the cell monitor does so at 80 A; choose 250"),
        (20, 500, "shunt_uohm is 500: at 415 A it drops more than the 0.2 V that a BQ76952 judges; choose 481 or less"),
    ],
)
def test_a_shunt_too_coarse_or_too_large_for_the_monitors_comparators_is_refused_and_another_named(
    refused: Command, folder: Path, parallel: int, shunt: int, said: str
) -> None:
    of_small_cells(folder, parallel, shunt)
    told = refused("words --pack own.toml -o new.bin").err
    assert said in told and "own.toml (cell panasonic-ncr18650pf): " in told


@pytest.mark.parametrize(("shunt", "status"), [(250, 0), (481, 0), (482, 2)])
def test_the_shunt_that_is_named_is_taken(bms: Command, folder: Path, shunt: int, status: int) -> None:
    of_small_cells(folder, 20, shunt)
    assert bms("words", "--pack", "own.toml", "-o", "new.bin").status == status


def test_an_ocv_outside_the_cells_window_is_refused(refused: Command, folder: Path) -> None:
    text = (Path(library.__file__).parent / "factorial-fest77.toml").read_text(encoding="utf-8")
    head, tail = text.split("[voltage_max_v]\n", 1)
    rest = tail[tail.index("status") :]
    (folder / "cell.toml").write_text(f"{head}[voltage_max_v]\nvalue = 4.1\nlow = 4.1\nhigh = 4.1\n{rest}")
    packed(folder, '"factorial-fest77"', '"./cell.toml"')
    told = refused("words --pack own.toml -o new.bin").err
    assert "voltage_max_v is 4.1 V but ocv_v at SoC 1 is" in told and "cell.toml: " in told


@pytest.mark.parametrize("verb", ["diagnoses --pack own.toml", "demo --pack own.toml --minutes 0.1"])
def test_whatever_reads_the_pack_names_its_file(refused: Command, folder: Path, verb: str) -> None:
    packed(folder, more=own("deep_discharge", "warn_v = 2.99", "trip_v = 2.98"))
    assert "own.toml (cell factorial-fest77): under-voltage trips" in refused(verb).err


@pytest.mark.parametrize("verb", ["build --board virtual --pack own.toml", "words --pack own.toml -o new.bin"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(
    refused: Command, folder: Path, verb: str, kind: str
) -> None:
    """Nobody writes to the pipe, and the device never ends."""
    if kind == "folder":
        (folder / "own.toml").mkdir()
    elif kind == "device":
        (folder / "own.toml").symlink_to("/dev/zero")
    else:
        os.mkfifo(folder / "own.toml")
    what = "a folder" if kind == "folder" else "a pipe or a device"
    assert f"The pack file own.toml is {what}, no regular file" in refused(verb).err


@pytest.mark.parametrize("value", ['"4.3"', "true"])
def test_a_threshold_that_is_no_number_is_refused(refused: Command, folder: Path, value: str) -> None:
    packed(folder, more=own("over_voltage", f"trip_v = {value}"))
    assert "own.toml: protection.over_voltage.trip_v" in refused("words --pack own.toml -o new.bin").err
