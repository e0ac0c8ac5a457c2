"""Any order of wishes, loads, faults, restarts and power cuts: the laws of hil_tests/rig.py hold after every tick."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from firmware import modes
from hil_tests.rig import CELLS, PERSISTENT, Rig

QUICK, MANY = 12, 300  # orders of events, of up to STEPS each
STEPS = 25
KELVIN = 273.15
SOMETIMES = st.sampled_from([True, False])


class Life(RuleBasedStateMachine):
    """What may happen to a pack, in any order."""

    @initialize(soc=st.floats(0.02, 0.99), celsius=st.floats(-30, 55))
    def begin(self, soc: float, celsius: float) -> None:
        self.rig = Rig()
        self.rig.plant.pack.soc = soc
        self.rig.plant.pack.temperatures = celsius + KELVIN
        self.rig.plant.pack.ambient = celsius + KELVIN
        self.rig.plant.wish = modes.WISH_DRIVE
        self.rig.run(4.0)

    @rule(seconds=st.floats(0.1, 12.0))
    def time_passes(self, seconds: float) -> None:
        self.rig.run(seconds)

    @rule(wish=st.sampled_from([modes.WISH_OPEN, modes.WISH_DRIVE, modes.WISH_CHARGE]))
    def the_vehicle_wishes(self, wish: int) -> None:
        self.rig.plant.wish = wish
        self.rig.run(0.5)

    @rule(kw=st.floats(-6, 8), obeys=SOMETIMES)
    def a_load_asks(self, kw: float, obeys: bool) -> None:
        self.rig.asked_w, self.rig.obeys = 1000 * kw, obeys
        self.rig.run(1.0)

    @rule(celsius=st.floats(-38, 75))
    def the_weather_turns(self, celsius: float) -> None:
        self.rig.plant.pack.temperatures = celsius + KELVIN
        self.rig.run(1.5)

    @rule(cell=st.integers(0, CELLS - 1), volts=st.sampled_from([-4.0, -1.9, -0.3, 0.0, 0.1, 0.9, 3.0]))
    def a_cell_reads_otherwise(self, cell: int, volts: float) -> None:
        self.rig.chip.faults.offsets = {cell: volts} if volts else {}
        self.rig.run(2.5)

    @rule(share=st.sampled_from([0.0, 0.1, 0.6, 1.0]))
    def the_bus_fails(self, share: float) -> None:
        self.rig.chip.faults.nack_share = share
        self.rig.run(0.5)

    @rule(flips=st.integers(1, 30))
    def bits_flip_on_the_bus(self, flips: int) -> None:
        self.rig.chip.faults.flips = flips

    @rule(shown=st.sampled_from(["zeros", "ones", "sda_low", "none"]))
    def the_monitor_shows_nothing(self, shown: str) -> None:
        faults = self.rig.chip.faults
        faults.zeros, faults.ones, faults.sda_low = (shown == name for name in ("zeros", "ones", "sda_low"))
        self.rig.run(0.3)

    @rule()
    def the_monitor_browns_out(self) -> None:
        self.rig.chip.reset()
        self.rig.run(0.5)

    @rule(stuck=st.sampled_from([None, 0.0, 40.0, -40.0, 900.0]), gain=st.sampled_from([1.0, -1.0, 0.5]))
    def the_current_sensor_lies(self, stuck: float | None, gain: float) -> None:
        self.rig.chip.faults.current_stuck, self.rig.chip.faults.current_gain = stuck, gain
        self.rig.run(1.0)

    @rule(pin=st.integers(0, 2), kelvin=st.sampled_from([None, 0.0, 200.0, 335.0, 600.0]))
    def a_thermistor_lies(self, pin: int, kelvin: float | None) -> None:
        self.rig.chip.faults.thermistors = {} if kelvin is None else {pin: kelvin}
        self.rig.run(2.0)

    @rule(hazard=st.sampled_from(["welded", "stuck_open", "link_shorted", "link_absent"]), on=SOMETIMES)
    def a_switch_fails(self, hazard: str, on: bool) -> None:
        setattr(self.rig.plant, hazard, on)
        self.rig.run(0.5)

    @rule(feedback=st.sampled_from([None, 0, 1, -1]))
    def the_auxiliary_contact_lies(self, feedback: int | None) -> None:
        self.rig.plant.feedback = feedback
        self.rig.run(0.5)

    @rule(interlock_open=st.integers(0, 1), insulation_kohm=st.sampled_from([0, 5, 1 << 29]))
    def the_board_warns(self, interlock_open: int, insulation_kohm: int) -> None:
        self.rig.plant.interlock_open, self.rig.plant.insulation_kohm = interlock_open, insulation_kohm
        self.rig.run(0.5)

    @rule(discharge_ma=st.integers(0, 400_000), charge_ma=st.integers(0, 300_000))
    def the_host_lowers_limits(self, discharge_ma: int, charge_ma: int) -> None:
        self.rig.controller.summary.most_ma[0] = discharge_ma
        self.rig.controller.summary.most_ma[1] = charge_ma
        self.rig.run(1.0)

    @rule(wish=st.sampled_from([-1, modes.WISH_OPEN, modes.WISH_DRIVE, modes.WISH_CHARGE]))
    def the_host_commands(self, wish: int) -> None:
        self.rig.controller.wish(wish)
        self.rig.run(0.5)

    @rule()
    def the_host_clears(self) -> None:
        self.rig.controller.protection.clear()
        self.rig.controller.contactors.forgive()
        self.rig.run(0.5)

    @rule()
    def the_host_shuts_down(self) -> None:
        self.rig.controller.shut_down()
        self.rig.run(0.3)

    @rule(shift_ms=st.sampled_from([-60_000, -500, 30, 700, 7_200_000, (1 << 30) - 2_000]))
    def the_clock_leaps(self, shift_ms: int) -> None:
        self.rig.shift_ms += shift_ms
        self.rig.run(0.5)

    @rule(steps=st.integers(0, 600))
    def the_power_fails_in_a_write(self, steps: int) -> None:
        self.rig.storage.cut = self.rig.storage.steps + steps
        self.rig.run(3.0)

    @rule()
    def the_power_fails(self) -> None:
        self.rig.cut()
        self.rig.run(0.5)

    @precondition(lambda self: self.rig.lasting & PERSISTENT)
    @rule()
    def the_power_fails_over_a_fault_that_stays(self) -> None:
        self.rig.cut()
        self.rig.run(2.0)
        assert not self.rig.plant.main


def live(orders: int) -> None:
    """The same orders in every run."""
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=orders, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip


def test_laws_hold_whatever_happens_and_in_whatever_order() -> None:
    live(QUICK)


@pytest.mark.slow
def test_laws_hold_over_many_more_orders() -> None:
    live(MANY)
