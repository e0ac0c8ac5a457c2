# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The hot loop of the emulated cell: float64, no GIL, arrays in and out, nothing shared with the firmware's kernels.

Series cells, one row each. A cell is an open-circuit voltage (linear in a uniform table over SoC, continued with its end
slope outside 0..1), an entropy coefficient, R0, two RC branches solved exactly for a constant current, Plett's one-state
hysteresis (J. Power Sources 134 (2004) 262) and one lump of heat that cools to the ambient. R0, R1, R2 come from a uniform
table over temperature (held outside) and SoC (held outside), taken at the start of a step.

Heat is current x (overpotential - T dU/dT) (Bernardi, J. Electrochem. Soc. 132 (1985) 5, without mixing), so that energy
balances: what the chemistry gives up is delivered or turned to heat. Positive current discharges. SI throughout.

Arguments of every function, all C-contiguous float64:
    state       IN OUT (cells, STATE_SIZE)   columns: CHARGE..
    figures     IN     (cells, FIGURE_SIZE)  columns: CAPACITY..
    law         IN     (LAW_SIZE,)             TAU1..
    ocv         IN     (points,)             V over SoC 0..1
    resistance  IN     (temperatures, socs, 3)  ohm, from law[TABLE_START] K in steps of law[TABLE_STEP] K, over SoC 0..1
"""

from libc.math cimport INFINITY, exp, fabs, sqrt

cpdef enum:  # columns of state
    CHARGE           # C left
    FAST             # A, the current of R1
    SLOW             # A, the current of R2
    BRANCH           # hysteresis, -1 after discharge .. 1 after charge
    TEMPERATURE      # K
    VOLTAGE          # V at the end of the last step
    ENERGY           # J delivered at the terminals since the start
    COOLED           # J given to the ambient since the start
    STATE_SIZE

cpdef enum:  # columns of figures
    CAPACITY         # C
    RESISTANCE       # factor on the table
    OCV_OFFSET       # V
    BLEED            # A that a balancing resistor adds
    FIGURE_SIZE

cpdef enum:  # law
    TAU1             # s
    TAU2             # s
    ENTROPY          # V/K
    HYSTERESIS       # V, half the gap
    HYSTERESIS_RATE  # share of the gap a unit of SoC
    HEAT_CAPACITY    # J/K
    COOLING          # W/K
    TABLE_START      # K
    TABLE_STEP       # K
    LAW_SIZE

cpdef enum:  # limits
    VOLTAGE_MIN      # V of a cell
    VOLTAGE_MAX      # V of a cell
    DISCHARGE_MAX    # A
    CHARGE_MAX       # A, positive
    LIMIT_SIZE

cpdef enum:  # how run_power ended
    DONE             # every step was made
    CELL_EMPTY       # the power asked for would take a cell below VOLTAGE_MIN
    OVER_CURRENT     # the power asked for would take more than DISCHARGE_MAX

cdef double REFERENCE = 298.15  # K at which the OCV table holds


cdef struct Model:
    const double *ocv
    const double *resistance
    Py_ssize_t ocv_last, rows, columns
    double dt, ambient, entropy, gap, gap_rate, heat_capacity, cooling, table_start, table_step
    double end1, end2      # share of an RC branch's start left at the end of a step
    double mean1, mean2    # the same, as the mean over the step
    double cooled          # share of a temperature difference left after a step


cdef struct Look:
    double ocv, slope, r0, r1, r2


cdef Model _model(double[::1] law, double[::1] ocv, double[:, :, ::1] resistance, double dt, double ambient) noexcept nogil:
    cdef Model m
    m.ocv = &ocv[0]
    m.ocv_last = ocv.shape[0] - 1
    m.resistance = &resistance[0, 0, 0]
    m.rows = resistance.shape[0]
    m.columns = resistance.shape[1]
    m.dt = dt
    m.ambient = ambient
    m.entropy = law[ENTROPY]
    m.gap = law[HYSTERESIS]
    m.gap_rate = law[HYSTERESIS_RATE]
    m.heat_capacity = law[HEAT_CAPACITY]
    m.cooling = law[COOLING]
    m.table_start = law[TABLE_START]
    m.table_step = law[TABLE_STEP]
    m.end1 = exp(-dt / law[TAU1])
    m.end2 = exp(-dt / law[TAU2])
    m.mean1 = (1 - m.end1) * law[TAU1] / dt
    m.mean2 = (1 - m.end2) * law[TAU2] / dt
    m.cooled = exp(-dt * m.cooling / m.heat_capacity)
    return m


cdef inline double _ocv(const Model *m, double soc, double *slope) noexcept nogil:
    cdef double x = soc * m.ocv_last
    cdef Py_ssize_t k = 0 if x < 0 else <Py_ssize_t>x
    if k >= m.ocv_last:
        k = m.ocv_last - 1
    cdef double rise = m.ocv[k + 1] - m.ocv[k]
    slope[0] = rise * m.ocv_last
    return m.ocv[k] + rise * (x - k)


cdef inline Py_ssize_t _cell_of(double *x, Py_ssize_t points) noexcept nogil:
    """Index left of x and, in x, the share beyond it; held at the ends of the table."""
    if x[0] <= 0:
        x[0] = 0
        return 0
    if x[0] >= points - 1:
        x[0] = 1
        return points - 2
    cdef Py_ssize_t k = <Py_ssize_t>x[0]
    x[0] -= k
    return k


cdef inline void _look(const Model *m, const double *s, const double *f, Look *at) noexcept nogil:
    cdef double soc = s[CHARGE] / f[CAPACITY]
    cdef double u = (s[TEMPERATURE] - m.table_start) / m.table_step
    cdef double w = soc * (m.columns - 1)
    cdef Py_ssize_t row = _cell_of(&u, m.rows)
    cdef Py_ssize_t column = _cell_of(&w, m.columns)
    cdef const double *a = m.resistance + 3 * (row * m.columns + column)
    cdef const double *b = a + 3 * m.columns
    cdef double aa = (1 - u) * (1 - w) * f[RESISTANCE]
    cdef double ab = (1 - u) * w * f[RESISTANCE]
    cdef double ba = u * (1 - w) * f[RESISTANCE]
    cdef double bb = u * w * f[RESISTANCE]
    at.r0 = aa * a[0] + ab * a[3] + ba * b[0] + bb * b[3]
    at.r1 = aa * a[1] + ab * a[4] + ba * b[1] + bb * b[4]
    at.r2 = aa * a[2] + ab * a[5] + ba * b[2] + bb * b[5]
    at.ocv = _ocv(m, soc, &at.slope)


cdef inline void _advance(const Model *m, double *s, const double *f, const Look *at, double stack_current) noexcept nogil:
    cdef double i = stack_current + f[BLEED]
    cdef double t = s[TEMPERATURE]
    cdef double moved = i * m.dt
    s[CHARGE] -= moved
    cdef double slope
    cdef double ocv = _ocv(m, s[CHARGE] / f[CAPACITY], &slope)
    cdef double fast = i + (s[FAST] - i) * m.mean1
    cdef double slow = i + (s[SLOW] - i) * m.mean2
    s[FAST] = i + (s[FAST] - i) * m.end1
    s[SLOW] = i + (s[SLOW] - i) * m.end2
    cdef double branch = s[BRANCH]
    cdef double kept
    if i != 0 and m.gap != 0:
        kept = exp(-m.gap_rate * fabs(moved) / f[CAPACITY])
        s[BRANCH] = kept * branch + ((kept - 1) if i > 0 else (1 - kept))
    cdef double lost = i * at.r0 + fast * at.r1 + slow * at.r2 - m.gap * 0.5 * (branch + s[BRANCH])
    cdef double shift = f[OCV_OFFSET] + m.entropy * (t - REFERENCE)
    cdef double heat = moved * (lost - m.entropy * t)
    cdef double warmer
    if m.cooling > 0:
        warmer = (m.ambient + heat / (m.dt * m.cooling) - t) * (1 - m.cooled)
    else:
        warmer = heat / m.heat_capacity
    s[ENERGY] += moved * (0.5 * (at.ocv + ocv) + shift - lost)
    s[TEMPERATURE] = t + warmer
    s[COOLED] += heat - m.heat_capacity * warmer
    s[VOLTAGE] = ocv + shift - i * at.r0 - s[FAST] * at.r1 - s[SLOW] * at.r2 + m.gap * s[BRANCH]


cdef inline void _source(
    const Model *m, const double *s, const double *f, const Look *at, double keep1, double keep2, double share,
    double *emf, double *inner,
) noexcept nogil:
    """The cell as the next step sees it, V = emf - inner * i: the mean (share 0.5) or the end (share 1) of the step."""
    cdef double bend = share * m.dt * at.slope / f[CAPACITY]
    inner[0] = at.r0 + at.r1 * (1 - keep1) + at.r2 * (1 - keep2) + bend
    emf[0] = (
        at.ocv + f[OCV_OFFSET] + m.entropy * (s[TEMPERATURE] - REFERENCE) + m.gap * s[BRANCH]
        - at.r1 * keep1 * s[FAST] - at.r2 * keep2 * s[SLOW] - inner[0] * f[BLEED]
    )


def source(
    double[:, ::1] state, double[:, ::1] figures, double[::1] law, double[::1] ocv, double[:, :, ::1] resistance,
    double dt, double[::1] emf, double[::1] inner,
):
    """OUT emf (V) and inner (ohm) of each cell: after dt at a constant current i its voltage is emf - inner * i."""
    cdef Model m = _model(law, ocv, resistance, dt, REFERENCE)
    cdef Look at
    cdef Py_ssize_t k
    with nogil:
        for k in range(state.shape[0]):
            _look(&m, &state[k, 0], &figures[k, 0], &at)
            _source(&m, &state[k, 0], &figures[k, 0], &at, m.end1, m.end2, 1.0, &emf[k], &inner[k])


def run_current(
    double[:, ::1] state, double[:, ::1] figures, double[::1] law, double[::1] ocv, double[:, :, ::1] resistance,
    double[::1] current, double dt, double ambient, Py_ssize_t steps, double[:, ::1] voltage,
):
    """Advance every cell by `steps` steps of dt (s), step n at current[n % len(current)] (A).

    OUT voltage (steps, cells): V after each step; none is kept where it has no rows.
    """
    cdef Model m = _model(law, ocv, resistance, dt, ambient)
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
    double[:, ::1] state, double[:, ::1] figures, double[::1] law, double[::1] ocv, double[:, :, ::1] resistance,
    double[::1] power, double dt, double ambient, Py_ssize_t first, Py_ssize_t steps, double[::1] limits,
    Py_ssize_t patience, double[:, ::1] look, double[::1] current,
):
    """Advance the stack by up to `steps` steps of dt (s), step n at the power[(first + n) % len(power)] (W, mean of a step).

    The current solves stack voltage x current = power, cut to `limits` (LIMIT_SIZE,), VOLTAGE_MIN... The run ends before a
    step when more than `patience` steps in a row could not give the power asked for.
    look: work space (cells, 5). OUT current (steps,): A of each step; none is kept where it is empty.
    Returns (steps made, how it ended: DONE.., J asked for and not given, J of braking refused).
    """
    cdef Model m = _model(law, ocv, resistance, dt, ambient)
    cdef Py_ssize_t cells = state.shape[0]
    cdef Py_ssize_t period = power.shape[0]
    cdef Py_ssize_t k, n, short = 0, made = 0
    cdef Look *at
    cdef int ended = DONE
    cdef double missing = 0, refused = 0
    cdef double emf, inner, stack, resistance_sum, low, high, wanted, root, asked, i
    cdef bint keep = current.shape[0] > 0
    with nogil:
        for n in range(steps):
            asked = power[(first + n) % period]
            stack = 0
            resistance_sum = 0
            low = -INFINITY
            high = INFINITY
            for k in range(cells):
                at = <Look *>&look[k, 0]
                _look(&m, &state[k, 0], &figures[k, 0], at)
                _source(&m, &state[k, 0], &figures[k, 0], at, m.end1, m.end2, 1.0, &emf, &inner)
                high = min(high, (emf - limits[VOLTAGE_MIN]) / inner)
                low = max(low, (emf - limits[VOLTAGE_MAX]) / inner)
                _source(&m, &state[k, 0], &figures[k, 0], at, m.mean1, m.mean2, 0.5, &emf, &inner)
                stack += emf
                resistance_sum += inner
            root = stack * stack - 4 * resistance_sum * asked
            wanted = 2 * asked / (stack + sqrt(root)) if root >= 0 else INFINITY
            i = wanted
            if wanted > 0 and wanted > min(high, limits[DISCHARGE_MAX]):
                short += 1
                if short > patience:
                    ended = OVER_CURRENT if limits[DISCHARGE_MAX] < high else CELL_EMPTY
                    break
                i = max(0.0, min(high, limits[DISCHARGE_MAX]))
                missing += dt * (asked - i * (stack - resistance_sum * i))
            else:
                short = 0
                if wanted < 0:
                    low = min(0.0, max(low, -limits[CHARGE_MAX]))
                    if wanted < low:
                        i = low
                        refused += dt * (i * (stack - resistance_sum * i) - asked)
            for k in range(cells):
                _advance(&m, &state[k, 0], &figures[k, 0], <Look *>&look[k, 0], i)
            if keep:
                current[n] = i
            made += 1
    return made, ended, missing, refused
