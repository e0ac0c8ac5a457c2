"""The emulated pack: contactor, load by power, spread, copies."""

import numpy as np
import pytest

from bms.cells import library
from bms.cells.schema import Cell
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.pack import ALIKE, Pack
from bms.errors import InputError
from tests.unit.emulation.surface_cell import EVERYTHING

FEST = library.load("factorial-fest77")
EITHER = pytest.mark.parametrize("cell", [FEST, EVERYTHING], ids=["plain", "surface"])


def test_an_open_contactor_lets_nothing_through() -> None:
    pack = Pack(FEST, 16)
    before = pack.charge
    pack.contactor_closed = False
    assert pack.advance(100.0, 1.0, steps=10) == 0
    drawn = pack.draw(5000.0, 1.0, steps=10)
    assert drawn.undelivered == 50e3 and not drawn.current.any()
    assert (pack.charge == before).all()


def test_a_copy_goes_its_own_way() -> None:
    pack = Pack(FEST, 16)
    twin = pack.copy()
    twin.bleed = np.full(16, 0.05)
    twin.advance(77.0, 1.0, steps=600)
    assert pack.soc.min() > twin.soc.max() and not pack.bleed.any()


def test_the_same_seed_gives_the_same_pack() -> None:
    assert (Pack(FEST, 16, seed=5).voltages == Pack(FEST, 16, seed=5).voltages).all()
    assert (Pack(FEST, 16, seed=5).voltages != Pack(FEST, 16, seed=6).voltages).any()


def test_spread_and_deviation_are_as_stated() -> None:
    pack = Pack(FEST, 400, seed=3)
    assert pack.capacity_ah.mean() == pytest.approx(77 * 0.985, rel=0.001)
    assert pack.capacity_ah.std() == pytest.approx(77 * 0.005, rel=0.15)
    exact = Pack(FEST, 1, soc=0.5, spread=ALIKE, deviation=AS_DESCRIBED)
    assert exact.voltages[0] == pytest.approx(3.8196, abs=1e-4)
    assert Pack(FEST, 1, soc=0.5, spread=ALIKE).voltages[0] - exact.voltages[0] == pytest.approx(0.003)


@EITHER
def test_parallel_cells_share_the_current(cell: Cell) -> None:
    one, four = (Pack(cell, 2, p, spread=ALIKE) for p in (1, 4))
    for pack, current in ((one, 50.0), (four, 200.0)):
        pack.advance(current, 1.0, steps=1800)
    assert four.voltages == pytest.approx(one.voltages, abs=1e-12)
    assert four.temperatures == pytest.approx(one.temperatures, abs=1e-9)


def test_power_asked_for_is_power_delivered() -> None:
    pack = Pack(FEST, 16, soc=0.6)
    before = pack.energy_delivered.sum()
    drawn = pack.draw([8000.0, -3000.0, 12000.0], 1.0, steps=300)
    asked = 100 * (8000 - 3000 + 12000)
    assert drawn.undelivered == drawn.refused == 0
    assert pack.energy_delivered.sum() - before == pytest.approx(asked, rel=1e-4)


def test_impossible_power_is_cut_and_reported() -> None:
    pack = Pack(FEST, 16, soc=0.9)
    drawn = pack.draw(100e3, 1.0)
    assert drawn.current[0] == pytest.approx(4 * 77)
    assert drawn.undelivered == pytest.approx(100e3 - 308 * pack.stack_voltage, rel=0.02)
    stopped = pack.draw(100e3, 1.0, steps=5, patience=0)
    assert stopped.steps == 0 and stopped.ended == "over current"


def test_a_cold_pack_never_falls_below_its_lowest_voltage_under_load() -> None:
    pack = Pack(FEST, 16, soc=0.9, temperature=253.15)
    drawn = pack.draw(15e3, 1.0, steps=60)
    assert drawn.undelivered > 0
    assert pack.voltages.min() == pytest.approx(2.7, abs=1e-4)
    assert pack.copy().draw(15e3, 1.0, patience=0).ended == "cell empty"


@EITHER
def test_a_full_pack_refuses_braking(cell: Cell) -> None:
    pack = Pack(cell, 16, soc=1.0)
    drawn = pack.draw(-6000.0, 1.0, steps=10)
    assert drawn.refused > 30e3 and pack.voltages.max() <= 4.25 + 1e-6 + 0.003


def test_bleeding_empties_one_cell_only() -> None:
    pack = Pack(FEST, 3, spread=ALIKE)
    pack.bleed = np.array([0.0, 0.1, 0.0])
    pack.advance(0.0, 1.0, steps=3600)
    assert pack.charge[0] - pack.charge == pytest.approx([0, 360, 0])


@pytest.mark.parametrize(("series", "parallel"), [(0, 1), (16, 0), (10**9, 1)])
def test_an_impossible_pack_is_refused(series: int, parallel: int) -> None:
    with pytest.raises(InputError, match=r"1\.\.400 in series"):
        Pack(FEST, series, parallel)


def test_balancing_resistors_draw_by_their_voltage_from_the_cells_that_are_chosen() -> None:
    pack = Pack(FEST, 3, soc=0.9, spread=ALIKE, deviation=AS_DESCRIBED)
    before = pack.charge
    pack.balance([True, False, True], 40.0)
    pack.advance(0.0, 1.0, steps=3600)
    assert (before - pack.charge)[[0, 2]] == pytest.approx(3600 * pack.voltages[0] / 40.0, rel=0.01)
    assert pack.charge[1] == before[1]
    pack.balance([False] * 3, 40.0)
    resting = pack.charge
    pack.advance(0.0, 1.0, steps=60)
    assert (pack.charge == resting).all()
