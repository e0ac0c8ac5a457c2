"""`bms verify`: the kernels on a board itself, word by word; `bms doctor`: what boards and this machine lack."""

from typing import Annotated

import typer

from bms import console

Port = Annotated[str, typer.Option("--port", help="The board's serial port.")]
BoardPort = Annotated[str | None, typer.Option("--port", help="The serial port of the target board.")]
Interrupt = Annotated[
    bool,
    typer.Option("--interrupt", help="Stop the program that runs there; a controller opens its contactors first."),
]


def verify(
    port: Port,
    steps: Annotated[int, typer.Option(min=1, help="Samples of random cells and of drives.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Draws the samples.")] = 0,
    interrupt: Interrupt = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Run the kernels on a board and compare every state word with the desktop; status 1 if one differs.

    Nothing is written to the board's flash.
    """
    from bms.bench import verify as judge
    from bms.bench.serial_board import SerialBoard
    from bms.report import board_tables

    with console.progress() as bar, SerialBoard(port, interrupt) as board:
        task = bar.add_task(port, total=None)
        result = judge.verify(
            board,
            steps,
            seed,
            lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )
    console.show(result, board_tables.verify_table(result), as_json)
    if result["mismatches"]:
        raise typer.Exit(1)


def doctor(
    port: Annotated[list[str] | None, typer.Option(help="Look at this one too; repeat for more.")] = None,
    board: Annotated[str | None, typer.Option(help="What a port should be: rp2-pico, rp2-pico2, esp32, stm32.")] = None,
    interrupt: Interrupt = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Find boards, and say what they and this machine lack; status 1 if something is missing."""
    from bms.bench import doctor as diagnosis
    from bms.report import board_tables

    findings = diagnosis.findings(port or [], board, interrupt)
    console.show({"findings": findings}, board_tables.doctor_table(findings), as_json)
    if any(finding["state"] == "missing" for finding in findings):
        raise typer.Exit(1)
