"""The table and the page of a headline: what it would take, what is left of it, and what nobody has told."""

from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from bms.driving import claim_life
from bms.driving.claim import SPEEDS_MPH, Asked
from bms.driving.claim_answer import curve
from bms.report import page, plot
from bms.report.page import Section

_LEFT = {
    "as_asked": "55 mph, 20 °C",
    "75_mph": "75 mph",
    "cold": "-20 °C, heating on",
    "cold_75_mph": "-20 °C at 75 mph",
    "after_a_year": "after a year",
    "after_a_year_of_full_cycles": "after 365 full cycles",
    "towing_3_t": "towing 3 t",
}
_SPEEDS = [float(mph) for mph in range(30, 91, 5)]


def facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value, in the order of the questions."""
    rows = [("question", f"{result['miles']:g} miles on a charge: {result['vehicle']} with {result['cell']}")]
    for mph in SPEEDS_MPH:
        key = f"{mph}_mph"
        plain, heavy = result["needed_usable_kwh"][key], result["needed_usable_kwh_with_its_mass"][key]
        kilos, litres = result["needed_pack_kg"][key], result["needed_pack_l"][key]
        rows.append((f"needs at {mph} mph", f"{_of(plain)} kWh usable; {_of(heavy)} with the pack's own mass"))
        rows.append((f"  a pack of about, at {mph} mph", f"{_of(kilos)} kg, {_of(litres)} L"))
    own = result["own_pack_true_up_to_mph"]
    rows.append((f"true of {result['own_pack']}", f"up to {own:g} mph" if own else "at no speed above 10 mph"))
    rows += [(f"left of it: {_LEFT[name]}", _miles(miles)) for name, miles in result["miles_left"].items()]
    charging = result["charging"]
    minutes = f"{_of(charging['minutes_10_80'])} min, limited by the {charging['limited_by']}"
    rows.append(("10 to 80 % at 350 kW", f"{minutes}; cells alone {_of(charging['minutes_10_80_cells_alone'])} min"))
    rows += claim_life.facts(result["life"])
    rows.append(("inputs that are disclosed", f"{100 * result['disclosed_share']:.0f} %"))
    rows.append(
        ("nobody has published", ", ".join(row["figure"] for row in result["missing"]) or "nothing of it is missing")
    )
    return rows


def write(path: Path, result: dict[str, Any], asked: Asked) -> None:
    """The page; InputError where `path` cannot be written."""
    sections = [
        Section(
            "What it takes", "Usable energy for the miles at a constant speed, 20 °C, heating off.", _needed(asked)
        ),
        Section("What is left of it", "The same pack, new unless said, when something else is asked.", _left(result)),
    ]
    title = f"{result['miles']:g} miles on a charge?"
    page.write(path, title, _short(result), facts(result), sections, linked=False)


def _short(result: dict[str, Any]) -> str:
    """The answer in a few sentences."""
    ends = [f"{mph}_mph" for mph in (SPEEDS_MPH[0], SPEEDS_MPH[-1])]
    kwh, kilos = ([result[name][key] for key in ends] for name in ("needed_usable_kwh", "needed_pack_kg"))
    who = f"{result['vehicle']} with {result['cell']}"
    if None in (*kwh, *kilos):
        takes = f"{who}: no pack makes them at every speed up to {SPEEDS_MPH[-1]} mph."
    else:
        takes = (
            f"{who}: they take {kwh[0]:.0f} kWh at {SPEEDS_MPH[0]} mph and {kwh[1]:.0f} kWh at {SPEEDS_MPH[-1]} mph, "
            f"a pack of {kilos[0]:.0f} to {kilos[1]:.0f} kg."
        )
    own, left = result["own_pack_true_up_to_mph"], result["miles_left"]
    does = f"does so up to {own:g} mph" if own else "does so at no speed above 10 mph"
    cold = "" if left["cold"] is None else f" At -20 °C with the heating on {left['cold']} miles would be left."
    known = f"Of the inputs {100 * result['disclosed_share']:.0f} % are disclosed; the rest is assumed."
    return f"{takes} Its own pack ({result['own_pack']}) {does}.{cold} {known}"


def _needed(asked: Asked) -> go.Figure:
    figure = plot.styled(380)
    plain, heavy = curve(asked, _SPEEDS)
    figure.add_scatter(x=_SPEEDS, y=plain, name="the vehicle as it is", line={"color": plot.MEAN})
    figure.add_scatter(x=_SPEEDS, y=heavy, name="with the mass of the pack", line={"color": plot.LOWEST})
    its = asked.its.usable_kwh
    if its:
        figure.add_hline(
            y=its.value, line={"color": plot.TRUTH, "dash": "dot"}, annotation_text=f"its own {its.value:g} kWh"
        )
    figure.update_xaxes(title="speed / mph")
    figure.update_yaxes(title="usable energy / kWh", rangemode="tozero")
    return figure


def _left(result: dict[str, Any]) -> go.Figure:
    names = [_LEFT[name] for name in result["miles_left"]]
    miles = [value or 0 for value in result["miles_left"].values()]
    figure = plot.listed(names, "miles")
    figure.add_bar(
        orientation="h",
        x=miles,
        y=names,
        marker_color=[plot.MEAN, *([plot.LOWEST] * (len(miles) - 1))],
        text=[f"{m:g}" if m else "not possible" for m in miles],
        textposition="outside",
        showlegend=False,
    )
    figure.update_xaxes(range=[0, 1.25 * max(*miles, 1)])
    return figure


def _miles(value: int | None) -> str:
    return "the vehicle cannot do that" if value is None else f"{value:g} miles"


def _of(value: float | None) -> str:
    return "no pack" if value is None else f"{value:.0f}"
