"""`bms flash` and `bms monitor`: an image onto a board, and what its controller tells."""

import json
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from bms import console
from bms.cli_board import KEY
from bms.errors import InputError

Port = Annotated[str, typer.Option(help="Serial port of the board: /dev/ttyACM0, COM3, or the one of a virtual board.")]


def flash(
    port: Port,
    board: Annotated[str | None, typer.Option(help="Build an image for it: rp2-pico, rp2-pico2, esp32, stm32.")] = None,
    pack: Annotated[str, typer.Option(help="Of the library, or the path of a TOML file.")] = "quadricycle-fest77",
    key: Annotated[Path | None, typer.Option(help=KEY)] = None,
    image: Annotated[Path | None, typer.Option(help="Or the folder of an image of `bms build`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Put an image on a board and start it; status 1 where it does not run and the one before is started again."""
    from bms.bench import flashing, update
    from bms.report.flash_tables import flash_table

    if (board is None) == (image is None):
        raise InputError("Name either a --board, for which the image is built, or the folder of an --image.")
    if key is not None and board is None:
        raise InputError("--key goes into an image that is built; give it to the `bms build` that made this one.")
    with tempfile.TemporaryDirectory() as folder, console.progress() as bar:
        if board is not None:
            _build(board, pack, key, Path(folder))
        what = flashing.load(image or Path(folder))
        task = bar.add_task("flashing", total=None)
        result = update.update(port, what, lambda done, total: bar.update(task, completed=done, total=total))
    console.show(result, flash_table(result), as_json)
    if not result["confirmed"]:
        raise RuntimeError(_failed(result))


def _build(board: str, pack: str, key: Path | None, folder: Path) -> None:
    from bms.bench import command_key, image, pack_words

    image.build(board, pack_words.configuration(pack, command_key.read(key)), folder)


def _failed(result: dict[str, Any]) -> str:
    words = f" ({result['last_words']})" if result["last_words"] else ""
    then = f"{result['started']} is started again" if result["started"] else "the board has told nothing since"
    if not result["previous"]:
        then = "there is no image before it, so it is started again at the next reset"
    return f"Image {result['id']} is not confirmed: {result['reason']}{words}; {then}."


def monitor(
    port: Port,
    seconds: Annotated[float | None, typer.Option(min=1, help="Then end; without, until Ctrl-C.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line instead of a table.")] = False,
) -> None:
    """Show what the controller on a board tells, once a second; the board is only listened to."""
    from rich.live import Live

    from bms.bench.board_port import BoardPort
    from bms.bench.told import Lines
    from bms.report.flash_tables import monitor_table

    lines, begun, heard = Lines(), time.monotonic(), False
    table = nullcontext() if as_json else Live(auto_refresh=False, console=console.stdout())
    with BoardPort(port) as board, table as live:
        for told in board.listen(lines, seconds):
            if told is None:
                continue
            heard = True
            figures = {"time_s": round(time.monotonic() - begun, 1), "damaged_lines": lines.damaged, **told.figures()}
            if live:
                live.update(monitor_table(figures), refresh=True)
            else:
                print(json.dumps(figures), flush=True)
    if not heard:
        said = f", but '{lines.text}'" if lines.text else ""
        raise RuntimeError(f"The board on {port} has told nothing{said}: does its controller run, its monitor powered?")
