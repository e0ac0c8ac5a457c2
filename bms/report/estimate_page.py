"""The page of an estimate over a measured log."""

from pathlib import Path

import numpy as np

from bms.estimation.run import Estimate
from bms.report import page
from bms.report.facts import estimate_facts
from bms.report.page import Section
from bms.report.plot import HIGHEST, LOWEST, MEAN, TRUTH, Plot

_ZERO_CELSIUS = 273.15


def write(path: Path, estimate: Estimate, title: str) -> None:
    """SoC with its interval, voltage error, and the log itself; InputError where `path` cannot be written."""
    how = "blind" if estimate.blind else "from a stated SoC"
    subtitle = f"The firmware's estimator, compiled, over {estimate.log.name}, started {how}."
    sections = [_soc(estimate), _voltage_error(estimate), *_log(estimate)]
    page.write(path, title, subtitle, estimate_facts(estimate), sections)


def _soc(estimate: Estimate) -> Section:
    time, seconds = _time(estimate)
    plot = Plot("SoC", "%", seconds, height=380)
    plot.band(time, 100 * estimate.low, 100 * estimate.high, "95 % interval", MEAN)
    if estimate.soc_true is not None:
        plot.line(time, 100 * estimate.soc_true, "truth", TRUTH)
    plot.line(time, 100 * estimate.soc, "estimate", MEAN)
    return Section("State of charge", "The truth should lie in the band 95 % of the time.", plot.figure)


def _voltage_error(estimate: Estimate) -> Section:
    time, seconds = _time(estimate)
    plot = Plot("voltage error", "mV", seconds)
    plot.line(time, 1000 * estimate.voltage_error, None, MEAN, width=1)
    caption = "Measured less predicted, means of a second: what the cell's model does not explain."
    return Section("Voltage error", caption, plot.figure)


def _log(estimate: Estimate) -> list[Section]:
    time, seconds = _time(estimate)
    log = estimate.log
    sections = []
    for heading, unit, values, colour in (
        ("Current", "A", log.current, TRUTH),
        ("Voltage", "V", log.voltage, LOWEST),
        ("Temperature", "°C", log.temperature - _ZERO_CELSIUS, HIGHEST),
    ):
        plot = Plot(heading.lower(), unit, seconds)
        plot.line(time, values, None, colour, width=1)
        caption = "As measured; positive discharges." if heading == "Current" else "As measured."
        sections.append(Section(heading, caption, plot.figure))
    return sections


def _time(estimate: Estimate) -> tuple[np.ndarray, float]:
    time = estimate.time - estimate.time[0]
    return time, float(time[-1])
