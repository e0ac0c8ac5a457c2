"""The page of a drive: the firmware's view of an emulated pack against the truth."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.bench.world import History
from bms.estimation.run import INTERVAL
from bms.report import page
from bms.report.facts import demo_facts
from bms.report.page import Section
from bms.report.plot import HIGHEST, LOWEST, MEAN, OTHERS, TRUTH, Plot

_ZERO_CELSIUS = 273.15
_SETTLES_S = 60.0


class _Drive:
    """A History as arrays: time (t,) s, per cell (t, cells); lowest and highest are cells by true SoC at the end."""

    def __init__(self, history: History) -> None:
        self.time = np.array(history.time)
        self.current = np.array(history.current)
        self.voltage = np.array(history.voltage)
        self.celsius = np.array(history.temperature) - _ZERO_CELSIUS
        self.true, self.soc, self.sd = (np.array(x) for x in (history.soc_true, history.soc, history.sd))
        self.range_km = np.array(history.range_km)
        self.distance_km = np.array(history.distance_km)
        self.lowest, self.highest = int(self.true[-1].argmin()), int(self.true[-1].argmax())

    @property
    def settled(self) -> NDArray[np.bool_]:
        """(t,): where the interval of a blind start no longer sets a plot's scale."""
        return self.time >= min(_SETTLES_S, self.time[-1] / 2)

    def plot(self, quantity: str, unit: str, height: int = 280) -> Plot:
        return Plot(quantity, unit, float(self.time[-1]), height)


def write(path: Path, summary: dict[str, Any], history: History) -> None:
    """Plots of a drive and the facts of its summary (as in summary.json); InputError where it cannot be written."""
    drive = _Drive(history)
    sections = [
        _soc(drive),
        _error(drive),
        _range(drive, summary.get("range_km_true")),
        _voltage(drive),
        _current(drive),
        _temperature(drive),
    ]
    title = f"{summary.get('pack', 'Pack')} on {str(summary.get('cycle', 'a drive')).upper()}"
    subtitle = "The firmware on a MicroPython interpreter against an emulated pack behind an emulated BQ76952."
    page.write(path, title, subtitle, demo_facts(summary), sections)


def _soc(drive: _Drive) -> Section:
    plot = drive.plot("SoC", "%", height=380)
    columns = (drive.true, drive.soc, drive.sd)
    lowest, highest = ([x[:, k] for x in columns] for k in (drive.lowest, drive.highest))
    shown = [
        ("lowest cell", LOWEST, lowest),
        ("mean cell", MEAN, [x.mean(axis=1) for x in columns]),
        ("highest cell", HIGHEST, highest),
    ]
    ends = []
    for _, colour, (_, soc, sd) in shown:
        low, high = np.clip(soc - INTERVAL * sd, 0, 1), np.clip(soc + INTERVAL * sd, 0, 1)
        plot.band(drive.time, 100 * low, 100 * high, None, colour)
        ends += [100 * low[drive.settled], 100 * high[drive.settled]]
    plot.span(ends, least=2.0)
    for name, colour, (true, soc, _) in shown:
        plot.line(drive.time, 100 * soc, name, colour)
        plot.line(drive.time, 100 * true, "truth" if colour == HIGHEST else None, TRUTH, dash="dot")
    caption = "The firmware's, with its 95 % interval, against the truth, dotted. It starts blind, from one sample."
    return Section("State of charge", caption, plot.figure)


def _error(drive: _Drive) -> Section:
    plot = drive.plot("SoC error", "% SoC")
    error, bound = 100 * (drive.soc - drive.true), 100 * INTERVAL * drive.sd.mean(axis=1)
    plot.band(drive.time, -bound, bound, "95 % interval of the mean cell", OTHERS)
    plot.band(drive.time, error.min(axis=1), error.max(axis=1), "all cells", MEAN)
    plot.line(drive.time, error.mean(axis=1), "mean cell", MEAN)
    plot.span([x[drive.settled] for x in (error, bound, -bound)], least=2.0)
    caption = "Firmware less truth. Nearly all of it should lie within the grey band, which begins far off the scale."
    return Section("Error of the state of charge", caption, plot.figure)


def _range(drive: _Drive, range_km_true: float | None) -> Section:
    plot = drive.plot("range left", "km")
    p10, p50, p90 = drive.range_km.T
    plot.band(drive.time, p10, p90, "p10 to p90", MEAN)
    plot.line(drive.time, p50, "p50", MEAN)
    caption = "What the firmware promises against what the emulated pack then had left, driven until empty."
    if range_km_true is not None:
        left = range_km_true + drive.distance_km[-1] - drive.distance_km
        plot.line(drive.time, left, "really left", TRUTH, dash="dot", width=2)
        caption += _outside(left < p10, left > p90)
    return Section("Remaining range", caption, plot.figure)


def _outside(below: NDArray[np.bool_], above: NDArray[np.bool_]) -> str:
    """How long the truth lay outside p10..p90, and why it may; nothing where it did not."""
    if not (below | above).any():
        return ""
    more = above.sum() >= below.sum()
    return (
        f" The truth lay outside p10 to p90 for {100 * (below | above).mean():.0f} % of the time, as is meant for one "
        "drive in five: the firmware begins with what roads from town to motorway take, and this one takes "
        f"{'less' if more else 'more'}."
    )


def _voltage(drive: _Drive) -> Section:
    plot = drive.plot("cell voltage", "V")
    for k in range(drive.voltage.shape[1]):
        if k != drive.lowest:
            plot.line(drive.time, drive.voltage[:, k], None, OTHERS, width=0.8)
    plot.line(drive.time, drive.voltage[:, drive.lowest], f"cell {drive.lowest + 1}, lowest SoC", LOWEST)
    return Section("Cell voltages", f"All {drive.voltage.shape[1]} cells, true.", plot.figure)


def _current(drive: _Drive) -> Section:
    plot = drive.plot("current", "A")
    plot.line(drive.time, drive.current, None, TRUTH, width=1)
    return Section("Current", "Of the pack, true; positive discharges.", plot.figure)


def _temperature(drive: _Drive) -> Section:
    plot = drive.plot("temperature", "°C")
    plot.band(drive.time, drive.celsius.min(axis=1), drive.celsius.max(axis=1), "all cells", HIGHEST)
    plot.line(drive.time, drive.celsius.mean(axis=1), "mean cell", HIGHEST)
    plot.span([drive.celsius], least=2.0)
    return Section("Temperature", "Of the cells, true.", plot.figure)
