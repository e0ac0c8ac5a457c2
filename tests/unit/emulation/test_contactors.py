"""Pre-charge: the link rises through the resistor, and what closing too early costs."""

import numpy as np
import pytest

from bms.emulation.contactors import Contactors
from bms.emulation.pack import ALIKE, Pack
from tests.unit.emulation.surface_cell import PLAIN


def switched() -> Contactors:
    pack = Pack(PLAIN, 96, soc=0.8, spread=ALIKE, resistance=0.02)
    return Contactors(pack, capacitance=1e-3, precharge_ohm=50.0)


def test_nothing_flows_while_all_is_open():
    switches = switched()
    before = switches.pack.charge
    assert switches.advance(10.0, 1.0) == 0 and switches.link_voltage == 0
    assert (switches.pack.charge == before).all()


def test_precharge_brings_the_link_to_the_stack_by_its_time_constant():
    switches = switched()
    switches.precharge = True
    stack = switches.pack.stack_voltage
    for _ in range(50):  # one time constant of 50 ms
        switches.advance(0.0, 1e-3)
    assert switches.link_voltage == pytest.approx(stack * (1 - np.exp(-1)), rel=1e-3)
    for _ in range(300):
        switches.advance(0.0, 1e-3)
    assert switches.link_voltage == pytest.approx(stack, rel=1e-3)
    assert switches.heat == pytest.approx(0.5 * 1e-3 * stack**2, rel=2e-3)


def test_a_load_on_the_link_keeps_precharge_from_ending():
    switches = switched()
    switches.precharge = True
    for _ in range(1000):
        switches.advance(1.0, 1e-3)
    assert switches.link_voltage == pytest.approx(switches.pack.stack_voltage - 50.0, abs=0.5)


def test_closing_on_an_empty_link_draws_an_inrush_and_on_a_full_one_none():
    early, late = switched(), switched()
    early.main = True
    early.advance(0.0, 1e-3)
    late.precharge = True
    for _ in range(400):
        late.advance(0.0, 1e-3)
    late.main = True
    late.advance(0.0, 1e-3)
    assert early.inrush > 2000 > 100 > late.inrush > 0
    early.advance(0.0, 1.0)
    assert early.link_voltage == pytest.approx(early.pack.stack_voltage)


def test_a_load_behind_open_contactors_empties_the_link():
    switches = switched()
    switches.main = True
    switches.advance(5.0, 0.1)
    before, switches.main = switches.link_voltage, False
    switches.advance(5.0, 0.01)
    assert before - switches.link_voltage == pytest.approx(5.0 * 0.01 / 1e-3)
