"""A pack's diagnoses: its own thresholds are taken, and what contradicts itself, the pack or its monitor is refused."""

from array import array
from dataclasses import replace

import pytest

from bms.cells import library
from bms.emulation import pack_file
from bms.errors import InputError
from bms.estimation import guard_checks, guard_table
from bms.estimation.guard_rows import Limits, rows
from bms.estimation.words import PackDesign, limits, words
from firmware import diagnoses as d
from firmware.config import Config
from tests.unit.firmware.guarded import LIMITS

MONITORED = [name for name in pack_file.names() if pack_file.load(name).shunt_uohm is not None]
CHIP = {
    "over_mv": 4_290, "under_mv": 2_400, "charge_ma": 110_000, "discharge_ma": 220_000, "peak_ma": 240_000,
    "otd_mdegc": 63_000, "otc_mdegc": 63_000, "utd_mdegc": -38_000, "utc_mdegc": -38_000,
}  # fmt: skip


def refusal(*changes: guard_table.Change) -> str:
    with pytest.raises(InputError) as refused:
        guard_table.table(LIMITS, changes)
    said = str(refused.value)
    assert "\n" not in said and said.endswith(".")
    return said


@pytest.mark.parametrize("pack", MONITORED)
def test_every_pack_of_the_library_trips_outside_its_use_and_inside_what_its_monitor_took(pack: str) -> None:
    file = pack_file.load(pack)
    assert file.shunt_uohm is not None
    cells = (int(file.series.value), int(file.parallel.value))
    design = PackDesign(library.load(file.cell), *cells, 100.0, int(file.shunt_uohm.value))
    taken = Config(array("i", words(design).tolist())).profiles()[0].achieved
    guard_checks.check_chip(guard_table.table(limits(design)), taken)


def test_a_pack_gets_its_own_thresholds_and_nothing_else_moves() -> None:
    changes = [(d.OVER_VOLTAGE, "warn", 4_202_000), (d.OVER_VOLTAGE, "trip", 4_210_000)]
    made, usual = guard_table.words(LIMITS, changes), guard_table.words(LIMITS)
    assert made.reshape(-1, d.COLUMNS)[0].tolist() == [12, 1, 0, 4_202_000, 4_210_000, 200, 50_000, 0, 1, 4]
    assert (made != usual).sum() == 2


def told(limits_of: Limits, *numbers: int) -> list[tuple[int, int, int, int]]:
    """(number, warns, trips, hysteresis)."""
    made = rows(limits_of)
    return [(n, made[n].warn, made[n].trip, made[n].hysteresis) for n in numbers]


def test_rows_that_depend_on_the_pack_are_those_of_an_lfp_pack_as_well() -> None:
    """16 x 35 cells of 2.06138 Ah, 2.0 .. 3.6 V, 3.62785 C and 3.1031 C: 72.148 Ah, 261.74 A and 223.88 A, 57.6 V."""
    file = pack_file.load("module-a123-26650-lfp")
    its = limits(PackDesign(library.load(file.cell), int(file.series.value), int(file.parallel.value), 100.0))
    fest = limits(PackDesign(library.load("factorial-fest77"), 16, 1, 100.0))
    expected = [
        (d.OVER_VOLTAGE, 3_605_000, 3_620_000, 50_000),
        (d.UNDER_VOLTAGE, 2_050_000, 1_980_000, 100_000),
        (d.DEEP_DISCHARGE, 1_800_000, 1_500_000, 100_000),
        (d.OVER_CURRENT_DISCHARGE, 264_360, 269_595, 13_087),
        (d.OVER_CURRENT_DISCHARGE_FAST, 269_595, 274_830, 13_087),
        (d.OVER_CURRENT_CHARGE, 226_121, 230_599, 11_194),
        (d.OVER_CURRENT_CHARGE_FAST, 230_599, 235_077, 11_194),
        (d.INSULATION, 30, 7, 7),
        (d.PLATING, 722, 3_608, 0),
        (d.SOFT_SHORT, 3_607, 36_074, 1_803),
    ]
    numbers = [row[0] for row in expected]
    assert told(its, *numbers) == expected
    alike = [n for n in range(d.DIAGNOSES) if n not in numbers]
    assert told(its, *alike) == told(fest, *alike)


def test_temperatures_follow_the_window_the_sum_is_a_monitor_s_and_a_leak_has_a_least() -> None:
    other = replace(LIMITS, cells=48, hot_c=55, hot_charge_c=40, cold_c=-10, cold_charge_c=0, capacity_ah=5.0)
    assert told(
        other, d.OVER_TEMPERATURE, d.OVER_TEMPERATURE_CHARGE, d.UNDER_TEMPERATURE, d.UNDER_TEMPERATURE_CHARGE
    ) == [
        (d.OVER_TEMPERATURE, 50_000, 55_000, 5_000),
        (d.OVER_TEMPERATURE_CHARGE, 35_000, 40_000, 5_000),
        (d.UNDER_TEMPERATURE, -5_000, -10_000, 3_000),
        (d.UNDER_TEMPERATURE_CHARGE, 5_000, 0, 3_000),
    ]
    assert told(other, d.SUM_MISMATCH) == [(d.SUM_MISMATCH, 700, 1_000, 200)]
    assert told(other, d.SOFT_SHORT) == [(d.SOFT_SHORT, 500, 5_000, 250)]


@pytest.mark.parametrize(
    ("capacity_ah", "expected"),
    [(77.0, (1_000, 2_000, 500)), (20.0, (1_000, 2_000, 500)), (19.99, (999, 1_999, 499)), (5.0, (250, 500, 125)),
     (1.0, (50, 100, 25)), (0.5, (50, 100, 25))],
)  # fmt: skip
def test_a_small_pack_does_not_take_a_welded_contactor_for_an_offset(
    capacity_ah: float, expected: tuple[int, int, int]
) -> None:
    small = replace(LIMITS, capacity_ah=capacity_ah)
    assert told(small, d.CURRENT_WHILE_OPEN) == [(d.CURRENT_WHILE_OPEN, *expected)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([(d.OVER_VOLTAGE, "warn", 4_221_000)], "over-voltage trips at 4.22 V before it warns at 4.221 V"),
        ([(d.UNDER_VOLTAGE, "warn", 2_470_000)], "under-voltage trips at 2.48 V before it warns at 2.47 V"),
        ([(d.INSULATION, "trip", 36)], "insulation trips at 36 kohm before it warns at 35 kohm"),
        ([(d.DEEP_DISCHARGE, "trip", 2_480_000), (d.DEEP_DISCHARGE, "warn", 2_500_000)], "must act before the second"),
        ([(d.OVER_CURRENT_DISCHARGE, "trip", 210_000)], "over-current on discharge trips at 210 A"),
        ([(d.OVER_TEMPERATURE, "trip", -29_000), (d.OVER_TEMPERATURE, "warn", -30_000)], "they meet; move them apart"),
        ([(d.OVER_TEMPERATURE_CHARGE, "trip", 60_000)], "over-temperature while charging trips at 60 degC"),
        ([(d.OVER_VOLTAGE, "trip", 4_200_000), (d.OVER_VOLTAGE, "warn", 4_190_000)], "used up to 4.2 V"),
        ([(d.UNDER_VOLTAGE, "trip", 2_500_000)], "used up to 2.5 V; set trip beyond that"),
        ([(d.OVER_CURRENT_CHARGE, "trip", 100_000), (d.OVER_CURRENT_CHARGE, "warn", 99_000)], "used up to 100 A"),
        ([(d.OVER_TEMPERATURE, "trip", 59_999)], "over-temperature trips at 59.999 degC, but its cells are used up to"),
        ([(d.UNDER_TEMPERATURE_CHARGE, "trip", -24_999)], "used up to -25 degC"),
        ([(d.SOFT_SHORT, "trip", 1 << 30)], "beyond what the controller counts to"),
    ],
)
def test_thresholds_that_contradict_something_are_refused(changes: list[guard_table.Change], said: str) -> None:
    assert said in refusal(*changes)


# Of LIMITS: 2.5 V at least, 100 A of charge; half of that voltage, a cell of it, 100 ohm/V, that current, C/20.
@pytest.mark.parametrize(
    ("number", "last", "further", "said"),
    [
        (d.DEEP_DISCHARGE, 1_250_000, 1_249_999, "deep discharge trips at 1.249999 V, but below half their lowest"),
        (d.SUM_MISMATCH, 2_500, 2_501, "trips at 2.501 V, but a cell that is missing must show; set trip to 2.5 V"),
        (d.INSULATION, 7, 6, "insulation trips at 6 kohm, but 100 ohm/V is the least"),
        (d.INSULATION, 7, 0, "insulation trips at 0 kohm"),
        (d.PLATING, 100_000, 100_001, "trips at 100.001 A, but its cells are charged with no more"),
        (d.SOFT_SHORT, 2_500_000, 2_500_001, "soft short trips at 2500.001 mA, but a cell is empty within a day"),
    ],
)
def test_a_threshold_that_protects_nothing_any_more_is_refused(number: int, last: int, further: int, said: str) -> None:
    guard_table.table(LIMITS, [(number, "trip", last)])
    assert said in refusal((number, "trip", further))


@pytest.mark.parametrize(
    ("number", "columns", "said"),
    [
        (d.OVER_VOLTAGE, {"sign": 0}, "has the sign 0"),
        (d.OVER_VOLTAGE, {"reaction": 64}, "reactions 64"),
        (d.OVER_VOLTAGE, {"delay_ms": -1}, "waits -1 and 0 ms"),
        (d.FROZEN_CELL, {"recovery_ms": 1_000_001}, "allowed are 0 .. 1000000"),
        (d.OVER_VOLTAGE, {"recovery_ms": 1}, "latches and recovers"),
        (d.FROZEN_CELL, {"hysteresis": -1}, "comes back by -0.001 s"),
        (d.OVER_VOLTAGE, {"hysteresis": 1_800_000}, "they meet"),
    ],
)
def test_a_row_that_the_kernel_cannot_judge_is_refused(number: int, columns: dict[str, int], said: str) -> None:
    made = rows(LIMITS)
    made[number] = replace(made[number], **columns)
    with pytest.raises(InputError, match=said):
        guard_checks.check(made)


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("over_mv", 4_220, "over-voltage trips at 4.22 V, but the cell monitor does so at 4.22 V"),
        ("under_mv", 2_480, "under-voltage"),
        ("charge_ma", 105_000, "over-current on charge, fast trips at 105 A"),
        ("discharge_ma", 206_000, "over-current on discharge trips at 206 A"),
        ("peak_ma", 210_000, "over-current on discharge, fast trips at 210 A"),
        ("otd_mdegc", 60_000, "over-temperature trips at 60 degC"),
        ("otc_mdegc", 50_000, "over-temperature while charging trips at 50 degC"),
        ("utd_mdegc", -35_000, "under-temperature trips at -35 degC"),
        ("utc_mdegc", -25_000, "under-temperature while charging trips at -25 degC"),
    ],
)
def test_a_monitor_that_would_trip_first_is_refused(limit: str, value: int, said: str) -> None:
    made = guard_table.table(LIMITS)
    guard_checks.check_chip(made, CHIP)
    with pytest.raises(InputError, match=said):
        guard_checks.check_chip(made, CHIP | {limit: value})
