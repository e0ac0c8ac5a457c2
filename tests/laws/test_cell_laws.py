"""What no emulated cell may do, whatever it is asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bms.cells.schema import Cell
from bms.emulation.pack import ALIKE, Deviation, Pack
from tests.unit.emulation.surface_cell import EVERYTHING, PLAIN, at_one_temperature

EITHER = pytest.mark.parametrize("cell", [PLAIN, EVERYTHING], ids=["plain", "surface"])
CURRENTS = st.lists(st.floats(-200, 300), min_size=1, max_size=30)
CELSIUS = st.floats(-30, 55)
EXAMPLES = settings(max_examples=60, deadline=None)


def held(pack: Pack) -> np.ndarray:
    """J in each cell: chemistry (OCV of the mean SoC, free of temperature: entropy is counted as heat) and as heat."""
    t = pack.truth
    base = t.deviation.ocv_offset - 298.15 * 1e-3 * pack.cell.ocv_temperature_mv_per_k.value
    nodes = np.linspace(pack.cell.ocv_v.soc[0], 1, len(t.ocv))
    chemistry = []
    for soc, capacity in zip(pack.soc, 3600 * pack.capacity_ah, strict=True):
        assert 0 <= soc <= 1
        grid = np.append(nodes[nodes < soc], soc)
        volts = np.interp(grid, nodes, t.ocv) + base
        chemistry.append(capacity * (np.diff(grid) * (volts[1:] + volts[:-1])).sum() / 2)
    return np.array(chemistry) + pack.cell.heat_capacity_j_per_k.value * pack.temperatures


@EITHER
@EXAMPLES
@given(currents=CURRENTS, dt=st.floats(0.05, 2), celsius=CELSIUS, bleed=st.floats(0, 0.2))
def test_charge_in_minus_out_is_the_change_of_content(
    cell: Cell, currents: list[float], dt: float, celsius: float, bleed: float
) -> None:
    pack = Pack(cell, 3, soc=0.5, temperature=celsius + 273.15)
    pack.bleed = np.array([bleed, 0, 0])
    before = pack.charge
    for current in currents:
        pack.advance(current, dt, steps=50)
    moved = 50 * dt * (np.sum(currents) + len(currents) * np.array([bleed, 0, 0]))
    assert before - pack.charge == pytest.approx(moved, rel=1e-9, abs=1e-9 * before[0])


@EITHER
@EXAMPLES
@given(currents=CURRENTS, dt=st.floats(0.05, 2), celsius=CELSIUS, ambient=CELSIUS)
def test_energy_in_is_energy_out_and_heat_and_stored(
    cell: Cell, currents: list[float], dt: float, celsius: float, ambient: float
) -> None:
    pack = Pack(cell, 3, soc=0.5, temperature=celsius + 273.15, ambient=ambient + 273.15)
    before, through = held(pack), 1.0
    for current in currents:
        pack.advance(current, dt, steps=20)
        through += abs(current) * dt * 20 * 3.8
    balance = before - held(pack) - pack.energy_delivered - pack.heat_given
    assert np.abs(balance).max() < 1e-6 * (through + np.abs(pack.heat_given).max())


@EITHER
@EXAMPLES
@given(currents=CURRENTS, order=st.permutations(range(6)))
def test_the_order_of_cells_does_not_matter(cell: Cell, currents: list[float], order: list[int]) -> None:
    straight = Pack(cell, 6, seed=2, soc=0.5)
    shuffled = straight.copy()
    shuffled.reorder(order)
    for current in currents:
        straight.advance(current, 1.0, steps=10)
        shuffled.advance(current, 1.0, steps=10)
    assert (straight.voltages[order] == shuffled.voltages).all()
    assert (straight.temperatures[order] == shuffled.temperatures).all()


@pytest.mark.parametrize(  # a surface that the additional heat warms lags less, and near empty that may weigh more
    "cell", [PLAIN, at_one_temperature(EVERYTHING)], ids=["plain", "surface"]
)
@EXAMPLES
@given(
    current=st.floats(1, 300),
    celsius=CELSIUS,
    soc=st.floats(0.3, 1),
    more=st.floats(0.01, 1.0),
    steps=st.integers(1, 200),
)
def test_more_resistance_never_raises_the_voltage_on_discharge(
    cell: Cell, current: float, celsius: float, soc: float, more: float, steps: int
) -> None:
    def volts(share: float) -> np.ndarray:
        worse = Deviation(0, share, 0)
        pack = Pack(cell, 1, soc=soc, temperature=celsius + 273.15, spread=ALIKE, deviation=worse)
        return pack.run(np.full(steps, current), 1.0)

    assert (volts(more) <= volts(0.0) + 1e-9).all()


@EITHER
@EXAMPLES
@given(currents=st.lists(st.floats(-200, 300), min_size=1, max_size=10))
def test_many_steps_at_once_equal_one_by_one(cell: Cell, currents: list[float]) -> None:
    together, single = Pack(cell, 4, soc=0.5), Pack(cell, 4, soc=0.5)
    together.run(np.repeat(currents, 7), 0.5)
    for current in currents:
        for _ in range(7):
            single.advance(current, 0.5)
    assert (together.voltages == single.voltages).all() and (together.charge == single.charge).all()
