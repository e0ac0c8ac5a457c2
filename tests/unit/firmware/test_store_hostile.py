"""Files that anyone may have written: random, mutated, mutated with the right checksum. A start survives them all."""

from array import array
from collections.abc import Iterator

import numpy as np
import pytest

from bms.bench import ranges
from bms.emulation.storage import Storage
from fastcore import batch
from firmware import slots
from firmware.config import Config, checksum
from firmware.controller import Controller
from firmware.estimate import Estimator
from firmware.keeping import Keeping
from firmware.kernels import power, soc
from firmware.memory import Memory
from firmware.protection import SAVED
from tests.parity.checked import Words
from tests.parity.test_ranges import STEP
from tests.unit.firmware.controller_bench import Board, Monitor, configuration

CELLS = 4
SAMPLE = (0, [3_900_000] * CELLS, [25_000] * CELLS, 0)
INT32 = 1 << 31


@pytest.fixture(scope="module")
def config() -> Config:
    return configuration()


@pytest.fixture(scope="module")
def sound(config: Config) -> dict[str, bytes]:
    """Every kind of record, as a controller writes it."""
    storage = Storage()
    memory = Memory(storage, config, SAVED)
    memory.recall(0)
    estimator = Estimator(config, batch)
    estimator.begin(0, SAMPLE[1], [25_000] * 3)
    assert memory.begin(*SAMPLE) is None
    for _ in range(2):
        memory._save_state(estimator, 0, 0)
        memory.save_learned(estimator)
        memory.leaks[1] += 1
        memory.leaks[3] += 1
        memory.save_leaks()
        memory.reserve(memory.counter)
        memory._faults.save(memory.faults)
        memory._save_event()
    kinds = {name.rstrip("0123456789") for name in storage.files}
    assert kinds == {"state", "learned", "leaks", "counter", "faults", "event"}
    return dict(storage.files)


def sealed(record: array) -> bytes:
    record[-1] = checksum(record[:-1])
    return record.tobytes()


def hostile(sound: dict[str, bytes], seed: int) -> Iterator[tuple[dict[str, bytes], int]]:
    """Stores of which one to four files are not as they were written; and how many those are."""
    rng = np.random.default_rng(seed)
    names = list(sound)
    while True:
        files = dict(sound)
        count = int(rng.integers(1, 5))
        for _ in range(count):
            name, kind = names[int(rng.integers(len(names)))], int(rng.integers(5))
            if kind == 0:
                files[name] = rng.bytes(int(rng.integers(0, 2 * len(sound[name]))))
            elif kind == 1:
                files[name] = files[name][: int(rng.integers(len(files[name]) + 1))]
            else:
                record = array("i", sound[name])
                for _ in range(int(rng.integers(1, 4))):
                    words = len(record) - slots.AROUND
                    at = slots.HEAD + int(rng.integers(words)) if kind < 4 else int(rng.integers(slots.HEAD))
                    near = int(np.clip(record[at] * rng.uniform(-2, 2) + rng.integers(-9, 9), -INT32, INT32 - 1))
                    record[at] = near if rng.integers(2) else int(rng.integers(-INT32, INT32))
                files[name] = sealed(record) if kind > 2 else record.tobytes()
        yield files, count


def start_from(files: dict[str, bytes], config: Config) -> tuple[Controller, Memory]:
    """A controller that finds these files."""
    memory = Memory(Storage(files=dict(files)), config, SAVED)
    board = Board()
    controller = Controller(config, Monitor(board), board, batch, memory=memory)
    keeping = Keeping(memory, config, board)
    controller.services.append(keeping)
    keeping.recall(controller.protection)
    return controller, memory


def attack(sound: dict[str, bytes], config: Config, files_changed: int, controllers: int) -> int:
    """Starts until so many files have been changed; those that began from what was stored."""
    changed = believed = runs = 0
    for files, count in hostile(sound, seed=1):
        if changed >= files_changed:
            return believed
        changed += count
        memory = Memory(Storage(files=files), config, SAVED)
        memory.recall(0)
        states = memory.begin(*SAMPLE)
        assert 0 <= memory.counter < INT32
        if states is None:
            continue
        believed += 1
        for state in states:
            assert not ranges.outside("soc", np.array(config.soc_par, np.int32), state)
        if runs < controllers:
            runs += 1
            run_controller(files, config, states[0])
    raise AssertionError("unreachable")


def run_controller(files: dict[str, bytes], config: Config, state: array) -> None:
    """Two seconds of a controller over these files, and the kernels in integers that raise where 32 bits end."""
    controller, memory = start_from(files, config)
    assert controller.prepare()
    for tick in range(20):
        controller.tick(1000 + 100 * tick)
        assert tick >= 5 or not any(controller._board.commands), "closed before the self-test was over"
    assert memory.failing == 0
    par, s = Words(list(config.soc_par)), Words(list(state))
    for _ in range(2):
        STEP["soc"](s, par, 10_000, 3_900_000, 25_000, 1_000)
    STEP["power"](Words([*[0] * power.STATE, *s]), Words([*config.power, *config.soc_par]), 25_000)
    assert 0 <= s[soc.SOC_Q21] <= 1 << 21


def test_mutated_stores_are_refused_or_harmless(sound: dict[str, bytes], config: Config) -> None:
    assert attack(sound, config, 1_500, 15) > 100


@pytest.mark.slow
def test_a_hundred_thousand_mutated_files_are_refused_or_harmless(sound: dict[str, bytes], config: Config) -> None:
    assert attack(sound, config, 100_000, 500) > 10_000
