"""The verb `bms can`: the pack's CAN messages as a DBC or a page, and logs of them in words."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bms.errors import InputError

app = typer.Typer(invoke_without_command=True, help="The pack's CAN messages: write its DBC, decode a log.")


@app.callback()
def can(
    context: typer.Context,
    write: Annotated[
        Path | None, typer.Option(help="The file to write: .dbc for tools, .md for the page docs/can.md.")
    ] = None,
    pack: Annotated[
        str | None, typer.Option(help="Only the cells of this pack, by name or TOML file; all 128 without.")
    ] = None,
) -> None:
    """Write the pack's messages as a DBC file, or as a page."""
    from bms import output
    from bms.bench import dbc
    from bms.report import can_doc

    if context.invoked_subcommand:
        return
    if write is None:
        raise InputError("Nothing to do: name a file with --write pack.dbc, or decode a log with `bms can decode LOG`.")
    if write.suffix.lower() not in {".dbc", ".md"}:
        raise InputError(f"{write}: '{write.suffix}' is not a form of output, allowed is .dbc or .md; name it so.")
    output.ready(write)
    output.write_text(write, can_doc.text() if write.suffix.lower() == ".md" else dbc.of_pack(pack))
    print(f"{write}: {len(dbc.messages_of())} messages")


@app.command()
def decode(
    log: Annotated[Path, typer.Argument(help="candump -l, CSV (time_s,identifier,data), .asc, .blf, .trc.")],
    only: Annotated[str | None, typer.Option(help="Only this message, by its name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a frame.")] = False,
) -> None:
    """Say in words what a log's frames say; what fails its check is marked."""
    from bms.bench import can_log
    from bms.bench.can_table import messages_of
    from bms.errors import unknown

    names = [message.name for message in messages_of()]
    if only is not None and only not in names:
        raise unknown("message", only, names)
    for line in can_log.decode(can_log.read(log)):
        if only is None or line.message.name == only:
            print(json.dumps(_row(line)) if as_json else can_log.text(line))


def _row(line) -> dict:
    return {
        "time_s": line.time_s,
        "message": line.message.name,
        "values": line.values,
        "units": {s.name: s.unit for s in line.message.signals if s.name in line.values},
        "trouble": line.trouble,
    }
