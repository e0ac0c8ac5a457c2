"""What happens seldom leaves the heap as it was, on a board: a month of it must not fill it."""

import pytest

from bms import demo
from bms.bench.targets import hex_of
from tests.unit.firmware import on_a_board

MOST_SAVED_BYTES = 3600  # of heap, to write all six records once: each and its copy on the storage, and the lessons
JOBS = ["absent 50", "found 50", "save 5", "save 60"]


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, int]]:
    configuration = hex_of(demo.configuration("quadricycle-fest77"))
    return dict(zip(JOBS, on_a_board.told("arm32", "seldom", "done", JOBS, configuration), strict=True))


def test_a_can_controller_that_is_absent_is_looked_for_without_heap(told: dict[str, dict[str, int]]) -> None:
    assert told["absent 50"]["done"] == told["absent 50"]["taken"] == 0


def test_one_that_comes_back_is_set_up_without_heap(told: dict[str, dict[str, int]]) -> None:
    assert told["found 50"]["done"] == 100 and told["found 50"]["taken"] == 0


def test_records_take_heap_while_they_are_written_and_hold_none(told: dict[str, dict[str, int]]) -> None:
    """The collector goes by what looks like an address, so a few words may seem to be held; no record is so short."""
    assert told["save 5"]["taken"] <= 5 * MOST_SAVED_BYTES
    assert told["save 60"]["taken"] > 100_000, "saving would need no slot in which the heap is cleaned"
    assert told["save 60"]["held"] <= 64
