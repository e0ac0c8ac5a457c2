"""The verbs that answer one question each, from limits to sense, and `bms questions`, which lists them."""

from pathlib import Path
from typing import Annotated

import typer

from bms import console

Pack = Annotated[str, typer.Option(help="A pack of the library, or the path of a TOML file.")]
Cell = Annotated[str, typer.Option(help="A cell of the library, or the path of a TOML file.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


def limits(
    pack: Pack,
    temperature_c: Annotated[float, typer.Option(help="Cells and air, degC.")] = 25.0,
    soc: Annotated[float, typer.Option(help="0..1.")] = 0.5,
    as_json: Json = False,
) -> None:
    """What a pack gives for 2, 10 and 30 s and takes, cold or warm, and what it costs to warm it to 10 degC."""
    from bms.driving import limits as job
    from bms.report import tables

    result = job.answer(pack, temperature_c, soc)
    console.show(result, tables.facts_table("Limits", job.facts(result)), as_json)


def charge(
    pack: Pack,
    charger_kw: Annotated[float, typer.Option(help="What the charger gives at most.")] = 350.0,
    from_soc: Annotated[float, typer.Option(help="0..1.")] = 0.1,
    to_soc: Annotated[float, typer.Option(help="0..1.")] = 0.8,
    temperature_c: Annotated[
        float | None, typer.Option(help="Cells at the start, and air, degC; 25, or where they are kept hot, that.")
    ] = None,
    as_json: Json = False,
) -> None:
    """A fast charge: how many minutes, what limits it, and the miles that it is good for."""
    from bms.driving import fast_charge
    from bms.report import tables

    result = fast_charge.answer(fast_charge.Asked(pack, charger_kw, from_soc, to_soc, temperature_c))
    console.show(result, tables.facts_table("Fast charge", fast_charge.facts(result)), as_json)


def diagnose(
    log: Annotated[Path, typer.Argument(help="CSV or Parquet: time_s, current_a, voltage_v, temperature_c.")],
    cell: Cell,
    as_json: Json = False,
) -> None:
    """Is a soft short or a loss of contact in a cell's log, with what confidence, and how soon it shows."""
    from bms.cells import library
    from bms.estimation import diagnosis, logs
    from bms.report import tables

    described = library.load(cell)
    result = diagnosis.diagnose(logs.read(log), described)
    console.show(result, tables.facts_table("Diagnosis", diagnosis.facts(result)), as_json)


def match(
    range_km: Annotated[float, typer.Option(help="Over WLTC at the ambient, when old.")],
    minutes: Annotated[float, typer.Option(help="10 to 80 % at 25 degC.")] = 20.0,
    years: Annotated[float, typer.Option(help="Of use.")] = 10.0,
    km_per_year: Annotated[float, typer.Option(help="Driven in each of them.")] = 15_000.0,
    ambient_c: Annotated[float, typer.Option(help="Air and cells, degC.")] = -30.0,
    kept: Annotated[float, typer.Option(help="Least share of the capacity after the years, 0..1.")] = 0.7,
    charger_kw: Annotated[float, typer.Option(help="What the charger gives at most.")] = 350.0,
    as_json: Json = False,
) -> None:
    """Which programme can do a job: every pack in a vehicle, the best first, with what is disclosed of each answer."""
    from bms.driving import match as job
    from bms.report import match_table

    result = job.answer(job.Job(range_km, minutes, years, km_per_year, ambient_c, kept, charger_kw))
    console.show(result, match_table.table(result), as_json)


def sense(
    cell: Cell,
    thickness_um: Annotated[float | None, typer.Option(help="Standard deviation of a thickness sensor.")] = None,
    pressure_kpa: Annotated[float | None, typer.Option(help="Standard deviation of a pressure sensor.")] = None,
    voltage_mv: Annotated[float, typer.Option(help="Standard deviation of voltage and OCV together.")] = 9.0,
    as_json: Json = False,
) -> None:
    """How much a sensor of thickness or pressure improves the SoC; a thickness of 10 um unless one is named."""
    from bms.cells import library
    from bms.estimation import sensing
    from bms.report import tables

    if thickness_um is None and pressure_kpa is None:
        thickness_um = 10.0
    result = sensing.answer(library.load(cell), sensing.Sensors(thickness_um, pressure_kpa, voltage_mv))
    console.show(result, tables.facts_table("What a sensor adds", sensing.facts(result)), as_json)


def questions(
    write: Annotated[Path | None, typer.Option(help="Run every command and write a page in Markdown.")] = None,
) -> None:
    """Fourteen questions about solid-state packs, and the commands that answer them."""
    from bms import output
    from bms.report import questions_doc

    if write is None:
        console.show_table(questions_doc.table())
        return
    from bms.cli import app

    output.ready(write)
    place = write.absolute()
    with console.progress() as bar:
        task = bar.add_task("asking", total=len(questions_doc.QUESTIONS))
        text = questions_doc.text(app, lambda done: bar.update(task, completed=done))
    output.write_text(place, text)
    print(f"{write}: {len(questions_doc.QUESTIONS)} questions with their answers.")
