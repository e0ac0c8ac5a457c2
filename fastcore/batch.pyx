# cython: boundscheck=False, wraparound=False, initializedcheck=False, language_level=3
"""Step cells through the compiled estimator: one sample, or a whole trace."""

from libc.stdint cimport int32_t

from fastcore cimport _ahead, _ecm, _extremes, _frame, _guard, _health, _kalman, _leak, _power, _reach, _road, _soc
from fastcore cimport _spread

cdef extern from *:
    const char *COMPILED_FROM  # fastcore/sources.py, by setup.py

compiled_from = COMPILED_FROM.decode()


cdef int refuse_short(Py_ssize_t state, int32_t words, Py_ssize_t par, int32_t parameters) except -1:
    """ValueError unless the arrays hold what a kernel reads and writes: it has no bounds of its own."""
    if state < words:
        raise ValueError(f"a state has {words} words, this one {state}")
    if par < parameters:
        raise ValueError(f"the parameters are {parameters} words, these are {par}")
    return 0


cdef inline int32_t advance(int32_t *s, int32_t *par, int32_t i_ma, int32_t v_uv, int32_t t_mdegc,
                            int32_t dt_ms) noexcept nogil:
    """What firmware/cell.py does with the five kernels."""
    if not _soc.step(s, par, i_ma, v_uv, dt_ms):
        return 0
    _ecm.step(s, par, t_mdegc)
    _spread.step(s, par)
    _kalman.step(s, par)
    _health.step(s, par, -1, 0)
    return 1


def step(int32_t[::1] s, int32_t[::1] par, int32_t i_ma, int32_t v_uv, int32_t t_mdegc, int32_t dt_ms):
    """`firmware.cell.step`, compiled: same arguments, same numbers. ValueError if s or par is too short."""
    refuse_short(s.shape[0], _soc.STATE, par.shape[0], _soc.PARAMETERS)
    return advance(&s[0], &par[0], i_ma, v_uv, t_mdegc, dt_ms)


def health_step(int32_t[::1] s, int32_t[::1] par, int32_t told_q21, int32_t sd_q16):
    """`firmware.kernels.health.step`, compiled: same arguments, same numbers. ValueError if s or par is too short."""
    refuse_short(s.shape[0], _soc.STATE, par.shape[0], _soc.PARAMETERS)
    return _health.step(&s[0], &par[0], told_q21, sd_q16)


def run(int32_t[:, ::1] states, int32_t[::1] par, int32_t[::1] i_ma, int32_t[:, ::1] v_uv, int32_t[:, ::1] t_mdegc,
        int32_t[::1] dt_ms, int32_t[:, ::1] soc_q21, int32_t[:, ::1] sd_q16, int32_t[:, ::1] err_uv):
    """Advance N cells in series over T samples, without the GIL. ValueError if the shapes are not these:

    IN/OUT  states (N, STATE)
    IN      par (PARAMETERS,), i_ma and dt_ms (T,), v_uv and t_mdegc (T, N)
    OUT     soc_q21, sd_q16, err_uv (T, N): the words of the state after each sample
    """
    cdef Py_ssize_t n, t
    if states.shape[1] != _soc.STATE:
        raise ValueError(f"a cell's state has {_soc.STATE} words, these have {states.shape[1]}")
    refuse_short(_soc.STATE, _soc.STATE, par.shape[0], _soc.PARAMETERS)
    if not (v_uv.shape[0] == t_mdegc.shape[0] == dt_ms.shape[0] == i_ma.shape[0] == soc_q21.shape[0]
            == sd_q16.shape[0] == err_uv.shape[0]):
        raise ValueError("the arrays differ in their number of samples")
    if not (v_uv.shape[1] == t_mdegc.shape[1] == states.shape[0] == soc_q21.shape[1] == sd_q16.shape[1]
            == err_uv.shape[1]):
        raise ValueError("the arrays differ in their number of cells")
    with nogil:
        for t in range(i_ma.shape[0]):
            for n in range(states.shape[0]):
                advance(&states[n, 0], &par[0], i_ma[t], v_uv[t, n], t_mdegc[t, n], dt_ms[t])
                soc_q21[t, n] = states[n, _soc.SOC_Q21]
                sd_q16[t, n] = states[n, _soc.SD_Q16]
                err_uv[t, n] = states[n, _soc.ERR_UV]


def reach_step(int32_t[::1] r, int32_t[::1] par, int32_t i_q13, int32_t v_mv, int32_t t_ms, int32_t d_mm,
               int32_t soc_q21, int32_t sd_q16, int32_t t_mdegc):
    """`firmware.driving.step`, compiled: same arguments, same numbers. ValueError if r or par is too short."""
    refuse_short(r.shape[0], _reach.STATE, par.shape[0], _reach.PARAMETERS)
    _road.step(&r[0], &par[0], i_q13, v_mv, t_ms, d_mm, soc_q21)
    _ahead.step(&r[0], &par[0], soc_q21, t_mdegc)
    return _reach.step(&r[0], &par[0], i_q13, t_ms, d_mm, sd_q16)


def guard_step(int32_t[::1] g, int32_t[::1] table, int32_t[::1] r, int32_t rows, int32_t dt_ms):
    """`firmware.kernels.guard.step`, compiled: same arguments, same numbers.

    ValueError if g or table is too short for `rows`, or a row names a reading that r has not.
    """
    cdef int32_t k
    refuse_short(g.shape[0], _guard.TIMER_MS + rows, table.shape[0], rows * _guard._COLUMNS)
    for k in range(rows):
        if not (0 <= table[k * _guard._COLUMNS + _guard._READING] < r.shape[0]
                and 0 <= table[k * _guard._COLUMNS + _guard._GATE] < r.shape[0]):
            raise ValueError(f"row {k} names a reading that is not among the {r.shape[0]}")
    return _guard.step(&g[0], &table[0], &r[0], rows, dt_ms)


def extremes_step(int32_t[::1] x, int32_t[::1] v_uv, int32_t cells, int32_t i_ma, int32_t far_ma, int32_t dt_ms):
    """`firmware.kernels.extremes.step`, compiled: same arguments, same numbers. ValueError if x or v_uv is too short."""
    if cells < 1:
        raise ValueError(f"there are {cells} cells")
    refuse_short(x.shape[0], _extremes.CELLS + _extremes.A_CELL * cells, v_uv.shape[0], cells)
    return _extremes.step(&x[0], &v_uv[0], cells, i_ma, far_ma, dt_ms)


def power_step(int32_t[::1] out, int32_t[::1] s, int32_t[::1] par, int32_t[::1] lim, int32_t t_mdegc):
    """`firmware.kernels.power.step`, compiled: same arguments, same numbers. ValueError if an array is too short."""
    refuse_short(s.shape[0], _soc.STATE, par.shape[0], _soc.PARAMETERS)
    refuse_short(out.shape[0], _power.STATE, lim.shape[0], _power.PARAMETERS)
    return _power.step(&out[0], &s[0], &par[0], &lim[0], t_mdegc)


def leak_step(int32_t[::1] x, int32_t[::1] seen, int32_t cells, int32_t t_mdegc, int32_t dt_s, int32_t resting):
    """`firmware.kernels.leak.step`, compiled: same arguments, same numbers.

    ValueError if x or seen is too short, dt_s below 1, or a slope or a capacity below its range.
    """
    cdef int32_t k
    if cells < 1 or dt_s < 1:
        raise ValueError(f"there are {cells} cells, and {dt_s} s have passed")
    refuse_short(x.shape[0], _leak.LEAKS + _leak.A_LEAK * cells, seen.shape[0], _leak.A_SIGHT * cells)
    for k in range(cells):
        if seen[k * _leak.A_SIGHT + _leak.SLOPE_UV] < 1 or seen[k * _leak.A_SIGHT + _leak.CAP_MC] < 1:
            raise ValueError(f"cell {k} has no slope or no capacity")
    return _leak.step(&x[0], &seen[0], cells, t_mdegc, dt_s, resting)


def frame_step(int32_t[::1] f, int32_t[::1] par, int32_t[::1] x, int32_t at, int32_t size, int32_t group,
               int32_t counter, int32_t known):
    """`firmware.kernels.frame.step`, compiled: same arguments, same numbers.

    ValueError if f, par or x is too short, the powers are none, or a signal does not fit its frame.
    """
    cdef int32_t n, row, where
    refuse_short(f.shape[0], _frame.BYTES, par.shape[0], _frame.MESSAGES + _frame.HEAD)
    if not (_frame.MESSAGES <= at <= par.shape[0] - _frame.HEAD and 0 <= size <= x.shape[0] and group >= 0):
        raise ValueError(f"no message begins at {at}, or there are not {size} values, or {group} is no group")
    for n in range(_frame.MESSAGES - _frame.POWERS):
        if par[_frame.POWERS + n] != 1 << n:
            raise ValueError(f"the parameters have {par[_frame.POWERS + n]} in place of {1 << n}")
    for n in range(par[at + _frame.SIGNALS]):
        row = at + _frame.HEAD + n * _frame.A_SIGNAL
        if row + _frame.A_SIGNAL > par.shape[0]:
            raise ValueError(f"parameters are {par.shape[0]} words, too few for signal {n}")
        where = par[row + _frame.WHERE]
        if not (0 <= where < 1 << 27 and par[row + _frame.SCALE] > 0 and (where >> 6 & 15) > 0
                and (where >> 3 & 7) + (where >> 6 & 15) <= 8 and (where & 7) + ((where >> 10 & 31) + 7) // 8 < 8):
            raise ValueError(f"signal {n} does not fit its frame")
    return _frame.step(&f[0], &par[0], &x[0] if x.shape[0] else NULL, at, size, group, counter, known)
