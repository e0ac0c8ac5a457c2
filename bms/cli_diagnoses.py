"""The verb `bms diagnoses`: what a pack's controller judges, from where on, and what follows."""

from pathlib import Path
from typing import Annotated

import typer


def diagnoses(
    pack: Annotated[
        str, typer.Option(help="A pack of the library, or the path of a TOML file.")
    ] = "quadricycle-fest77",
    write: Annotated[Path | None, typer.Option(help="Write the page about them to this file instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Print what the firmware judges in a pack: thresholds, delays, what ends it, what it does."""
    from bms import console
    from bms.report import diagnoses_doc

    if write is not None:
        diagnoses_doc.write(write)
        print(f"Diagnoses: {write}")
        return
    file, rows = diagnoses_doc.rows_of(pack)
    console.show(diagnoses_doc.result(file, rows), diagnoses_doc.table(file, rows), as_json)
