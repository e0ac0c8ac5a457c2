"""Who opens the contactor when the pack, its load or its monitor fails: one hazard a test, on every target."""

from array import array

import pytest

from bms.bench.targets import Target
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.bq76952 import BQ76952
from bms.emulation.bq76952_registers import Subcommand
from bms.emulation.pack import Pack
from firmware import diagnoses
from firmware.config import HEAD, checksum
from hil_tests.bench import Bench, cells
from hil_tests.test_drive import TICK_S

FAILS_S = 10.0  # when things go wrong
SEEN_S = 2 * TICK_S + 0.05  # a fault of the monitor is in the next tick's block; 50 ms is the bench's own step
OVER_TEMPERATURE_S = 5.0  # from the limit to the opening, with temperatures that come once a second
RUNAWAY_S = 7.0  # 30 K a minute have to last, as temperatures come once a second
TEMPERATURES = 0x62  # first register of the block
TEMPERATURES_EVERY_S = 1.0  # read so often, and believed for TEMPERATURES_LAST_S (firmware/drivers/bq76952.py)
TEMPERATURES_LAST_S = 2.0
CURRENT_DELAY_S = 0.1
QUIET_S = 5.0  # without an error on the bus before anything closes again (bms/estimation/guard_table.py)
PRECHARGE_S = 0.5


def latched_at(controller: Bench) -> float:
    """When it opened, s after FAILS_S; it closed once before that and never again."""
    (closed_s, closed), (opened_s, still_closed) = controller.under_way
    assert closed and closed_s < FAILS_S and not still_closed
    assert controller.mirror.mismatches == 0
    return opened_s - FAILS_S


def test_over_temperature_opens_for_good(controller: Bench, pack: Pack) -> None:
    """Heated by 24 K a minute, less than a runaway, from 56 degC: 60 are reached ten seconds later."""

    def set_celsius(t: float) -> None:
        pack.temperatures = t + ZERO_CELSIUS

    set_celsius(56)
    for k in range(40):
        controller.at(FAILS_S + k, lambda k=k: set_celsius(56 + 0.4 * k))
    controller.at(FAILS_S + 40, lambda: set_celsius(25))
    controller.drive(seconds=80)
    assert 10 - 3 <= latched_at(controller) <= 10 + OVER_TEMPERATURE_S  # the sensor errs by 1 K
    assert controller.tripped("over-temperature")


def test_pack_at_54_degrees_drives_on(controller: Bench, pack: Pack) -> None:
    pack.temperatures = 54 + ZERO_CELSIUS
    controller.drive(seconds=20)
    assert [closed for _, closed in controller.under_way] == [True]


def test_a_pack_that_heats_by_a_kelvin_a_second_opens(controller: Bench, pack: Pack) -> None:
    def heat() -> None:
        pack.temperatures = pack.temperatures + 1.0

    for k in range(30):
        controller.at(FAILS_S + k, heat)
    controller.drive(seconds=40)
    assert 0 < latched_at(controller) <= RUNAWAY_S
    assert controller.tripped("temperature rise")


def test_under_voltage_ends_the_discharge_for_good_instead_of_cycling(target: Target, afe: BQ76952) -> None:
    """The cells recover as soon as the load is off: without a latch it would go on and off."""
    pack = cells(soc=0.012)
    controller = Bench(target, pack, afe)
    controller.at(FAILS_S, lambda: controller.demand(13_000))
    controller.drive(seconds=40)
    assert pack.voltages.min() > 2.8
    assert controller.plant.current == 0
    assert controller.tripped("under-voltage") or controller.tripped("the monitor has tripped")


def test_over_current_opens_for_good(controller: Bench) -> None:
    controller.at(FAILS_S, lambda: controller.demand(400 * 16 * 3.8))  # about 400 A, from cells of 308 A
    controller.drive(seconds=20)
    assert 0 < latched_at(controller) <= CURRENT_DELAY_S + SEEN_S


def test_reset_of_the_monitor_opens_at_once_and_the_drive_goes_on(controller: Bench, afe: BQ76952) -> None:
    controller.at(FAILS_S, lambda: afe.execute(Subcommand.RESET))
    controller.drive(seconds=60)
    (_, _), (opened_s, opened), (closed_s, closed) = controller.under_way
    assert not opened and opened_s - FAILS_S <= SEEN_S
    assert closed and closed_s - opened_s <= TEMPERATURES_EVERY_S + SEEN_S  # no sample without a temperature
    assert afe.memory.value("vcell mode") == 0xFFFF, "the settings are the pack's again"
    assert controller.mirror.mismatches == 0
    assert controller.worst_error < 0.03


def test_loss_of_the_temperatures_alone_opens(controller: Bench) -> None:
    """The last value is 0..1 s old at the loss and believed for 2 s."""
    controller.at(FAILS_S, lambda: controller.deaf.add(TEMPERATURES))
    controller.drive(seconds=20)
    opened_s = latched_at(controller)
    assert TEMPERATURES_LAST_S - TEMPERATURES_EVERY_S <= opened_s <= TEMPERATURES_LAST_S + SEEN_S


@pytest.mark.parametrize("register", [0x00, TEMPERATURES], ids=["cells", "temperatures"])
def test_contactor_closes_again_over_a_monitor_that_is_back(controller: Bench, register: int) -> None:
    controller.at(FAILS_S, lambda: controller.deaf.add(register))
    controller.at(FAILS_S + 10, lambda: controller.deaf.remove(register))
    controller.drive(seconds=60)
    assert [closed for _, closed in controller.under_way] == [True, False, True]
    assert controller.under_way[-1][0] - (FAILS_S + 10) <= QUIET_S + TEMPERATURES_EVERY_S + PRECHARGE_S + SEEN_S
    assert controller.mirror.mismatches == 0
    assert controller.worst_error < 0.03


def test_a_board_refuses_a_configuration_that_protects_nothing_with_its_outputs_open(controller: Bench) -> None:
    """The checksum is right: an over-voltage that is judged at 6 V, and a divisor of zero."""
    for place, value in ((HEAD + diagnoses.COLUMNS * diagnoses.OVER_VOLTAGE + diagnoses.TRIP, 6_000_000), (5, 0)):
        words = array("i", bytes.fromhex(controller._words))
        words[place] = value
        words[-1] = checksum(words[:-1])
        controller._words = words.tobytes().hex()
        with pytest.raises((RuntimeError, ValueError), match=r"configuration of|in the steps of the BQ76952"):
            controller.drive(seconds=5)
        assert not any(closed for _, closed in controller.switched) and controller.mirror.ticks == 0
