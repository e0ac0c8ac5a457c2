"""Balancing: what is bled, that it converges and stops in time, what stops it, and resistors that do not obey."""

import numpy as np
import pytest

from bms.emulation.bq76952_balancing import Balancing as ChipBalancing
from bms.emulation.bq76952_memory import DataMemory
from firmware import balancing as b
from firmware import diagnoses, modes
from firmware import readings as of
from firmware.drivers.bq76952 import BALANCING, CELLS
from firmware.resistors import Resistors
from tests.unit.firmware.balancing_bench import Bench, Monitor

UNEVEN = np.array([0.6, 0.655, 0.63, 0.6, 0.6, 0.62, 0.6, 0.6])


def uneven(**options) -> Bench:
    bench = Bench(**options)
    bench.pack.soc = UNEVEN
    return bench


@pytest.fixture
def bleeding() -> Bench:
    """At rest, two cells with too much, told to be bled."""
    bench = uneven().begin()
    bench.rest(1.05)
    assert bench.balancing.reason == b.BLEEDING
    return bench


def test_a_pack_that_is_shut_down_is_not_bled(bleeding):
    bleeding.readings[of.MODE] = modes.SHUTDOWN
    bleeding.rest(0.001)
    assert bleeding.balancing.reason == b.NOT_PERMITTED and not any(bleeding.balancing.resistors.masks)


def test_50_mv_come_down_to_5_mv_at_rest_and_no_cell_goes_below_the_lowest():
    bench = uneven().begin()
    begun_mv, lowest = bench.spread_mv, bench.pack.charge.min()
    for _ in range(10):
        bench.rest(1)
        assert bench.pack.charge.min() >= lowest * (1 - 1e-4), "a cell was bled below the lowest"
        if bench.balancing.reason == b.BALANCED:
            break
    assert begun_mv > 45 and bench.spread_mv < 5
    assert bench.balancing.reason == b.BALANCED and not bench.readings[of.BALANCING]
    before = bench.pack.charge.copy()
    bench.rest(3)
    np.testing.assert_array_equal(bench.pack.charge, before)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_channels_that_read_5_mv_wrong_leave_no_more_than_that_uneven(seed):
    bench = uneven()
    bench.offsets = np.random.default_rng(seed).uniform(-5e-3, 5e-3, 8)
    bench.begin().rest(10)
    left = bench.pack.charge / bench.capacity_mc * 1000
    assert left.max() - left.min() < 0.02
    assert left.min() > 0.6 - 0.012, "bled below the lowest by more than two channels can err"


def test_neighbours_take_turns_and_every_tenth_minute_all_are_off(bleeding):
    bleeding.afe.told.clear()
    masks = []
    for _ in range(20):
        bleeding.rest(1 / 60)
        masks.append(bleeding.balancing.resistors.masks[0])
    assert all(not mask & mask << 1 for _, mask in bleeding.afe.told)
    assert masks.count(0) == 2
    assert {mask & 0b110 for mask in masks} == {0, 0b010, 0b100}


def test_of_a_monitor_no_more_than_eight_are_bled_at_once():
    bench = Bench(cells=16)
    bench.pack.soc = np.where(np.arange(16) == 3, 0.55, 0.62)
    bench.begin().rest(1.1)
    assert bench.readings[of.BALANCING] == 8


def test_each_monitor_of_a_stack_is_told_its_own_cells():
    bench = Bench(cells=8, chips=2)
    bench.pack.soc = np.array([0.65, 0.6, 0.6, 0.6, 0.6, 0.6, 0.65, 0.6])
    bench.begin().rest(1)
    assert list(bench.balancing.resistors.masks) == [0b0001, 0b0100]


def test_it_goes_by_charge_and_not_by_the_voltage_under_load(bleeding):
    """A cell of twice the resistance reads lowest on discharge and highest on charge, and is the same either way."""
    planned = list(bleeding.balancing.resistors.left_mc)
    bleeding.offsets[3] = 0.2
    bleeding.balancing.update(1000)
    now = bleeding.balancing.resistors.left_mc
    assert all(0 <= before - after <= 1000 for before, after in zip(planned, now, strict=True))


def stop(bench: Bench, **readings: int) -> int:
    for name, value in readings.items():
        bench.readings[getattr(of, name)] = value
    bench.balancing.update(1000)
    assert not any(bench.balancing.resistors.masks) or bench.balancing.reason == b.BLEEDING
    return bench.readings[of.BALANCE_REASON]


@pytest.mark.parametrize(
    ("readings", "reason"),
    [
        ({"T_MAX_MDEGC": 45_000}, b.BLEEDING),
        ({"T_MAX_MDEGC": 45_001}, b.TOO_HOT),
        ({"T_MIN_MDEGC": 3_000}, b.BLEEDING),
        ({"T_MIN_MDEGC": 2_999}, b.TOO_COLD),
        ({"SOC_MIN_Q15": 6_554}, b.BLEEDING),
        ({"SOC_MIN_Q15": 6_553}, b.LOW_SOC),
        ({"REACTION": diagnoses.NO_BALANCE}, b.FORBIDDEN),
        ({"REACTION": diagnoses.OPEN}, b.FORBIDDEN),
        ({"REACTION": diagnoses.NO_DISCHARGE}, b.FORBIDDEN),
        ({"REACTION": diagnoses.NO_CHARGE}, b.BLEEDING),
        ({"ABSOLUTE_MA": 5_000}, b.LOADED),
        ({"ABSOLUTE_MA": 5_000, "CHARGING": 1}, b.BLEEDING),
        ({"ABSOLUTE_MA": 5_000, "CHARGING": 1, "SOC_MIN_Q15": 16_383}, b.LOW_SOC),
    ],
)
def test_what_stops_it_is_said(bleeding, readings, reason):
    assert stop(bleeding, **readings) == reason


def test_a_die_that_is_too_hot_rests_until_it_has_cooled(bleeding):
    bleeding.afe.ts_mdegc[3] = 65_001
    assert stop(bleeding) == b.DIE_TOO_HOT
    bleeding.afe.ts_mdegc[3] = 60_000
    assert stop(bleeding) == b.DIE_TOO_HOT
    bleeding.afe.ts_mdegc[3] = 58_000
    assert stop(bleeding) == b.BLEEDING


def test_without_permission_or_measurements_nothing_is_bled(bleeding):
    bleeding.balancing.permitted = False
    assert stop(bleeding) == b.NOT_PERMITTED
    bleeding.balancing.permitted = True
    bleeding.afe.valid[CELLS] = 0
    assert stop(bleeding) == b.NO_VALUES
    assert bleeding.afe.told[-1] == (0, 0)


def test_charges_that_are_not_known_well_enough_are_not_acted_on():
    plateau = uneven(name="a123-26650-lfp").begin()
    plateau.rest(3)
    assert plateau.balancing.reason == b.UNCERTAIN and not plateau.afe.told


def test_every_reason_has_its_words():
    assert b.NAMES[b.BALANCED] == "balanced" and b.NAMES[b.LOADED] == "neither at rest nor charging"
    assert b.NAMES[b.NO_VALUES] == "no measurements" and len(b.NAMES) == b.NO_VALUES + 1


@pytest.mark.parametrize(("fault", "hours"), [("closed", 6), ("dead", 6)])
def test_a_resistor_that_is_stuck_is_found_by_the_charge_that_it_takes_or_not(fault, hours):
    bench = uneven()
    cell = 3 if fault == "closed" else 1
    getattr(bench, fault).add(cell)
    bench.begin().rest(hours)
    assert bench.readings[of.BALANCE_STUCK] == 1 and bench.balancing.resistors.stuck_at == cell


def test_resistors_that_obey_are_never_called_stuck():
    bench = uneven().begin()
    for _ in range(9 * 12):
        bench.rest(1 / 12)
        assert not bench.readings[of.BALANCE_STUCK] and not bench.readings[of.LEAK_UA]


def test_a_monitor_that_bleeds_otherwise_than_it_was_told_is_found_within_a_minute(bleeding):
    bleeding.afe.obeys = False
    bleeding.afe.balancing[0] = 0x80
    bleeding.rest(1 / 60)
    assert bleeding.readings[of.BALANCE_STUCK] == 1


@pytest.mark.parametrize("cell", [0, 3, 7])
def test_a_switch_that_never_opens_shows_in_its_cell_and_both_neighbours_within_seconds(cell):
    afe = Monitor(8, 1)
    chip = ChipBalancing(DataMemory())
    chip.command(1 << cell)
    volts = np.full(16, 3.7)
    for k, seen in enumerate((volts - chip.drop(volts))[:8]):
        afe.cell_uv[k] = round(seen * 1e6)
    resistors = Resistors(afe, 8, 1)
    for _ in range(5):
        assert not resistors.stuck
        resistors.watch(1, sum(afe.cell_uv) // 8, cell)
    assert resistors.stuck == 1 and resistors.stuck_at == cell


def test_a_weak_cell_or_an_open_wire_is_no_resistor_that_is_stuck():
    for others in ((3_700_000, 3_700_000), (3_700_000, 4_700_000)):
        afe = Monitor(8, 1)
        afe.cell_uv[:] = type(afe.cell_uv)("i", [3_700_000] * 8)
        afe.cell_uv[3], afe.cell_uv[2], afe.cell_uv[4] = 2_700_000, *others
        resistors = Resistors(afe, 8, 1)
        for _ in range(60):
            resistors.watch(1, sum(afe.cell_uv) // 8, 3)
        assert not resistors.stuck


def test_charge_taken_is_counted_by_voltage_resistor_and_time_to_the_last_uc():
    afe = Monitor(8, 1)
    afe.valid[BALANCING] = 1
    afe.cell_uv[2] = 3_700_000
    resistors = Resistors(afe, 8, 1)
    resistors.left_mc[2] = 1_000_000
    resistors.switch(0, 0b100)
    for _ in range(3600):
        resistors.count(1)
    assert resistors.taken_mc[2] == pytest.approx(3.7 / 68 * 6 / 7 * 3600 * 1000, rel=1e-3)
    assert resistors.left_mc[2] == 1_000_000 - resistors.taken_mc[2] and resistors.quiet_s == 0
