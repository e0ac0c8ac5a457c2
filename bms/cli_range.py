"""The verbs of `bms range`: how far, and how the vehicle model holds against cars that were measured."""

from pathlib import Path
from typing import Annotated

import typer

from bms import cli_range_ask, console

app = typer.Typer(help="How far a vehicle goes, and how sure that is.")
app.callback(invoke_without_command=True)(cli_range_ask.ask)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


@app.command()
def validate(
    file: Annotated[
        Path, typer.Argument(help="CSV of measured cars: make, etw_lb, A_lbf, B_lbf_mph, C_lbf_mph2, rated_hp, ...")
    ],
    calibrate: Annotated[
        str | None, typer.Option(help="hwfet: what each car took over HWFET scales its own energy.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Predict wall energy and label range from road load, weight and power, and hold them against the EPA's figures."""
    from bms.driving import measured_cars, validation
    from bms.report import validation_tables

    calibration = validation.calibration(calibrate)
    result = validation.validate(measured_cars.read(file), calibration)
    console.show(result, validation_tables.tables(result), as_json)
