"""The vehicle model against measured cars, in the terminal."""

from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table

from bms.report.tables import plain_table

_FIGURES = {"hwfet": "HWFET", "udds": "UDDS", "label": "label range"}
_MODELS = {
    "judged": "as judged",
    "leave_one_maker_out": "refitted without the maker",
    "shipped_constants": "shipped constants",
    "constant_efficiency": "constant efficiencies, FASTSim's",
}


def tables(result: dict[str, Any]) -> Group:
    """Errors by figure and model, then car by car, and what was left out."""
    left_out = (f"[yellow]{escape(sentence)}[/yellow]" for sentence in result["left_out"])
    return Group(errors_table(result), cars_table(result), *left_out)


def errors_table(result: dict[str, Any]) -> Table:
    """Mean absolute error, bias and share inside the 80 % interval; below it, what the first line was judged by."""
    title = f"{result['vehicles']} cars of {result['makers']} makers" + (
        f", each scaled by its own {_FIGURES[result['calibrated']]}" if result["calibrated"] else ""
    )
    table = plain_table(title, "", "error, %", "bias, %", "in the 80 % interval")
    for figure, name in _FIGURES.items():
        if figure == result["calibrated"]:
            continue  # met by construction
        blocks = {"judged": result[figure], **{key: (result[key] or {}).get(figure) for key in list(_MODELS)[1:]}}
        for key, errors in blocks.items():
            if errors is not None:
                label = f"[bold]{name}[/bold]: {_MODELS[key]}" if key == "judged" else f"  {_MODELS[key]}"
                table.add_row(label, *_cells(errors))
    how = (f"{number} {name.replace('_', ' ')}" for name, number in result["judged_by"].items() if number)
    table.caption = f"judged: {', '.join(how)}"
    return table


def cars_table(result: dict[str, Any]) -> Table:
    """Each car: measured, predicted, the interval; in yellow what lies outside of it."""
    units = ("mi" if key == "label" else "Wh/mi" for key in _FIGURES)
    table = plain_table("", "car", *(f"{name}, {unit}" for name, unit in zip(_FIGURES.values(), units, strict=True)))
    for car in result["cars"]:
        name = escape(f"{car['make']} {car['model']}".strip())
        table.add_row(name, *(_car_cell(list(car[figure].values())) for figure in _FIGURES))
    table.caption = "measured / predicted (80 % interval)"
    return table


def _cells(errors: dict[str, Any]) -> list[str]:
    share = errors.get("coverage_80")
    return [f"{errors['mape_pct']:.1f}", f"{errors['bias_pct']:+.1f}", "" if share is None else f"{100 * share:.0f} %"]


def _car_cell(figures: list[float | None]) -> str:
    measured, value, low, high = figures
    if measured is None or value is None or low is None or high is None:
        return "" if value is None else f"- / {value:.0f}"
    text = f"{measured:.0f} / {value:.0f} ({low:.0f} .. {high:.0f})"
    return text if low <= measured <= high else f"[yellow]{text}[/yellow]"
