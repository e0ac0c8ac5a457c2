"""A small pack's memory on an emulated storage, for the tests of what it keeps and when."""

from array import array

from bms.cells import library
from bms.emulation.storage import Storage
from bms.estimation.words import PackDesign, words
from fastcore import batch
from firmware import readings as of
from firmware import records
from firmware.config import Config
from firmware.estimate import Estimator
from firmware.memory import Memory

CELLS = 4
CELL_UV = [3_800_000] * CELLS
CELL_MDEGC = [25_000] * CELLS
TS_MDEGC = [25_000] * 3
FAULTS = 42
TICK_MS = 100
CLOCK_S = 800_000_000
UNDER_WAY_MA = 20_000


def config_of() -> Config:
    """Four large cells."""
    return Config(array("i", words(PackDesign(library.load("factorial-fest77"), CELLS, 1, 15.0)).tolist()))


def begun(config: Config) -> Estimator:
    """An estimator that runs."""
    made = Estimator(config, batch)
    assert made.begin(0, CELL_UV, TS_MDEGC)
    return made


def readings() -> array:
    return array("i", [0] * of.READINGS)


def started(storage: Storage, config: Config) -> Memory:
    made = Memory(storage, config, FAULTS)
    made.recall(CLOCK_S)
    made.begin(0, CELL_UV, CELL_MDEGC, CLOCK_S)
    return made


def run(made: Memory, estimator: Estimator, seconds: float, i_ma: int, save_every: int = 10) -> list[float]:
    """Tick; returns when the state was saved, s."""
    saved, sequence = [], made._state.sequence
    for tick in range(round(seconds * 1000 / TICK_MS)):
        made.count(TICK_MS, i_ma)
        if tick % save_every == 0:
            made.save(estimator, i_ma, CLOCK_S)
        if made._state.sequence != sequence:
            sequence = made._state.sequence
            saved.append((tick + 1) * TICK_MS / 1000)
    return saved


def numbers(made: Memory) -> list[int]:
    """Events in the log, newest first."""
    event, found = array("i", [0] * records.EVENT_WORDS), []
    more = made._log.load(event)
    while more:
        found.append(event[records.EVENT_NUMBER])
        more = made._log.older(event)
    return found
