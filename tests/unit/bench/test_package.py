"""`mpremote mip install` copies every module that a board imports."""

import json
import re
from pathlib import Path

import pytest
from mpremote import mip

from bms.bench import package
from bms.bench.image import BOARDS, modules


def test_the_package_lists_what_the_boards_import_now() -> None:
    assert package.PATH.read_text() == package.text(), "write it anew: .venv/bin/python -m bms.bench.package"


def test_mip_puts_every_module_where_a_board_looks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mip itself, with the repository on this machine in place of the network."""
    written: dict[str, bytes] = {}

    class Board:
        def fs_writefile(self, path: str, data: bytes, **_: object) -> None:
            written[path] = data

    def fetched(url: str):
        found = re.fullmatch(r"https://raw\.githubusercontent\.com/owner/packmirror/HEAD/(.*)", url)
        assert found, url
        return (package.ROOT / found[1]).open("rb")

    monkeypatch.setattr(mip.urllib.request, "urlopen", fetched)
    monkeypatch.setattr(mip, "_ensure_path_exists", lambda *_: None)
    monkeypatch.setattr(mip, "_check_exists", lambda *_: False)
    mip._install_package(Board(), "github:owner/packmirror/firmware", "lib/", "lib", None, False)
    wanted = {path.as_posix() for board in BOARDS.values() if board.architecture for path in modules(board.module)}
    constants = {"firmware/diagnoses.py", "firmware/readings.py", "firmware/modes.py", "firmware/kernels/dialect.py"}
    assert {path.removeprefix("lib/") for path in written} == wanted | constants
    assert json.loads(package.text())["version"]
    for path in wanted:
        assert written["lib/" + path] == (package.ROOT / path).read_bytes()
