"""What each diagnosis does, to the count and to the millisecond: the numbers below are written by hand.

The pack is that of guarded.py: 16 cells, 50 Ah, 2.5 .. 4.2 V, 200 A out, 100 A in. tests/mutants.py changes the table a
number at a time and demands that a test here fails.
"""

from array import array
from dataclasses import dataclass

import pytest

from firmware import diagnoses as d
from firmware import readings as of
from firmware.protection import SAVED
from tests.unit.firmware.guarded import GATES, Guarded

BY_COMMAND = -1
LONG_MS = 1_000_000
NAMES = [
    "over_voltage", "under_voltage", "deep_discharge", "over_temperature", "over_temperature_charge",
    "under_temperature", "under_temperature_charge", "over_current_discharge", "over_current_discharge_fast",
    "over_current_charge", "over_current_charge_fast", "cell_spread", "temperature_rise", "temperature_spread",
    "sum_mismatch", "frozen_cell", "stale_cells", "stale_temperatures", "impossible_value", "open_wire", "bus_errors",
    "chip_fault", "chip_lost", "sign_error", "current_saturated", "current_while_open", "welded", "stuck_open",
    "precharge_failed", "interlock", "insulation", "plating", "soft_short", "contact_loss", "limit_ignored",
    "configuration_damaged", "balancing_stuck", "store_failing", "host_silent", "overrun", "unusable",
    "not_measuring", "current_stuck",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """sign: 1 too high, -1 too low. back_by: so much it must come back. ends_ms: so long, or BY_COMMAND."""

    number: int
    reading: int
    sign: int
    warns: int
    trips: int
    after_ms: int
    back_by: int
    ends_ms: int
    does: int
    gate: int = of.ALWAYS

    @property
    def warned_until(self) -> int:
        return self.warns - self.sign * self.back_by

    @property
    def tripped_until(self) -> int:
        return self.trips - self.sign * self.back_by

    def less(self, value: int) -> int:
        """One count on the safe side of it."""
        return value - self.sign

    def tripping(self) -> Guarded:
        """It alone is judged, and has just tripped."""
        pack = self.gated()
        pack.show(self.reading, self.trips, 0, self.after_ms)
        assert pack.tripped == {self.number}
        return pack

    def gated(self) -> Guarded:
        """It alone is judged, its gate is open, and no other one."""
        pack = Guarded(self.number)
        for gate in GATES:
            pack.readings[gate] = 1 if gate == self.gate else 0
        return pack


# fmt: off
CASES = [
    Case(0, of.CELL_MAX_UV, 1, 4_205_000, 4_220_000, 200, 50_000, BY_COMMAND, 4),
    Case(1, of.CELL_MIN_UV, -1, 2_550_000, 2_480_000, 300, 100_000, BY_COMMAND, 1, of.SUM_MV),
    Case(2, of.CELL_MIN_UV, -1, 2_300_000, 2_000_000, 1_000, 100_000, BY_COMMAND, 4 + 8 + 32, of.SUM_MV),
    Case(3, of.T_MAX_MDEGC, 1, 55_000, 60_000, 1_000, 5_000, BY_COMMAND, 4),
    Case(4, of.T_MAX_MDEGC, 1, 45_000, 50_000, 1_000, 5_000, 10_000, 2, of.CHARGING),
    Case(5, of.T_MIN_MDEGC, -1, -30_000, -35_000, 1_000, 3_000, 10_000, 1),
    Case(6, of.T_MIN_MDEGC, -1, -20_000, -25_000, 1_000, 3_000, 10_000, 2, of.CHARGING),
    Case(7, of.DISCHARGE_MA, 1, 202_000, 206_000, 10_000, 10_000, BY_COMMAND, 4),
    Case(8, of.DISCHARGE_MA, 1, 206_000, 210_000, 10, 10_000, BY_COMMAND, 4),
    Case(9, of.CHARGE_MA, 1, 101_000, 103_000, 10_000, 5_000, BY_COMMAND, 4),
    Case(10, of.CHARGE_MA, 1, 103_000, 105_000, 10, 5_000, BY_COMMAND, 4),
    Case(11, of.SPREAD_UV, 1, 300_000, 1_000_000, 10_000, 50_000, 10_000, 2),
    Case(12, of.T_RISE_MDEGC_MIN, 1, 10_000, 30_000, 1_000, 20_000, BY_COMMAND, 4),
    Case(13, of.T_SPREAD_MDEGC, 1, 15_000, 25_000, 2_000, 5_000, 10_000, 2),
    Case(14, of.SUM_ERROR_MV, 1, 700, 1_000, 100, 200, 2_000, 4),
    Case(15, of.FROZEN_MS, 1, 1_500, 2_000, 0, 0, 2_000, 4),
    Case(16, of.CELLS_AGE_MS, 1, 101, 135, 0, 0, 1_000, 4),
    Case(17, of.TEMPERATURES_AGE_MS, 1, 2_000, 3_000, 0, 0, 1_000, 4),
    Case(18, of.IMPOSSIBLE, 1, 1, 1, 100, 0, 2_000, 4),
    Case(19, of.OPEN_WIRES, 1, 1, 1, 100, 0, 10_000, 4),
    Case(20, of.BUS_ERRORS, 1, 1, 5, 0, 0, 5_000, 8),
    Case(21, of.CHIP_FAULTS, 1, 1, 1, 0, 0, BY_COMMAND, 4),
    Case(22, of.CHIP_LOST, 1, 1, 1, 0, 0, 100, 4),
    Case(23, of.SIGN_ERROR_MS, 1, 3_000, 5_000, 0, 0, BY_COMMAND, 4),
    Case(24, of.SATURATED, 1, 1, 1, 20, 0, 2_000, 4),
    Case(25, of.ABSOLUTE_MA, 1, 1_000, 2_000, 100, 500, BY_COMMAND, 4 + 8, of.OPEN),
    Case(26, of.WELDED, 1, 1, 1, 0, 0, BY_COMMAND, 4 + 8),
    Case(27, of.STUCK_OPEN, 1, 1, 1, 0, 0, BY_COMMAND, 4 + 8),
    Case(28, of.PRECHARGE_FAILURES, 1, 1, 3, 0, 0, BY_COMMAND, 8),
    Case(29, of.INTERLOCK_OPEN, 1, 1, 1, 50, 0, 1_000, 4),
    Case(30, of.INSULATION_KOHM, -1, 35, 8, 1_000, 8, 10_000, 8),  # 67.2 V at 500 and 100 ohm/V
    Case(31, of.PLATING_MA, 1, 501, 2_501, 2_000, 0, 5_000, 2),
    Case(32, of.LEAK_UA, 1, 2_500, 25_000, 60_000, 1_250, 600_000, 2 + 16),
    Case(33, of.CONTACT_Q12, 1, 6_144, 8_192, 10_000, 512, 60_000, 2 + 16),
    Case(34, of.FORBIDDEN_MS, 1, 100, 200, 0, 0, BY_COMMAND, 4),
    Case(35, of.CONFIG_BAD, 1, 1, 1, 0, 0, BY_COMMAND, 4 + 8),
    Case(36, of.BALANCE_STUCK, 1, 1, 1, 1_000, 0, 60_000, 2 + 16),
    Case(37, of.STORE_ERRORS, 1, 1, 20, 0, 0, 1_000, 0),
    Case(38, of.HOST_AGE_MS, 1, 500, 1_000, 0, 0, 1_000, 4),
    Case(39, of.PERIOD_MS, 1, 130, 250, 0, 0, 1_000, 0),
    Case(40, of.UNUSED_MS, 1, 200, 1_000, 0, 0, 1_000, 4),
    Case(41, of.UNMEASURED_MS, 1, 3_200, 4_000, 0, 0, 2_000, 4),
    Case(42, of.STUCK_MS, 1, 3_000, 5_000, 0, 0, BY_COMMAND, 4),
]
# fmt: on
each = pytest.mark.parametrize("case", CASES, ids=NAMES)


def test_a_number_never_changes_its_meaning() -> None:
    assert [getattr(d, name.upper()) for name in NAMES] == list(range(43))
    assert [case.number for case in CASES] == list(range(43))
    assert (d.NO_DISCHARGE, d.NO_CHARGE, d.OPEN, d.NO_CLOSE, d.NO_BALANCE, d.PERSIST) == (1, 2, 4, 8, 16, 32)
    assert (d.DIAGNOSES, d.WORDS) == (43, 43 * d.COLUMNS)


def test_a_pack_at_ease_warns_of_nothing() -> None:
    pack = Guarded().run(0, LONG_MS)
    assert (pack.warned, pack.tripped, pack.protection.reaction) == (set(), set(), 0)


def test_cells_that_have_not_been_read_yet_are_not_empty() -> None:
    """A deep discharge is remembered for ever; zeros of a start must not be one."""
    pack = Guarded()
    for reading in (of.SUM_MV, of.CELL_MAX_UV, of.CELL_MIN_UV, of.T_MAX_MDEGC, of.T_MIN_MDEGC):
        pack.readings[reading] = 0
    pack.run(0, LONG_MS)
    assert pack.tripped == set()


@each
def test_warns_from_its_threshold_on_and_until_it_is_back(case: Case) -> None:
    pack = case.gated()
    assert pack.show(case.reading, case.less(case.warns), 0, LONG_MS).warned == set()
    assert pack.show(case.reading, case.warns, 0).warned == {case.number}
    assert pack.show(case.reading, case.warned_until, 1).warned == {case.number}
    assert pack.show(case.reading, case.less(case.warned_until), 1).warned == set()


@each
def test_does_not_trip_below_its_threshold(case: Case) -> None:
    pack = case.gated().show(case.reading, case.less(case.trips), 0, LONG_MS)
    assert (pack.tripped, pack.protection.reaction) == (set(), 0)


@each
def test_trips_at_its_threshold_and_when_its_delay_has_passed(case: Case) -> None:
    pack = case.gated().show(case.reading, case.trips, 7)
    if case.after_ms:
        assert pack.tripped == set(), "the time before it was seen does not count"
        assert pack.run(case.after_ms - 1).tripped == set()
        assert pack.protection.pending == (case.after_ms <= 300)
        pack.run(1)
    assert pack.tripped == {case.number}
    assert not pack.protection.pending


@each
def test_does_what_it_shall_and_nothing_else(case: Case) -> None:
    pack = case.tripping()
    assert pack.protection.reaction == case.does
    assert pack.readings[of.REACTION] == case.does


@each
def test_ends_when_it_has_come_back_far_and_long_enough_or_by_command(case: Case) -> None:
    pack = case.tripping().show(case.reading, case.tripped_until, 0, LONG_MS, LONG_MS)
    assert pack.tripped == {case.number}, "not far enough"
    pack.show(case.reading, case.less(case.tripped_until), 7)
    if case.ends_ms == BY_COMMAND:
        assert pack.run(LONG_MS, LONG_MS).tripped == {case.number}, "no time ends it"
        pack.protection.clear()
        pack.run(1)
    else:
        assert pack.run(case.ends_ms - 1).tripped == {case.number}, "not long enough"
        pack.run(1)
    assert (pack.tripped, pack.protection.reaction) == (set(), 0)


@each
def test_a_command_ends_nothing_whose_cause_is_there(case: Case) -> None:
    pack = case.tripping()
    for value in (case.trips, case.tripped_until):
        pack.readings[case.reading] = value
        pack.protection.clear()
        assert pack.run(1, 1).tripped == {case.number}
        assert pack.protection.reaction == case.does


@each
def test_is_judged_while_its_gate_is_open_only(case: Case) -> None:
    pack = case.gated()
    for gate in GATES:
        pack.readings[gate] = 1 - pack.readings[gate]
    pack.show(case.reading, case.trips, 0, LONG_MS)
    expected = {case.number} if case.gate == of.ALWAYS else set()
    assert (pack.warned, pack.tripped) == (expected, expected)


@each
def test_what_stays_over_a_restart(case: Case) -> None:
    before = case.tripping().protection
    words = array("i", [0] * SAVED)
    before.save(words, 0)
    after = case.gated()
    assert after.protection.restore(words, 0)
    assert after.run(0).tripped == ({2} if case.number == 2 else set())
    assert after.protection.counts[case.number] == 1
