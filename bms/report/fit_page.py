"""The page of a fitted cell: what was found, what the tests could not tell, and what the model does not explain."""

from pathlib import Path

import numpy as np

from bms.cells.fitting import FitResult
from bms.cells.fitting_residual import Residual
from bms.cells.schema import ResistanceTable
from bms.report import page
from bms.report.chart import Chart
from bms.report.facts import fit_facts
from bms.report.page import Section
from bms.report.plot import LOWEST, MEAN, TRUTH, Plot

_SHOWN_C = (-30.0, -20.0, -10.0, 0.0, 10.0, 25.0, 40.0)  # degC, the nearest rows of a table
_SHOWN_SOC = (0.1, 0.5, 0.9)
_TERMS = {"r0_mohm": "R0", "kinetic_mohm": "charge transfer", "r1_mohm": "R1", "r2_mohm": "R2"}


def write(path: Path, result: FitResult) -> None:
    """The page to `path`; InputError where it cannot be written."""
    sections = [_ocv(result), *_shift(result), *_hysteresis(result), *_resistance(result)]
    sections += [_heat(result), *_bars(result), *_worst(result)]
    subtitle = "Fitted by bms fit. Every figure with its range and source stands in the TOML file beside this page."
    facts = [*fit_facts(result), *(("not determined", text) for text in result.undetermined)]
    page.write(path, f"{result.cell.name}: a cell from its tests", subtitle, facts, sections, linked=False)


def _ocv(result: FitResult) -> Section:
    chart, curve = Chart("SoC of the surface / %", "voltage / V", 400), result.cell.ocv_v
    for number, branch in enumerate(result.slow.branches, 1):
        way = "discharge" if branch.current > 0 else "charge"
        name = f"slow {way}, {branch.temperature - 273.15:.0f} °C"
        chart.line(100 * branch.soc, branch.voltage, name, number, "dot")
    chart.line(100 * np.array(curve.soc), curve.value, "OCV", 0)
    return Section("Open-circuit voltage", f"The base OCV: {curve.source}.", chart.figure)


def _shift(result: FitResult) -> list[Section]:
    grid = result.cell.ocv_shift_mv
    if grid is None:
        return []
    chart = Chart("SoC of the surface / %", "shift of the OCV / mV")
    for number, k in enumerate(_rows(grid.temperature_c)):
        chart.line(100 * np.array(grid.soc), grid.value[k], f"{grid.temperature_c[k]:g} °C", number)
    caption = "Added to the base OCV; with temperature it also takes up how the cell aged between the tests."
    return [Section("OCV over temperature", caption, chart.figure)]


def _hysteresis(result: FitResult) -> list[Section]:
    curve = result.cell.hysteresis_curve_mv
    if curve is None:
        return []
    chart = Chart("SoC of the surface / %", "half gap / mV")
    chart.line(100 * np.array(curve.soc), curve.value, "hysteresis", 0)
    sections = [Section("Hysteresis", "Half the distance between the branches, resistance taken out.", chart.figure)]
    wide = result.cell.hysteresis_widening
    if wide is not None and wide.status == "fitted":
        chart = Chart("temperature / °C", "half gap / that at 25 °C")
        chart.line(np.array(wide.temperature_c), wide.value, "hysteresis", 0)
        sections.append(Section("Hysteresis over temperature", "At the temperatures of the slow tests.", chart.figure))
    return sections


def _resistance(result: FitResult) -> list[Section]:
    table = result.cell.resistance
    if not isinstance(table, ResistanceTable):
        return []
    over_soc, over_temperature = (
        Chart("SoC of the surface / %", "resistance / mΩ", 400),
        Chart("temperature / °C", "resistance / mΩ", 400),
    )
    terms = {name: np.array(getattr(table, name)) for name in _TERMS if getattr(table, name) is not None}
    total = np.sum(list(terms.values()), axis=0)
    for number, k in enumerate(_rows(table.temperature_c)):
        how = " (Arrhenius)" if table.temperature_c[k] in table.extrapolated_c else ""
        chart_name = f"{table.temperature_c[k]:g} °C{how}"
        over_soc.line(100 * np.array(table.soc), total[k], chart_name, number)
    for number, (name, rows) in enumerate(terms.items()):
        for dash, soc in zip(("dot", "solid", "dash"), _SHOWN_SOC, strict=True):
            column = [np.interp(soc, table.soc, row) for row in rows]
            over_temperature.line(table.temperature_c, column, f"{_TERMS[name]}, {100 * soc:.0f} %", number, dash)
    over_soc.logarithmic()
    over_temperature.logarithmic()
    beyond = ", ".join(f"{t:g}" for t in table.extrapolated_c)
    return [
        Section("Resistance over SoC", "All terms together, at small currents.", over_soc.figure),
        Section("Resistance over temperature", f"Arrhenius in the rows of {beyond} °C.", over_temperature.figure),
    ]


def _heat(result: FitResult) -> Section:
    grid = result.cell.residual_mv
    chart = Chart("SoC / %", "temperature / °C")
    if grid is not None:
        chart.heat(100 * np.array(grid.soc), grid.temperature_c, grid.value, "mV")
    return Section("What the model cannot explain", "RMS voltage error on tests left out of the fit.", chart.figure)


def _bars(result: FitResult) -> list[Section]:
    def section(heading: str, across: str, rows: list[Residual]) -> Section:
        chart = Chart(across, "RMS / mV", 300)
        names = [row.name for row in rows]
        chart.bars(names, [row.weighted_rms_mv for row in rows], "in the fit", 0)
        chart.bars(names, [row.left_out_mv or 0.0 for row in rows], "left out of the fit", 1)
        caption = "The last steep percents weigh little, as in the fit."
        return Section(heading, caption, chart.figure)

    return [
        section("Voltage error by temperature", "ambient / °C", result.by_temperature),
        section("Voltage error by SoC", "SoC / %", result.by_soc),
        section("Voltage error by current", "current / C", result.by_current),
    ]


def _worst(result: FitResult) -> list[Section]:
    worst = result.worst
    seconds = float(worst.time[-1])
    voltage, error = Plot("voltage", "V", seconds, height=340), Plot("error", "mV", seconds)
    voltage.line(worst.time, worst.measured, "measured", TRUTH, width=1)
    voltage.line(worst.time, worst.modelled, "modelled", MEAN, width=1)
    error.line(worst.time, 1e3 * (worst.measured - worst.modelled), None, LOWEST, width=1)
    return [
        Section(f"The worst test: {worst.name}", "Measured and modelled; pauses are left out.", voltage.figure),
        Section("Its error", "Measured less modelled.", error.figure),
    ]


def _rows(celsius: list[float]) -> list[int]:
    near = [int(np.abs(np.array(celsius) - t).argmin()) for t in _SHOWN_C]
    return list(dict.fromkeys(near))
