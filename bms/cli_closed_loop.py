"""`bms bench drives` and `bms bench endurance`: the real firmware in closed loop, cell by cell and day by day."""

from pathlib import Path
from typing import Annotated

import typer

from bms import console
from bms.cli_bench import Json, app

Runs = Annotated[str, typer.Option("--target", help="Where the firmware runs: python, webassembly, unix or arm32.")]


@app.command()
def drives(
    target: Runs = "python",
    cell: Annotated[list[str] | None, typer.Option(help="A cell of the library; again for another.")] = None,
    write: Annotated[Path | None, typer.Option(help="The page of the figures, as docs/drives.md.")] = None,
    as_json: Json = False,
) -> None:
    """Each cell family over UDDS, a hard US06 and a charge, warm and cold, by loads that obey the firmware's limits."""
    from bms import output
    from bms.bench import closed_loop_cases as protocol
    from bms.bench import targets
    from bms.report import drives_doc

    found, cases = targets.target(target), protocol.cases(cell or [])
    if write is not None:
        output.ready(write)
    with console.progress() as bar:
        task = bar.add_task("drives", total=len(cases))
        rows = protocol.run(cases, found, lambda done: bar.update(task, completed=done))
    result = protocol.summary(rows, found)
    if write is not None:
        drives_doc.write(write, result)
    if as_json:
        console.show(result, None, as_json)
    else:
        console.show_table(drives_doc.table(result))
    if result["broken"]:
        raise typer.Exit(1)


@app.command()
def endurance(
    days: Annotated[float, typer.Option(help="Virtual days.", min=0.05, max=365)] = 1.0,
    target: Runs = "python",
    seed: Annotated[int, typer.Option(help="Of cells and sensors.", min=0)] = 1,
    as_json: Json = False,
) -> None:
    """Days of driving, charging and rest with a current sensor that is 15 mA off and a clock that leaps."""
    from bms.bench import endurance as life
    from bms.bench import targets
    from bms.report import tables

    with console.progress() as bar:
        task = bar.add_task("hours", total=24 * days)
        result = life.run(24 * days, targets.target(target), seed, lambda hour: bar.update(task, completed=hour))
    console.show(result, tables.figures(f"{days:g} days of use", result), as_json)
    if life.broken(result):
        raise typer.Exit(1)


@app.command()
def balancing(
    cell: Annotated[str, typer.Option(help="A cell of the library; four of it in series.")] = "panasonic-ncr18650pf",
    hours: Annotated[float, typer.Option(help="At most.", min=1, max=2000)] = 48.0,
    target: Runs = "python",
    as_json: Json = False,
) -> None:
    """Rest with cells 50 mV apart, until the firmware has brought them within 5 mV."""
    from bms.bench import balancing_loop, targets
    from bms.report import tables

    with console.progress() as bar:
        task = bar.add_task("hours", total=hours)
        found = targets.target(target)
        result = balancing_loop.run(cell, hours, found, done=lambda hour: bar.update(task, completed=hour))
    console.show(result, tables.figures("Balancing at rest", result), as_json)
    if not result["converged"]:
        raise typer.Exit(1)
