"""What `bms flash` has done and what `bms monitor` hears, for the terminal."""

from typing import Any

from rich.table import Table

from bms.report.facts import Fact
from bms.report.tables import facts_table


def flash_table(result: dict[str, Any]) -> Table:
    """What has been written, and what is started now."""
    return facts_table(
        f"Image {result['id']} for {result['board']} on {result['port']}",
        [
            ("slot", result["slot"]),
            ("files sent", f"{result['copied_files']}, {result['copied_bytes']:,} bytes"),
            ("files that the board had", f"{result['unchanged_files']}"),
            ("confirmed by the controller", "yes" if result["confirmed"] else "no"),
            ("image before", result["previous"] or "none"),
        ],
    )


def monitor_table(told: dict[str, Any]) -> Table:
    """Of bms.bench.told.Told.figures, with time_s and damaged_lines."""
    low, high = told["soc_lowest_interval_95"]
    km, balancing = told["range_km"], told["balancing"]
    image = f"{told['image']['serial']}, {'confirmed' if told['image']['confirmed'] else 'on trial'}"
    facts: list[Fact] = [
        ("mode", told["mode"]),
        ("SoC of the lowest cell", f"{100 * told['soc_lowest']:.1f} %, 95 %: {100 * low:.1f} to {100 * high:.1f} %"),
        ("SoC, mean / highest cell", f"{100 * told['soc_mean']:.1f} / {100 * told['soc_highest']:.1f} %"),
        ("current / pack", f"{told['current_a']:.2f} A / {told['pack_v']:.2f} V"),
        ("lowest cell", f"{told['cell_min_v']:.4f} V (cell {told['cell_min']})"),
        ("highest cell", f"{told['cell_max_v']:.4f} V (cell {told['cell_max']})"),
        ("temperatures", f"{told['temperature_min_c']:.1f} to {told['temperature_max_c']:.1f} °C"),
        ("discharge, 2 / 10 / 30 s", _limits(told["discharge_limit_a"], told["discharge_power_w"])),
        ("charge, 2 / 10 / 30 s", _limits(told["charge_limit_a"], told["charge_power_w"])),
        ("energy left", f"{told['energy_left_wh']:,} Wh"),
        ("range: p10 / p50 / p90", f"{km['p10']:.1f} / {km['p50']:.1f} / {km['p90']:.1f} km"),
        ("warns", ", ".join(told["warns"]) or "none"),
        ("tripped", ", ".join(told["trips"]) or "none"),
        ("so it forbids", ", ".join(told["reactions"]) or "nothing"),
        ("balancing", f"{balancing['cells']} cells: {balancing['reason']}"),
        ("up / tick", f"{told['uptime_s']:,} s / {told['period_ms']} ms"),
        ("free heap", f"{told['free_bytes']:,} bytes"),
        ("image", image),
        ("damaged lines", str(told["damaged_lines"])),
    ]
    return facts_table(f"The controller, {told['time_s']:.0f} s", facts)


def _limits(amperes: dict[str, float], watts: dict[str, float]) -> str:
    kilowatts = " / ".join(f"{power / 1000:.1f}" for power in watts.values())
    return " / ".join(f"{current:.0f}" for current in amperes.values()) + f" A, {kilowatts} kW"
