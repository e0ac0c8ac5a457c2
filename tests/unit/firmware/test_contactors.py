"""Closing and opening: one thing that can go wrong a test, at a board that does what the test says."""

from array import array

import pytest

from firmware import contactors
from firmware import readings as of
from firmware.contactors import CLOSED, OPEN, PRECHARGING, RESTING, Contactors

TICK_MS = 100
MOST_MS, LEAST_MS = 2000, 150
STACK_MV = 60_000


class Board:
    """Outputs as commanded, and an auxiliary contact that follows them unless told."""

    def __init__(self) -> None:
        self.is_main = self.is_precharge = True  # as a board that woke up wrong
        self.lies: int | None = None

    def main(self, on: bool) -> None:
        self.is_main = on

    def precharge(self, on: bool) -> None:
        self.is_precharge = on

    @property
    def feedback(self) -> int:
        return int(self.is_main) if self.lies is None else self.lies


class Rig:
    """tau_ms: of the link behind the resistor; None: it never charges."""

    def __init__(self, most_ms: int = MOST_MS, least_ms: int = LEAST_MS, tau_ms: float | None = 50) -> None:
        self.board, self.r = Board(), array("i", [0] * of.READINGS)
        self.r[of.STACK_MV] = STACK_MV
        self.tau_ms = tau_ms
        self.contactors = Contactors(self.board, self.r, most_ms, least_ms)

    def tick(self, ticks: int = 1) -> None:
        for _ in range(ticks):
            if self.board.is_main:
                self.r[of.LINK_MV] = STACK_MV
            elif self.board.is_precharge and self.tau_ms is not None:
                lacking = STACK_MV - self.r[of.LINK_MV]
                self.r[of.LINK_MV] = round(STACK_MV - lacking * 2.718281828 ** (-TICK_MS / self.tau_ms))
            self.contactors.update(TICK_MS)

    def close(self, ticks: int = 10) -> "Rig":
        self.contactors.close()
        self.tick(ticks)
        return self


def test_both_are_opened_when_they_are_made() -> None:
    rig = Rig()
    assert not rig.board.is_main and not rig.board.is_precharge and rig.contactors.state == OPEN


def test_the_main_contactor_closes_only_onto_a_charged_link() -> None:
    rig = Rig()
    rig.contactors.close()
    closed_at = before_mv = 0
    for tick in range(1, 20):
        before_mv = rig.r[of.LINK_MV]
        rig.tick()
        if rig.board.is_main:
            closed_at = tick
            break
        assert rig.board.is_precharge
    assert before_mv < rig.r[of.LINK_MV] and STACK_MV - rig.r[of.LINK_MV] <= 2000
    assert closed_at * TICK_MS == 300 and rig.contactors.tried_ms == 200
    assert rig.contactors.closed and not rig.board.is_precharge


def test_a_link_that_is_still_nearly_full_is_closed_on() -> None:
    """Opened and closed again within seconds: what is charged at once was not empty."""
    rig = Rig(tau_ms=10)
    rig.r[of.LINK_MV] = STACK_MV * 9 // 10
    rig.close()
    assert rig.contactors.closed and rig.r[of.PRECHARGE_FAILURES] == 0


def test_a_pack_without_precharge_closes_at_once() -> None:
    rig = Rig(most_ms=0).close(1)
    assert rig.board.is_main and not rig.board.is_precharge


def test_a_link_that_never_charges_is_tried_three_times_two_seconds_each() -> None:
    rig = Rig(tau_ms=None)
    rig.contactors.close()
    tries, on_ms, was = 0, 0, False
    for _ in range(300):
        rig.tick()
        tries += rig.board.is_precharge and not was
        on_ms += TICK_MS * rig.board.is_precharge
        was = rig.board.is_precharge
        assert not rig.board.is_main
    assert tries == 3 and rig.r[of.PRECHARGE_FAILURES] == 3
    assert on_ms <= 3 * (MOST_MS + TICK_MS)
    assert not rig.board.is_precharge


def test_the_resistor_rests_between_tries() -> None:
    rig = Rig(tau_ms=None).close(MOST_MS // TICK_MS + 2)
    assert rig.contactors.state == RESTING and not rig.board.is_precharge
    rig.tick(19)
    assert rig.contactors.state == RESTING
    rig.tick(3)
    assert rig.contactors.state == PRECHARGING


@pytest.mark.parametrize("wanted_ticks", [5, 22, 24])
def test_the_resistor_rests_as_long_whoever_opens_and_closes_meanwhile(wanted_ticks: int) -> None:
    """A vehicle that asks for an open pack in between forgives the tries, not the heat: no more than half the time."""
    rig, on_ticks = Rig(tau_ms=None), 0
    for n in range(600):
        if n % (wanted_ticks + 1) == wanted_ticks:
            rig.contactors.open()
            rig.contactors.forgive()
        else:
            rig.contactors.close()
        rig.tick()
        on_ticks += rig.board.is_precharge
    assert 0 < on_ticks <= 310


def test_forgiven_failures_may_be_tried_again() -> None:
    rig = Rig(tau_ms=None).close(300)
    rig.tau_ms = 50
    rig.tick(50)
    assert not rig.board.is_main
    rig.contactors.forgive()
    rig.tick(10)
    assert rig.board.is_main and rig.r[of.PRECHARGE_FAILURES] == 0


def test_a_link_that_is_charged_too_fast_is_none() -> None:
    rig = Rig(tau_ms=1)
    rig.contactors.close()
    rig.tick(2)
    assert not rig.board.is_main and rig.contactors.failures == 1


def test_a_link_that_has_kept_its_charge_may_close_soon() -> None:
    rig = Rig()
    rig.r[of.LINK_MV] = STACK_MV - 500
    rig.close(2)
    assert rig.board.is_main


def test_a_load_on_the_link_keeps_the_main_contactor_open() -> None:
    rig = Rig()
    rig.r[of.CURRENT_MA] = 1001
    rig.close(10)
    assert not rig.board.is_main
    rig.r[of.CURRENT_MA] = 1000
    rig.tick()
    assert rig.board.is_main


def test_a_link_above_the_stack_keeps_it_open() -> None:
    rig = Rig(tau_ms=None)
    rig.r[of.LINK_MV] = STACK_MV + 2001
    rig.close(10)
    assert not rig.board.is_main


@pytest.mark.parametrize(("ticks", "state"), [(1, PRECHARGING), (10, CLOSED)])
def test_opening_is_at_once_from_everywhere(ticks: int, state: int) -> None:
    rig = Rig().close(ticks)
    assert rig.contactors.state == state
    rig.contactors.open()
    assert not rig.board.is_main and not rig.board.is_precharge
    rig.tick(50)
    assert not rig.board.is_main and not rig.board.is_precharge, "an old wish closes nothing"


def test_a_welded_contactor_shows_200_ms_after_opening() -> None:
    rig = Rig().close()
    rig.contactors.open()
    rig.board.lies = 1
    rig.tick()
    assert not rig.r[of.WELDED]
    rig.tick()
    assert rig.r[of.WELDED]
    rig.board.lies = 0
    rig.tick()
    assert not rig.r[of.WELDED]


def test_a_contactor_that_does_not_close_shows_200_ms_after_closing() -> None:
    rig = Rig()
    rig.board.lies = 0
    rig.contactors.close()
    while not rig.contactors.closed:
        rig.tick()
    rig.tick()
    assert not rig.r[of.STUCK_OPEN]
    rig.tick()
    assert rig.r[of.STUCK_OPEN]


def test_nobody_is_blamed_where_there_is_no_auxiliary_contact() -> None:
    rig = Rig()
    rig.board.lies = -1
    rig.close(30)
    assert not rig.r[of.STUCK_OPEN] and not rig.r[of.WELDED]
    rig.contactors.open()
    rig.tick(30)
    assert not rig.r[of.WELDED]


def test_open_is_said_once_a_contactor_has_had_time_to_open() -> None:
    rig = Rig().close()
    assert not rig.r[of.OPEN]
    rig.contactors.open()
    rig.tick()
    assert not rig.r[of.OPEN]
    rig.tick()
    assert rig.r[of.OPEN]


def test_what_may_pass_between_tries_is_counted_by_the_clock() -> None:
    rig = Rig(tau_ms=None)
    rig.contactors.close()
    rig.contactors.update(TICK_MS)
    rig.r[of.LINK_MV] = STACK_MV
    rig.contactors.update(MOST_MS + 1)
    assert not rig.board.is_main and rig.contactors.failures == 1, "too late is too late, charged or not"


def test_states_have_names_of_their_own() -> None:
    assert len({contactors.OPEN, contactors.PRECHARGING, contactors.CLOSED, contactors.RESTING}) == 4
