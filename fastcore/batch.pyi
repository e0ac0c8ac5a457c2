"""Types of batch.pyx."""

from array import array

from numpy import int32
from numpy.typing import NDArray

_Words = NDArray[int32]

compiled_from: str  # fastcore/sources.py

def step(
    s: array[int] | _Words, par: array[int] | memoryview | _Words, i_ma: int, v_uv: int, t_mdegc: int, dt_ms: int
) -> int: ...
def health_step(s: array[int] | _Words, par: array[int] | memoryview | _Words, told_q21: int, sd_q16: int) -> int: ...
def run(
    states: _Words,
    par: _Words,
    i_ma: _Words,
    v_uv: _Words,
    t_mdegc: _Words,
    dt_ms: _Words,
    soc_q21: _Words,
    sd_q16: _Words,
    err_uv: _Words,
) -> None: ...
def reach_step(
    r: array[int] | _Words,
    par: array[int] | memoryview | _Words,
    i_q13: int,
    v_mv: int,
    t_ms: int,
    d_mm: int,
    soc_q21: int,
    sd_q16: int,
    t_mdegc: int,
) -> int: ...
def guard_step(
    g: array[int] | _Words, table: array[int] | memoryview | _Words, r: array[int] | _Words, rows: int, dt_ms: int
) -> int: ...
def extremes_step(
    x: array[int] | _Words, v_uv: array[int] | _Words, cells: int, i_ma: int, far_ma: int, dt_ms: int
) -> int: ...
def power_step(
    out: array[int] | _Words,
    s: array[int] | _Words,
    par: array[int] | memoryview | _Words,
    lim: array[int] | memoryview | _Words,
    t_mdegc: int,
) -> int: ...
def leak_step(
    x: array[int] | _Words, seen: array[int] | _Words, cells: int, t_mdegc: int, dt_s: int, resting: int
) -> int: ...
def frame_step(
    f: array[int] | _Words,
    par: array[int] | _Words,
    x: array[int] | _Words,
    at: int,
    size: int,
    group: int,
    counter: int,
    known: int,
) -> int: ...
