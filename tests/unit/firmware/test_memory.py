"""What the controller remembers: when it saves, what comes back, and that no fault of the storage reaches it."""

from array import array
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest

from bms.cells import library
from bms.emulation.storage import PowerCut, Storage
from bms.estimation.words import PackDesign, words
from fastcore import batch
from firmware import commands, memory, records
from firmware import readings as of
from firmware.config import Config
from firmware.estimate import Estimator
from firmware.kernels import reach, soc
from firmware.leakage import Leakage
from firmware.memory import Memory
from tests.unit.firmware.memory_bench import (
    CELL_MDEGC,
    CELL_UV,
    CELLS,
    CLOCK_S,
    FAULTS,
    TICK_MS,
    TS_MDEGC,
    UNDER_WAY_MA,
    begun,
    config_of,
    numbers,
    readings,
    run,
    started,
)


@pytest.fixture(scope="module")
def config() -> Config:
    return config_of()


@pytest.fixture
def estimator(config) -> Estimator:
    return begun(config)


@pytest.mark.parametrize(("i_ma", "most_s"), [(UNDER_WAY_MA, 10), (-UNDER_WAY_MA, 10), (0, 70)])
def test_the_state_is_saved_often_under_way_and_seldom_at_rest(estimator, config, i_ma, most_s):
    made = started(Storage(), config)
    saved = run(made, estimator, 600, i_ma)
    gaps = [b - a for a, b in zip([0.0, *saved], saved, strict=False)]
    assert max(gaps) <= most_s
    assert len(saved) <= 600 / (0.7 * most_s)


def test_a_drive_that_begins_after_a_rest_is_saved_at_once(estimator, config):
    made = started(Storage(), config)
    run(made, estimator, 55, 0)
    assert run(made, estimator, 2, UNDER_WAY_MA)


def test_counters_and_uptime_go_on_over_restarts(estimator, config):
    storage = Storage()
    made = started(storage, config)
    for start in range(1, 4):
        assert made.starts == start
        run(made, estimator, 360, UNDER_WAY_MA)
        run(made, estimator, 180, -UNDER_WAY_MA)
        made.save(estimator, 0, CLOCK_S, now=True)
        made = started(storage, config)
    assert made.uptime_s == 3 * 540
    assert (made.out_ah, made.in_ah) == (6, 3)  # 20 A, three times 6 and 3 minutes


def test_the_charge_counts_to_the_last_milliampere_second(config):
    made = started(Storage(), config)
    for _ in range(36_000):
        made.count(TICK_MS, 999)
    assert made.out_ah * 3_600_000 + made._out_mc == 3_596_400


def test_before_the_pack_is_known_nothing_of_it_is_written(config):
    storage = Storage()
    made = Memory(storage, config, FAULTS)
    made.recall(CLOCK_S)
    empty = Estimator(config, batch)
    for _ in range(100):
        made.count(2_000, 0)
        made.save(empty, 0, CLOCK_S, now=True)
    assert not [name for name in storage.files if name.startswith(("state", "learned"))]


def test_the_cells_begin_where_they_were(estimator, config):
    storage = Storage()
    made = started(storage, config)
    for _ in range(100):
        estimator.advance(1_000, UNDER_WAY_MA, CELL_UV, TS_MDEGC, 0)
    assert made.save(estimator, 0, CLOCK_S, now=True)
    assert made.save_learned(estimator)
    again = Memory(storage, config, FAULTS)
    again.recall(CLOCK_S + 1)
    assert again.age == 1
    states = again.begin(0, CELL_UV, CELL_MDEGC, CLOCK_S + 1)
    assert states is not None
    for old, new in zip(estimator.states, states, strict=True):
        assert new[soc.SOC_Q21] == pytest.approx(old[soc.SOC_Q21], abs=100)
    road = array("i", [0] * reach.STATE)
    assert again.give_road(road)
    assert road[reach.C_NV_M] == estimator.range[reach.C_NV_M]


def test_a_pack_that_is_another_one_begins_anew(estimator, config):
    storage = Storage()
    made = started(storage, config)
    for s in estimator.states:
        s[soc.SOC_Q21] = round(0.9 * 2**21)
        s[soc.P_Q32] = 1 << 18
    assert made.save(estimator, 0, CLOCK_S, now=True)
    again = Memory(storage, config, FAULTS)
    again.recall(CLOCK_S + 60)
    assert again.begin(0, [3_300_000] * CELLS, CELL_MDEGC, CLOCK_S + 60) is None
    assert again.doubted == CELLS
    run(again, estimator, 30, 0)
    assert records.NOT_BELIEVED in numbers(again)


@pytest.mark.parametrize("capacity", [2, 1], ids=["parallel cells", "more cells"])
def test_a_record_of_another_pack_does_not_count(estimator, config, capacity):
    storage = Storage()
    made = started(storage, config)
    assert made.save(estimator, 0, CLOCK_S, now=True)
    design = PackDesign(library.load("factorial-fest77"), CELLS if capacity > 1 else CELLS + 1, capacity, 15.0, 200)
    other = Memory(storage, Config(array("i", words(design).tolist())), FAULTS)
    other.recall(CLOCK_S)
    assert other.begin(0, [*CELL_UV, 3_800_000], [25_000] * 5, CLOCK_S) is None


def test_events_outlive_the_power_and_a_storm_of_them_does_not_wear_the_flash(estimator, config):
    storage = Storage()
    made = started(storage, config)
    frame = array("i", range(100, 130))
    made.note(7, 250_000, CLOCK_S, frame, 3)
    run(made, estimator, 10, 0)
    event = array("i", [0] * records.EVENT_WORDS)
    assert Memory(storage, config, FAULTS)._log.load(event)
    assert event.tolist() == [7, 0, CLOCK_S, 250_000, *range(103, 115)]
    before = made._log.sequence
    for k in range(3000):
        made.note(k % 40, k, CLOCK_S)
        run(made, estimator, 0.1, 0, 1)
    assert made._log.sequence - before <= 16 + 3000 * TICK_MS / 60_000
    run(made, estimator, 3600, 0)
    assert records.EVENTS_LOST in numbers(made)


def test_a_new_trip_that_persists_is_written_before_anything_else(estimator, config):
    storage = Storage()
    made = started(storage, config)
    run(made, estimator, 70, 0)
    made.faults[0] = 1 << 5
    assert made.save(estimator, 0, CLOCK_S)
    again = Memory(storage, config, FAULTS)
    assert again.recall(CLOCK_S)
    assert again.faults[0] == 1 << 5
    made.faults[20] += 1  # a count alone may wait a minute
    made.save(estimator, 0, CLOCK_S)
    assert Memory(storage, config, FAULTS).recall(CLOCK_S)
    assert made._faults.sequence == 1
    run(made, estimator, 65, 0)
    assert made._faults.sequence == 2


def test_no_error_of_the_storage_comes_out(estimator, config):
    class Broken(Storage):
        def read(self, name: str) -> bytes | None:
            raise OSError(5)

        def write(self, name: str, data: object) -> None:
            raise OSError(28)

    made = Memory(Broken(), config, FAULTS)
    assert not made.recall(CLOCK_S)
    assert made.begin(0, CELL_UV, CELL_MDEGC, CLOCK_S) is None
    run(made, estimator, 30, UNDER_WAY_MA)
    assert made.failing >= 3
    assert made.errors > 0


def test_a_cut_in_any_record_loses_no_other(estimator, config):
    storage = Storage()
    made = started(storage, config)
    run(made, estimator, 1000, UNDER_WAY_MA)
    made.faults[1] = 3
    whole = dict(storage.files)
    for cut in range(0, 400, 7):
        storage.files, storage.cut = dict(whole), storage.steps + cut
        with suppress(PowerCut):
            made.save(estimator, UNDER_WAY_MA, CLOCK_S)
        storage.cut = None
        again = Memory(storage, config, FAULTS)
        again.recall(CLOCK_S)
        assert again.uptime_s >= 990
        assert again._taught is not None
        made.faults[1] += 1


def test_ten_thousand_ticks_keep_every_number_small(config):
    """On 32-bit MicroPython an integer beyond 30 bits takes heap."""
    made = started(Storage(), config)
    for _ in range(10_000):
        made.count(2_000, 10_000_000)
    own = [value for name, value in vars(made).items() if isinstance(value, int)]
    assert max(own) < 1 << 30


def test_the_periods_are_what_is_promised():
    assert memory.UNDER_WAY_MS + 1_000 < 10_000
    assert memory.AT_REST_MS == 60_000


def test_soft_shorts_outlive_a_restart_and_are_those_of_this_pack_alone(estimator, config):
    storage = Storage()
    made = started(storage, config)
    assert not made.give_leaks(Leakage(config, estimator.states, readings(), SimpleNamespace(resistors=None)))
    made.leaks[records.LEAKS_FOUND :] = array("i", [40_000, 2, 10, 5, 20, 5, 40_000, 900, -30, 5])
    made.save_learned(estimator)
    made._save_state(estimator, 0, CLOCK_S)
    assert made.save_leaks() and not made.save_leaks(), "what has not changed is not written again"
    found = readings()
    leakage = Leakage(config, estimator.states, found, SimpleNamespace(resistors=None))
    assert started(storage, config).give_leaks(leakage)
    assert (found[of.LEAK_UA], found[of.LEAK_AT]) == (40_000, 2)
    other = Memory(storage, config, FAULTS)
    other.recall(CLOCK_S)
    assert other.begin(0, [2_700_000] * CELLS, CELL_MDEGC, CLOCK_S) is None
    assert not other.give_leaks(leakage), "another pack, or another time"


def test_a_store_of_before_soft_shorts_and_counters_is_read_as_it_was(estimator, config):
    storage = Storage()
    run(started(storage, config), estimator, 1000, UNDER_WAY_MA)
    for name in ("leaks0", "leaks1", "counter0", "counter1"):
        storage.files.pop(name, None)
    again = started(storage, config)
    assert again.starts == 2 and again.counter == 0 and again.give_road(estimator.range)


def test_a_number_of_a_challenge_is_never_given_twice(config):
    """Restarts at any moment, the store failing now and then."""
    storage, rng = Storage(), np.random.default_rng(1)
    given: list[int] = []
    for start in range(30):
        storage.worn = {"counter0", "counter1"} if start % 5 == 4 else set()
        made = Memory(storage, config, FAULTS)
        made.recall(CLOCK_S)
        host = commands.Commands(bytes(range(32)), rng.bytes, made.counter, made.counter)
        assert not host.request(commands.OPEN, 0) and host.words[commands.RESULT] == commands.NOT_KEPT
        for _ in range(int(rng.integers(1, 2500))):
            host.tick(1000)
            if rng.integers(10) == 0:
                host.kept = made.reserve(host.words[commands.COUNTER])
            if host.request(commands.OPEN, 0):
                given.append(host.words[commands.COUNTER])
    assert len(given) > 10_000 and given == sorted(set(given))
