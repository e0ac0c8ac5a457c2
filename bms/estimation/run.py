"""The firmware's estimator over a measured log: SoC with its interval at every row."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms import output
from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation.logs import Log
from bms.estimation.parameters import LASTING, Lasting, capacity_mc, parameters
from bms.estimation.samples import Ints, Samples, samples
from fastcore import batch
from firmware import start
from firmware.kernels import soc

Floats = NDArray[np.float64]

INTERVAL = 1.959964  # standard deviations either side that hold 95 % of a normal distribution
START_SD = 0.02  # standard deviation of a SoC that the user states
_DECIMALS = 6  # the kernel's SoC is a multiple of 2^-21, its voltage error of 1 uV
_TRUTH_RANGE = (-0.2, 1.2)  # a counter that leaves it did not begin at a full cell


@dataclass(frozen=True)
class Point:
    """The estimate at one row; SoC 0..1, time s."""

    time: float
    soc: float
    sd: float
    low: float
    high: float
    soc_true: float | None


@dataclass(frozen=True)
class Estimate:
    """One estimate a row of `log`: arrays (n,) float64, SoC and its standard deviation 0..1, voltage_error V.

    voltage_error is measured less predicted voltage at the last correction, at most a second ago. soc_true is None
    where the log holds no truth. restarts counts the rows before which charge had moved unseen: there the estimate
    began anew.
    """

    log: Log
    cell: str
    blind: bool
    soc: Floats
    sd: Floats
    voltage_error: Floats
    soc_true: Floats | None
    restarts: int
    state: Ints  # the kernels' words after the last row

    @property
    def time(self) -> Floats:
        return self.log.time

    @property
    def low(self) -> Floats:
        """Lower end of the 95 % interval."""
        return np.clip(self.soc - INTERVAL * self.sd, 0, 1)

    @property
    def high(self) -> Floats:
        """Upper end of the 95 % interval."""
        return np.clip(self.soc + INTERVAL * self.sd, 0, 1)

    @property
    def error(self) -> Floats | None:
        """SoC less truth, 0..1."""
        return None if self.soc_true is None else self.soc - self.soc_true

    @property
    def rmse(self) -> float | None:
        """Root mean square of the error over time, 0..1."""
        error = self.error
        return None if error is None else float(np.sqrt(np.average(error**2, weights=self.log.held)))

    @property
    def coverage(self) -> float | None:
        """Share of the time in which the 95 % interval holds the truth."""
        error = self.error
        return None if error is None else float(np.average(np.abs(error) <= INTERVAL * self.sd, weights=self.log.held))

    @property
    def final(self) -> Point:
        truth = None if self.soc_true is None else float(self.soc_true[-1])
        time, soc, sd, low, high = (float(x[-1]) for x in (self.time, self.soc, self.sd, self.low, self.high))
        return Point(time, soc, sd, low, high, truth)


def estimate(
    log: Log,
    cell: Cell,
    start_soc: float | None = None,
    start_sd: float = START_SD,
    capacity_share: float = 1.0,
    resumed: Ints | None = None,
    lasting: Lasting = LASTING,
) -> Estimate:
    """Run the compiled kernels over `log`: blind, or from `start_soc` (0..1) with the standard deviation `start_sd`.

    capacity_share: what the kernels are told of the capacity, as a share of the rated one (0.9: told 10 % too low).
    resumed: the state to start from instead, as firmware.start.resumed makes it.
    lasting: what is taken of errors that last.
    Raises InputError where the log or the start leave the estimator's ranges.
    """
    if start_soc is not None and not 0 <= start_soc <= 1:
        raise InputError(f"The start SoC is {start_soc:g}, allowed is 0 to 1; give a share (80 % is 0.8).")
    par, fed = parameters(cell, lasting=lasting), samples(log, cell)
    cap_mc = round(capacity_share * capacity_mc(cell))
    state, words = np.empty(0, np.int32), []
    edges = [0, *fed.fresh.tolist(), len(log)]
    for first, stop in pairwise(edges):
        if first == 0 and resumed is not None:
            state = resumed
        elif first == 0 and start_soc is not None:
            state = start.known(par.tolist(), cap_mc, round(start_soc * start.FULL_Q21), round(start_sd * 2**16))
        else:
            begin = (int(fed.i_ma[first]), int(fed.v_uv[first]), int(fed.t_mdegc[first]))
            state = start.blind(par.tolist(), cap_mc, *begin)
        state = np.array(state, np.int32)
        words.append(_run(state, par, fed, slice(first + 1, stop)))
    soc_q21, sd_q16, err_uv = np.concatenate(words, axis=1)
    return Estimate(
        log=log,
        cell=cell.name,
        blind=start_soc is None,
        soc=soc_q21 / start.FULL_Q21,
        sd=sd_q16 / 2**16,
        voltage_error=err_uv / 1e6,
        soc_true=truth(log, cell),
        restarts=len(fed.fresh),
        state=state,
    )


def truth(log: Log, cell: Cell) -> Floats | None:
    """The SoC that the file carries, 0..1 (n,), or what its counter tells if it began at a full cell; else None."""
    if log.soc is not None:
        return log.soc
    if log.ah_discharged is None:
        return None
    counted = 1 - log.ah_discharged / cell.capacity_ah.value
    plausible = _TRUTH_RANGE[0] <= counted.min() and counted.max() <= _TRUTH_RANGE[1]
    return counted if plausible else None


def summary(result: Estimate) -> dict[str, Any]:
    """The figures of one run, as `bms estimate --json` prints them: SoC as shares, time in s."""
    final, error = result.final, result.error
    figures: dict[str, Any] = {
        "log": result.log.name,
        "cell": result.cell,
        "blind": result.blind,
        "rows": len(result.log),
        "seconds": round(final.time - float(result.time[0]), 3),
        "soc": round(final.soc, 5),
        "soc_sd": round(final.sd, 5),
        "soc_interval_95": [round(final.low, 5), round(final.high, 5)],
        "restarts": result.restarts,
    }
    if error is not None and final.soc_true is not None and result.rmse is not None and result.coverage is not None:
        figures["soc_true"] = round(final.soc_true, 5)
        figures["soc_rmse"] = round(result.rmse, 5)
        figures["soc_max_error"] = round(float(np.abs(error).max()), 5)
        figures["coverage_95"] = round(result.coverage, 4)
    return figures


def write(result: Estimate, path: Path) -> None:
    """Every row's estimate to a .csv or .parquet file, whole or not at all; InputError where that cannot be.

    Columns: time_s, soc, soc_sd, soc_low, soc_high (shares, 95 % interval), voltage_error_v, and soc_true where known.
    """
    columns = {
        "time_s": result.time,
        "soc": result.soc,
        "soc_sd": result.sd,
        "soc_low": result.low,
        "soc_high": result.high,
        "voltage_error_v": result.voltage_error,
    }
    if result.soc_true is not None:
        columns["soc_true"] = result.soc_true
    output.write_table(path, {name: values.round(_DECIMALS) for name, values in columns.items()})


def _run(state: Ints, par: Ints, fed: Samples, rows: slice) -> Ints:
    """SOC_Q21, SD_Q16, ERR_UV of `state`, then after each of `rows`: shape (3, rows + 1). `state` goes with them."""
    i_ma, v_uv, t_mdegc, dt_ms, reached = fed.steps(rows)
    out = np.empty((3, len(i_ma) + 1), np.int32)
    out[:, 0] = state[[soc.SOC_Q21, soc.SD_Q16, soc.ERR_UV]]
    soc_q21, sd_q16, err_uv = (word[1:, None] for word in out)
    batch.run(state[None], par, i_ma, v_uv[:, None], t_mdegc[:, None], dt_ms, soc_q21, sd_q16, err_uv)
    return out[:, np.concatenate([[0], reached])]
