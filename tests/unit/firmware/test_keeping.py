"""When what outlives a power cut is due: at a stop and at a shutdown, not later by the clock alone."""

from array import array
from types import SimpleNamespace

import pytest

from firmware import modes
from firmware import readings as of
from firmware.keeping import Keeping


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


def test_a_shutdown_of_a_pack_that_is_open_already(tick, stops: list[int]) -> None:
    tick(5, 1, modes.OFF)
    tick(5, 1, modes.SHUTDOWN)
    assert stops == [100, 5100]
