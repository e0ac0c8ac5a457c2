"""The verbs that show the library: which cells, packs and vehicles there are, and how each figure is known."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bms import console

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]

cells = typer.Typer(help="The cells of the library, and how each of their figures is known.")
packs = typer.Typer(help="The packs of the library, and how each of their figures is known.")
vehicles = typer.Typer(help="The vehicles of the library, and how each of their figures is known.")


@cells.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    as_json: Json = False,
    write: Annotated[Path | None, typer.Option(help="Write the page about the library to this file instead.")] = None,
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
    from bms.cells import library

    described = library.load(cell)
    _show_one(described, {"chemistry": described.chemistry, "notes": described.notes}, as_json)


@cells.command()
def check(
    cell: Annotated[str | None, typer.Argument(help="A cell of the library; without it, every claim.")] = None,
    as_json: Json = False,
) -> None:
    """Hold what was published against what the cells as described do: claim, simulated value, verdict."""
    from bms.driving import claims
    from bms.report import claims_table

    asked = claims.known(cell)
    with console.progress() as bar:
        task = bar.add_task("checking", total=len(asked))
        result = claims.result(claims.check_all(asked, lambda done: bar.update(task, completed=done)))
    console.show(result, claims_table.table(result, why=cell is not None), as_json)


@packs.callback(invoke_without_command=True)
def packs_listed(context: typer.Context, as_json: Json = False) -> None:
    """List the packs of the library; kwh is the energy of all of its cells."""
    if context.invoked_subcommand is not None:
        return
    from bms.cells import library
    from bms.emulation import pack_file
    from bms.report import library_tables

    rows = {}
    for name in pack_file.names():
        pack = pack_file.load(name)
        energy = pack_file.energy_kwh(pack, library.load(pack.cell))
        usable = None if pack.usable_kwh is None else pack.usable_kwh.value
        further = {"cell": pack.cell, "vehicle": pack.vehicle, "kwh": energy, "usable_kwh": usable}
        rows[name] = _row(pack, "series", "parallel", **further)
    console.show({"packs": rows}, library_tables.packs(rows), as_json)


@packs.command("show")
def pack_shown(
    pack: Annotated[str, typer.Argument(help="A pack of the library, or the path of a TOML file.")],
    as_json: Json = False,
) -> None:
    """Print each figure of a pack with its range, status and source, and the share that is disclosed."""
    from bms.emulation import pack_file

    described = pack_file.load(pack)
    texts = {"cell": described.cell, "vehicle": described.vehicle, "notes": described.notes}
    _show_one(described, texts, as_json)


@vehicles.callback(invoke_without_command=True)
def vehicles_listed(context: typer.Context, as_json: Json = False) -> None:
    """List the vehicles of the library."""
    if context.invoked_subcommand is not None:
        return
    from bms.driving import vehicle

    described = {name: vehicle.load(name) for name in vehicle.names()}
    keys = ("mass_kg", "cda_m2", "rolling")
    rows = {name: _row(car, *keys, power_max_kw=car.power_max_w.value / 1000) for name, car in described.items()}
    _show("Vehicles", rows, as_json)


@vehicles.command("show")
def vehicle_shown(
    vehicle: Annotated[str, typer.Argument(help="A vehicle of the library, or the path of a TOML file.")],
    as_json: Json = False,
) -> None:
    """Print each figure of a vehicle with its range, status and source, and the share that is disclosed."""
    from bms.driving import vehicle as vehicle_file

    _show_one(vehicle_file.load(vehicle), {}, as_json)


def _row(described: Any, *keys: str, **further: str | float | None) -> dict[str, Any]:
    """Name, main figures and what else there is of a description, and the share of its inputs that is disclosed."""
    from bms.cells.provenance import figures, share

    main = {key: getattr(described, key).value for key in keys}
    return {"name": described.name, **main, **further, "disclosed_share": round(share(figures(described)), 3)}


def _show(title: str, rows: dict[str, Any], as_json: bool) -> None:
    from bms.report import library_tables

    console.show({title.lower(): rows}, library_tables.listing(title, rows), as_json)


def _show_one(described: Any, texts: dict[str, Any], as_json: bool) -> None:
    """A description's texts, each of its figures, and how many have which status."""
    from bms.cells import provenance
    from bms.report import library_tables

    found = provenance.figures(described)
    result = {
        "name": described.name,
        **texts,
        "figures": [vars(figure) for figure in found],
        "counts": provenance.counts(found),
        "disclosed_share": round(provenance.share(found), 3),
    }
    console.show(result, library_tables.described(described.name, texts, found), as_json)
