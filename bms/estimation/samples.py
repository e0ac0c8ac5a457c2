"""A measured log as the kernel's samples: integers in its units, its steps of time, its ranges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bms.cells.record import GAP_JITTER, check_charge, check_scale, check_sign, check_voltage, longest_interval
from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation.logs import Log

Ints = NDArray[np.int32]

LONGEST_MS = 2000  # the kernel's longest step, which the controller takes too
_LONGEST_REST = 7 * 86400.0  # s; after a week a cell is met afresh
_UNSEEN = 0.005  # share of the capacity that the counter and the logged current may differ by in one interval
_ZERO_CELSIUS = 273.15
_TEMPERATURE_RANGE = (-40.0, 85.0)  # degC
_VOLTAGE_RANGE = (-6.5, 6.5)  # V
_CURRENT_LIMIT = 10_000.0  # A


@dataclass(frozen=True)
class Samples:
    """What the kernel is fed: arrays (n,) one a row of the log, and for the step into each row dt_ms and steps.

    A row holds since the row before it, as the controller's samples do, so a row's current has flowed for the
    time before the row. dt_ms sums to the length of the log to the millisecond. `fresh` are the rows before which
    charge moved that the log did not see: there the estimate starts blind.
    """

    i_ma: Ints
    v_uv: Ints
    t_mdegc: Ints
    dt_ms: NDArray[np.int64]
    rest: NDArray[np.bool_]  # a gap lies before the row: the cell rested
    fresh: NDArray[np.int64]

    def steps(self, rows: slice) -> tuple[Ints, Ints, Ints, Ints, NDArray[np.int64]]:
        """i_ma, v_uv, t_mdegc, dt_ms of each kernel step, and after how many of them each row is reached.

        A pause is cut into steps of 2,000 ms and what remains. In a gap the current is zero, voltage and
        temperature are those of the row after it, or, when that is under load, of the row before it.
        """
        dt_ms = self.dt_ms[rows]
        count = -(-dt_ms // LONGEST_MS)
        row = np.repeat(np.arange(len(self.dt_ms))[rows], count)
        reached = np.cumsum(count)
        last = reached[count > 0] - 1
        step_ms = np.full(len(row), LONGEST_MS, np.int32)
        step_ms[last] = (dt_ms - LONGEST_MS * (count - 1))[count > 0]
        rest = self.rest[row]
        rest[last] = False  # the row itself is a sample like any other
        source = np.where(rest & self._loaded[row], row - 1, row)
        i_ma = np.where(rest, np.int32(0), self.i_ma[row])
        return i_ma, self.v_uv[source], self.t_mdegc[source], step_ms, reached

    @property
    def _loaded(self) -> NDArray[np.bool_]:
        size = np.abs(self.i_ma)
        return size > 0.02 * size.max()


def samples(log: Log, cell: Cell) -> Samples:
    """`log` in the kernel's units, rounded to nearest. InputError where the kernel's ranges end."""
    _check(log, cell)
    time_ms = np.rint((log.time - log.time[0]) * 1000).astype(np.int64)
    interval = np.diff(log.time, prepend=log.time[0])
    gap = interval > longest_interval(interval[1:]) + GAP_JITTER
    return Samples(
        i_ma=_rounded(log.current * 1e3),
        v_uv=_rounded(log.voltage * 1e6),
        t_mdegc=_rounded((log.temperature - _ZERO_CELSIUS) * 1e3),
        dt_ms=np.diff(time_ms, prepend=0),
        rest=gap,
        fresh=np.flatnonzero(_unseen(log, interval, gap, cell.capacity_ah.value) | (interval > _LONGEST_REST)),
    )


def _unseen(log: Log, interval: NDArray[np.float64], gap: NDArray[np.bool_], capacity_ah: float) -> NDArray[np.bool_]:
    """Rows before which the file's counter moved by what the logged current does not explain."""
    if log.ah_discharged is None:
        return np.zeros(len(log), np.bool_)
    counted = np.diff(log.ah_discharged, prepend=log.ah_discharged[0])
    logged = np.where(gap, 0.0, log.current) * interval / 3600
    return np.abs(counted - logged) > _UNSEEN * capacity_ah


def _rounded(values: NDArray[np.float64]) -> Ints:
    return np.rint(values).astype(np.int32)


def _check(log: Log, cell: Cell) -> None:
    check_scale(log, cell.capacity_ah.value)
    celsius = log.temperature - _ZERO_CELSIUS
    for column, values, (low, high), unit in (
        ("temperature_c", celsius, _TEMPERATURE_RANGE, "degC"),
        ("voltage_v", log.voltage, _VOLTAGE_RANGE, "V"),
        ("current_a", log.current, (-_CURRENT_LIMIT, _CURRENT_LIMIT), "A"),
    ):
        outside = np.flatnonzero((values < low) | (values > high))
        if len(outside):
            k = int(outside[0])
            raise InputError(
                f"{log.name}: {column} is {values[k]:.4g} {unit} at time_s {log.time[k]:g} ({len(outside)} such rows), "
                f"the estimator takes {low:g} to {high:g} {unit}; remove these rows."
            )
    check_charge(log, cell.capacity_ah.value)
    check_sign(log)
    check_voltage(log, cell)
