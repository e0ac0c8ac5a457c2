"""firmware/package.json, for those who let `mip` copy the firmware's sources onto a board."""

import json
from importlib.metadata import version
from pathlib import Path

from bms import output
from bms.bench import folding
from bms.bench.image import BOARDS
from bms.bench.targets import ROOT

PATH = ROOT / "firmware" / "package.json"


def text() -> str:
    """Every module that a board imports, for its constants too, by its place on the board and beside the file."""
    boards = [Path(f"firmware/boards/{board.module}.py") for board in BOARDS.values() if board.architecture]
    paths = sorted(folding.sources([Path("firmware/main.py"), *boards]))
    urls = [[path.as_posix(), path.relative_to("firmware").as_posix()] for path in paths]
    lines = ",\n".join(f"    {json.dumps(pair)}" for pair in urls)
    return f'{{\n  "urls": [\n{lines}\n  ],\n  "deps": [],\n  "version": "{version("packmirror")}"\n}}\n'


if __name__ == "__main__":
    output.write_text(PATH, text())
