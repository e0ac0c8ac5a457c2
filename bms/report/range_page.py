"""The table and the page of a range: how far with what certainty, and where the miles went."""

from pathlib import Path

import plotly.graph_objects as go

from bms.driving.hot_cells import kept_at_c, preheat_kwh
from bms.driving.procedures import Label
from bms.driving.range_answer import Answer, rounded
from bms.report import page, plot
from bms.report.page import Section

_KM_PER_MILE = 1.609344


def facts(result: Answer) -> list[tuple[str, str]]:
    """Name and value, the answer first; then each cause."""
    around = result.case.around
    rows = [
        ("vehicle", result.case.vehicle.name),
        ("pack", result.case.pack.name),
        ("drive", f"{result.case.cycle.name} at {around.ambient_c:g} °C, heating and cooling {around.hvac}"),
        ("range: p10 / p50 / p90", f"{result.p10:.0f} / {result.p50:.0f} / {result.p90:.0f} km"),
        ("in miles", " / ".join(f"{km / _KM_PER_MILE:.0f}" for km in (result.p10, result.p50, result.p90))),
        ("usable energy", f"{result.middle.kwh:.1f} kWh, {result.middle.wh_per_km:.0f} Wh/km"),
        ("ends when", result.middle.ended),
        ("ideal, from the data sheet", f"{result.ideal_km:.0f} km"),
    ]
    kept = kept_at_c(result.case.cell)
    if kept is not None and result.middle.km > 0:
        kwh = preheat_kwh(result.case.pack, result.case.cell, around.start_c)
        rows.append(("cells", f"heated from the grid to {kept:g} °C before the drive, {kwh:.1f} kWh, and kept there"))
    *causes, last = rounded(result, 0)
    rows += [(f"  {cause.cause}", f"{cause.km:+.0f} km") for cause in causes]
    rows.append(("every figure at its value", f"{result.middle.km:.0f} km"))
    rows.append((f"  {last.cause}", f"{last.km:+.0f} km"))
    rows.append(("half of all drives go further", f"{result.p50:.0f} km"))
    rows.append(("inputs that are disclosed", f"{100 * result.disclosed_share:.0f} %"))
    return rows


def label_facts(label: Label) -> list[tuple[str, str]]:
    """A range by the rule book."""
    spread = f" ({label.low:.0f} .. {label.high:.0f})" if label.low != label.high else ""
    rows = [(f"range, {label.procedure.upper()}", f"{label.km:.0f} km, {label.km / _KM_PER_MILE:.0f} miles{spread}")]
    return rows + [(name, f"{value:g}" if value <= 1 else f"{value:.0f}") for name, value in label.parts.items()]


def write(path: Path, result: Answer) -> None:
    """The page with its waterfall and its spread; InputError where `path` cannot be written."""
    sections = [
        Section(
            "Where the range goes",
            "From the data sheet's energy to the road, one cause after the other.",
            _waterfall(result),
        )
    ]
    if result.p90 > 0:
        told = "nine of ten get further than p10, half further than p50, one of ten further than p90"
        caption = f"Drives with every uncertain figure drawn from its range, shortest first: {told}."
        sections.append(Section("How certain it is", caption, _spread(result)))
    title = f"{result.case.vehicle.name}: {result.p50:.0f} km"
    page.write(
        path, title, "Emulated cells, driven until the weakest says stop.", facts(result), sections, linked=False
    )


def _waterfall(result: Answer) -> go.Figure:
    causes = rounded(result, 0)
    names = ["data sheet", *(cause.cause for cause in causes), "range, p50"]
    kinds = ["absolute", *("relative" for _ in causes), "total"]
    values = [round(result.ideal_km), *(cause.km for cause in causes), round(result.p50)]
    figure = plot.listed(names, "km")
    figure.add_waterfall(
        orientation="h",
        x=values,
        y=names,
        measure=kinds,
        text=[
            f"{value:+.0f}" if kind == "relative" else f"{value:.0f}" for value, kind in zip(values, kinds, strict=True)
        ],
        textposition="outside",
        decreasing={"marker": {"color": plot.LOWEST}},
        increasing={"marker": {"color": plot.HIGHEST}},
        totals={"marker": {"color": plot.MEAN}},
        connector={"line": {"color": plot.OTHERS}},
        showlegend=False,
    )
    figure.update_xaxes(range=[0, 1.25 * max(*values, 1)])
    return figure


def _spread(result: Answer) -> go.Figure:
    figure = plot.styled(300)
    share = [100 * (n + 0.5) / len(result.curve) for n in range(len(result.curve))]
    figure.add_scatter(x=result.curve, y=share, mode="lines", line={"color": plot.MEAN}, showlegend=False)
    for km, name in ((result.p10, "p10"), (result.p50, "p50"), (result.p90, "p90")):
        figure.add_vline(x=km, line={"color": plot.TRUTH, "dash": "dot", "width": 1}, annotation_text=name)
    figure.update_xaxes(title="range / km")
    figure.update_yaxes(title="drives ended / %", range=[0, 104])
    figure.update_layout(hovermode="closest")
    return figure
