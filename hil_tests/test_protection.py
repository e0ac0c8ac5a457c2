"""Who opens the contactor when the pack, its load or its monitor fails: one hazard a test, on every target."""

import pytest

from bms.bench.targets import Target
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.bq76952_registers import SafetyA, SafetyB, Subcommand
from hil_tests.bench import Bench
from hil_tests.test_drive import STALE_S, TICK_S

FAILS_S = 10.0  # when things go wrong
SEEN_S = 2 * TICK_S + 0.05  # a fault of the monitor is in the next tick's block; 50 ms is the bench's own step
OTC_DELAY_S = 2.0  # BQ76952 over-temperature in charge: 55 degC for 2 s, TI SLUUBY2B's defaults
TEMPERATURES = 0x62  # first register of the block
TEMPERATURES_EVERY_S = 1.0  # read so often, and believed for TEMPERATURES_LAST_S (firmware/drivers/bq76952.py)
TEMPERATURES_LAST_S = 2.0
CURRENT_DELAY_S = 0.1


def latched_at(bench: Bench) -> float:
    """When it opened, s after FAILS_S; it closed once before that and never again."""
    (closed_s, closed), (opened_s, still_closed) = bench.under_way
    assert closed and closed_s < FAILS_S and not still_closed
    assert bench.mirror.mismatches == 0
    return opened_s - FAILS_S


def test_over_temperature_opens_for_good(bench: Bench) -> None:
    def set_celsius(t: float) -> None:
        bench.pack.temperatures = t + ZERO_CELSIUS

    bench.at(FAILS_S, lambda: set_celsius(65))
    bench.at(FAILS_S + 8, lambda: set_celsius(25))
    bench.drive(seconds=30)
    assert OTC_DELAY_S <= latched_at(bench) <= OTC_DELAY_S + SEEN_S
    assert not bench.chip.read(0x05, 1)[0] & SafetyB.OTC, "the monitor forgave, so only the firmware holds it open"


def test_pack_at_54_degrees_drives_on(bench: Bench) -> None:
    bench.at(FAILS_S, lambda: setattr(bench.pack, "temperatures", 54 + ZERO_CELSIUS))
    bench.drive(seconds=20)
    assert [closed for _, closed in bench.under_way] == [True]


def test_under_voltage_opens_for_good_instead_of_cycling(target: Target) -> None:
    """The cells recover as soon as the load is off: without a latch the contactor would go on and off."""
    bench = Bench(target, soc=0.012)
    bench.at(FAILS_S, lambda: bench.demand(13_000))
    bench.drive(seconds=40)
    assert 0 < latched_at(bench) < 15
    assert bench.pack.voltages.min() > 2.8
    assert not bench.chip.read(0x03, 1)[0] & SafetyA.CUV, "the monitor forgave, so only the firmware holds it open"


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
    """The last value is 0..1 s old at the loss, believed for 2 s; the contactor waits for 1 s more: 2..3.2 s in all."""
    bench.at(FAILS_S, lambda: bench.deaf.add(TEMPERATURES))
    bench.drive(seconds=20)
    opened_s = latched_at(bench)
    assert TEMPERATURES_LAST_S - TEMPERATURES_EVERY_S + STALE_S <= opened_s <= TEMPERATURES_LAST_S + STALE_S + SEEN_S


@pytest.mark.parametrize("register", [0x00, TEMPERATURES], ids=["cells", "temperatures"])
def test_contactor_closes_again_over_a_monitor_that_is_back(bench: Bench, register: int) -> None:
    bench.at(FAILS_S, lambda: bench.deaf.add(register))
    bench.at(FAILS_S + 10, lambda: bench.deaf.remove(register))
    bench.drive(seconds=60)
    assert [closed for _, closed in bench.under_way] == [True, False, True]
    assert bench.under_way[-1][0] - (FAILS_S + 10) <= SEEN_S
    assert bench.mirror.mismatches == 0
    assert bench.worst_error < 0.03
