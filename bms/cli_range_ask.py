"""The verb `bms range`: how far a pack takes a vehicle, with a probability."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bms import console
from bms.errors import InputError

_TRAILER_CDA_M2 = 3.0


def ask(
    context: typer.Context,
    pack: Annotated[str | None, typer.Option(help="A pack of the library, or the path of a TOML file.")] = None,
    vehicle: Annotated[str | None, typer.Option(help="As the pack's own unless told.")] = None,
    cycle: Annotated[str, typer.Option(help="udds, hwfet, us06 or wltc.")] = "wltc",
    speed_kmh: Annotated[float | None, typer.Option(help="A constant speed instead of a cycle.")] = None,
    trace: Annotated[Path | None, typer.Option(help="A CSV of your own with time_s, speed_mps.")] = None,
    procedure: Annotated[str | None, typer.Option(help="epa, wltp or cltc; a --trace of the CLTC is driven.")] = None,
    adjustment: Annotated[float, typer.Option(help="Of the EPA's two-cycle range; 0.7 is its default.")] = 0.7,
    ambient_c: Annotated[float, typer.Option(help="Air, degC.")] = 23.0,
    start_temperature_c: Annotated[float | None, typer.Option(help="Cells and cabin; as the air unless told.")] = None,
    hvac: Annotated[Literal["off", "resistive", "heat-pump"], typer.Option(help="Heating and cooling.")] = "off",
    headwind_kmh: Annotated[float, typer.Option(help="Against the drive.")] = 0.0,
    grade: Annotated[float, typer.Option(help="Rise over run, all the way.")] = 0.0,
    payload_kg: Annotated[float, typer.Option(help="Beyond the driver.")] = 0.0,
    tow_kg: Annotated[float, typer.Option(help="A trailer's mass.")] = 0.0,
    tow_cda_m2: Annotated[
        float | None, typer.Option(help="A trailer's drag area beyond the car's; 3 m2 for one unless told.")
    ] = None,
    age_years: Annotated[float, typer.Option(min=0, max=40, help="Of the pack.")] = 0.0,
    km_per_year: Annotated[float, typer.Option(min=0, max=500_000, help="Driven in each of them.")] = 15_000.0,
    start_soc: Annotated[float, typer.Option(help="0..1.")] = 1.0,
    calibrate_wh_per_km: Annotated[
        float | None, typer.Option(help="What your car takes over this cycle, new, in mild air, heating off.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws what is uncertain.")] = 1,
    html: Annotated[Path | None, typer.Option(help="A page with plots.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """How far a pack takes a vehicle: p10, p50 and p90, and where the miles go."""
    if context.invoked_subcommand is not None:
        return
    if pack is None:
        raise InputError("--pack is missing: name a pack of the library (`bms packs` lists them) or a TOML file.")
    from bms import output
    from bms.driving import conditions, cycles, procedures, range_answer, range_case
    from bms.report import range_page, tables

    if html is not None:
        output.ready(html, Path(pack))
    _check_choice(context, procedure)
    drag = tow_cda_m2 if tow_cda_m2 is not None else (_TRAILER_CDA_M2 if tow_kg > 0 else 0.0)
    around = conditions.Conditions(
        ambient_c, start_temperature_c, hvac, headwind_kmh, grade, payload_kg, tow_kg, drag
    )
    driven = cycles.constant(speed_kmh) if speed_kmh is not None else cycles.load(trace or cycle)
    case = range_case.case(pack, vehicle, driven, around, start_soc, age_years, km_per_year, calibrate_wh_per_km)
    if procedure is not None:
        own = driven if trace is not None or _was_told(context, "cycle") else None
        label = procedures.label(case, procedure, adjustment, own)
        result = {"procedure": label.procedure, "range_km": round(label.km, 1), "low_km": round(label.low, 1),
                  "high_km": round(label.high, 1), **{k: round(v, 3) for k, v in label.parts.items()}}  # fmt: skip
        console.show(result, tables.facts_table("Range by the rule book", range_page.label_facts(label)), as_json)
        return
    with console.progress() as bar:
        task = bar.add_task("driving", total=1.0)
        found = range_answer.answer(case, seed, progress=lambda share: bar.update(task, completed=share))
    if html is not None:
        range_page.write(html, found)
    shown = range_answer.as_json(found)
    console.show(shown, tables.facts_table("Range", range_page.facts(found)), as_json)


def _check_choice(context: typer.Context, procedure: str | None) -> None:
    """InputError for options that exclude each other: one drive, and a procedure sets its own."""
    told = {name for name, value in context.params.items() if value is not None and _was_told(context, name)}
    drives = sorted(told & {"cycle", "speed_kmh", "trace"})
    if len(drives) > 1:
        raise InputError(f"{_option(drives[0])} and {_option(drives[1])} are two drives; give one of them.")
    others = sorted(told - {"pack", "vehicle", "procedure", "adjustment", "cycle", "trace", "as_json", "seed"})
    if procedure is not None and others:
        raise InputError(f"{_option(others[0])} does not go with --procedure, which sets its own; leave one of them.")


def _was_told(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
