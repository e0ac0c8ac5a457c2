"""The verbs `bms claim` and `bms claim list`: headlines held against physics."""

from pathlib import Path
from typing import Annotated

import typer

from bms import console
from bms.errors import InputError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
app = typer.Typer(help="A headline held against physics: what so many miles on a charge would take.")


@app.callback(invoke_without_command=True)
def claim(
    context: typer.Context,
    miles: Annotated[float | None, typer.Option(help="On one charge.")] = None,
    vehicle: Annotated[str, typer.Option(help="full-size-pickup, mid-size-sedan, or one of `bms vehicles`.")] = (
        "mid-size-sedan"
    ),
    cell: Annotated[str, typer.Option(help="A cell of the library.")] = "ion-cornerstone",
    html: Annotated[Path | None, typer.Option(help="A page with plots.")] = None,
    as_json: Json = False,
) -> None:
    """What so many miles on a charge would take, what is left of them, and what nobody has published."""
    if context.invoked_subcommand is not None:
        return
    if miles is None:
        raise InputError("--miles is missing: say how many miles on a charge are claimed, for example --miles 900.")
    from bms import output
    from bms.driving import claim_answer
    from bms.driving.claim import Question, read
    from bms.report import claim_page, tables

    if html is not None:
        output.ready(html)
    question = Question(miles, vehicle, cell)
    result = claim_answer.answer(question)
    if html is not None:
        claim_page.write(html, result, read(question))
    console.show(result, tables.facts_table("A headline against physics", claim_page.facts(result)), as_json)


@app.command("list")
def listed(
    contradicted: Annotated[bool, typer.Option("--contradicted", help="Only what cannot be as published.")] = False,
    as_json: Json = False,
) -> None:
    """All numeric claims of the articles, each with what physics gives and a verdict."""
    from bms.driving import claims, claims_rules
    from bms.report import claims_table

    result = claims.result(claims.check_all(claims.known()))
    if contradicted:
        result["checks"] = [row for row in result["checks"] if row["verdict"] == claims_rules.CONTRADICTS]
    console.show(result, claims_table.table(result, why=False), as_json)
