"""`bms build`: what a board is flashed with."""

from pathlib import Path
from typing import Annotated

import typer

from bms import console


def build(
    board: Annotated[str, typer.Option(help="rp2-pico, rp2-pico2, esp32 or stm32.")],
    pack: Annotated[str, typer.Option(help="Of the library, or the path of a TOML file.")] = "quadricycle-fest77",
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the image.")] = Path("out/image"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Compile the firmware for a board and put the pack's configuration beside it, with a manifest of hashes."""
    from bms.bench import image, pack_words
    from bms.report import tables

    manifest = image.build(board, pack_words.configuration(pack), out)
    console.show(manifest, tables.image_table(manifest), as_json)
    if not as_json:
        print(f"Image: {out}")
