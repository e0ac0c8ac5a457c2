# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""One step of one emulated cell: its arrays' columns and the physics. The loops over cells and steps are in cell.pyx.

A cell is an open-circuit voltage (linear in a uniform table over SoC, continued with its end slope), an entropy
coefficient, R0, two RC branches solved exactly for a constant current, a hysteresis that plays (it moves with the charge
until it lies on a branch, so that a loop which reaches none closes and costs nothing) and one lump of heat that cools to
the ambient. Figures over temperature and SoC come from a uniform table, held outside it, taken at the start of a step.
With `surface`, further: the OCV is that of the surface, whose SoC lags by the currents of the second branch and of a third
low-pass; charge transfer goes as asinh of the current; the OCV's shift and half the hysteresis' gap come from the table
(bms.cells.schema, Surface).

Heat is current x (overpotential - T dU/dT) (Bernardi, J. Electrochem. Soc. 132 (1985) 5, without mixing), so that energy
balances: what the chemistry gives up, the OCV of the cell's mean SoC at 0 K on the entropy's line, is delivered or turned to
heat. So the surface's lag is overpotential, and so is a shift that departs from the entropy's line. Positive current
discharges. SI throughout.
"""

from libc.math cimport asinh, sqrt

cpdef enum:  # columns of state
    CHARGE           # C left
    FAST             # A, the current of R1
    SLOW             # A, the current of R2
    SLOWEST          # A, the third low-passed current, which only the surface feels
    BRANCH           # hysteresis, -1 discharge branch .. 1 charge branch
    TEMPERATURE      # K
    VOLTAGE          # V at the end of the last step
    ENERGY           # J delivered at the terminals since the start
    COOLED           # J given to the ambient since the start
    LEAKED           # C that flowed inside since the start
    CHARGED          # C put in, of every charge,
    STRIPPED         # C taken out above CRITICAL,
    PLATED           # and C put in above PLATING: sums since they were last set to 0
    STATE_SIZE

cpdef enum:  # columns of figures
    CAPACITY         # C
    RESISTANCE       # factor on the table's resistances
    OCV_OFFSET       # V
    BLEED            # A that a load of this cell alone adds
    BALANCE          # S of its balancing resistor
    LEAK             # A that flows inside: it empties and warms the cell, and falls at its resistances
    INTERFACE        # factor on R1
    CRITICAL         # A of discharge above which charge counts as STRIPPED
    PLATING          # A of charge, positive, above which it counts as PLATED
    WARMER           # K that its surroundings are above the ambient
    FIGURE_SIZE

cpdef enum:  # law
    TAU1             # s
    TAU2             # s
    TAU3             # s, infinite where nothing lags by it
    ENTROPY          # V/K
    HYSTERESIS       # V, half the gap; with surface, the most of the table's
    HYSTERESIS_RATE  # half gaps a unit of SoC, until a branch is reached
    HEAT_CAPACITY    # J/K
    COOLING          # W/K
    REFERENCE        # K where the OCV holds
    OCV_START        # SoC of the first point of ocv; the last is 1
    SOC_START        # SoC of the table's first column; the last is 1
    SURFACE_LEAST    # SoC that no lag takes the surface below; nor above 1
    TABLE_START      # K
    TABLE_STEP       # K
    LAW_SIZE

cpdef enum:  # table: three sheets, or with surface all
    R0               # ohm
    R1
    R2
    KINETIC          # ohm of charge transfer at small currents
    SHIFT            # V on the OCV
    GAP              # V, half the gap of the hysteresis
    SHEETS

cpdef enum:  # surface, over the table's temperatures
    LAG2             # s: C that the surface is short of per A of SLOW
    LAG3             # s: the same per A of SLOWEST
    EXCHANGE         # 1/s: exchange current as a share of the capacity
    SURFACE_SIZE


cdef struct Model:
    const double *ocv
    const double *table
    const double *surface  # NULL without
    Py_ssize_t ocv_last, rows, columns, sheets
    double ocv_start, ocv_scale, soc_start, soc_scale, table_start, table_step
    double dt, ambient, reference, entropy, gap, gap_rate, heat_capacity, cooling, surface_least
    double end1, end2, end3  # share of a low-pass's start left at the end of a step
    double mean1, mean2      # the same, as the mean over the step
    double cooled            # share of a temperature difference left after a step


cdef struct Look:  # a step's start
    double ocv, slope, shift, gap, r0, r1, r2, kinetic, lag2, lag3, exchange


cdef struct After:  # a step's end at some current, and means over it
    double charge, fast, slow, slowest, branch, mean_fast, mean_slow, mean_branch
    double ocv, slope, fall  # of the surface; fall: C that it falls per A
    double transfer         # V of charge transfer
    double turning, mean_turning  # 1/A: what branch falls by per A, and its mean


cdef struct Line:
    double emf, inner      # V = emf - inner * i


cdef inline double _ocv(const Model *m, double soc, double *slope) noexcept nogil:
    cdef double x = (soc - m.ocv_start) * m.ocv_scale
    cdef Py_ssize_t k = 0 if x < 0 else <Py_ssize_t>x
    if k >= m.ocv_last:
        k = m.ocv_last - 1
    cdef double rise = m.ocv[k + 1] - m.ocv[k]
    slope[0] = rise * m.ocv_scale
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


cdef inline double _surface(
    const Model *m, const double *f, const Look *at, double charge, double slow, double slowest, double *fall,
) noexcept nogil:
    """SoC of the surface. IN OUT fall: C that it falls per A, which is less where a lag ends at the end of the curve.

    A cell that is itself driven beyond the curve's ends takes its surface along.
    """
    cdef double mean = charge / f[CAPACITY]
    cdef double soc = mean - (at.lag2 * slow + at.lag3 * slowest) / f[CAPACITY]
    if soc < m.surface_least and soc < mean:
        fall[0] = m.dt if mean < m.surface_least else 0
        return min(mean, m.surface_least)
    if soc > 1 and soc > mean:
        fall[0] = m.dt if mean > 1 else 0
        return max(mean, 1.0)
    return soc


cdef inline void _look(const Model *m, const double *s, const double *f, Look *at) noexcept nogil:
    cdef double soc = s[CHARGE] / f[CAPACITY]
    cdef double u = (s[TEMPERATURE] - m.table_start) / m.table_step
    cdef Py_ssize_t row = _cell_of(&u, m.rows)
    cdef const double *x
    cdef double unused = 0
    if m.surface != NULL:
        x = m.surface + SURFACE_SIZE * row
        at.lag2 = (1 - u) * x[LAG2] + u * x[SURFACE_SIZE + LAG2]
        at.lag3 = (1 - u) * x[LAG3] + u * x[SURFACE_SIZE + LAG3]
        at.exchange = ((1 - u) * x[EXCHANGE] + u * x[SURFACE_SIZE + EXCHANGE]) * f[CAPACITY]
        soc = _surface(m, f, at, s[CHARGE], s[SLOW], s[SLOWEST], &unused)
    cdef double w = (soc - m.soc_start) * m.soc_scale
    cdef Py_ssize_t column = _cell_of(&w, m.columns)
    cdef const double *a = m.table + m.sheets * (row * m.columns + column)
    cdef const double *c = a + m.sheets
    cdef const double *b = a + m.sheets * m.columns
    cdef const double *d = b + m.sheets
    cdef double aa = (1 - u) * (1 - w) * f[RESISTANCE]
    cdef double ab = (1 - u) * w * f[RESISTANCE]
    cdef double ba = u * (1 - w) * f[RESISTANCE]
    cdef double bb = u * w * f[RESISTANCE]
    at.r0 = aa * a[R0] + ab * c[R0] + ba * b[R0] + bb * d[R0]
    at.r1 = f[INTERFACE] * (aa * a[R1] + ab * c[R1] + ba * b[R1] + bb * d[R1])
    at.r2 = aa * a[R2] + ab * c[R2] + ba * b[R2] + bb * d[R2]
    at.ocv = _ocv(m, soc, &at.slope)
    if m.surface == NULL:
        at.shift = m.entropy * (s[TEMPERATURE] - m.reference)
        at.gap = m.gap
        return
    at.kinetic = aa * a[KINETIC] + ab * c[KINETIC] + ba * b[KINETIC] + bb * d[KINETIC]
    at.shift = (1 - u) * ((1 - w) * a[SHIFT] + w * c[SHIFT]) + u * ((1 - w) * b[SHIFT] + w * d[SHIFT])
    at.gap = (1 - u) * ((1 - w) * a[GAP] + w * c[GAP]) + u * ((1 - w) * b[GAP] + w * d[GAP])


cdef inline void _play(const Model *m, const double *s, const double *f, double i, After *to) noexcept nogil:
    """The branch at the end of a step, its exact mean over it, and how both fall with the current."""
    cdef double end, share
    to.turning = m.gap_rate * m.dt / f[CAPACITY]
    to.branch = s[BRANCH] - to.turning * i
    if -1 <= to.branch <= 1:
        to.mean_branch = 0.5 * (s[BRANCH] + to.branch)
        to.mean_turning = 0.5 * to.turning
        return
    end = -1 if i > 0 else 1
    share = (s[BRANCH] - end) / (to.turning * i)  # of the step until the branch is reached
    to.branch = end
    to.turning = 0
    to.mean_branch = end + 0.5 * share * (s[BRANCH] - end)
    to.mean_turning = 0.5 * share * (s[BRANCH] - end) / i


cdef inline void _after(const Model *m, const double *s, const double *f, const Look *at, double i, After *to) noexcept nogil:
    cdef double moved = i * m.dt
    to.charge = s[CHARGE] - moved
    to.mean_fast = i + (s[FAST] - i) * m.mean1
    to.mean_slow = i + (s[SLOW] - i) * m.mean2
    to.fast = i + (s[FAST] - i) * m.end1
    to.slow = i + (s[SLOW] - i) * m.end2
    _play(m, s, f, i, to)
    if m.surface == NULL:
        to.slowest = s[SLOWEST]
        to.transfer = 0
        to.ocv = _ocv(m, to.charge / f[CAPACITY], &to.slope)
        return
    to.slowest = i + (s[SLOWEST] - i) * m.end3
    to.transfer = at.kinetic * at.exchange * asinh(i / at.exchange) if at.kinetic > 0 and i != 0 else 0
    to.fall = m.dt + at.lag2 * (1 - m.end2) + at.lag3 * (1 - m.end3)
    to.ocv = _ocv(m, _surface(m, f, at, to.charge, to.slow, to.slowest, &to.fall), &to.slope)


cdef inline double _beside(const double *s, const double *f) noexcept nogil:
    """A of the cell beside the stack's current; a balancing resistor sees the voltage at the start of the step."""
    return f[BLEED] + f[BALANCE] * s[VOLTAGE] + f[LEAK]


cdef inline void _advance(const Model *m, double *s, const double *f, const Look *at, double stack_current) noexcept nogil:
    cdef double i = stack_current + _beside(s, f)
    cdef double t = s[TEMPERATURE]
    cdef double moved = i * m.dt
    cdef double leaked = f[LEAK] * m.dt
    cdef After to
    _after(m, s, f, at, i, &to)
    cdef double lost = i * at.r0 + to.transfer + to.mean_fast * at.r1 + to.mean_slow * at.r2
    lost -= at.gap * to.mean_branch
    cdef double mean = 0.5 * (at.ocv + to.ocv) + f[OCV_OFFSET] + at.shift - lost
    cdef double unused
    if m.surface != NULL:  # what the mean of the cell gives up and its surface does not show
        lost += 0.5 * (_ocv(m, s[CHARGE] / f[CAPACITY], &unused) + _ocv(m, to.charge / f[CAPACITY], &unused) - at.ocv - to.ocv)
    cdef double heat = moved * (lost - at.shift - m.entropy * m.reference) + leaked * mean
    cdef double warmer
    if m.cooling > 0:
        warmer = (m.ambient + f[WARMER] + heat / (m.dt * m.cooling) - t) * (1 - m.cooled)
    else:
        warmer = heat / m.heat_capacity
    s[CHARGE] = to.charge
    s[FAST] = to.fast
    s[SLOW] = to.slow
    s[SLOWEST] = to.slowest
    s[BRANCH] = to.branch
    s[ENERGY] += (moved - leaked) * mean
    s[LEAKED] += leaked
    if i < 0:
        s[CHARGED] -= moved
        if -i > f[PLATING]:
            s[PLATED] -= moved + f[PLATING] * m.dt
    elif i > f[CRITICAL]:
        s[STRIPPED] += moved - f[CRITICAL] * m.dt
    s[TEMPERATURE] = t + warmer
    s[COOLED] += heat - m.heat_capacity * warmer
    s[VOLTAGE] = (
        to.ocv + f[OCV_OFFSET] + at.shift - i * at.r0 - to.transfer - to.fast * at.r1 - to.slow * at.r2 + at.gap * to.branch
    )


cdef inline void _straight(
    const Model *m, const double *s, const double *f, const Look *at, double keep1, double keep2, double share, Line *line,
) noexcept nogil:
    """Without surface: the mean (share 0.5) or the end (share 1) of the next step's voltage over the stack's current.

    The OCV falls with the slope at the start of the step; the hysteresis stays.
    """
    cdef double bend = share * m.dt * at.slope / f[CAPACITY]
    line.inner = at.r0 + at.r1 * (1 - keep1) + at.r2 * (1 - keep2) + bend
    line.emf = (
        at.ocv + f[OCV_OFFSET] + at.shift + at.gap * s[BRANCH]
        - at.r1 * keep1 * s[FAST] - at.r2 * keep2 * s[SLOW] - line.inner * _beside(s, f)
    )


cdef inline void _lines(
    const Model *m, const double *s, const double *f, const Look *at, double about, Line *mean, Line *end,
) noexcept nogil:
    """OUT the mean and the end of the next step's voltage over the stack's current; with surface, tangents at `about` A."""
    if m.surface == NULL:
        _straight(m, s, f, at, m.mean1, m.mean2, 0.5, mean)
        _straight(m, s, f, at, m.end1, m.end2, 1.0, end)
        return
    cdef double i = about + _beside(s, f)
    cdef double ratio = i / at.exchange
    cdef After to
    _after(m, s, f, at, i, &to)
    cdef double inner = at.r0 + (at.kinetic / sqrt(1 + ratio * ratio) if at.kinetic > 0 else 0)
    cdef double bend = to.slope * to.fall / f[CAPACITY]
    cdef double base = f[OCV_OFFSET] + at.shift - i * at.r0 - to.transfer
    mean.inner = inner + at.r1 * (1 - m.mean1) + at.r2 * (1 - m.mean2) + 0.5 * bend + at.gap * to.mean_turning
    end.inner = inner + at.r1 * (1 - m.end1) + at.r2 * (1 - m.end2) + bend + at.gap * to.turning
    mean.emf = base + 0.5 * (at.ocv + to.ocv) + at.gap * to.mean_branch - at.r1 * to.mean_fast - at.r2 * to.mean_slow
    end.emf = base + to.ocv + at.gap * to.branch - at.r1 * to.fast - at.r2 * to.slow
    mean.emf += mean.inner * about
    end.emf += end.inner * about
