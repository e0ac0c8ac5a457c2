"""What benchmarks are fed: an emulated pack under a load that changes every few seconds, in the kernel's integers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bms.cells import library
from bms.cells.schema import Cell
from bms.emulation.pack import Pack
from bms.estimation.parameters import capacity_mc, parameters
from firmware import start

CELL = "factorial-fest77"
_CELSIUS = 25.0
_SOC = 0.8
_LOADS_C = (-1.0, 1.5)  # from braking to climbing, per C
_HOLD_S = 5.0

_Words = NDArray[np.int32]


@dataclass(frozen=True)
class Trace:
    """N cells in series over T samples: i_ma and dt_ms (T,), v_uv and t_mdegc (T, N), blind states (N, STATE)."""

    cell: Cell
    par: _Words
    states: _Words
    i_ma: _Words
    v_uv: _Words
    t_mdegc: _Words
    dt_ms: _Words


def trace(cells: int, samples: int, dt_ms: int, seed: int = 1) -> Trace:
    """A drive of `samples` steps of dt_ms; the same seed gives the same numbers."""
    cell = library.load(CELL)
    hold = max(round(_HOLD_S * 1000 / dt_ms), 1)
    loads_c = np.random.default_rng(seed).uniform(*_LOADS_C, -(-samples // hold))
    current = np.repeat(loads_c, hold)[:samples] * cell.capacity_ah.value
    pack = Pack(cell, cells, seed=seed, soc=_SOC, temperature=_CELSIUS + 273.15)
    v_uv = np.round(pack.run(current, dt_ms / 1000) * 1e6).astype(np.int32)
    i_ma = np.round(current * 1000).astype(np.int32)
    t_mdegc = np.full_like(v_uv, round(_CELSIUS * 1000))
    par = parameters(cell)
    words, capacity, first = par.tolist(), capacity_mc(cell), (int(i_ma[0]), round(_CELSIUS * 1000))
    states = [start.blind(words, capacity, first[0], v, first[1]) for v in v_uv[0].tolist()]
    return Trace(cell, par, np.array(states, np.int32), i_ma, v_uv, t_mdegc, np.full(samples, dt_ms, np.int32))
