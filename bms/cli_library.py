"""The verbs that show the library: which cells, packs and vehicles there are, and how each figure is known."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bms import console

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]

cells = typer.Typer(help="The cells of the library, and how each of their figures is known.")


@cells.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    as_json: Json = False,
    write: Annotated[Path | None, typer.Option(help="Write the page about all of them to this file instead.")] = None,
) -> None:
    """List the cells of the library."""
    if context.invoked_subcommand is not None:
        return
    if write is not None:
        from bms.report import cells_doc

        cells_doc.write(write)
        print(f"Cells: {write}")
        return
    from bms.cells import library

    described = {name: library.load(name) for name in library.names()}
    rows = {name: _row(cell, "capacity_ah", chemistry=cell.chemistry) for name, cell in described.items()}
    _show("Cells", rows, as_json)


@cells.command()
def show(
    cell: Annotated[str, typer.Argument(help="A cell of the library, or the path of a TOML file.")],
    as_json: Json = False,
) -> None:
    """Print each figure of a cell with its range, status and source, and the share that is disclosed."""
    from bms.cells import library, provenance
    from bms.report import library_tables

    described = library.load(cell)
    found = provenance.figures(described)
    result = {
        "name": described.name,
        "chemistry": described.chemistry,
        "notes": described.notes,
        "figures": [vars(figure) for figure in found],
        "counts": provenance.counts(found),
        "disclosed_share": round(provenance.share(found), 3),
    }
    console.show(result, library_tables.cell_text(described, found), as_json)


def packs(as_json: Json = False) -> None:
    """List the packs of the library."""
    from bms.emulation import pack_file

    rows = {name: pack_file.load(name).model_dump(exclude={"source", "shunt_uohm"}) for name in pack_file.names()}
    _show("Packs", rows, as_json)


def vehicles(as_json: Json = False) -> None:
    """List the vehicles of the library."""
    from bms.driving import vehicle

    keys = ("mass_kg", "cda_m2", "rolling")
    rows = {name: _row(vehicle.load(name), *keys) for name in vehicle.names()}
    _show("Vehicles", rows, as_json)


def _row(described: Any, *keys: str, **texts: str) -> dict[str, Any]:
    """Name, main figures and texts of a description, and the share of its inputs that is disclosed."""
    from bms.cells.provenance import figures, share

    main = {key: getattr(described, key).value for key in keys}
    return {"name": described.name, **main, **texts, "disclosed_share": round(share(figures(described)), 3)}


def _show(title: str, rows: dict[str, Any], as_json: bool) -> None:
    from bms.report import library_tables

    console.show({title.lower(): rows}, library_tables.listing(title, rows), as_json)
