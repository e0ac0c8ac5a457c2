"""The laws hold with every effect of a cell at once: nothing is made, nothing is lost without a name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bms.emulation.effects import NAMES, Effects
from bms.emulation.heat import Surroundings
from bms.emulation.pack import Pack
from bms.emulation.short import SoftShort
from tests.unit.emulation.test_effects import WARMING

CURRENTS = st.lists(st.floats(-300, 300), min_size=1, max_size=12)
CELSIUS = st.floats(-30, 55)
EXAMPLES = settings(max_examples=40, deadline=None)


def everything(celsius: float, ambient: float | None = None) -> Pack:
    effects = Effects(NAMES, Surroundings(neighbour=1.5), (SoftShort(at=2, apart=60.0),))
    surrounding = None if ambient is None else ambient + 273.15
    return Pack(WARMING, 4, soc=0.5, temperature=celsius + 273.15, ambient=surrounding, effects=effects)


@EXAMPLES
@given(currents=CURRENTS, dt=st.floats(0.2, 2), celsius=CELSIUS, ohm=st.floats(20, 200))
def test_charge_in_minus_out_minus_what_leaked_and_aged_is_the_change_of_content(currents, dt, celsius, ohm):
    pack = everything(celsius)
    before, capacity, drained = pack.charge, pack.capacity_ah, np.zeros(4)
    pack.balance([True, False, True, False], ohm)
    for current in currents:
        for _ in range(40):
            drained += pack.voltages * [1, 0, 1, 0] / ohm * dt
            pack.advance(current, dt)
    lost = 3600 * (capacity - pack.capacity_ah)
    moved = 40 * dt * np.sum(currents) + drained + pack.charge_leaked + lost
    assert before - pack.charge == pytest.approx(moved, rel=1e-9, abs=1e-9 * before[0])


@EXAMPLES
@given(currents=CURRENTS, dt=st.floats(0.2, 2), celsius=CELSIUS, ambient=CELSIUS)
def test_energy_in_is_energy_out_and_heat_and_stored_and_aged(currents, dt, celsius, ambient):
    pack = everything(celsius, ambient)
    heat = WARMING.heat_capacity_j_per_k.value
    before, warm, through = pack.energy_left, pack.temperatures, 1.0
    for current in currents:
        pack.advance(current, dt, steps=40)
        through += abs(current) * dt * 40 * 3.8
    stored = (pack.energy_left - before) + heat * (pack.temperatures - warm)
    balance = stored + pack.energy_delivered + pack.heat_given + pack.energy_aged
    assert abs(balance.sum()) < 1e-6 * (4 * through + np.abs(pack.heat_given).sum())


@EXAMPLES
@given(years=st.floats(0, 20), cycles=st.floats(0, 1000), celsius=st.floats(-20, 40))
def test_what_age_takes_is_booked_and_never_given_back(years, cycles, celsius):
    pack = everything(25.0)
    before, capacity, soc = pack.energy_left, pack.capacity_ah, pack.soc
    pack.effects.age(pack, years, celsius + 273.15, cycles)
    assert before - pack.energy_left == pytest.approx(pack.energy_aged, rel=1e-9, abs=1e-6)
    assert (pack.capacity_ah <= capacity).all() and pack.soc == pytest.approx(soc)


@EXAMPLES
@given(currents=CURRENTS, celsius=CELSIUS)
def test_ageing_never_gives_capacity_back(currents, celsius):
    pack, last = everything(celsius), np.inf
    for current in currents:
        pack.advance(current, 1.0, steps=40)
        assert (pack.capacity_ah <= last).all()
        last = pack.capacity_ah


@EXAMPLES
@given(share=st.floats(0.05, 1), current=st.floats(1, 200))
def test_less_pressure_never_raises_the_voltage_on_discharge(share, current):
    squeezed, loose = everything(25.0), everything(25.0)
    loose.pressure_share = np.full(4, share)
    for pack in (squeezed, loose):
        pack.advance(0.0, 10.0)
        pack.advance(current, 1.0, steps=60)
    assert (loose.voltages <= squeezed.voltages + 1e-9).all()


@EXAMPLES
@given(power=st.floats(-4e3, 6e3), ohm=st.floats(0, 0.01))
def test_power_at_the_terminals_is_what_the_cells_give_less_what_the_bars_take(power, ohm):
    pack = Pack(WARMING, 4, soc=0.5, resistance=ohm)
    drawn = pack.draw(power, 1.0)
    current = float(drawn.current[0])
    given_power = float(pack.energy_delivered.sum()) - ohm * current**2
    assert given_power == pytest.approx(power - drawn.undelivered + drawn.refused, rel=1e-4, abs=0.5)
