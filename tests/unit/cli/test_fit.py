"""`bms fit` as a user meets it: a cell and its report from files, what is not determined, nothing half-written."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

from bms.cells import library
from bms.estimation.logs import Log
from tests.unit.cells.made_up import driven, slow_leg
from tests.unit.cli.conftest import Command

SLOW = "--ocv out.csv --ocv in.csv --ocv out-cold.csv --ocv in-cold.csv"
FIT = f"fit {SLOW} --dynamic cold.csv --dynamic warm.csv -o new/cell.toml"


@pytest.fixture
def tests(folder: Path) -> Path:
    """Cycler files of a made-up cell: slow both ways and a drive, in the cold and in the warm."""
    logs = {"out": slow_leg(+1), "in": slow_leg(-1), "cold": driven(273.15, 0), "warm": driven(298.15, 1)}
    logs |= {"out-cold": slow_leg(+1, 273.15), "in-cold": slow_leg(-1, 273.15)}
    for name, log in logs.items():
        write(folder / f"{name}.csv", log)
    return folder


def write(path: Path, log: Log) -> None:
    columns = {"time_s": log.time, "current_a": log.current, "voltage_v": log.voltage}
    pyarrow.csv.write_csv(pa.table(columns | {"temperature_c": log.temperature - 273.15}), path)


def test_a_fit_writes_the_cell_and_its_report_and_says_how_far_it_is_off(bms: Command, tests: Path) -> None:
    said = bms(*FIT.split())
    assert said.status == 0 and said.err == ""
    assert {path.name for path in (tests / "new").iterdir()} == {"cell.toml", "cell.html"}
    assert library.load("new/cell.toml").capacity_ah.value == pytest.approx(3.0, rel=1e-3)
    for word in ("+8.00 mA", "by temperature", "0 degC", "25 degC", "by SoC", "by current", "left out"):
        assert word in said.out, word
    assert "Not determined" not in said.out


def test_what_is_not_determined_is_printed_and_stands_in_the_report(bms: Command, tests: Path) -> None:
    said = bms(*["fit", "--dynamic", "warm.csv", "-o", "cell.toml"])
    text = " ".join(said.out.split())
    assert said.status == 0 and "Not determined, and marked as assumed in the file:" in text
    for word in ("OCV by itself: no slow test (--ocv) is given", "capacity: no slow test", "lie at 25 degC"):
        assert word in text, word
    page = (tests / "cell.html").read_text()
    assert "not determined" in page and "OCV by itself: no slow test (--ocv) is given" in page


def test_the_report_stands_where_it_overwrites_no_input(refused: Command, tests: Path) -> None:
    (tests / "warm.csv").rename(tests / "cell.csv")
    os.link(tests / "cell.csv", tests / "cell.html")
    assert "cell.html is the file that is read" in refused("fit --dynamic cell.csv -o cell.toml").err


def test_an_interrupt_leaves_nothing_behind(bms: Command, tests: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    for place in ("bms.cells.fitting.search", "bms.report.fit_page.write", "pathlib.Path.replace"):
        with monkeypatch.context() as patched:
            patched.setattr(place, stopped)
            said = bms(*FIT.split())
        assert said.status == 130 and said.out == "" and "Traceback" not in said.err
        assert not [path for path in tests.rglob("*") if path.is_file() and path.parent.name == "new"], place
