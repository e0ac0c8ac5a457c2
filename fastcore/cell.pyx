# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The hot loop of the emulated cell: float64, no GIL, arrays in and out, nothing shared with the firmware's kernels.

Series cells, one row each; cell.pxd has the physics and the columns. SI throughout, positive current discharges.

Arguments of every function, all C-contiguous float64:
    state       IN OUT (cells, STATE_SIZE)   columns: CHARGE..
    figures     IN     (cells, FIGURE_SIZE)  columns: CAPACITY..
    law         IN     (LAW_SIZE,)             TAU1..
    ocv         IN     (points,)             V over SoC law[OCV_START]..1
    table       IN     (temperatures, socs, R2 + 1 or, with surface, SHEETS)  R0.., from law[TABLE_START] K in steps of
                       law[TABLE_STEP] K, over SoC law[SOC_START]..1
    surface     IN     (temperatures or 0, SURFACE_SIZE)  columns: LAG2..; without rows, the surface is like the rest
"""

from libc.math cimport INFINITY, exp, fabs, sqrt

cpdef enum:  # limits of a stack
    VOLTAGE_MIN      # V of a cell
    VOLTAGE_MAX      # V of a cell
    DISCHARGE_MAX    # A
    CHARGE_MAX       # A, positive
    IN_SERIES        # ohm of bars, fuse and contactors
    LIMIT_SIZE

cpdef enum:  # how run_power ended
    DONE             # every step was made
    CELL_EMPTY       # the power asked for would take a cell below VOLTAGE_MIN
    OVER_CURRENT     # the power asked for would take more than DISCHARGE_MAX

LOOK_SIZE = sizeof(Look) // sizeof(double)

cdef int PASSES = 12         # tangents at most; two to four are the rule
cdef double CLOSE = 1e-9     # A, and as a share: the next tangent would change the current by its square


cdef struct Solved:
    double current         # A, cut to the limits
    double wanted, most    # A that the power takes; A that the limits allow on discharge
    double emf, inner      # of the stack


cdef Model _model(
    double[::1] law, double[::1] ocv, double[:, :, ::1] table, double[:, ::1] surface, double dt, double ambient,
) noexcept nogil:
    cdef Model m
    m.ocv = &ocv[0]
    m.ocv_last = ocv.shape[0] - 1
    m.ocv_start = law[OCV_START]
    m.ocv_scale = m.ocv_last / (1 - m.ocv_start)
    m.table = &table[0, 0, 0]
    m.rows = table.shape[0]
    m.columns = table.shape[1]
    m.sheets = table.shape[2]
    m.soc_start = law[SOC_START]
    m.soc_scale = (m.columns - 1) / (1 - m.soc_start)
    m.table_start = law[TABLE_START]
    m.table_step = law[TABLE_STEP]
    m.surface = &surface[0, 0] if surface.shape[0] > 0 else NULL
    m.surface_least = law[SURFACE_LEAST]
    m.dt = dt
    m.ambient = ambient
    m.reference = law[REFERENCE]
    m.entropy = law[ENTROPY]
    m.gap = law[HYSTERESIS]
    m.gap_rate = law[HYSTERESIS_RATE]
    m.heat_capacity = law[HEAT_CAPACITY]
    m.cooling = law[COOLING]
    m.end1 = exp(-dt / law[TAU1])
    m.end2 = exp(-dt / law[TAU2])
    m.end3 = exp(-dt / law[TAU3])
    m.mean1 = (1 - m.end1) * law[TAU1] / dt
    m.mean2 = (1 - m.end2) * law[TAU2] / dt
    m.cooled = exp(-dt * m.cooling / m.heat_capacity)
    return m


cdef Solved _solve(
    const Model *m, double[:, ::1] state, double[:, ::1] figures, const Look *look, double[::1] limits, double asked,
    double about,
) noexcept nogil:
    """The current that delivers `asked` W over the next step, by tangents from `about` A on; one is enough without surface."""
    cdef Solved x
    cdef Line mean, end
    cdef double least, root
    cdef Py_ssize_t k
    cdef int n
    x.current = about
    x.wanted = x.most = x.emf = x.inner = 0  # C's compiler does not see that one pass is always made
    for n in range(1 if m.surface == NULL else PASSES):
        about = x.current
        x.emf = 0
        x.inner = limits[IN_SERIES]
        least = -INFINITY
        x.most = INFINITY
        for k in range(state.shape[0]):
            _lines(m, &state[k, 0], &figures[k, 0], &look[k], about, &mean, &end)
            x.most = min(x.most, (end.emf - limits[VOLTAGE_MIN]) / end.inner)
            least = max(least, (end.emf - limits[VOLTAGE_MAX]) / end.inner)
            x.emf += mean.emf
            x.inner += mean.inner
        root = x.emf * x.emf - 4 * x.inner * asked
        x.wanted = 2 * asked / (x.emf + sqrt(root)) if root >= 0 else INFINITY
        x.most = min(x.most, limits[DISCHARGE_MAX])
        if x.wanted > 0:
            x.current = min(x.wanted, max(0.0, x.most))
        else:
            x.current = max(x.wanted, min(0.0, max(least, -limits[CHARGE_MAX])))
        if fabs(x.current - about) <= CLOSE * (1 + fabs(about)):
            break
    return x


def source(
    double[:, ::1] state, double[:, ::1] figures, double[::1] law, double[::1] ocv, double[:, :, ::1] table,
    double[:, ::1] surface, double dt, double about, double[::1] emf, double[::1] inner,
):
    """OUT emf (V) and inner (ohm) of each cell: after dt at a constant current i its voltage is emf - inner * i.

    With surface, this is the tangent at `about` A, exact there.
    """
    cdef Model m = _model(law, ocv, table, surface, dt, law[REFERENCE])
    cdef Look at
    cdef Line mean, end
    cdef Py_ssize_t k
    with nogil:
        for k in range(state.shape[0]):
            _look(&m, &state[k, 0], &figures[k, 0], &at)
            _lines(&m, &state[k, 0], &figures[k, 0], &at, about, &mean, &end)
            emf[k] = end.emf
            inner[k] = end.inner


def run_current(
    double[:, ::1] state, double[:, ::1] figures, double[::1] law, double[::1] ocv, double[:, :, ::1] table,
    double[:, ::1] surface, double[::1] current, double dt, double ambient, Py_ssize_t steps, double[:, ::1] voltage,
):
    """Advance every cell by `steps` steps of dt (s), step n at current[n % len(current)] (A).

    OUT voltage (steps, cells): V after each step; none is kept where it has no rows.
    """
    cdef Model m = _model(law, ocv, table, surface, dt, ambient)
    cdef Look at
    cdef Py_ssize_t k, n
    cdef Py_ssize_t period = current.shape[0]
    cdef bint keep = voltage.shape[0] > 0
    with nogil:
        for k in range(state.shape[0]):
            for n in range(steps):
                _look(&m, &state[k, 0], &figures[k, 0], &at)
                _advance(&m, &state[k, 0], &figures[k, 0], &at, current[n % period])
                if keep:
                    voltage[n, k] = state[k, VOLTAGE]


def run_power(
    double[:, ::1] state, double[:, ::1] figures, double[::1] law, double[::1] ocv, double[:, :, ::1] table,
    double[:, ::1] surface, double[::1] power, double dt, double ambient, Py_ssize_t first, Py_ssize_t steps,
    double[::1] limits, Py_ssize_t patience, Py_ssize_t short, double[:, ::1] look, double[::1] current,
):
    """Advance the stack by up to `steps` steps of dt (s), step n at the power[(first + n) % len(power)] (W, mean of a step).

    The current solves stack voltage x current = power, cut to `limits` (LIMIT_SIZE,), VOLTAGE_MIN... The run ends before a
    step when more than `patience` steps in a row, `short` before the first included, could not give the power asked for.
    look: work space (cells, LOOK_SIZE). OUT current (steps,): A of each step; none is kept where it is empty.
    Returns (steps made, how it ended: DONE.., J asked for and not given, J of braking refused, short at the end).
    """
    cdef Model m = _model(law, ocv, table, surface, dt, ambient)
    cdef Py_ssize_t cells = state.shape[0]
    cdef Py_ssize_t period = power.shape[0]
    cdef Py_ssize_t k, n, made = 0
    cdef Look *at = <Look *>&look[0, 0]
    cdef int ended = DONE
    cdef double missing = 0, refused = 0
    cdef double asked, given
    cdef Solved x
    cdef bint keep = current.shape[0] > 0
    x.current = 0
    with nogil:
        for n in range(steps):
            asked = power[(first + n) % period]
            for k in range(cells):
                _look(&m, &state[k, 0], &figures[k, 0], &at[k])
            x = _solve(&m, state, figures, at, limits, asked, x.current)
            given = x.current * (x.emf - x.inner * x.current)
            if x.wanted > 0 and x.wanted > x.most:
                short += 1
                if short > patience:
                    ended = OVER_CURRENT if x.most == limits[DISCHARGE_MAX] else CELL_EMPTY
                    break
                missing += dt * (asked - given)
            else:
                short = 0
                if x.wanted < x.current:
                    refused += dt * (given - asked)
            for k in range(cells):
                _advance(&m, &state[k, 0], &figures[k, 0], &at[k], x.current)
            if keep:
                current[n] = x.current
            made += 1
    return made, ended, missing, refused, short
