"""The verb `bms simulate`, as a user calls it."""

import json

import pyarrow.parquet
import pytest

from bms.driving import simulate

LINE = ("simulate", "--pack", "toyota-1000km", "--cycle", "udds", "-o", "run.parquet", "--html", "run.html", "--json")


def test_the_command_writes_rows_and_a_page_and_prints_the_figures(bms, folder):
    said = bms(*LINE)
    result = json.loads(said.out)
    table = pyarrow.parquet.read_table(folder / "run.parquet")
    assert table.column_names == list(simulate.COLUMNS) and table.num_rows == result["duration_s"]
    assert table["soc"][-1].as_py() == pytest.approx(result["soc_end"], abs=1e-6)
    page = (folder / "run.html").read_text()
    assert "Stack pressure" in page and result["pack"] in page


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("simulate --pack toyota-1000km -o run.xlsx", ".csv or .parquet"),
        ("simulate --pack toyota-1000km -o a_file/run.csv", "is no folder"),
        ("simulate --pack toyota-1000km --html folder.csv", "is a folder"),
        ("simulate --pack toyota-100km", "nearest is 'toyota-1000km'"),
        ("simulate --pack toyota-1000km --cycle log.csv", "column speed_mps is missing"),
        ("simulate --pack pack.toml --ambient-c 200", "200 degC"),
    ],
)
def test_what_cannot_be_simulated_is_refused_and_nothing_is_written(refused, line, sentence):
    assert sentence in refused(line).err


def test_an_interrupted_drive_is_written_and_ends_as_shells_expect(bms, folder, monkeypatch):
    monkeypatch.setattr(simulate, "_second", interrupted_after(90))
    said = bms("simulate", "--pack", "toyota-1000km", "--cycle", "udds", "-o", "run.csv")
    assert said.status == 130 and "interrupted" in said.out
    assert len((folder / "run.csv").read_text().splitlines()) == 1 + 90


def interrupted_after(seconds):
    original = simulate._second

    def second(simulation, step):
        if step == seconds:
            raise KeyboardInterrupt
        return original(simulation, step)

    return second
