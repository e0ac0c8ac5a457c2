"""What parity is judged on: jobs for a kernel, drawn from its documented ranges and from drives."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from bms.bench import cases, ranges
from bms.bench.cases import Pick
from bms.bench.replayed import consumption, drive_samples, reach_samples
from bms.cells import library
from bms.cells.schema import Cell
from bms.driving import cycles
from bms.estimation.parameters import capacity_mc, estimable, parameters
from bms.estimation.words import PackDesign, reach_parameters
from firmware import start
from firmware.kernels import frame, power, soc

_Words = NDArray[np.int32]
_WALK, _LEAPS = 400, 100  # steps of one cell
_REST, _CHARGE = 1_600, 200  # of 2 s


@dataclass(frozen=True)
class Job:
    """A step ("soc": firmware/cell.py; others: bms/bench/remote/every_kernel.py), int32 words of parameters and state.

    samples: (steps, arguments after `par`).
    """

    kernel: str
    par: _Words
    state: _Words
    samples: _Words


def jobs(steps: int, seed: int = 0) -> Iterator[Job]:
    """Jobs that add up to `steps` samples; the same for the same seed. Of the samples,

    30 % are walks: random cells whose current, voltage and temperature wander for 400 steps from a random state;
    20 % are leaps: random cells, every sample anywhere in the ranges, four in ten of the figures at a corner;
    5 % are cells that rest for longer than a blind start and the wait for an anchor last, 5 % the ends of charges;
    5 % are random cells that are told their SoC, again and again;
    15 % are random vehicles through the range kernel;
    3 % each are random diagnoses, random voltages of sixteen cells, limits of random cells in random states, cells that
    rest and leak, and CAN frames of random values;
    5 % are drives: cells of the library over UDDS and US06 at 10 Hz, -20..45 degC, blind start, and their range.
    Parameters, states and samples cover the whole of the documented ranges (bms/bench/ranges.py).
    """
    rng = np.random.default_rng(seed)
    pick = picker(rng)
    walks, leaps, ranged, told = steps * 3 // 10, steps // 5, steps * 3 // 20, steps // 20
    for n in _portions(walks, _WALK):
        par = cases.soc_parameters(pick)
        yield Job("soc", par, cases.soc_state(pick, par), _wander(rng, ranges.soc_sample(par), n))
    for n in _portions(leaps, _LEAPS):
        par = cases.soc_parameters(pick)
        yield Job("soc", par, cases.soc_state(pick, par), _leap(rng, ranges.soc_sample(par), n))
    for n in _portions(told, _REST):
        yield _quiet(rng, pick, n, rest=True)
    for n in _portions(told, _CHARGE):
        yield _quiet(rng, pick, n, rest=False)
    for n in _portions(told, _LEAPS):
        par = cases.soc_parameters(pick)
        yield Job("health", par, cases.soc_state(pick, par), _leap(rng, ranges.HEALTH_SAMPLE, n))
    for n in _portions(ranged, _LEAPS):
        par = cases.reach_parameters(pick)
        yield Job("reach", par, cases.reach_state(pick, par), _leap(rng, ranges.REACH_SAMPLE, n))
    few = steps * 3 // 100
    for n in _portions(few, _LEAPS):
        yield Job("guard", cases.guard_table(pick), cases.guard_state(pick), _leap(rng, ranges.GUARD_SAMPLE, n))
    for n in _portions(few, _LEAPS):
        none = np.zeros(0, np.int32)
        yield Job("extremes", none, cases.extremes_state(pick), _leap(rng, ranges.EXTREMES_SAMPLE, n))
    for n in _portions(few, _LEAPS):
        par = cases.soc_parameters(pick)
        state = np.concatenate([np.zeros(power.STATE, np.int32), cases.soc_state(pick, par)])
        both = np.concatenate([cases.power_parameters(pick), par])
        yield Job("power", both, state, _leap(rng, ranges.POWER_SAMPLE, n))
    for n in _portions(few, _LEAPS):
        yield Job("leak", np.zeros(0, np.int32), cases.leak_state(pick), _leap(rng, ranges.LEAK_SAMPLE, n))
    for n in _portions(few, _LEAPS):
        empty = np.zeros(frame.BYTES, np.int32)
        yield Job("frame", cases.frame_table(pick), empty, _leap(rng, ranges.FRAME_SAMPLE, n))
    yield from _drives(steps - walks - leaps - ranged - 3 * told - 5 * few, rng)


def picker(rng: np.random.Generator) -> Pick:
    """Chooses between two bounds: a corner, a number small beside the range, or any."""

    def pick(low: int, high: int) -> int:
        how = rng.random()
        if how < 0.3:
            return int(rng.choice(ranges.corners(low, high)))
        if how < 0.5:
            small = int((high - low) * 2.0 ** (-24 * rng.random()))
            return min(max(low, 0) + small, high)
        return int(rng.integers(low, high + 1))

    return pick


def _portions(steps: int, most: int) -> Iterator[int]:
    for done in range(0, steps, most):
        yield min(most, steps - done)


def _leap(rng: np.random.Generator, limits: tuple[tuple[int, int], ...], n: int) -> _Words:
    columns = []
    for low, high in limits:
        corner = rng.choice(ranges.corners(low, high), n)
        columns.append(np.where(rng.random(n) < 0.4, corner, rng.integers(low, high + 1, n)))
    return np.stack(columns, 1).astype(np.int32)


def _wander(rng: np.random.Generator, limits: tuple[tuple[int, int], ...], n: int) -> _Words:
    """Each column from anywhere, in normal steps of a size of its own, held at the ends of its range."""
    columns = []
    for low, high in limits:
        stride = (high - low) * 10.0 ** rng.uniform(-5, -0.5)
        path = rng.integers(low, high + 1) + np.cumsum(rng.normal(0, stride, n))
        columns.append(np.clip(np.round(path), low, high))
    return np.stack(columns, 1).astype(np.int32)


def _quiet(rng: np.random.Generator, pick: Pick, n: int, rest: bool) -> Job:
    """A random cell at rest, or at the end of a charge, in steps of 2 s; its sensor has hardly an offset."""
    par = cases.soc_parameters(pick)
    state = cases.soc_state(pick, par)
    state[soc.C_Q26], state[soc.REST_MS], state[soc.FULL_MS] = rng.integers(-(1 << 16), 1 << 16), 0, 0
    one_c_ma = (1 << 35) / int(par[soc.C_PER_MA_Q35])
    i_ma = one_c_ma * (rng.uniform(-0.005, 0.005, n) if rest else rng.uniform(-0.045, -0.005, n))
    low_uv = rng.integers(0, 6_000_000) if rest else int(par[soc.V_FULL_UV])
    v_uv = rng.integers(low_uv, low_uv + 20_000, n).clip(0, 6_500_000)
    columns = np.round(i_ma), v_uv, np.full(n, rng.integers(-40_000, 85_001)), np.full(n, 2_000)
    return Job("soc", par, state, np.stack(columns, 1).astype(np.int32))


def range_parameters(cell: Cell) -> _Words:
    """Of the range kernel, in a pack of this one cell: int32 (reach.PARAMETERS,)."""
    return reach_parameters(PackDesign(cell, 1, 1, consumption(cell)))


def _drives(steps: int, rng: np.random.Generator) -> Iterator[Job]:
    names = estimable()
    for k in count():
        if steps <= 0:
            return
        cell, cycle = library.load(names[k % len(names)]), cycles.load(("udds", "us06")[k // len(names) % 2])
        ambient_c, first = float(rng.uniform(-20, 45)), float(rng.uniform(0.1, 0.95))
        samples = drive_samples(cell, cycle, soc=first, ambient_c=ambient_c, rng=rng)[:steps]
        par, i_ma, v_uv, t_mdegc = parameters(cell), *(int(n) for n in samples[0, :3])
        state = np.array(start.blind(par.tolist(), capacity_mc(cell), i_ma, v_uv, t_mdegc), np.int32)
        yield Job("soc", par, state, samples)
        steps -= len(samples)

        lessons = reach_samples(par, state, samples, cycle)[: max(steps, 0)]
        if not len(lessons):
            continue
        vehicle = range_parameters(cell)
        yield Job("reach", vehicle, np.array(start.road(vehicle.tolist()), np.int32), lessons)
        steps -= len(lessons)
