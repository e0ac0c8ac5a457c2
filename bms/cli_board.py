"""`bms build`: what a board is flashed with; `bms board virtual`: one for those who have none."""

from pathlib import Path
from typing import Annotated

import typer

from bms import console

KEY = "File with the key of signed commands: 32 bytes, or 64 hex digits; without it the pack takes no command."

board = typer.Typer(help="A board on a serial port.", no_args_is_help=True)


def build(
    name: Annotated[str, typer.Option("--board", help="rp2-pico, rp2-pico2, esp32, stm32 or virtual.")],
    pack: Annotated[str, typer.Option(help="Of the library, or the path of a TOML file.")] = "quadricycle-fest77",
    key: Annotated[Path | None, typer.Option(help=KEY)] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the image.")] = Path("out/image"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Compile the firmware for a board and put the pack's configuration beside it, with a manifest of hashes."""
    from bms.bench import command_key, image, pack_words
    from bms.report import tables

    manifest = image.build(name, pack_words.configuration(pack, command_key.read(key)), out)
    console.show(manifest, tables.image_table(manifest), as_json)
    if not as_json:
        print(f"Image: {out}")


@board.command()
def virtual(
    folder: Annotated[Path, typer.Option(help="The board's flash; what lies there stays.")] = Path("out/board"),
    pack: Annotated[str | None, typer.Option(help="Wire this emulated pack to it, driven in real time.")] = None,
    cycle: Annotated[str, typer.Option(help="What the pack drives: udds, hwfet, us06, wltc, or a CSV file.")] = "udds",
) -> None:
    """Keep a virtual board: a real MicroPython behind a serial port, until Ctrl-C."""
    from bms import demo
    from bms.bench.virtual_board import VirtualBoard
    from bms.bench.wired_pack import WiredPack

    wires = WiredPack(demo.plant(demo.Drive(pack, cycle))) if pack else None
    with VirtualBoard(folder, wires) as running:
        print(f"A virtual board is on {running.port}, its flash in {folder}; Ctrl-C ends it.", flush=True)
        running.wait()
