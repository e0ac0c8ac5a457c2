"""Whether the diagnoses of a pack agree with each other, with the pack's limits and with those of its cell monitor."""

from collections.abc import Sequence

from bms.errors import InputError
from bms.estimation.guard_rows import Limits, Row
from bms.estimation.guard_units import told
from firmware import diagnoses as d

_LONGEST_MS = 1_000_000  # of the kernel's timers
_MOST = (1 << 30) - 1  # of a threshold
_MOST_HYSTERESIS = 1_000_000_000
_SIGNS = (1, -1)
_REACTIONS = d.NO_DISCHARGE | d.NO_CHARGE | d.OPEN | d.NO_CLOSE | d.NO_BALANCE | d.PERSIST
# Lower, higher: their thresholds must not meet, hysteresis and all.
_APART = (
    (d.UNDER_VOLTAGE, d.OVER_VOLTAGE),
    (d.UNDER_TEMPERATURE, d.OVER_TEMPERATURE),
    (d.UNDER_TEMPERATURE_CHARGE, d.OVER_TEMPERATURE_CHARGE),
)
# Inner, outer: the first must trip before the second does.
_TIERS = (
    (d.UNDER_VOLTAGE, d.DEEP_DISCHARGE),
    (d.OVER_CURRENT_DISCHARGE, d.OVER_CURRENT_DISCHARGE_FAST),
    (d.OVER_CURRENT_CHARGE, d.OVER_CURRENT_CHARGE_FAST),
    (d.OVER_TEMPERATURE_CHARGE, d.OVER_TEMPERATURE),
    (d.UNDER_TEMPERATURE_CHARGE, d.UNDER_TEMPERATURE),
)
# A limit of the cell monitor (firmware/drivers/bq76952_profile.py): the row that must lie inside, and its finer unit.
_CHIP = {
    "over_mv": (d.OVER_VOLTAGE, 1_000),
    "under_mv": (d.UNDER_VOLTAGE, 1_000),
    "discharge_ma": (d.OVER_CURRENT_DISCHARGE, 1),
    "peak_ma": (d.OVER_CURRENT_DISCHARGE_FAST, 1),
    "charge_ma": (d.OVER_CURRENT_CHARGE_FAST, 1),
    "otd_mdegc": (d.OVER_TEMPERATURE, 1),
    "utd_mdegc": (d.UNDER_TEMPERATURE, 1),
    "otc_mdegc": (d.OVER_TEMPERATURE_CHARGE, 1),
    "utc_mdegc": (d.UNDER_TEMPERATURE_CHARGE, 1),
}


def check(rows: Sequence[Row]) -> None:
    """InputError for a row that contradicts itself or another."""
    for row in rows:
        _check_row(row)
    for low, high in _APART:
        under, over = rows[low], rows[high]
        if not under.trip + under.hysteresis < over.trip - over.hysteresis or not under.warn < over.warn:
            raise InputError(
                f"{under.name} trips at {told(under.reading, under.trip)} and {over.name} at "
                f"{told(over.reading, over.trip)}: with what each must come back by they meet; move them apart."
            )
    for first, second in _TIERS:
        inner, outer = rows[first], rows[second]
        if not inner.sign * (outer.trip - inner.trip) > 0:
            raise InputError(
                f"{inner.name} trips at {told(inner.reading, inner.trip)} and {outer.name} at "
                f"{told(outer.reading, outer.trip)}: the first must act before the second; put it inside."
            )


def _check_row(row: Row) -> None:
    if row.sign not in _SIGNS or row.reaction & ~_REACTIONS:
        raise InputError(f"{row.name} has the sign {row.sign} and the reactions {row.reaction}; correct its row.")
    if not (0 <= row.delay_ms <= _LONGEST_MS and 0 <= row.recovery_ms <= _LONGEST_MS):
        raise InputError(
            f"{row.name} waits {row.delay_ms} and {row.recovery_ms} ms; allowed are 0 .. {_LONGEST_MS}, choose those."
        )
    if row.latch and row.recovery_ms:
        raise InputError(f"{row.name} latches and recovers after {row.recovery_ms} ms; it can do one only.")
    if not 0 <= row.hysteresis <= _MOST_HYSTERESIS or max(abs(row.warn), abs(row.trip)) > _MOST:
        raise InputError(
            f"{row.name} trips at {told(row.reading, row.trip)} and comes back by {told(row.reading, row.hysteresis)}; "
            "that is beyond what the controller counts to, choose less."
        )
    if row.sign * (row.trip - row.warn) < 0:
        raise InputError(
            f"{row.name} trips at {told(row.reading, row.trip)} before it warns at {told(row.reading, row.warn)}; "
            "put the warning first."
        )


def check_pack(rows: Sequence[Row], limits: Limits) -> None:
    """InputError for a diagnosis that trips inside what the pack is meant to do; at the end of its window it may."""
    allowed = (
        (d.OVER_VOLTAGE, limits.voltage_max_v * 1e6, 1),
        (d.UNDER_VOLTAGE, limits.voltage_min_v * 1e6, 1),
        (d.OVER_CURRENT_DISCHARGE, limits.discharge_a * 1e3, 1),
        (d.OVER_CURRENT_CHARGE, limits.charge_a * 1e3, 1),
        (d.OVER_TEMPERATURE, limits.hot_c * 1e3, 0),
        (d.OVER_TEMPERATURE_CHARGE, limits.hot_charge_c * 1e3, 0),
        (d.UNDER_TEMPERATURE, limits.cold_c * 1e3, 0),
        (d.UNDER_TEMPERATURE_CHARGE, limits.cold_charge_c * 1e3, 0),
    )
    for number, limit, beyond in allowed:
        row, most = rows[number], round(limit)
        if row.sign * (row.trip - most) < beyond:
            raise InputError(
                f"{row.name} trips at {told(row.reading, row.trip)}, but its cells are used up to "
                f"{told(row.reading, most)}; set trip beyond that."
            )


def check_reach(rows: Sequence[Row], limits: Limits) -> None:
    """InputError for a diagnosis that trips so late that it protects nothing; no limit of the monitor lies beyond."""
    low_uv = limits.voltage_min_v * 1e6
    furthest = (
        (d.DEEP_DISCHARGE, min(low_uv - 500_000, low_uv / 2), "below half their lowest voltage cells are damaged"),
        (d.SUM_MISMATCH, limits.voltage_min_v * 1e3, "a cell that is missing must show"),
        (d.INSULATION, limits.cells * limits.voltage_max_v * 0.1, "100 ohm/V is the least (GB 38031-2025)"),
        (d.PLATING, limits.charge_a * 1e3, "its cells are charged with no more"),
        (d.SOFT_SHORT, max(limits.capacity_ah * 1e6 / 20, 5_000), "a cell is empty within a day"),
    )
    for number, most, why in furthest:
        row, last = rows[number], round(most)
        if row.sign * (row.trip - last) > 0:
            raise InputError(
                f"{row.name} trips at {told(row.reading, row.trip)}, but {why}; "
                f"set trip to {told(row.reading, last)} or sooner."
            )


def check_chip(rows: Sequence[Row], chip: dict[str, int]) -> None:
    """InputError for a diagnosis that trips no sooner than the cell monitor by itself; chip: its limits by their names.

    The monitor is the second line: it opens for good, and says less of why.
    """
    for name, (number, scale) in _CHIP.items():
        row, outer = rows[number], chip[name] * scale
        if not row.sign * (outer - row.trip) > 0:
            raise InputError(
                f"{row.name} trips at {told(row.reading, row.trip)}, but the cell monitor does so at "
                f"{told(row.reading, outer)}; set trip before that."
            )
