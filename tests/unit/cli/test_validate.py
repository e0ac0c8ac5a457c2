"""`bms range validate` and `bms bench energy` as a user meets them."""

import json
from pathlib import Path

import pytest

from bms.bench import energy_speed
from tests.unit.cli.conftest import Command
from tests.unit.driving.some_cars import some_cars, write


@pytest.fixture
def cars(folder: Path) -> Path:
    return write(folder / "cars.csv", some_cars(8))


def test_json_holds_the_errors_of_each_figure(bms: Command, cars: Path) -> None:
    said = bms("range", "validate", "cars.csv", "--json")
    told = json.loads(said.out)
    assert said.status == 0 and told["vehicles"] == 8 and len(told["cars"]) == 8
    for figure in ("hwfet", "udds", "label"):
        assert set(told[figure]) == {"vehicles", "mape_pct", "bias_pct", "coverage_80"}


def test_a_table_shows_both_models_and_each_car(bms: Command, cars: Path) -> None:
    said = bms("range", "validate", "cars.csv", "--calibrate", "hwfet")
    text = " ".join(said.out.split())
    assert said.status == 0 and "8 cars of 5 makers, each scaled by its own HWFET" in text
    assert "shipped constants" in text and "constant efficiencies" in text and "maker 4 car 4" in text


def test_what_cannot_be_used_is_refused(refused: Command, cars: Path) -> None:
    assert "cannot be calibrated by 'udds'; allowed is hwfet" in refused("range validate cars.csv --calibrate udds").err
    assert "No such file" in refused("range validate none.csv").err
    assert "Is a directory" in refused("range validate folder.csv").err
    assert "column make is missing" in refused("range validate log.csv").err


def test_without_fastsim_the_bench_says_how_to_get_it(bms: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(energy_speed.importlib, "import_module", missing)
    told = json.loads(bms("bench", "energy", "--json").out)
    assert "run `pip install fastsim`" in told["fastsim"] and told["udds_ms"] > 0 and "ratio" not in told
