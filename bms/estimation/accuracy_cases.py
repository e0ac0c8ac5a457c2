"""The cases of the accuracy protocol: what is done to a measured log, and what is told at the start."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bms.cells.resting import Claimed, check_rest
from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation.logs import Floats, Log
from bms.estimation.run import START_SD, truth
from bms.estimation.tables import OCV_SOC, ocv

CASES = (
    "exact",
    "start_wrong",
    "blind",
    "offset_100ma",
    "offset_190ma",
    "offset_minus_190ma",
    "voltage_plus",
    "voltage_minus",
    "noise",
    "capacity_low",
)
RESTARTS = {0.9: 3, 0.6: 2, 0.3: 1}  # true SoC that a blind run begins at, and its weight in the mean
LEFT_LEAST = 900.0  # s; a blind run that has less of the log before it does not count
_WRONG = 0.30  # by which the start is told wrong; its standard deviation is told as well
_OFFSET_AH = 2.9  # the cell for which the offsets are named; for others they grow with the capacity
_OFFSETS_A = {"offset_100ma": 0.10, "offset_190ma": 0.19, "offset_minus_190ma": -0.19}
_VOLTAGES_V = {"voltage_plus": 0.005, "voltage_minus": -0.005}
_NOISE_V = 0.010  # standard deviation, each row of the log by itself
CAPACITY_TOLD = 0.90


@dataclass(frozen=True)
class Run:
    """One run of a case: the log as the estimator sees it, with the truth beside it, and what it is told.

    start_soc None: nothing is told. capacity_share: what is told of the capacity, as a share of the rated one.
    """

    case: str
    log: Log
    truth: Floats  # 0..1, (n,)
    start_soc: float | None
    start_sd: float = START_SD
    capacity_share: float = 1.0
    weight: int = 1


def runs(log: Log, cell: Cell) -> Iterator[Run]:
    """Every run of every case over `log`, in the order of CASES. InputError where the log holds no truth."""
    told = exact(log, cell)
    yield told
    begin = _begin(told.truth)
    wrong = begin - _WRONG if begin >= _WRONG else begin + _WRONG
    yield replace(told, case="start_wrong", start_soc=wrong, start_sd=_WRONG)
    for row, weight in _restarts(log, told.truth):
        yield Run("blind", log.since(row), told.truth[row:], None, weight=weight)
    for case, offset in _OFFSETS_A.items():
        current = log.current + offset / _OFFSET_AH * cell.capacity_ah.value
        yield replace(told, case=case, log=replace(log, current=current))
    for case, offset in _VOLTAGES_V.items():
        yield replace(told, case=case, log=replace(log, voltage=log.voltage + offset))
    noise = np.random.default_rng(zlib.crc32(log.name.encode())).normal(0, _NOISE_V, len(log))
    yield replace(told, case="noise", log=replace(log, voltage=log.voltage + noise))
    yield replace(told, case="capacity_low", capacity_share=CAPACITY_TOLD)


def exact(log: Log, cell: Cell) -> Run:
    """The run that is told the true SoC of the first row. InputError where the log holds no truth."""
    true = _truth(log, cell)
    return Run("exact", log, true, _begin(true))


def _begin(true: Floats) -> float:
    """The true SoC of the first row, as it can be told: a counter may begin a little beyond full."""
    return float(np.clip(true[0], 0, 1))


def _restarts(log: Log, true: Floats) -> Iterator[tuple[int, int]]:
    """Row and weight of each blind restart: where the true SoC first passes a level with enough time left."""
    for level, weight in RESTARTS.items():
        passing = np.flatnonzero((true[:-1] > level) & (true[1:] <= level))
        if len(passing) and log.time[-1] - log.time[passing[0] + 1] >= LEFT_LEAST:
            yield int(passing[0]) + 1, weight


def _truth(log: Log, cell: Cell) -> Floats:
    true = truth(log, cell)
    if true is not None:
        claimed = Claimed(log.name, log.time, log.current, log.voltage, log.temperature, true)
        remedy = "that is no truth to judge by, so give a column soc (0..1), or name the right cell"
        check_rest(claimed, (OCV_SOC, ocv(cell)), cell.capacity_ah.value, remedy)
        return true
    if log.ah_discharged is None:
        raise InputError(f"{log.name}: there is no truth to judge by; add a column soc (0..1) or ah_discharged (Ah).")
    low, high = float(log.ah_discharged.min()), float(log.ah_discharged.max())
    raise InputError(
        f"{log.name}: ah_discharged goes from {low:.4g} to {high:.4g} Ah, which is no truth for a cell of "
        f"{cell.capacity_ah.value:.4g} Ah that began full; give a column soc (0..1), or name the right cell."
    )
