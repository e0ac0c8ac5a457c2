"""What the hysteresis of an emulated cell may not do, and that the estimator's kernel moves its own alike."""

from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bms.cells.schema import Cell
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.pack import ALIKE, Pack
from bms.estimation.parameters import capacity_mc, parameters
from fastcore import batch
from fastcore import cell as loop
from firmware import start
from firmware.kernels import soc
from tests.unit.emulation.surface_cell import EVERYTHING, PLAIN, at_one_temperature, quantity

EITHER = pytest.mark.parametrize(
    "cell", [at_one_temperature(PLAIN), at_one_temperature(EVERYTHING)], ids=["plain", "surface"]
)
EXAMPLES = settings(max_examples=60, deadline=None)
RATE = PLAIN.hysteresis_rate.value  # half gaps per unit of SoC
PER_SOC = 3600 * PLAIN.capacity_ah.value  # As


def one(cell: Cell, level: float = 0.5) -> Pack:
    return Pack(cell, 1, soc=level, spread=ALIKE, deviation=AS_DESCRIBED)


def branch(pack: Pack) -> float:
    return float(pack._state[0, loop.BRANCH])


def move(pack: Pack, soc_out: float, steps: int = 100, current: float = 20.0) -> None:
    if soc_out:
        pack.advance(np.copysign(current, soc_out), abs(soc_out) * PER_SOC / current / steps, steps=steps)


@EITHER
@EXAMPLES
@given(turns=st.lists(st.integers(-100, 100), min_size=1, max_size=8), begin=st.integers(-100, 100))
def test_a_loop_that_reaches_no_branch_closes(cell: Cell, turns: list[int], begin: int) -> None:
    pack = one(cell)
    for part in np.diff([0, begin, *turns, begin]):
        move(pack, -part / 100 / RATE)
    assert branch(pack) == pytest.approx(begin / 100, abs=1e-12)


@EITHER
def test_a_loop_within_the_play_costs_no_more_than_one_without_hysteresis(cell: Cell) -> None:
    still = cell.model_copy(update={"hysteresis_mv": quantity(0), "hysteresis_curve_mv": None})
    given_j = []
    for each in (cell, still):
        pack = one(each)
        move(pack, 0.01)
        move(pack, -0.01)
        given_j.append(pack.energy_delivered[0])
    gap_j = 2e-3 * cell.hysteresis_mv.value * 0.01 * PER_SOC  # between the branches, over the same charge
    assert given_j[0] == pytest.approx(given_j[1], abs=0.01 * gap_j)


def test_a_loop_from_branch_to_branch_costs_the_gap_less_one_way_through_it() -> None:
    still = PLAIN.model_copy(update={"hysteresis_mv": quantity(0)})
    lost = []
    for cell in (PLAIN, still):
        pack = one(at_one_temperature(cell))
        move(pack, -0.1)
        before = pack.energy_delivered[0]
        move(pack, 0.2, steps=37)  # a branch is reached within a step, and the mean over it is exact
        move(pack, -0.2, steps=37)
        lost.append(before - pack.energy_delivered[0])
    half_gap = 1e-3 * PLAIN.hysteresis_mv.value
    assert lost[0] - lost[1] == pytest.approx(2 * half_gap * (0.2 - 2 / RATE) * PER_SOC, rel=1e-6)


@EITHER
@EXAMPLES
@given(currents=st.lists(st.floats(-150, 150), min_size=1, max_size=30), dt=st.floats(0.1, 60))
def test_no_history_takes_it_beyond_a_branch_and_only_charge_moves_it(
    cell: Cell, currents: list[float], dt: float
) -> None:
    pack, expected = one(cell), 0.0
    for current in currents:
        pack.advance(current, dt)
        expected = float(np.clip(expected - RATE * current * dt / PER_SOC, -1, 1))
        assert branch(pack) == pytest.approx(expected, abs=1e-12)
        pack.advance(0.0, dt)
        assert branch(pack) == pytest.approx(expected, abs=1e-12)


@EITHER
@pytest.mark.parametrize("seed", range(4))
def test_the_kernel_moves_its_hysteresis_with_the_charge_less_what_it_takes_for_an_offset(
    cell: Cell, seed: int
) -> None:
    """Once a branch was reached both extremes of the kernel are one, and go where the emulated cell's would go."""
    par, cap_mc = array("i", parameters(cell).tolist()), capacity_mc(cell)
    state, pack = start.known(par, cap_mc, 1 << 20, 655), one(cell)
    waves = 80 * np.sin(np.arange(1000) / 80) + np.random.default_rng(seed).uniform(-90, 90, 1000)
    apart, where = [], [0.0]
    for current in [*[77] * 150, *waves.round().astype(int).tolist()]:
        pack.advance(current, 1.0)
        flowed = current - state[soc.C_Q26] / 2**26 * cell.capacity_ah.value
        where.append(float(np.clip(where[-1] - RATE * flowed / PER_SOC, -1, 1)))
        batch.step(state, par, current * 1000, round(pack.voltages[0] * 1e6), 25_000, 1000)
        low, high = state[soc.HYST_LOW_Q24], state[soc.HYST_HIGH_Q24]
        apart.append((high - low, low / 2**24 - where[-1]))
    assert min(where[151:]) == -1 and max(where[151:]) == 1
    assert all(width == 0 for width, _ in apart[150:])
    assert max(abs(error) for _, error in apart[150:]) < 3e-4  # 1,000 windows, each rounded by up to 1e-6


def test_an_offset_that_is_known_moves_no_hysteresis_of_a_cell_at_rest() -> None:
    """Contactors open, the sensor reads C/20; a minute later the cell still rests, and its hysteresis with it."""
    par = array("i", parameters(PLAIN).tolist())
    state = start.known(par, capacity_mc(PLAIN), 1 << 20, 655)
    state[soc.HYST_LOW_Q24] = state[soc.HYST_HIGH_Q24] = 0
    reads_ma = round(PLAIN.capacity_ah.value * 50)
    start.zeroed(par, state, reads_ma)
    for _ in range(60):
        batch.step(state, par, reads_ma, round(one(PLAIN).voltages[0] * 1e6), 25_000, 1000)
    moved = PLAIN.hysteresis_rate.value * 60 / 20 / 3600  # by what the sensor reads
    assert abs(state[soc.HYST_LOW_Q24]) / 2**24 < moved / 10
