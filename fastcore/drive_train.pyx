# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The loss map of a drive train over the steps of many drives: float64, SI, positive power discharges.

`figures` is (FIGURE_SIZE,), columns IDLE..; bms/driving/drive_train.py says what they are and where they come from.
"""

cpdef enum:
    IDLE
    PROPORTIONAL
    SQUARE
    REGEN
    ACCESSORIES
    BATTERY
    FIGURE_SIZE


cdef inline double at_terminals(double wheel, double blend, double size, const double *f) noexcept nogil:
    """W at the battery: what the wheels get, or of braking what the motor does, and the losses."""
    cdef double given = wheel * (f[REGEN] * blend)
    cdef double shared = wheel if wheel > given else given
    cdef double magnitude = shared if shared > 0 else -shared
    return shared + (f[PROPORTIONAL] + f[SQUARE] / size * magnitude) * magnitude + (f[IDLE] * size + f[ACCESSORIES])


def power(const double[::1] wheel, const double[::1] blend, const double[::1] size, const double[::1] figures,
          double[::1] out):
    """out (n,): W at the battery's terminals. wheel, blend and size (n,). ValueError if the shapes are not these."""
    cdef Py_ssize_t n = wheel.shape[0], k
    if not (n == blend.shape[0] == size.shape[0] == out.shape[0]) or figures.shape[0] != FIGURE_SIZE:
        raise ValueError("the arrays differ in their lengths, or the figures are not those of a drive train")
    if n == 0:
        return
    with nogil:
        for k in range(n):
            out[k] = at_terminals(wheel[k], blend[k], size[k], &figures[0])


def stored(const double[:, ::1] wheel, const double[::1] blend, const double[::1] size, const double[::1] seconds,
           const double[::1] figures, double[::1] out):
    """out (drives,): J taken out of what the battery holds. wheel (drives, n), blend and seconds (n,), size (drives,).

    ValueError if the shapes are not these.
    """
    cdef Py_ssize_t n = wheel.shape[1], drive, k
    cdef double watts, drawn, charged
    if not (n == blend.shape[0] == seconds.shape[0]) or figures.shape[0] != FIGURE_SIZE \
            or not (wheel.shape[0] == size.shape[0] == out.shape[0]):
        raise ValueError("the arrays differ in their lengths, or the figures are not those of a drive train")
    if n == 0:
        out[:] = 0
        return
    with nogil:
        for drive in range(wheel.shape[0]):
            drawn = charged = 0
            for k in range(n):
                watts = at_terminals(wheel[drive, k], blend[k], size[drive], &figures[0]) * seconds[k]
                drawn += watts if watts > 0 else 0
                charged += watts if watts < 0 else 0
            out[drive] = drawn / figures[BATTERY] + charged * figures[BATTERY]
