"""How well the capacity is learned: the same drive from full again and again, with what was learned so far.

Between two cycles the cell is charged unseen and rests with its contactors open, where the current sensor shows its own
offset; then the next cycle is told where it begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation.accuracy_cases import CAPACITY_TOLD, exact
from bms.estimation.logs import Log
from bms.estimation.parameters import parameters
from bms.estimation.run import START_SD, Estimate, estimate
from firmware import start
from firmware.cell import zeroed
from firmware.kernels import soc

CYCLES = 3
_LEAST_DELIVERED = 0.5  # of the rated capacity; less is no discharge from full to empty


@dataclass(frozen=True)
class Cycle:
    """One cycle: the capacity believed at its start as a share of the rated one, and the RMSE over it, 0..1."""

    share: float
    rmse: float


@dataclass(frozen=True)
class Aged:
    """A discharge from full to empty, Ah: what it delivered, and the capacity that is believed after each cycle."""

    file: str
    delivered_ah: float
    found_ah: list[float]

    @property
    def error(self) -> float:
        """Share by which the last capacity is off what was delivered."""
        return self.found_ah[-1] / self.delivered_ah - 1


def capacity_cycles(log: Log, cell: Cell, share: float = CAPACITY_TOLD, cycles: int = CYCLES) -> list[Cycle]:
    """Run `log` from its exact start `cycles` times, at first told `share` of the rated capacity, then once more.

    An entry shows what was learned in the cycles before it. InputError where the log holds no truth.
    """
    run = exact(log, cell)
    assert run.start_soc is not None

    def rmse(result: Estimate) -> float:
        return float(np.sqrt(np.average((result.soc - run.truth) ** 2, weights=log.held)))

    return [Cycle(told, rmse(result)) for told, result in _again(log, cell, run.start_soc, share, cycles + 1)]


def aged(log: Log, cell: Cell, cycles: int = CYCLES) -> Aged:
    """Learn the capacity of a cell of which only the rated one is told from a discharge, full to empty, `cycles` times.

    InputError where the log moves less than half of the rated capacity.
    """
    rows = np.diff(log.time, prepend=log.time[0])
    delivered = float(np.sum(log.current * rows)) / 3600
    if delivered < _LEAST_DELIVERED * cell.capacity_ah.value:
        raise InputError(
            f"{log.name}: {delivered:.4g} Ah flow out, which is no discharge of {cell.name} from full to empty "
            f"({cell.capacity_ah.value:.4g} Ah rated); give one that is."
        )
    shares = [told for told, _ in _again(log, cell, 1.0, 1.0, cycles + 1)]
    return Aged(log.name, delivered, [told * cell.capacity_ah.value for told in shares[1:]])


def _again(log: Log, cell: Cell, told: float, share: float, times: int) -> Iterator[tuple[float, Estimate]]:
    """The share believed at the start of each cycle, and the estimate over it."""
    par, resumed = parameters(cell).tolist(), None
    for _ in range(times):
        result = estimate(log, cell, told, capacity_share=share, resumed=resumed)
        yield share, result
        state = result.state.tolist()
        zeroed(par, state, 0)
        state = start.resumed(par, state, round(told * start.FULL_Q21), round(START_SD * 2**16))
        resumed = np.array(state, np.int32)
        share = float(resumed[soc.SHARE_Q24]) / 2**24
