"""The verb `bms simulate`: an emulated pack in its vehicle over a cycle."""

from pathlib import Path
from typing import Annotated

import typer

from bms import console

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def simulate(
    pack: Annotated[str, typer.Option(help="A pack of the library, or the path of a TOML file.")],
    cycle: Annotated[str, typer.Option(help="udds, hwfet, us06, wltc, or the path of a CSV file.")] = "wltc",
    ambient_c: Annotated[float, typer.Option(help="Air, degC.")] = 25.0,
    start_temperature_c: Annotated[float | None, typer.Option(help="Cells, degC; as the air unless told.")] = None,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="Repeat the cycle until the pack ends.")] = False,
    start_soc: Annotated[float, typer.Option(help="Mean SoC at the start, 0..1.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Draws the spread of the cells.")] = 1,
    effects: Annotated[str, typer.Option(help="all, none, or pressure,contact,plating,ageing,heat,short")] = "all",
    age_years: Annotated[float, typer.Option(min=0, max=40, help="At 25 degC, behind the pack.")] = 0.0,
    full_cycles: Annotated[float, typer.Option(min=0, max=100_000, help="Behind the pack.")] = 0.0,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="A row a second, .parquet or .csv.")] = None,
    html: Annotated[Path | None, typer.Option(help="A page with plots.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Drive an emulated pack over a cycle, heating off; Ctrl-C ends the drive and keeps what there is."""
    from bms import output
    from bms.driving import simulate as job
    from bms.report import simulation_page, tables

    if out is not None:
        output.ready_table(out, Path(pack), Path(cycle))
    if html is not None:
        output.ready(html, Path(pack), Path(cycle))
    what = job.Run(
        pack, cycle, ambient_c, start_temperature_c, until_empty, start_soc, seed, effects, age_years, full_cycles
    )
    simulation = job.prepare(what)
    with console.progress() as bar:
        task = bar.add_task("driving", total=1.0)
        job.go(simulation, lambda share: bar.update(task, completed=share))
    if out is not None:
        output.write_table(out, simulation.columns)
    if html is not None:
        simulation_page.write(html, simulation)
    result = job.summary(simulation)
    console.show(result, tables.facts_table("Simulated drive", simulation_page.facts(result)), as_json)
    if simulation.ended == job.INTERRUPTED:
        raise typer.Exit(_INTERRUPTED)
