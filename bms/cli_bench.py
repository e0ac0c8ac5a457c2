"""The verbs of `bms bench`: speed, cost on a board, the range over emulated drives, accuracy on measured cells."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bms import console

if TYPE_CHECKING:
    from bms.estimation.budgets import Verdict

app = typer.Typer(
    help="Figures of this machine, of the boards' code, and of the estimator on measured cells.", no_args_is_help=True
)

_DOC = Path("docs/accuracy.md")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


@app.command()
def speed(as_json: Json = False) -> None:
    """Cell updates a second of the compiled estimator, beside filterpy in the same run."""
    from bms.bench import speed as measure
    from bms.report import tables

    result = measure.speed()
    console.show(result, tables.figures("Speed on this machine", result), as_json)


@app.command()
def cells(as_json: Json = False) -> None:
    """Speed of the emulated cells, beside PyBaMM's Thevenin model in the same run."""
    from bms.bench import cells_speed
    from bms.report import tables

    result = cells_speed.cells_speed()
    console.show(result, tables.figures("Emulated cells on this machine", result), as_json)


@app.command()
def energy(as_json: Json = False) -> None:
    """Time of a UDDS in the vehicle model, beside FASTSim 3 in the same run."""
    from bms.bench import energy_speed
    from bms.report import tables

    result = energy_speed.energy_speed()
    console.show(result, tables.figures("Vehicle energy on this machine", result), as_json)


@app.command()
def board(as_json: Json = False) -> None:
    """Instructions, heap and native speed-up of the kernel on 32-bit ARM, without a board."""
    from bms.bench import board as measure
    from bms.report import tables

    result = measure.board()
    console.show(result, tables.figures("On 32-bit ARM", result), as_json)


@app.command(name="range")
def range_(
    seeds: Annotated[int, typer.Option(help="Drives of every pack on every road.", min=1, max=100)] = 2,
    chosen: Annotated[bool, typer.Option("--chosen", help="The drives that the constants were chosen on.")] = False,
    as_json: Json = False,
) -> None:
    """How far off the board's range is over emulated drives to empty, from history and with the route told."""
    from bms.bench import range_accuracy as measure
    from bms.report import tables

    with console.progress() as bar:
        task = bar.add_task("drives", total=None)
        drives = measure.cases(seeds, chosen=chosen)
        result = measure.judge(drives, lambda done, total: bar.update(task, completed=done, total=total))
    console.show(result, tables.figures("Range over emulated drives", result), as_json)


@app.command()
def accuracy(
    files: Annotated[list[Path], typer.Argument(help="Logs with the truth: ah_discharged from full, or soc.")],
    cell: Annotated[str, typer.Option(help="A cell of the library, or the path of a TOML file.")],
    html: Annotated[Path | None, typer.Option(help="A page with plots.")] = None,
    baselines: Annotated[bool, typer.Option(help="Coulomb counter and plain EKF (filterpy) in the same run.")] = True,
    compare: Annotated[bool, typer.Option("--compare", help="Show what changed since the committed figures.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Make these the committed figures.")] = False,
    judge: Annotated[bool, typer.Option("--judge", help="Status 1 if a budget of the cell is broken.")] = False,
    doc: Annotated[Path, typer.Option(help="The page of committed figures; a .json lies beside it.")] = _DOC,
    as_json: Json = False,
) -> None:
    """Put the estimator through the accuracy protocol: told, mistaken, blind, with sensors that lie."""
    from bms import output
    from bms.cells import library
    from bms.estimation import accuracy as protocol
    from bms.estimation import budgets, scores
    from bms.report import accuracy_doc, accuracy_page

    found, name, names = library.load(cell), Path(cell).stem, protocol.labels(files)
    kept = accuracy_doc.kept(doc, name, names) if compare else None
    if judge:
        budgets.require(name, names)
    if write:
        accuracy_doc.ready(doc, name, *files)
    if html is not None:
        output.ready(html, *files, Path(cell))
    with console.progress() as bar:
        task = bar.add_task("accuracy", total=None)
        result = protocol.judge(files, found, baselines, lambda k, n: bar.update(task, completed=k, total=n))
    figures = scores.summary(result)
    verdicts = budgets.verdicts(name, figures) if budgets.judged(name, names) else []
    changes = accuracy_doc.changes(kept, figures) if kept is not None else {}
    if html is not None:
        accuracy_page.write(html, result)
    if write:
        accuracy_doc.write(doc, name, figures)
    _show_accuracy(figures, verdicts, changes, as_json)
    if judge and not all(verdict.holds for verdict in verdicts):
        raise typer.Exit(1)


@app.command()
def calibrate(
    drive: Annotated[list[Path], typer.Option(help="A drive, left out with those of its temperature; repeat.")],
    ocv: Annotated[list[Path] | None, typer.Option(help="A slow test; repeat for more files.")] = None,
    dynamic: Annotated[list[Path] | None, typer.Option(help="A test that always trains; repeat for more.")] = None,
    as_json: Json = False,
) -> None:
    """Choose the filter's constants on drives left out of a fit; the files of one folder are one cell's."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for the processes that fit: the products are small

    from bms.estimation import calibration, left_out
    from bms.report import calibration_tables

    tests = left_out.by_folder(ocv or [], dynamic or [], drive)
    with console.progress() as bar:
        fits, trials = bar.add_task("fits", total=None), bar.add_task("trials", total=None)
        cells = left_out.left_out(list(tests.values()), lambda k, n: bar.update(fits, completed=k, total=n))
        tried = calibration.calibrate(cells, lambda k, n: bar.update(trials, completed=k, total=n))
    summary = calibration.summary(list(tests), cells, tried)
    if as_json:
        console.show(summary, None, as_json)
        return
    for table in calibration_tables.tables(summary):
        console.show_table(table)


@app.command()
def capacity(
    files: Annotated[list[Path], typer.Argument(help="Discharges from full to empty.")],
    cell: Annotated[str, typer.Option(help="A cell of the library, or the path of a TOML file.")],
    as_json: Json = False,
) -> None:
    """Learn the capacity of an aged cell from what it delivers, told only the rated one."""
    from bms.cells import library
    from bms.estimation import capacity_cycles, logs
    from bms.report import accuracy_tables as tables

    found = library.load(cell)
    results = [capacity_cycles.aged(logs.read(file), found) for file in files]
    summary = {
        "cell": found.name,
        "rated_ah": found.capacity_ah.value,
        "files": {
            result.file: {
                "delivered_ah": round(result.delivered_ah, 4),
                "found_ah": [round(ah, 4) for ah in result.found_ah],
                "error_pct": round(100 * result.error, 2),
            }
            for result in results
        },
    }
    console.show(summary, tables.aged_table(found.name, results), as_json)


def _show_accuracy(
    figures: dict[str, Any], verdicts: "list[Verdict]", changes: dict[str, dict[str, Any]], as_json: bool
) -> None:
    from bms.report import accuracy_tables as tables

    if as_json:
        more = {"budgets": [verdict.summary for verdict in verdicts], "changes": changes}
        console.show(figures | {key: value for key, value in more.items() if value}, None, as_json)
        return
    console.show_table(tables.cases_table(figures))
    console.show_table(tables.temperature_table(figures))
    console.show_table(tables.cycles_table(figures))
    if verdicts:
        console.show_table(tables.budgets_table(verdicts))
    if changes:
        console.show_table(tables.changes_table(changes))
