"""The page and the table of a simulated drive."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bms.driving.simulate import Columns, Simulation, summary
from bms.report import page
from bms.report.page import Section
from bms.report.plot import HIGHEST, LOWEST, MEAN, OTHERS, TRUTH, Plot

_Line = tuple[str, str | None, str, float]  # column, name in the legend, colour, factor


def facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value of what a reader of a run wants first."""
    used = result["consumption_wh_per_km"]
    end, weakest = result["soc_end"], result["soc_lowest_end"]
    return [
        ("pack", f"{result['pack']}, {result['series']}s{result['parallel']}p of {result['cell']}"),
        ("cycle", f"{result['cycle']} at {result['ambient_c']:g} °C, cells drawn with seed {result['seed']}"),
        ("effects", ", ".join(result["effects"]) or "none"),
        ("driven", f"{result['distance_km']:.1f} km in {result['duration_s'] / 3600:.2f} h"),
        ("energy", f"{result['energy_kwh']:.2f} kWh" + (f", {used:.0f} Wh/km" if used is not None else "")),
        ("SoC", f"{100 * result['soc_start']:.1f} → {_of(end, 100, '.1f')} %, weakest {_of(weakest, 100, '.1f')} %"),
        ("cell voltages", f"{_of(result['cell_lowest_v'], 1, '.3f')} … {_of(result['cell_highest_v'], 1, '.3f')} V"),
        ("largest current", f"{_of(result['current_most_c'], 1, '.2f')} C"),
        ("cells at the end", f"{_of(result['temperature_end_c'], 1, '.1f')} °C"),
        ("warmest cell", f"{_of(result['temperature_highest_c'], 1, '.1f')} °C"),
        ("beyond the drive train", f"{result['beyond_drive_train_kwh']:.2f} kWh"),
        ("braking refused", f"{result['braking_refused_kwh']:.2f} kWh"),
        ("capacity lost", f"{_of(result['capacity_lost_ah'], 1000, '.3f')} mAh a cell group"),
        ("ended", result["ended"]),
        ("inputs that are disclosed", f"{100 * result['disclosed_share']:.0f} %"),
    ]


def write(path: Path, simulation: Simulation) -> None:
    """Plots of a run and its facts; InputError where `path` cannot be written."""
    result, c = summary(simulation), simulation.columns
    sections = [_section(c, *what) for what in _PLOTS if simulation.rows and np.isfinite(c[what[3][0][0]]).any()]
    subtitle = "Emulated cells, driven: the truth that no estimator sees. How each figure is known: bms cells show."
    page.write(path, f"{result['pack']} over {result['cycle']}", subtitle, facts(result), sections)


def _section(c: Columns, heading: str, caption: str, unit: str, lines: Sequence[_Line]) -> Section:
    plot = Plot(heading.lower(), unit, float(c["time_s"][-1]))
    for column, name, colour, factor in lines:
        plot.line(c["time_s"], factor * c[column], name, colour)
    return Section(heading, caption, plot.figure)


def _of(value: float | None, factor: float, form: str) -> str:
    return "none" if value is None else format(factor * value, form)


_PLOTS: tuple[tuple[str, str, str, Sequence[_Line]], ...] = (
    (
        "Charge",
        "Charge left, as a share of each cell's own capacity.",
        "%",
        (
            ("soc_highest", "fullest cell", HIGHEST, 100),
            ("soc", "mean", TRUTH, 100),
            ("soc_lowest", "emptiest cell", LOWEST, 100),
        ),
    ),
    (
        "Cell voltage",
        "At the end of each second.",
        "V",
        (("cell_highest_v", "highest cell", HIGHEST, 1), ("cell_lowest_v", "lowest cell", LOWEST, 1)),
    ),
    ("Power", "What the cycle asks of the battery; negative gives back.", "kW", (("power_asked_w", None, MEAN, 1e-3),)),
    ("Current", "Of the pack; positive discharges.", "A", (("current_a", None, MEAN, 1),)),
    (
        "Temperature",
        "Of the cells.",
        "°C",
        (
            ("temperature_highest_c", "warmest cell", LOWEST, 1),
            ("temperature_c", "mean", TRUTH, 1),
            ("temperature_lowest_c", "coldest cell", HIGHEST, 1),
        ),
    ),
    (
        "Stack pressure",
        "Mean of the cells: it rises with the lithium that is plated.",
        "MPa",
        (("pressure_mpa", None, TRUTH, 1),),
    ),
    (
        "Swelling",
        "By how much a cell is thicker than empty, mean of the cells.",
        "mm",
        (("swelling_mm", None, TRUTH, 1),),
    ),
    (
        "Capacity lost",
        "By cycles, years and plating, mean of the cells.",
        "mAh",
        (("capacity_lost_ah", None, TRUTH, 1000),),
    ),
    ("Speed", "Of the cycle.", "km/h", (("speed_mps", None, OTHERS, 3.6),)),
)
