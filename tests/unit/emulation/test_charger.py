"""The charger: it keeps every limit, tapers at the highest cell, and says how it ended."""

from math import inf

import numpy as np
import pytest

from bms.cells import library
from bms.cells.effects import Effects as Described
from bms.cells.effects import Plating
from bms.cells.quantity import Quantity
from bms.cells.schema import Cell
from bms.emulation.cell import AS_DESCRIBED
from bms.emulation.charger import Charger, charge, minutes
from bms.emulation.effects import Effects
from bms.emulation.pack import ALIKE, Pack, Spread
from bms.errors import InputError
from tests.unit.emulation.surface_cell import EVERYTHING

FEST = library.load("factorial-fest77")
SLIGHT = 2e-5  # V, by which the OCV bends within a step
WIDE = Spread(capacity=0.01, resistance=0.1, soc=0.01)
EITHER = pytest.mark.parametrize("cell", [FEST, EVERYTHING], ids=["plain", "surface"])


def told(value: float) -> Quantity:
    return Quantity(value=value, low=value, high=value, status="assumed", source="a figure for this test")


def plated(cell: Cell, critical_c: float = 3.0, lowest_c: float = -20.0) -> Cell:
    """The cell with a plating limit that is Arrhenius at 0.5 eV."""
    plating = Plating(
        critical_c=told(critical_c), activation_ev=told(0.5), lowest_c=told(lowest_c), lost_share=told(0.0)
    )
    return cell.model_copy(update={"effects": Described(plating=plating)})


@EITHER
def test_current_then_voltage_of_the_highest_cell_then_full(cell: Cell) -> None:
    charged = charge(Pack(cell, 16, seed=4, soc=0.2, spread=WIDE))
    rate, highest = cell.capacity_ah.value, cell.voltage_max_v.value
    assert charged.ended == "full"
    assert charged.current[0] == pytest.approx(-cell.charge_max_c.value * rate)
    assert list(dict.fromkeys(charged.limit)) == ["cell", "voltage"]
    taper = charged.current[charged.limit == "voltage"]
    assert (np.diff(taper) > -1e-6 * rate).all() and -0.05 * rate * 1.02 < taper[-1] < -0.05 * rate
    assert charged.cell_voltage.max() <= highest + SLIGHT
    assert charged.cell_voltage[charged.limit == "voltage"] == pytest.approx(highest, abs=SLIGHT)


@EITHER
def test_no_limit_is_ever_exceeded(cell: Cell) -> None:
    rate = cell.capacity_ah.value
    pack = Pack(cell, 96, 2, seed=9, soc=0.05, spread=WIDE, resistance=0.02)
    charger = Charger(current_max=2.2 * rate, power_max=2 * rate * 96 * cell.ocv_v.value[-1])
    charged = charge(pack, charger)
    assert charged.cell_voltage.max() <= cell.voltage_max_v.value + SLIGHT
    assert charged.power.max() <= charger.power_max * (1 + 1e-6)
    assert -charged.current.min() <= min(charger.current_max, pack.truth.charge_max) * (1 + 1e-9)
    assert set(charged.limit) <= {"cell", "charger current", "charger power", "voltage"}
    assert "charger power" in charged.limit and (charged.current <= 0).all()


def test_what_is_put_in_is_what_the_cells_hold() -> None:
    pack = Pack(FEST, 16, seed=2, soc=0.3, spread=WIDE)
    before, given = pack.charge, pack.energy_delivered.sum()
    charged = charge(pack, until_soc=0.8)
    assert charged.ended == "soc reached"
    assert pack.charge - before == pytest.approx(np.full(16, -charged.current.sum()), rel=1e-9)
    assert given - pack.energy_delivered.sum() == pytest.approx(charged.power.sum(), rel=0.002)


def test_a_350_kw_charger_decides_for_a_large_pack() -> None:
    """96s4p of 77 Ah hold 114 kWh: 2.7C would take 308 kW at half charge; two of them in parallel twice that."""
    pack = Pack(FEST, 96, 8, soc=0.1, spread=ALIKE, deviation=AS_DESCRIBED)
    charged = charge(pack, Charger(power_max=350e3), until_soc=0.8)
    assert set(charged.limit) == {"charger power"}
    assert charged.power == pytest.approx(np.full(len(charged.power), 350e3), rel=1e-3)
    free = minutes(Pack(FEST, 96, 8, spread=ALIKE, deviation=AS_DESCRIBED), 0.1, 0.8)
    assert charged.time[-1] / 60 > 1.5 * free


def test_minutes_follow_from_the_rate_and_leave_the_pack_alone() -> None:
    pack = Pack(FEST, 4, soc=0.5, spread=ALIKE, deviation=AS_DESCRIBED)
    expected = 0.3 / FEST.charge_max_c.value * 60
    assert minutes(pack, 0.2, 0.5) == pytest.approx(expected, rel=1e-6)
    assert minutes(pack, 0.2, 0.5, Charger(current_max=77.0)) == pytest.approx(18, rel=1e-6)
    assert pack.soc == pytest.approx(np.full(4, 0.5))


def test_cold_slows_the_charge_and_ends_it() -> None:
    cell = plated(FEST)
    acting = Effects(["plating"])
    warm, cool = (Pack(cell, 4, soc=0.2, spread=ALIKE, temperature=t, effects=acting) for t in (298.15, 273.15))
    assert minutes(cool, 0.2, 0.5) > 2 * minutes(warm, 0.2, 0.5)
    slowed = charge(cool, until_soc=0.5)
    assert slowed.limit[0] == "plating" and -slowed.current[0] < 0.25 * 3.0 * 77
    assert -slowed.current[-1] > -slowed.current[0]  # it warms itself
    frozen = Pack(cell, 4, soc=0.2, temperature=252.0, effects=acting)
    refused = charge(frozen)
    assert refused.ended == "too cold" and len(refused.time) == 0
    assert minutes(frozen, 0.2, 0.5) == inf


def test_the_coldest_cell_decides() -> None:
    pack = Pack(plated(FEST), 4, soc=0.2, effects=Effects(["plating"]))
    pack.temperatures = [298.15, 298.15, 252.0, 298.15]
    assert charge(pack).ended == "too cold"


@pytest.mark.parametrize("celsius", [25.0, 0.0])
def test_a_charger_that_keeps_to_the_plating_limit_costs_no_lithium(celsius: float) -> None:
    pack = Pack(FEST, 8, seed=3, soc=0.1, temperature=celsius + 273.15, effects=Effects(["plating"]))
    new = pack.capacity_ah
    charge(pack, until_soc=0.8)
    assert (pack.capacity_ah == new).all()


def test_time_ends_a_charge_and_a_full_pack_takes_none() -> None:
    charged = charge(Pack(FEST, 4, soc=0.2), time_max=60.0)
    assert charged.ended == "time" and charged.time[-1] == 60 and len(charged.time) == 60
    full = charge(Pack(FEST, 4, soc=1.0))
    assert full.ended == "full" and len(full.time) == 0


@pytest.mark.parametrize("figure", ["current_max", "power_max", "cut_off_c"])
def test_an_impossible_charger_is_refused(figure: str) -> None:
    with pytest.raises(InputError, match=figure):
        Charger(**{figure: 0.0})


def test_an_impossible_charge_is_refused() -> None:
    pack = Pack(FEST, 4)
    with pytest.raises(InputError, match=r"SoC 1\.2"):
        charge(pack, until_soc=1.2)
    with pytest.raises(InputError, match="steps of 0"):
        charge(pack, dt=0.0)
    pack.contactor_closed = False
    with pytest.raises(InputError, match="contactor is open"):
        charge(pack)
