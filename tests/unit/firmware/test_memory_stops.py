"""What a stop saves, what a record that cannot be saved holds up, and that whoever watches hears of a long start."""

import pytest

from bms.emulation.storage import Storage
from firmware.config import Config
from firmware.estimate import Estimator
from firmware.memory import Memory
from tests.unit.firmware.memory_bench import (
    CELL_MDEGC,
    CELL_UV,
    CELLS,
    CLOCK_S,
    FAULTS,
    TS_MDEGC,
    UNDER_WAY_MA,
    begun,
    config_of,
    run,
    started,
)


@pytest.fixture(scope="module")
def config() -> Config:
    return config_of()


@pytest.fixture
def estimator(config) -> Estimator:
    return begun(config)


def test_trips_that_cannot_be_saved_do_not_keep_the_rest_from_it(estimator, config):
    """Flash that fails under one kind of record: the charge that a cut loses stays below 10 s."""
    storage = Storage(worn={"faults0", "faults1"})
    made = started(storage, config)
    made.faults[0] = 1
    gaps, now_s, events = [], 0.0, made._log.sequence
    for saved_s in run(made, estimator, 120, UNDER_WAY_MA):
        gaps.append(saved_s - now_s)
        now_s = saved_s
    assert len(gaps) > 10 and max(gaps) <= 10 and made._log.sequence > events
    tried = made._faults.errors
    assert tried > 20 and made.failing > 10
    storage.worn.clear()
    run(made, estimator, 10, UNDER_WAY_MA)
    again = Memory(storage, config, FAULTS)
    assert again.recall(CLOCK_S) and again.faults[0] == 1


def test_a_stop_saves_state_and_lessons_and_one_soon_after_another_wears_nothing(estimator, config):
    made = started(Storage(), config)
    run(made, estimator, 65, UNDER_WAY_MA)
    state, learned = made._state.sequence, made._learned.sequence
    made.stop()
    run(made, estimator, 5, 0)
    assert (made._state.sequence, made._learned.sequence) == (state + 1, learned + 1)
    made.stop()
    run(made, estimator, 5, 0)
    assert made._learned.sequence == learned + 1


def test_before_the_pack_is_known_a_stop_saves_nothing(config, estimator):
    made = Memory(Storage(), config, FAULTS)
    made.recall(CLOCK_S)
    made.stop()
    run(made, estimator, 30, 0)
    assert made._state.sequence == made._learned.sequence == 0


def test_whoever_watches_hears_of_every_cell_that_begins(estimator, config):
    """Beginning all cells of a large pack takes longer than the watchdog waits."""
    storage, heard = Storage(), []
    made = started(storage, config)
    run(made, estimator, 10, UNDER_WAY_MA)
    again = Memory(storage, config, FAULTS)
    again.recall(CLOCK_S)
    assert again.begin(0, CELL_UV, CELL_MDEGC, CLOCK_S, lambda: heard.append("stored"))
    estimator.alive = lambda: heard.append("blind")
    estimator.begin(0, CELL_UV, TS_MDEGC)
    assert heard == ["stored"] * CELLS + ["blind"] * CELLS
