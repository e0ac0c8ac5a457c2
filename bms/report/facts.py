"""What a page and the terminal's table say alike: each fact with its unit."""

from typing import Any

from bms.cells.fitting import FitResult
from bms.estimation.run import Estimate, summary

Fact = tuple[str, str]


def demo_facts(figures: dict[str, Any]) -> list[Fact]:
    """Facts of a drive from its summary; what is absent is left out."""
    facts = _made_of(figures)
    if "soc_true" in figures and "soc_firmware" in figures:
        facts.append(("SoC, mean cell: true / firmware", _pair(figures["soc_true"], figures["soc_firmware"])))
    for key, name in (("soc_lowest", "lowest"), ("soc_highest", "highest")):
        if key in figures:
            facts.append((f"SoC, {name} cell: true / firmware", _pair(figures[key]["true"], figures[key]["firmware"])))
    if "soc_interval_95" in figures:
        facts.append(("95 % interval, mean cell", _interval(figures["soc_interval_95"])))
    if "soc_max_error" in figures:
        facts.append(("largest SoC error", _percent(figures["soc_max_error"])))
    if figures.get("soc_max_error_settled") is not None:
        after = f"largest after settling ({figures['settled_after_s']:.0f} s)"
        facts.append((after, _percent(figures["soc_max_error_settled"])))
    elif "soc_max_error_settled" in figures:
        facts.append(("largest after settling", "did not settle"))
    if "coverage_95" in figures:
        facts.append(("truth within the 95 % interval", _percent(figures["coverage_95"], 1)))
    if "range_km" in figures:
        km = figures["range_km"]
        facts.append(("range left: p10 / p50 / p90", f"{km['p10']:.1f} / {km['p50']:.1f} / {km['p90']:.1f} km"))
    if figures.get("range_km_true") is not None:
        facts.append(("range really left", f"{figures['range_km_true']:.1f} km"))
    return facts


def estimate_facts(result: Estimate) -> list[Fact]:
    """Facts of a run over a measured log."""
    figures = summary(result)
    facts = [
        ("log", figures["log"]),
        ("cell", figures["cell"]),
        ("samples", f"{figures['rows']:,} in {_duration(figures['seconds'])}"),
        ("start", "blind" if figures["blind"] else "told"),
        ("SoC at the end", _percent(figures["soc"])),
        ("95 % interval", _interval(figures["soc_interval_95"])),
    ]
    if figures["restarts"]:
        facts.append(("begun anew, charge moved outside the log", f"{figures['restarts']} times"))
    if "soc_true" in figures:
        facts += [
            ("true SoC at the end", _percent(figures["soc_true"])),
            ("SoC error, RMS", _percent(figures["soc_rmse"])),
            ("SoC error, largest", _percent(figures["soc_max_error"])),
            ("truth within the 95 % interval", _percent(figures["coverage_95"], 1)),
        ]
    return facts


def fit_facts(result: FitResult) -> list[Fact]:
    """Facts of a fitted cell."""
    cell = result.cell
    capacity, error = cell.capacity_ah, cell.model_error
    offset = "not determined" if result.offset is None else f"{1000 * result.offset:+.2f} mA"
    facts = [
        ("capacity", f"{capacity.value:.4g} Ah ({capacity.low:.4g} to {capacity.high:.4g}), {capacity.status}"),
        ("tester's current offset, taken out", offset),
        ("voltage RMS on tests left out of the fit", f"{result.cross_validated_mv:.1f} mV"),
        ("hysteresis, half the gap", f"{cell.hysteresis_mv.value:.1f} mV, {cell.hysteresis_mv.status}"),
        ("error of the OCV / as SoC", f"{error.ocv_mv.value:.1f} mV / {_percent(error.soc_share.value)}"),
        ("error as a share of the polarisation", _percent(error.polarisation_share.value, 1)),
        ("noise of a second", f"{error.noise_mv.value:.1f} mV, {error.noise_mv.status}"),
    ]
    if cell.surface is not None:
        lags = cell.surface.lag2_soc_per_c, cell.surface.lag3_soc_per_c
        facts.append(("lag of the surface at 1C, 25 °C", " + ".join(_percent(lag.value) for lag in lags)))
    return facts


def _made_of(figures: dict[str, Any]) -> list[Fact]:
    facts = []
    if "target" in figures:
        version = f", {figures['micropython']}" if figures.get("micropython") else ""
        facts.append(("firmware on", f"{figures['target']}{version}"))
    facts += [(name, str(figures[name])) for name in ("pack", "vehicle") if name in figures]
    if "cycle" in figures:
        facts.append(("drive", f"{str(figures['cycle']).upper()} at {figures.get('ambient_c', 25):g} °C"))
    if "cells" in figures and "ticks" in figures:
        facts.append(("cells / control ticks", f"{figures['cells']} / {figures['ticks']:,}"))
    if {"seconds_simulated", "wall_s", "real_time_factor"} <= figures.keys():
        simulated, wall = figures["seconds_simulated"], figures["wall_s"]
        facts.append(("simulated", f"{simulated:,.0f} s in {wall:.1f} s ({figures['real_time_factor']:.0f} x)"))
    if "board_ms_per_tick_mean" in figures:
        mean, longest = figures["board_ms_per_tick_mean"], figures["board_ms_per_tick_longest"]
        facts.append(("a tick of the board itself: mean / longest", f"{mean:.1f} / {longest:.1f} ms"))
        mean, longest = figures["with_the_line_ms_per_tick_mean"], figures["with_the_line_ms_per_tick_longest"]
        facts.append(("a tick with the line: mean / longest", f"{mean:.1f} / {longest:.1f} ms"))
    if "parity_mismatches" in figures:
        facts.append(("words that differ from the desktop's", f"{figures['parity_mismatches']:,}"))
    if figures.get("undelivered_wh"):
        facts.append(("asked for and not delivered", f"{figures['undelivered_wh']:.1f} Wh"))
    if figures.get("contactor_opened"):
        facts.append(("contactor opened under way", f"{figures['contactor_opened']} x"))
    return facts


def _percent(share: float, decimals: int = 2) -> str:
    return f"{100 * share:.{decimals}f} %"


def _pair(true: float, firmware: float) -> str:
    return f"{100 * true:.2f} / {_percent(firmware)}"


def _interval(ends: list[float]) -> str:
    return f"{100 * ends[0]:.2f} to {_percent(ends[1])}"


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.2f} h" if seconds > 3 * 3600 else f"{seconds / 60:.1f} min"
