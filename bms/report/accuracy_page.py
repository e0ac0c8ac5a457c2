"""The page of the accuracy protocol: bars beside the baselines, calibration, and the worst run of each case."""

from pathlib import Path

import numpy as np
import plotly.colors
import plotly.graph_objects as go

from bms.estimation.accuracy_cases import CASES
from bms.estimation.run import INTERVAL
from bms.estimation.scores import COULOMB, EKF, ESTIMATOR, Accuracy, by_case
from bms.report import page
from bms.report.accuracy_tables import NAMES, percent, rmse
from bms.report.page import Section
from bms.report.plot import LOWEST, MEAN, OTHERS, Plot, styled

_METHODS = {ESTIMATOR: ("estimator", MEAN), EKF: ("plain 3-RC EKF", LOWEST), COULOMB: ("coulomb counter", OTHERS)}
_HONEST = (90, 99)  # % of the time in which an honest 95 % interval may hold the truth


def write(path: Path, result: Accuracy) -> None:
    """Figures of the protocol; InputError where `path` cannot be written."""
    methods = [m for m in _METHODS if any(s.method == m for s in result.scores)]
    by_temperature = [_by_temperature(result, m) for m in methods if m != COULOMB]
    sections = [_bars(result, methods), *by_temperature, _calibration(result, methods), *_worst(result)]
    found = by_case(result, ESTIMATOR)
    facts = [
        ("cell", result.cell),
        ("files", str(len(result.files))),
        ("runs", str(sum(s.method == ESTIMATOR for s in result.scores))),
    ]
    facts += [
        (f"{NAMES[case]}: RMSE, in 95 % interval", f"{rmse(of['rmse_mean_pct'])} %, {percent(of['coverage_95'])} %")
        for case, of in found.items()
    ]
    subtitle = "The firmware's estimator, compiled, through the accuracy protocol (docs/accuracy.md)."
    page.write(path, f"Accuracy on {result.cell}", subtitle, facts, sections, linked=False)


def _bars(result: Accuracy, methods: list[str]) -> Section:
    figure = styled(height=380)
    for method in methods:
        name, colour = _METHODS[method]
        _bar(figure, name, colour, [f["rmse_mean_pct"] for f in by_case(result, method).values()])
    filters = [f["rmse_mean_pct"] or 0.0 for m in methods if m != COULOMB for f in by_case(result, m).values()]
    figure.update_yaxes(title="mean RMSE / % SoC", range=[0, 1.1 * max(filters)])
    caption = "Mean over the runs. What a coulomb counter misses by more than both filters is cut off; point at a bar."
    return Section("Error by case", caption, figure)


def _by_temperature(result: Accuracy, method: str) -> Section:
    figure, name = styled(height=340), _METHODS[method][0]
    ambients = result.ambients_c
    shades = plotly.colors.sample_colorscale("Cividis", [(k + 0.5) / len(ambients) for k in range(len(ambients))])
    for ambient_c, shade in zip(ambients, shades, strict=True):
        found = by_case(result, method, ambient_c)
        _bar(figure, f"{ambient_c} °C", str(shade), [f["rmse_mean_pct"] for f in found.values()])
    figure.update_yaxes(title="mean RMSE / % SoC")
    return Section(f"Error by temperature: {name}", "Files are grouped by their coldest minute.", figure)


def _calibration(result: Accuracy, methods: list[str]) -> Section:
    figure = styled(height=340)
    figure.add_hrect(*_HONEST, fillcolor=OTHERS, opacity=0.35, line_width=0)
    for method in methods:
        _covered(figure, result, method)
    figure.update_layout(hovermode="closest")
    figure.update_yaxes(title="time in 95 % interval / %", range=[-3, 103])
    caption = "A dot a run, a dash the mean of a case: it should lie in the grey band; below, intervals claim too much."
    return Section("Calibration", caption, figure)


def _covered(figure: go.Figure, result: Accuracy, method: str) -> None:
    name, colour = _METHODS[method]
    runs = [(s.key, 100 * s.coverage) for s in result.scores if s.method == method and s.coverage is not None]
    if not runs:
        return
    figure.add_scatter(
        x=[NAMES[key.case] for key, _ in runs],
        y=[share for _, share in runs],
        text=[key.file for key, _ in runs],
        mode="markers",
        name=name,
        marker={"color": colour, "size": 6, "opacity": 0.5},
        hovertemplate="%{y:.1f} % %{text}",
    )
    means = {NAMES[case]: found["coverage_95"] for case, found in by_case(result, method).items()}
    figure.add_scatter(
        x=list(means),
        y=[None if mean is None else 100 * mean for mean in means.values()],
        mode="markers",
        showlegend=False,
        marker={"color": colour, "size": 34, "symbol": "line-ew-open", "line": {"width": 3}},
        hovertemplate="%{y:.1f} % mean",
    )


def _worst(result: Accuracy) -> list[Section]:
    sections = []
    for case, (key, course) in result.worst.items():
        plot = Plot("SoC error", "% SoC", float(course.time[-1]))
        shown: list[list[float]] = []
        if course.sd is not None:
            bound = 100 * INTERVAL * course.sd
            usual = float(np.quantile(bound, 0.95))  # a start that knows nothing would dwarf the rest
            shown = [[-usual, usual]]
            plot.band(course.time, -bound, bound, "95 % interval", MEAN)
        plot.line(course.time, 100 * course.error, "error", LOWEST)
        plot.span([100 * course.error, *shown])
        caption = f"{key.file} at {key.ambient_c} °C. The error should stay within the band."
        sections.append(Section(f"Worst run: {NAMES[case]}", caption, plot.figure))
    return sections


def _bar(figure: go.Figure, name: str, colour: str, values: list[float | None]) -> None:
    figure.add_bar(
        x=[NAMES[case] for case in CASES], y=values, name=name, marker_color=colour, hovertemplate="%{y:.2f}"
    )
