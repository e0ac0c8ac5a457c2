"""firmware/package.json, for those who let `mip` copy the firmware's sources onto a board."""

import json
from importlib.metadata import version

from bms import output
from bms.bench.image import BOARDS, modules
from bms.bench.targets import ROOT

PATH = ROOT / "firmware" / "package.json"


def text() -> str:
    """Every module that a board imports, by its place on the board and beside the file."""
    paths = sorted({path for board in BOARDS.values() if board.architecture for path in modules(board.module)})
    urls = [[path.as_posix(), path.relative_to("firmware").as_posix()] for path in paths]
    lines = ",\n".join(f"    {json.dumps(pair)}" for pair in urls)
    return f'{{\n  "urls": [\n{lines}\n  ],\n  "deps": [],\n  "version": "{version("packmirror")}"\n}}\n'


if __name__ == "__main__":
    output.write_text(PATH, text())
