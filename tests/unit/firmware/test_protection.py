"""What is kept of a fault, and what ends it: freeze frames, counts, a command, a restart."""

from array import array

import pytest

from firmware import diagnoses as d
from firmware import readings as of
from firmware.protection import FRAME, SAVED
from tests.unit.firmware.guarded import Guarded


def frame(pack: Guarded, number: int) -> dict[int, int]:
    at = number * len(FRAME)
    return dict(zip(FRAME, pack.protection.frames[at : at + len(FRAME)], strict=True))


def saved(pack: Guarded) -> array:
    words = array("i", [0] * (SAVED + 2))
    words[0] = words[-1] = 77
    pack.protection.save(words, 1)
    assert (words[0], words[-1]) == (77, 77)
    return words


def test_the_first_trip_is_kept_as_it_was_found() -> None:
    pack = Guarded()
    pack.readings[of.UPTIME_S], pack.readings[of.CURRENT_MA] = 1_234, -5_000
    pack.readings[of.CELL_MAX_AT] = 7
    pack.show(of.CELL_MAX_UV, 4_300_000, 0, 200)
    pack.readings[of.UPTIME_S], pack.readings[of.CURRENT_MA] = 1_235, 0
    pack.show(of.CELL_MAX_UV, 4_400_000, 0, 200)
    kept = frame(pack, d.OVER_VOLTAGE)
    assert (kept[of.UPTIME_S], kept[of.CURRENT_MA], kept[of.CELL_MAX_UV]) == (1_234, -5_000, 4_300_000)
    assert kept[of.CELL_MAX_AT] == 7


def test_a_second_trip_counts_and_leaves_the_first_frame() -> None:
    pack = Guarded()
    for uptime_s in (10, 20, 30):
        pack.readings[of.UPTIME_S] = uptime_s
        pack.show(of.FROZEN_MS, 2_000, 0)
        pack.show(of.FROZEN_MS, 0, 0, 2_000)
    assert pack.protection.counts[d.FROZEN_CELL] == 3 and sum(pack.protection.counts) == 3
    assert frame(pack, d.FROZEN_CELL)[of.UPTIME_S] == 10


def test_what_was_cleared_keeps_a_new_frame() -> None:
    pack = Guarded()
    pack.readings[of.UPTIME_S] = 10
    pack.show(of.WELDED, 1, 0)
    pack.readings[of.WELDED] = 0
    pack.protection.clear()
    assert pack.run(0).tripped == set()
    pack.readings[of.UPTIME_S] = 20
    pack.show(of.WELDED, 1, 0)
    assert frame(pack, d.WELDED)[of.UPTIME_S] == 20
    assert pack.protection.counts[d.WELDED] == 2


def test_a_command_to_clear_does_not_give_a_fault_its_delay_again() -> None:
    """Not for one tick may the contactors close over a cell that is too high."""
    pack = Guarded().show(of.CELL_MAX_UV, 4_300_000, 0, 200)
    for _ in range(5):
        pack.protection.clear()
        pack.run(1)
        assert pack.protection.reaction == d.OPEN
    assert pack.protection.counts[d.OVER_VOLTAGE] == 1


def test_a_command_clears_what_is_over_and_leaves_the_rest() -> None:
    pack = Guarded().show(of.CELL_MAX_UV, 4_300_000, 0, 200)
    pack.show(of.WELDED, 1, 0)
    pack.readings[of.WELDED] = 0
    pack.protection.clear()
    assert pack.run(1).tripped == {d.OVER_VOLTAGE}
    assert pack.protection.reaction == d.OPEN


def test_a_command_acts_once() -> None:
    pack = Guarded().show(of.CELL_MAX_UV, 4_300_000, 0, 200)
    pack.protection.clear()
    pack.run(1)
    assert pack.show(of.CELL_MAX_UV, 3_700_000, 1).tripped == {d.OVER_VOLTAGE}


def test_a_deep_discharge_is_known_after_a_restart_even_of_a_charged_pack() -> None:
    pack = Guarded().show(of.CELL_MIN_UV, 1_900_000, 0, 1_000)
    restarted = Guarded()
    assert restarted.protection.restore(saved(pack), 1)
    assert restarted.run(0).tripped == {d.DEEP_DISCHARGE}
    assert restarted.protection.reaction & d.NO_CLOSE
    assert restarted.protection.counts[d.DEEP_DISCHARGE] == 1, "it has not tripped again"
    restarted.protection.clear()
    assert restarted.run(0).tripped == set()


def test_a_remembered_fault_is_not_cleared_over_cells_that_nobody_has_read() -> None:
    restarted = Guarded()
    restarted.protection.restore(saved(Guarded().show(of.CELL_MIN_UV, 1_900_000, 0, 1_000)), 1)
    for reading in (of.SUM_MV, of.CELL_MIN_UV):
        restarted.readings[reading] = 0
    restarted.protection.clear()
    assert restarted.run(0).tripped == {d.DEEP_DISCHARGE}


def test_counts_go_on_after_a_restart() -> None:
    pack = Guarded().show(of.INTERLOCK_OPEN, 1, 0, 50)
    restarted = Guarded()
    restarted.protection.restore(saved(pack), 1)
    restarted.show(of.INTERLOCK_OPEN, 1, 0, 50)
    assert restarted.protection.counts[d.INTERLOCK] == 2


@pytest.mark.parametrize("place", range(SAVED))
@pytest.mark.parametrize("value", [-1, 1 << 3, -(1 << 31), (1 << 31) - 1])
def test_words_that_cannot_have_been_saved_are_refused_whole(place: int, value: int) -> None:
    words = saved(Guarded())
    words[1 + place] = value
    pack = Guarded()
    possible = place >= 2 and value == 8
    assert pack.protection.restore(words, 1) == possible
    if not possible:
        assert pack.run(0).tripped == set() and not any(pack.protection.counts)


def test_a_count_ends_and_does_not_go_round() -> None:
    pack = Guarded()
    pack.protection.counts[d.WELDED] = 1_000_000_000
    pack.show(of.WELDED, 1, 0)
    assert pack.protection.counts[d.WELDED] == 1_000_000_000


def test_two_faults_act_together() -> None:
    pack = Guarded().show(of.PRECHARGE_FAILURES, 3, 0)
    pack.show(of.BALANCE_STUCK, 1, 0, 1_000)
    assert pack.protection.reaction == d.NO_CLOSE | d.NO_CHARGE | d.NO_BALANCE
