"""The readings of the sense wires: what a chip's values come to, and which of them cannot be what they seem."""

from array import array

import numpy as np
import pytest

from bms.emulation.bq76952_wires import Wires
from firmware import readings as of
from firmware.drivers.bq76952 import CELLS
from tests.unit.firmware.sensing_bench import ONE_C_MA, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_extremes_sum_and_who_they_are(bench):
    bench.afe.cell_uv[5], bench.afe.cell_uv[11] = 3_750_000, 3_650_000
    bench.tick()
    r = bench.r
    assert (r[of.CELL_MAX_UV], r[of.CELL_MAX_AT]) == (3_750_000, 5)
    assert (r[of.CELL_MIN_UV], r[of.CELL_MIN_AT]) == (3_650_000, 11)
    assert (r[of.SPREAD_UV], r[of.SUM_MV], r[of.STACK_MV], r[of.SUM_ERROR_MV]) == (100_000, 59_200, 59_200, 0)
    assert r[of.LINK_MV] == 1234


@pytest.mark.parametrize("stack_mv", [59_200 - 700, 59_200 + 700])
def test_a_stack_that_is_not_its_cells_shows_either_way(bench, stack_mv):
    bench.afe.stack_mv = bench.afe.stacks_mv[0] = stack_mv
    bench.tick()
    assert bench.r[of.SUM_ERROR_MV] == 700


@pytest.mark.parametrize(
    ("current_ma", "words"), [(50_000, (50_000, 0, 0)), (-50_000, (0, 50_000, 1)), (-500, (0, 500, 0))]
)
def test_current_and_its_directions(bench, current_ma, words):
    bench.afe.current_ma = current_ma
    bench.tick()
    r = bench.r
    assert (r[of.DISCHARGE_MA], r[of.CHARGE_MA], r[of.CHARGING]) == words
    assert r[of.ABSOLUTE_MA] == abs(current_ma) and r[of.CURRENT_MA] == current_ma


@pytest.mark.parametrize(("current_ma", "saturated"), [(327_590, 0), (327_600, 1), (-327_680, 1)])
def test_a_register_at_its_end_is_no_measurement(bench, current_ma, saturated):
    bench.afe.current_ma = current_ma  # in steps of 10 mA, which 300 A need
    bench.tick()
    assert bench.r[of.SATURATED] == saturated


@pytest.mark.parametrize(("most_ma", "shunt_uohm", "ends_ma"), [(340_000, 500, 495_987), (327_650, 50, 327_670)])
def test_the_sensor_is_at_its_end_where_the_first_of_register_and_converter_is(most_ma, shunt_uohm, ends_ma):
    """32,767 counts of 7.568 uV over the shunt, and of the register's 10 or 100 mA."""
    bench = Bench(most_ma=most_ma, shunt_uohm=shunt_uohm)
    for current_ma, saturated in ((ends_ma * 999 // 1000, 0), (ends_ma, 1)):
        bench.afe.current_ma = current_ma
        bench.tick()
        assert bench.r[of.SATURATED] == saturated


def test_a_value_that_stands_still_while_the_current_moves_is_frozen(bench):
    rng = np.random.default_rng(1)
    for n in range(30):
        for k in range(16):
            bench.afe.cell_uv[k] = 3_700_000 if k == 7 else 3_700_000 + 1000 * int(rng.integers(-2, 3))
        bench.afe.current_ma = 0 if n % 2 else 20_000
        bench.tick()
    assert bench.r[of.FROZEN_AT] == 7 and bench.r[of.FROZEN_MS] >= 1400
    bench.afe.cell_uv[7] = 3_701_000
    bench.tick()
    assert bench.r[of.FROZEN_MS] < 1000


def test_a_quiet_cell_at_a_constant_voltage_is_not_frozen_while_the_charge_ends(bench):
    """Ten minutes from C to 0.4C, each cell held to the bit, as by a monitor whose noise is 0.1 mV or less."""
    for n in range(6000):
        bench.afe.current_ma = -round(ONE_C_MA * 2.718281828 ** (-n / 6000 * 0.9))
        bench.tick()
        assert bench.r[of.FROZEN_MS] == 0


@pytest.mark.parametrize("before_ma", [0, 40_000])
def test_a_cell_that_froze_long_ago_shows_with_the_first_step_of_the_current(bench, before_ma):
    bench.afe.current_ma = before_ma
    bench.tick(6000)
    bench.afe.current_ma = before_ma + 18_000  # C/4.3
    bench.tick(25)
    assert bench.r[of.FROZEN_MS] >= 2000


@pytest.mark.parametrize("before_ma", [77_000, -77_000])
def test_a_frozen_cell_stays_one_behind_the_contactors_that_it_has_opened(bench, before_ma):
    bench.afe.current_ma = before_ma
    bench.tick(10)
    bench.afe.current_ma = 0
    bench.tick(6000)
    assert bench.r[of.FROZEN_MS] >= 590_000


def test_values_that_stand_still_at_rest_are_not(bench):
    bench.tick(100)
    assert bench.r[of.FROZEN_MS] == 0


@pytest.mark.parametrize("uv", [0, 999, -1_000_000, -6_060_000, 6_051_000])
def test_a_cell_that_cannot_be_is_counted(bench, uv):
    bench.afe.cell_uv[2] = uv
    bench.tick()
    assert bench.r[of.IMPOSSIBLE] == 1


@pytest.mark.parametrize("tap", range(1, 16))
def test_an_open_wire_between_two_cells_is_told_before_one_of_them_seems_empty(bench, tap):
    wires, volts = Wires(), np.full(16, 3.7)
    wires.open_taps.add(tap)
    while not bench.r[of.OPEN_WIRES]:
        wires.advance(5.0, 5.0, volts)
        bench.afe.cell_uv[:] = array("i", [round(v * 1e6) for v in wires.seen(volts)])
        bench.tick()
        assert bench.r[of.CELL_MIN_UV] > 2_500_000
    assert bench.r[of.OPEN_WIRES] == 1


@pytest.mark.parametrize("chips", [1, 2, 8])
def test_an_open_wire_at_the_top_shows_against_the_stack(chips):
    bench = Bench(chips)
    top = 16 * chips - 1 if chips != 2 else 15
    bench.afe.cell_uv[top] = 1_500_000
    bench.tick()
    assert bench.r[of.OPEN_WIRES] == 1
    bench.afe.stacks_mv[top // 16] -= 2_200
    bench.tick()
    assert bench.r[of.OPEN_WIRES] == 0, "the stack lacks it too: the cell is low"


@pytest.mark.parametrize("off_uv", [-100_000, 100_000])
def test_each_monitor_is_held_against_its_own_stack(off_uv):
    """1.6 V in one of eight, and as much the other way round in another, are no sum that is right."""
    bench = Bench(8)
    for k in range(16):
        bench.afe.cell_uv[48 + k] += off_uv
        bench.afe.cell_uv[80 + k] -= off_uv
    bench.tick()
    assert bench.r[of.SUM_MV] == bench.r[of.STACK_MV] and bench.r[of.SUM_ERROR_MV] == 1_600


@pytest.mark.parametrize("first", ["cells", "stack"])
@pytest.mark.parametrize("chips", [1, 8])
def test_a_load_that_steps_between_the_cells_and_their_stack_is_no_mismatch(chips, first):
    """0.25 V a cell; the monitors do not measure at the same time, so that some show it a tick before the others."""
    bench = Bench(chips)
    bench.tick()
    for down_mv in (250, 0, 250, 250):
        for chip in [*range(0, chips, 2), *range(1, chips, 2)]:
            for what in ("cells", "stack") if first == "cells" else ("stack", "cells"):
                if what == "stack":
                    bench.afe.stacks_mv[chip] = 59_200 - 16 * down_mv
                else:
                    bench.afe.cell_uv[16 * chip : 16 * chip + 16] = array("i", [3_700_000 - 1000 * down_mv] * 16)
                bench.tick()
                assert bench.r[of.SUM_ERROR_MV] == 0
    bench.afe.stacks_mv[0] += 1_600
    bench.tick(2)
    assert bench.r[of.SUM_ERROR_MV] == 1_600, "an error that stays is seen in the second sample"


def test_cells_that_are_far_apart_are_no_open_wires(bench):
    bench.afe.cell_uv[4], bench.afe.cell_uv[5] = 3_400_000, 3_850_000
    bench.tick()
    assert bench.r[of.OPEN_WIRES] == 0


@pytest.mark.parametrize("wires", [set(range(17)), {0}, {16}, {3, 4, 5}])
def test_any_wires_open_together_break_nothing(bench, wires):
    taps, volts = Wires(), np.full(16, 3.7)
    taps.open_taps |= wires
    for _ in range(20):
        taps.advance(5.0, 5.0, volts)
        bench.afe.cell_uv[:] = array("i", [round(v * 1e6) for v in taps.seen(volts)])
        bench.tick()
    assert bench.r[of.IMPOSSIBLE] + bench.r[of.OPEN_WIRES] > 0 or bench.r[of.SUM_ERROR_MV] > 0


@pytest.mark.parametrize("shown", [-40_000, -273_150, 125_100, 6_280_350])
def test_an_open_or_shorted_thermistor_is_no_temperature(bench, shown):
    bench.tick(temperatures=True)
    bench.afe.ts_mdegc[1] = shown
    bench.tick(temperatures=True)
    r = bench.r
    assert r[of.IMPOSSIBLE] == 1
    assert (r[of.T_MAX_MDEGC], r[of.T_MIN_MDEGC], r[of.T_SPREAD_MDEGC]) == (25_000, 25_000, 0)
    bench.afe.ts_mdegc[1] = 31_000
    bench.tick(temperatures=True)
    assert r[of.IMPOSSIBLE] == 0 and (r[of.T_MAX_MDEGC], r[of.T_SPREAD_MDEGC]) == (31_000, 6_000)


def test_a_kelvin_a_second_is_told_within_four_seconds(bench):
    assert max(bench.warm(*[25] * 8)) == 0
    risen = bench.warm(*range(26, 34))
    assert max(risen[:4]) >= 30_000 and risen[-1] == 60_000


def test_steps_of_the_monitor_and_single_glitches_are_no_rise(bench):
    rng = np.random.default_rng(2)
    noisy = 25 + rng.normal(0, 0.05, 600)
    assert max(bench.warm(*noisy)) < 10_000, "the table warns there"
    for glitch in (22, 35):
        assert max(bench.warm(*[25] * 10, glitch, *[25] * 10)) == 0


def test_a_sensor_that_comes_back_warmer_has_not_risen(bench):
    bench.warm(*[25] * 8)
    bench.afe.ts_mdegc[0] = -273_150
    bench.tick(temperatures=True)
    assert max(bench.warm(*[32] * 8)) == 0


def drive(bench: Bench, sign: int) -> None:
    for n in range(80):
        drawn_ma = 40_000 if n // 4 % 2 else 5_000
        for k in range(16):
            bench.afe.cell_uv[k] = 3_700_000 - drawn_ma
        bench.afe.current_ma = sign * drawn_ma
        bench.tick()


def test_a_sensor_of_the_wrong_sign_is_found_within_ten_seconds(bench):
    drive(bench, -1)
    assert bench.r[of.SIGN_ERROR_MS] >= 5_000
    drive(bench, 1)
    assert bench.r[of.SIGN_ERROR_MS] == 0


def test_ages_and_the_chip_s_own_judgement(bench):
    bench.afe.valid[CELLS] = 0
    bench.afe.safety_status, bench.afe.settings_lost, bench.afe.link.failures = 4, True, 3
    bench.tick(fresh=False)
    r = bench.r
    assert r[of.CELLS_AGE_MS] == 1_000_000
    assert (r[of.CHIP_FAULTS], r[of.CHIP_LOST], r[of.BUS_ERRORS]) == (1, 1, 3)


def test_any_values_at_all_are_taken(bench):
    rng = np.random.default_rng(3)
    for _ in range(2000):
        bench.afe.cell_uv[:] = array("i", rng.integers(-6_553_600, 6_553_600, 16).tolist())
        bench.afe.ts_mdegc[:] = array("i", rng.integers(-300_000, 7_000_000, 4).tolist())
        bench.afe.current_ma = int(rng.integers(-(1 << 29), 1 << 29))
        bench.afe.stack_mv = bench.afe.stacks_mv[0] = int(rng.integers(0, 655_360))
        bench.tick(temperatures=bool(rng.integers(2)))


def test_heat_that_the_load_explains_is_no_rise_and_a_runaway_under_it_is(bench):
    """100 A over a drop of 0.5 V in 1000 J/K: 50 W, 3 K/min."""
    bench.r[of.SOC_MEAN_Q15] = 16_384
    bench.afe.current_ma = 100_000
    bench.afe.cell_uv[:] = array("i", [3_200_000] * 16)
    bench.warm(*[25] * 8)
    assert bench.warm(*[25 + 0.1 * k for k in range(8)])[-1] == 3_000
    assert bench.warm(*[26 + k for k in range(8)])[-1] == 57_000
    bench.afe.current_ma = 0
    assert bench.warm(*[34 + k for k in range(8)])[-1] == 60_000


def test_a_charge_heats_too_and_a_current_that_cools_explains_nothing(bench):
    bench.r[of.SOC_MEAN_Q15] = 32_768
    bench.afe.current_ma = -100_000
    bench.afe.cell_uv[:] = array("i", [4_200_000] * 16)
    bench.warm(*[25] * 8)
    assert bench.warm(*[25 + k for k in range(8)])[-1] == 57_000
    bench.afe.cell_uv[:] = array("i", [3_200_000] * 16)
    assert bench.warm(*[33 + k for k in range(8)])[-1] == 60_000
