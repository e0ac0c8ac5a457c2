"""Each effect of a solid or lithium-metal cell, switched on alone: what it changes, and that nothing else changes."""

import numpy as np
import pytest

from bms.cells.effects import Ageing, Contact, Plating, Pressure
from bms.cells.effects import Effects as Described
from bms.cells.plating import plating_limit_c
from bms.cells.schema import Cell
from bms.emulation import ageing, heat, interface
from bms.emulation.effects import NAMES, Effects
from bms.emulation.heat import Surroundings
from bms.emulation.pack import ALIKE, Pack
from bms.emulation.short import SoftShort
from bms.errors import InputError
from fastcore import cell as loop
from tests.unit.emulation.surface_cell import PLAIN, at_one_temperature
from tests.unit.emulation.surface_cell import quantity as figure

BARE = PLAIN.model_copy(update={"effects": Described()})
RATED = BARE.capacity_ah.value


PRESSURE = Pressure(nominal_mpa=figure(0.3), exponent=figure(0.5), swing_mpa=figure(0.1))
PLATING = Plating(critical_c=figure(2.0), activation_ev=figure(0.45), lowest_c=figure(-30.0), lost_share=figure(0.1))
DESCRIBED = Described(
    pressure=PRESSURE,
    swelling_mm=figure(0.6),
    contact=Contact(
        critical_c=figure(1.0),
        growth_per_soc=figure(2.0),
        most=figure(0.5),
        recovery_s=figure(1800.0),
        recovery_activation_ev=figure(0.4),
    ),
    plating=PLATING,
    ageing=Ageing(
        cycle_retention=figure(0.9996),
        calendar_share=figure(0.02),
        interface_share=figure(0.1),
        activation_ev=figure(0.5),
        self_discharge_per_day=figure(0.002),
    ),
)
WARMING: Cell = PLAIN.model_copy(update={"effects": DESCRIBED})
CELL = at_one_temperature(WARMING)


def pack(*acting: str, celsius: float = 25.0, soc: float = 0.5, series: int = 3, **more) -> Pack:
    effects = Effects(acting, more.pop("around", Surroundings()), more.pop("shorts", ()))
    kelvin = celsius + 273.15
    return Pack(more.pop("cell", CELL), series, soc=soc, temperature=kelvin, spread=ALIKE, effects=effects, **more)


def ohm(cells: Pack) -> float:
    """Of the first cell, after ten seconds of current."""
    return float(cells.source(10.0)[1][0])


def test_no_effect_acts_unless_it_is_asked_for():
    quiet, plain = pack(cell=WARMING), Pack(BARE, 3, soc=0.5, spread=ALIKE)
    for cells in (quiet, plain):
        cells.run(np.full(1000, 3 * RATED), 1.0)
    assert (quiet.voltages == plain.voltages).all() and (quiet.charge == plain.charge).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_effect_that_the_cell_does_not_describe_does_nothing(name):
    bare = Pack(BARE, 3, soc=0.5, spread=ALIKE, effects=Effects([name]))
    plain = Pack(BARE, 3, soc=0.5, spread=ALIKE)
    for cells in (bare, plain):
        cells.run(np.full(100, RATED), 1.0)
    assert bare.voltages == pytest.approx(plain.voltages, rel=1e-12)


def test_an_unknown_effect_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"presure.*pressure"):
        Effects(["presure"])


def test_half_the_pressure_raises_the_interface_by_the_root_of_two():
    cells = pack("pressure")
    before = cells.source(600.0)[1][0]
    r1 = cells.truth.table[70, 50, 1]
    cells.pressure_share = np.full(3, 0.5)
    cells.advance(0.0, 10.0)
    assert cells.source(600.0)[1][0] - before == pytest.approx(r1 * (2**0.5 - 1), rel=1e-3)


def test_pressure_rises_as_the_cell_is_charged():
    cells = pack("pressure", soc=0.2)
    low = interface.pressure(PRESSURE, cells)
    cells.soc = 0.8
    assert interface.pressure(PRESSURE, cells) - low == pytest.approx(0.6 * 0.1)


def test_fast_stripping_loses_contact_and_rest_brings_it_back():
    fast, slow = pack("contact", soc=0.9), pack("contact", soc=0.9)
    fast.run(np.full(360, 3 * RATED), 1.0)  # 0.3 of the capacity, two thirds of it above the critical current
    slow.run(np.full(1200, 0.9 * RATED), 1.0)
    assert slow.contact_lost == pytest.approx(0, abs=0)
    assert fast.contact_lost[0] == pytest.approx(2 * 0.2, rel=0.15)
    fast.advance(0.0, 10.0, steps=720)
    assert fast.contact_lost[0] < 0.02


def test_cold_slows_the_recovery_of_the_contact():
    warm, cold = pack("contact", celsius=25, soc=0.9), pack("contact", celsius=0, soc=0.9)
    for cells in (warm, cold):
        cells.contact_lost = np.full(3, 0.4)
        cells.advance(0.0, 10.0, steps=60)
    assert cold.contact_lost[0] > warm.contact_lost[0] + 0.05


def test_the_plating_limit_follows_arrhenius_and_ends_in_deep_cold():
    kelvin = np.array([298.15, 253.15, 240.0])
    limit = plating_limit_c(PLATING, kelvin)
    assert limit[0] == pytest.approx(2.0)
    assert limit[1] == pytest.approx(2.0 / 22.5, rel=0.01)  # 0.45 eV between 25 and -20 degC
    assert limit[2] == 0


def test_charging_beyond_the_plating_limit_costs_lithium_and_within_it_none():
    within, beyond = pack("plating", soc=0.3), pack("plating", soc=0.3)
    within.run(np.full(600, -1.9 * RATED), 1.0)
    beyond.run(np.full(380, -3.0 * RATED), 1.0)
    assert within.capacity_ah == pytest.approx(pack().capacity_ah, rel=1e-12)
    lost = pack().capacity_ah - beyond.capacity_ah
    assert lost == pytest.approx(0.1 * RATED * 380 / 3600, rel=0.1)


def test_a_load_that_knows_the_cells_brakes_no_harder_than_plating_allows():
    cold = pack("plating", celsius=-20)
    drawn = cold.draw(-5 * RATED * 3.8 * 3, 1.0, steps=5)
    most = float(plating_limit_c(PLATING, cold.temperatures).min()) * cold.capacity_ah.min()
    assert (drawn.current >= -most * 1.001).all() and drawn.refused > 0


def test_a_full_cycle_costs_what_its_retention_says():
    cells = pack("ageing", soc=0.1)
    cells.run(np.full(2880, -RATED), 1.0)  # 0.8 of a charge
    cycled = 0.8 * RATED * (1 - 0.9996)
    idle = 0.02 * RATED * (root(2880 / ageing.YEAR) - root(0))
    assert pack().capacity_ah - cells.capacity_ah == pytest.approx(cycled + idle, rel=0.02)


def root(years: float) -> float:
    """Of the time since formation, for a cell delivered 30 days after it."""
    return (years + 30 / 365.25) ** 0.5


def test_years_cost_by_their_root():
    first, fourth = pack("ageing"), pack("ageing")
    first.effects.age(first, 1.0, 298.15, 0.0)
    fourth.effects.age(fourth, 4.0, 298.15, 0.0)
    new = pack().capacity_ah
    assert new - first.capacity_ah == pytest.approx(0.02 * (root(1) - root(0)) * new, rel=1e-6)
    assert new - fourth.capacity_ah == pytest.approx(0.02 * (root(4) - root(0)) * new, rel=1e-6)
    assert fourth.soc == pytest.approx(0.5)


def test_warmth_ages_faster():
    mild, hot = pack("ageing"), pack("ageing")
    mild.effects.age(mild, 1.0, 298.15, 0.0)
    hot.effects.age(hot, 1.0, 318.15, 0.0)
    assert (hot.capacity_ah < mild.capacity_ah).all()


def test_the_interface_grows_with_age():
    old = pack("ageing")
    before = ohm(old)
    old.effects.age(old, 4.0, 298.15, 0.0)
    assert ohm(old) - before == pytest.approx(0.1 * (root(4) - root(0)) * old.truth.table[70, 50, 1], rel=0.05)


def test_a_resting_cell_discharges_itself_and_turns_that_to_heat():
    cells = pack("ageing", cell=WARMING)
    before = cells.charge
    cells.advance(0.0, 10.0, steps=8640)
    gone = (before - cells.charge) / (3600 * RATED)
    assert gone == pytest.approx(0.002 + 0.02 * (root(1 / 365.25) - root(0)), rel=0.02)
    assert (cells.energy_delivered == 0).all() and (cells.heat_given > 0).all()


def test_a_warm_cell_warms_its_neighbours_and_no_heat_is_lost():
    cells = pack("heat", around=Surroundings(neighbour=2.0), series=5, cell=WARMING)
    cells.temperatures = np.array([298.15, 298.15, 318.15, 298.15, 298.15])
    still = cells.truth.law.copy()
    cells.truth.law[loop.COOLING] = 0.0
    cells.advance(0.0, 10.0, steps=30)
    t = cells.temperatures
    cells.truth.law[:] = still
    assert t[1] > t[0] > 298.15 and t[2] < 318.15
    assert t.mean() == pytest.approx(302.15, abs=0.01)


@pytest.mark.parametrize("coolant", [0.5, 5.0, 50.0])
def test_the_coolant_carries_on_what_the_cells_give(coolant):
    cells = pack("heat", around=Surroundings(coolant=coolant), series=8, cell=WARMING)
    cells.temperatures = np.linspace(300.0, 315.0, 8)
    cells.advance(0.0, 10.0)
    above = heat.warmer(cells, coolant, cells.ambient)
    conductance = cells.truth.law[loop.COOLING]
    given_heat = conductance * (cells.temperatures - cells.ambient - above)
    outlet = np.zeros(9)
    for k, watts in enumerate(given_heat):
        outlet[k + 1] = outlet[k] + watts / coolant
        assert min(outlet[k], outlet[k + 1]) - 1e-9 <= above[k] <= max(outlet[k], outlet[k + 1]) + 1e-9


def test_age_cannot_take_all_of_a_cell():
    with pytest.raises(InputError, match="30 % or more"):
        pack("ageing").effects.age(pack("ageing"), 30.0, 318.15, 5000.0)


def test_a_long_draw_brakes_by_the_limit_as_it_cools():
    whole, parts = (pack("plating", cell=WARMING, ambient=253.15) for _ in range(2))
    power = np.tile(np.r_[np.full(30, 2.0), np.full(30, -2.0)], 60) * RATED * 3.8 * 3
    drawn = whole.draw(power, 1.0)
    refused = sum(parts.draw(part, 1.0).refused for part in np.split(power, 60))
    assert drawn.refused == pytest.approx(refused, rel=0.02) and refused > 0
    assert whole.capacity_ah == pytest.approx(pack("plating", cell=WARMING).capacity_ah, rel=1e-9)


def test_coolant_is_warmer_at_the_last_cell_than_at_the_first():
    cells = pack("heat", around=Surroundings(coolant=5.0), series=8, cell=WARMING)
    cells.run(np.full(1800, 2 * RATED), 1.0)
    assert (np.diff(cells.temperatures) > 0).all()


def test_a_soft_short_dips_the_voltage_of_its_cell_alone_and_leaks():
    short = SoftShort(at=1, dip=0.03, lasting=2.0, apart=100.0, leak_c=0.002)
    cells, sound = pack(shorts=(short,)), pack()
    before = cells.charge
    volts, calm = cells.run(np.zeros(900), 1.0), sound.run(np.zeros(900), 1.0)
    dips = calm[:, 1] - volts[:, 1]
    assert (volts[:, [0, 2]] == calm[:, [0, 2]]).all()
    assert 0.02 < dips.max() < 0.045 and 2 <= (np.diff((dips > 0.02).astype(int)) == 1).sum() <= 20
    assert (before - cells.charge)[1] >= 0.002 * RATED * 900 * 0.99
    assert (before - cells.charge)[[0, 2]] == pytest.approx(0, abs=0)


def test_a_copy_ages_on_its_own():
    cells = pack("ageing", "contact", soc=0.9)
    twin = cells.copy()
    twin.run(np.full(300, 3 * RATED), 1.0)
    assert (cells.contact_lost == 0).all() and (twin.contact_lost > 0).all() and cells.time == 0


def test_effects_do_not_care_how_a_run_is_cut():
    whole, parts = pack(*NAMES, soc=0.9), pack(*NAMES, soc=0.9)
    whole.run(np.full(300, 2 * RATED), 1.0)
    for _ in range(300):
        parts.advance(2 * RATED, 1.0)
    assert whole.voltages == pytest.approx(parts.voltages, rel=1e-12)
    assert whole.capacity_ah == pytest.approx(parts.capacity_ah, rel=1e-12)
