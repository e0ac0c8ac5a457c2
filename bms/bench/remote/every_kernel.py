"""Every kernel under one signature, step(state, par, *sample), here and on a target: what parity replays.

guard: 8 rows over 8 readings, which are the sample with dt_ms after them. extremes: the sample is 16 voltages, then
i_ma, far_ma, dt_ms. power: the state is its answer and a cell's state, the parameters its own and the cell's. leak:
the sample is what four cells show, then t_mdegc, dt_s, resting. frame: a message of three signals, the sample is six
values, then size, group, counter, known.
"""

from array import array

from firmware.kernels import frame, leak, power

GUARD_ROWS = 8
CELLS = 16
LEAKING = 4  # cells
VALUES = 6


def steps(soc, health, reach, guard, extremes, limits, leaks, frames):
    """{name: (step, words of a sample)} of eight step functions."""

    def guarded(g, table, *sample):
        return guard(g, table, array("i", sample[:GUARD_ROWS]), GUARD_ROWS, sample[GUARD_ROWS])

    def looked_at(x, _, *sample):
        return extremes(x, array("i", sample[:CELLS]), CELLS, *sample[CELLS:])

    def limited(state, par, t_mdegc):
        out, s = memoryview(state)[: power.STATE], memoryview(state)[power.STATE :]
        return limits(out, s, memoryview(par)[power.PARAMETERS :], memoryview(par)[: power.PARAMETERS], t_mdegc)

    def leaking(x, _, *sample):
        seen = LEAKING * leak.A_SIGHT
        return leaks(x, array("i", sample[:seen]), LEAKING, *sample[seen:])

    def framed(f, par, *sample):
        return frames(f, par, array("i", sample[:VALUES]), frame.MESSAGES, *sample[VALUES:])

    return {
        "soc": (soc, 4),
        "health": (health, 2),
        "reach": (reach, 7),
        "guard": (guarded, GUARD_ROWS + 1),
        "extremes": (looked_at, CELLS + 3),
        "power": (limited, 1),
        "leak": (leaking, LEAKING * leak.A_SIGHT + 3),
        "frame": (framed, VALUES + 4),
    }
