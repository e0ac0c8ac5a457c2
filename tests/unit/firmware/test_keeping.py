"""When what outlives a power cut is due: at a stop and at a shutdown, not later by the clock alone."""

from array import array
from itertools import pairwise
from types import SimpleNamespace

import pytest

from bms.emulation.storage import Storage
from fastcore import batch
from firmware import diagnoses, modes, records
from firmware import readings as of
from firmware.keeping import Keeping
from firmware.memory import Memory
from firmware.protection import FRAME, SAVED, Protection
from tests.unit.firmware.memory_bench import CLOCK_S, begun, config_of


@pytest.fixture
def stops() -> list[int]:
    """Times, ms, at which the memory was told of one."""
    return []


@pytest.fixture
def tick(stops: list[int]):
    now_ms = 0
    memory = SimpleNamespace(
        faults=array("i"), leaks=array("i"), failing=0, count=lambda *_: None, save=lambda *_: False,
        stop=lambda: stops.append(now_ms),
    )  # fmt: skip
    config = SimpleNamespace(intact=lambda: True)
    keeping = Keeping(memory, config, SimpleNamespace(clock_s=0))
    controller = SimpleNamespace(
        readings=array("i", [0] * of.READINGS), running=False, estimator=SimpleNamespace(corrected=False),
        protection=SimpleNamespace(save=lambda *_: None),
    )  # fmt: skip

    def run(seconds: int, is_open: int, mode: int) -> None:
        nonlocal now_ms
        controller.readings[of.OPEN], controller.readings[of.MODE] = is_open, mode
        for _ in range(10 * seconds):
            now_ms += 100
            keeping(controller, now_ms, 100)

    return run


def test_once_as_the_contactors_open_and_once_as_the_pack_is_shut_down(tick, stops: list[int]) -> None:
    tick(5, 0, modes.DRIVE)
    assert not stops
    tick(5, 1, modes.OFF)
    assert stops == [5100]
    tick(5, 0, modes.DRIVE)
    tick(5, 1, modes.SHUTDOWN)
    assert stops == [5100, 15100]


@pytest.mark.parametrize("damaged", [None, "learned1"])
def test_the_first_frame_of_a_fault_outlives_any_number_of_starts(damaged: str | None) -> None:
    """Sixteen events are kept; neither a start, nor a slot that it finds damaged, nor a trip that came back is a new
    one each time."""
    storage, config = Storage(), config_of()
    if damaged:
        storage.write(damaged, bytes(40))
    r = array("i", [0] * of.READINGS)
    r[of.ALWAYS], r[of.SUM_MV], r[of.CELL_MIN_UV], r[of.INSULATION_KOHM] = 1, 14_000, 2_000_000, 1_000_000
    r[of.TEMPERATURES_AGE_MS] = 500
    log: list[list[int]] = []
    for _ in range(20):
        memory = Memory(storage, config, SAVED)
        protection = Protection(config.guard, r, batch.guard_step)
        keeping = Keeping(memory, config, SimpleNamespace(clock_s=CLOCK_S))
        keeping.recall(protection)
        controller = SimpleNamespace(readings=r, running=False, estimator=begun(config), protection=protection)
        for tick in range(50):
            protection.update(100)
            keeping(controller, 100 * tick, 100)
        r[of.CELL_MIN_UV] = 3_500_000
        assert protection.tripped(diagnoses.DEEP_DISCHARGE) and protection.counts[diagnoses.DEEP_DISCHARGE] == 1
        log = logged(memory)
    deep = [event for event in log if event[records.EVENT_NUMBER] == diagnoses.DEEP_DISCHARGE]
    frame = dict(zip(FRAME, deep[0][records.EVENT_FRAME :], strict=True))
    assert len(deep) == 1 and frame[of.CELL_MIN_UV] == 2_000_000


def logged(memory: Memory) -> list[list[int]]:
    event, found = array("i", [0] * records.EVENT_WORDS), []
    more = memory._log.load(event)
    while more:
        found.append(event.tolist())
        more = memory._log.older(event)
    return found


def test_a_shutdown_of_a_pack_that_is_open_already(tick, stops: list[int]) -> None:
    tick(5, 1, modes.OFF)
    tick(5, 1, modes.SHUTDOWN)
    assert stops == [100, 5100]


@pytest.mark.parametrize("phase", range(10))
def test_nothing_is_saved_in_a_tick_that_is_long_without(phase: int) -> None:
    """All cells are corrected in one tick of ten, temperatures come in another: a save waits wherever a look falls."""
    saved: list[int] = []
    memory = SimpleNamespace(
        faults=array("i"), leaks=array("i"), failing=0, count=lambda *_: None, save=lambda *_: saved.append(tick),
    )  # fmt: skip
    keeping = Keeping(memory, SimpleNamespace(intact=lambda: True), SimpleNamespace(clock_s=0))
    estimator, r = SimpleNamespace(corrected=False), array("i", [0] * of.READINGS)
    controller = SimpleNamespace(
        readings=r, running=False, estimator=estimator, protection=SimpleNamespace(save=lambda *_: None)
    )
    for tick in range(1200):
        estimator.corrected = tick % 10 == phase
        r[of.TEMPERATURES_AGE_MS] = (tick - phase - 1) % 10 * 100
        keeping(controller, 100 * tick, 100)
    assert not {(tick - phase) % 10 for tick in saved} & {0, 1}
    gaps = [b - a for a, b in pairwise(saved)]
    assert len(saved) > 100 and max(gaps) <= 13
    estimator.corrected = True  # ticks of a second, each of which corrects
    before = len(saved)
    for tick in range(1200, 1220):
        keeping(controller, 1000 * tick, 1000)
    assert len(saved) - before >= 9
