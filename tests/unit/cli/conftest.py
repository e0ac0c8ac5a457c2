"""A user's working folder, and the command as that user calls it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv
import pytest

from bms import cli
from tests.unit.cli.columns import log_columns, slow_columns

PACK = Path(cli.__file__).parent / "packs" / "quadricycle-fest77.toml"


class Said(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's working folder: a good log, a good pack, a file where a folder should be."""
    pyarrow.csv.write_csv(pa.table(log_columns()), tmp_path / "log.csv")
    pyarrow.csv.write_csv(pa.table(slow_columns(+1)), tmp_path / "slow.csv")
    (tmp_path / "pack.toml").write_bytes(PACK.read_bytes())
    (tmp_path / "a_file").touch()
    (tmp_path / "folder.csv").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bms(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["bms", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert isinstance(ended.value.code, int)
        out, err = capsys.readouterr()
        return Said(ended.value.code, out, err)

    return run


@pytest.fixture
def refused(bms: Command, folder: Path) -> Command:
    """Runs what must be refused; returns what was said once the folder has proved to be as it was."""

    def everything() -> dict[Path, bytes | None]:
        return {p: p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}

    def run(line: str) -> Said:
        before = everything()
        said = bms(*line.split(" "))
        assert said.status == 2, said
        assert said.out == "" and said.err.startswith("bms: ") and said.err.endswith(("\n", ".\n"))
        assert said.err.count("\n") == 1 and len(said.err) < 500 and "Traceback" not in said.err
        assert everything() == before
        return said

    return run
