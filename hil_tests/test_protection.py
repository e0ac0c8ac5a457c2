"""Who opens the contactor when the pack, its load or its monitor fails: one hazard a test, on every target."""

from array import array

import pytest

from bms.bench.targets import Target
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.bq76952_registers import Subcommand
from firmware import diagnoses
from firmware.config import HEAD, checksum
from hil_tests.bench import Bench
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


def latched_at(bench: Bench) -> float:
    """When it opened, s after FAILS_S; it closed once before that and never again."""
    (closed_s, closed), (opened_s, still_closed) = bench.under_way
    assert closed and closed_s < FAILS_S and not still_closed
    assert bench.mirror.mismatches == 0
    return opened_s - FAILS_S


def test_over_temperature_opens_for_good(bench: Bench) -> None:
    """Heated by 24 K a minute, less than a runaway, from 56 degC: 60 are reached ten seconds later."""

    def set_celsius(t: float) -> None:
        bench.pack.temperatures = t + ZERO_CELSIUS

    set_celsius(56)
    for k in range(40):
        bench.at(FAILS_S + k, lambda k=k: set_celsius(56 + 0.4 * k))
    bench.at(FAILS_S + 40, lambda: set_celsius(25))
    bench.drive(seconds=80)
    assert 10 - 3 <= latched_at(bench) <= 10 + OVER_TEMPERATURE_S  # the sensor errs by 1 K
    assert bench.tripped("over-temperature")


def test_pack_at_54_degrees_drives_on(bench: Bench) -> None:
    bench.pack.temperatures = 54 + ZERO_CELSIUS
    bench.drive(seconds=20)
    assert [closed for _, closed in bench.under_way] == [True]


def test_a_pack_that_heats_by_a_kelvin_a_second_opens(bench: Bench) -> None:
    def heat() -> None:
        bench.pack.temperatures = bench.pack.temperatures + 1.0

    for k in range(30):
        bench.at(FAILS_S + k, heat)
    bench.drive(seconds=40)
    assert 0 < latched_at(bench) <= RUNAWAY_S
    assert bench.tripped("temperature rise")


def test_under_voltage_ends_the_discharge_for_good_instead_of_cycling(target: Target) -> None:
    """The cells recover as soon as the load is off: without a latch it would go on and off."""
    bench = Bench(target, soc=0.012)
    bench.at(FAILS_S, lambda: bench.demand(13_000))
    bench.drive(seconds=40)
    assert bench.pack.voltages.min() > 2.8
    assert bench.plant.current == 0
    assert bench.tripped("under-voltage") or bench.tripped("the monitor has tripped")


def test_over_current_opens_for_good(bench: Bench) -> None:
    bench.at(FAILS_S, lambda: bench.demand(400 * 16 * 3.8))  # about 400 A, from cells of 308 A
    bench.drive(seconds=20)
    assert 0 < latched_at(bench) <= CURRENT_DELAY_S + SEEN_S


def test_reset_of_the_monitor_opens_at_once_and_the_drive_goes_on(bench: Bench) -> None:
    bench.at(FAILS_S, lambda: bench.chip.execute(Subcommand.RESET))
    bench.drive(seconds=60)
    (_, _), (opened_s, opened), (closed_s, closed) = bench.under_way
    assert not opened and opened_s - FAILS_S <= SEEN_S
    assert closed and closed_s - opened_s <= TEMPERATURES_EVERY_S + SEEN_S  # no sample without a temperature
    assert bench.chip.memory.value("vcell mode") == 0xFFFF, "the settings are the pack's again"
    assert bench.mirror.mismatches == 0
    assert bench.worst_error < 0.03


def test_loss_of_the_temperatures_alone_opens(bench: Bench) -> None:
    """The last value is 0..1 s old at the loss and believed for 2 s."""
    bench.at(FAILS_S, lambda: bench.deaf.add(TEMPERATURES))
    bench.drive(seconds=20)
    opened_s = latched_at(bench)
    assert TEMPERATURES_LAST_S - TEMPERATURES_EVERY_S <= opened_s <= TEMPERATURES_LAST_S + SEEN_S


@pytest.mark.parametrize("register", [0x00, TEMPERATURES], ids=["cells", "temperatures"])
def test_contactor_closes_again_over_a_monitor_that_is_back(bench: Bench, register: int) -> None:
    bench.at(FAILS_S, lambda: bench.deaf.add(register))
    bench.at(FAILS_S + 10, lambda: bench.deaf.remove(register))
    bench.drive(seconds=60)
    assert [closed for _, closed in bench.under_way] == [True, False, True]
    assert bench.under_way[-1][0] - (FAILS_S + 10) <= QUIET_S + TEMPERATURES_EVERY_S + PRECHARGE_S + SEEN_S
    assert bench.mirror.mismatches == 0
    assert bench.worst_error < 0.03


def test_a_board_refuses_a_configuration_that_protects_nothing_with_its_outputs_open(bench: Bench) -> None:
    """The checksum is right: an over-voltage that is judged at 6 V, and a divisor of zero."""
    for place, value in ((HEAD + diagnoses.COLUMNS * diagnoses.OVER_VOLTAGE + diagnoses.TRIP, 6_000_000), (5, 0)):
        words = array("i", bytes.fromhex(bench._words))
        words[place] = value
        words[-1] = checksum(words[:-1])
        bench._words = words.tobytes().hex()
        with pytest.raises((RuntimeError, ValueError), match=r"configuration of|in the steps of the BQ76952"):
            bench.drive(seconds=5)
        assert not any(closed for _, closed in bench.switched) and bench.mirror.ticks == 0
