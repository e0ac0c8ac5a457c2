"""Delays, latches, the host watchdog, balancing and sleep of the emulated BQ76952, in figures of TI's manuals."""

import numpy as np
import pytest

from bms.emulation.bq76952 import BQ76952
from tests.unit.emulation.bq76952_host import ROOM, ask, command, configured, feed, plain, store, word

SLOT = 2.93e-3


def check(address: int, data: bytes) -> int:
    return ~((address & 0xFF) + (address >> 8) + sum(data)) & 0xFF


def with_settings(*writes: tuple[int, bytes]) -> BQ76952:
    chip = configured(plain(), *((address, data, check(address, data)) for address, data in writes))
    command(chip, 0x009A)
    return chip


def until(chip: BQ76952, reg: int, bit: int, most: float, step: float = 1e-3) -> float:
    """s until a bit of a register is set; `most` if it is not."""
    start = chip.time_s
    while chip.time_s < start + most:
        chip.advance(chip.time_s + step)
        if chip._image[reg] & bit:
            break
    return chip.time_s - start


@pytest.mark.parametrize(("setting", "delay"), [(1, 9.9e-3), (74, 250.8e-3), (2047, 6761.7e-3)])
def test_overvoltage_delay_is_3_3_ms_times_two_more_than_the_setting(setting: int, delay: float) -> None:
    chip = with_settings((0x9279, setting.to_bytes(2, "little")))
    feed(chip, 4.4)
    assert until(chip, 0x03, 0x08, 8.0) == pytest.approx(delay, abs=SLOT)


@pytest.mark.parametrize(("setting", "delay"), [(1, 9.9e-3), (4, 19.8e-3), (127, 425.7e-3)])
def test_overcurrent_delay_is_3_3_ms_times_two_more_than_the_setting(setting: int, delay: float) -> None:
    chip = with_settings((0x9261, b"\xfc"), (0x9281, bytes((setting,))))
    feed(chip, current=-4.1)  # default OCC: 4 mV over 1 mOhm
    assert until(chip, 0x03, 0x10, 1.0) == pytest.approx(delay, abs=SLOT)


@pytest.mark.parametrize(("setting", "delay"), [(2, 15e-6), (16, 225e-6), (31, 450e-6)])
def test_short_circuit_delay_is_15_us_times_one_less_than_the_setting(setting: int, delay: float) -> None:
    chip = with_settings((0x9287, bytes((setting,))))
    feed(chip, current=10.5)  # default SCD: 10 mV over 1 mOhm
    assert until(chip, 0x03, 0x80, 1e-3, step=1e-6) == pytest.approx(delay, abs=1.5e-6)


def test_host_forces_all_fets_off_in_one_write() -> None:
    """FET_CONTROL with 0x0F: checksum 0x59, length 5."""
    chip = with_settings()
    command(chip, 0x0022)
    feed(chip)
    chip.advance(chip.time_s + 0.5)
    assert chip.read(0x7F, 1) == b"\x05"
    store(chip, 0x0097, b"\x0f", 0x59)
    chip.advance(chip.time_s + 0.01)
    assert chip.read(0x7F, 1) == b"\x00"
    assert ask(chip, 0x0097, 1) == b"\x0f"


def test_block_holds_every_direct_command_at_its_address_and_width() -> None:
    chip = with_settings((0x9261, b"\xfc"))
    feed(chip, 4.4, current=-5.0)
    chip.advance(chip.time_s + 1.0)
    block = chip.read(0x00, 0x80)
    for reg in (*range(0x02, 0x08), 0x7F):
        assert block[reg : reg + 1] == chip.read(reg, 1)
    for reg in (0x12, *range(0x14, 0x3C, 2), *range(0x66, 0x7C, 2)):
        assert block[reg : reg + 2] == chip.read(reg, 2)
    assert block[0x02:0x04] == b"\x18\x18"  # COV and OCC
    assert block[0x14:0x16] == b"\x30\x11"  # 4400 mV


def test_third_tier_of_overcurrent_trips_at_4_a_after_2_s() -> None:
    chip = with_settings((0x9263, b"\x80"))
    feed(chip, current=4.1)
    assert until(chip, 0x07, 0x80, 4.0) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("seed", [1, 2])
def test_silent_host_opens_both_fets_after_the_delay_and_is_forgiven_when_it_talks(seed: int) -> None:
    chip = configured(BQ76952(crc=False, seed=seed), (0x9263, b"\x02", 0x08), (0x92B2, b"\x05\x00", 0xB6))
    command(chip, 0x009A)
    command(chip, 0x0022)
    feed(chip)
    for _ in range(20):
        chip.advance(chip.time_s + 0.5)
        word(chip, 0x12)
    assert chip.charge_on and chip.discharge_on
    assert until(chip, 0x07, 0x02, 10.0) == pytest.approx(5.0, abs=1.0)
    assert not chip.charge_on and not chip.discharge_on
    assert chip.read(0x06, 2) == b"\x00\x02"  # no alert
    chip.advance(chip.time_s + 0.5)
    assert chip.read(0x06, 2) == b"\x00\x00"
    assert chip.charge_on and chip.discharge_on


def test_second_short_is_latched_until_the_host_says_so() -> None:
    chip = with_settings((0x9263, b"\x40"), (0x9294, b"\x01\x02"))
    command(chip, 0x0022)
    for _ in range(2):
        feed(chip, current=30.0)
        chip.advance(chip.time_s + 0.01)
        feed(chip)
        chip.advance(chip.time_s + 2.0)
    assert chip.read(0x06, 2) == b"\x40\x40"
    chip.advance(chip.time_s + 60.0)
    assert not chip.discharge_on
    command(chip, 0x009C)
    chip.advance(chip.time_s + 0.5)
    assert chip.read(0x06, 2) == b"\x00\x00"
    assert chip.discharge_on


def test_latch_of_overvoltage_opens_by_itself_after_15_s_below_the_hysteresis() -> None:
    chip = with_settings((0x9263, b"\x10"), (0x927D, b"\x01"))
    feed(chip, 4.4)
    chip.advance(chip.time_s + 0.5)
    assert chip.read(0x07, 1) == b"\x10"
    feed(chip, 4.2)
    for _ in range(29):
        chip.advance(chip.time_s + 0.5)
    assert chip.read(0x07, 1) == b"\x10"
    for _ in range(3):
        chip.advance(chip.time_s + 0.5)
    assert chip.read(0x07, 1) == b"\x00"


def test_host_balances_for_20_s_and_longer_only_if_it_says_so_again() -> None:
    """CB_ACTIVE_CELLS with mask 0x0005: checksum 0x77, length 6."""
    chip = with_settings()
    feed(chip, 3.7)
    store(chip, 0x0083, b"\x05\x00", 0x77)
    chip.advance(chip.time_s + 19.5)
    assert chip.balancing == 0x0005
    assert ask(chip, 0x0083, 2) == b"\x05\x00"
    assert ask(chip, 0x0085, 2) == b"\x13\x00"
    store(chip, 0x0083, b"\x05\x00", 0x77)
    chip.advance(chip.time_s + 19.5)
    assert chip.balancing == 0x0005
    chip.advance(chip.time_s + 1.0)
    assert chip.balancing == 0
    assert int.from_bytes(ask(chip, 0x0086, 4), "little") in (39, 40)


def test_bled_cell_gives_47_ma_and_still_reads_right() -> None:
    """3.7 V over 28 ohm in the chip and twice 20 ohm in the wires, 18 of 21 slots."""
    chip = with_settings()
    feed(chip, 3.7)
    store(chip, 0x0083, b"\x05\x00", 0x77)
    assert chip.bleeding[[0, 1, 2]] == pytest.approx([0.04664, 0.0, 0.04664], abs=1e-4)
    chip.advance(chip.time_s + 0.2)
    assert [word(chip, reg) for reg in (0x14, 0x16, 0x18)] == [3700, 3700, 3700]
    chip.faults.unpaused = True
    chip.advance(chip.time_s + 0.2)
    assert [word(chip, reg) for reg in (0x14, 0x16, 0x18)] == [1524, 5876, 1524]


@pytest.mark.parametrize(("temperature", "bled"), [(253.0, 0), (298.15, 5), (334.0, 0)])
def test_balancing_stops_when_too_cold_or_too_hot(temperature: float, bled: int) -> None:
    chip = with_settings()
    feed(chip, temperature=temperature)
    store(chip, 0x0083, b"\x05\x00", 0x77)
    chip.advance(chip.time_s + 1.0)
    assert chip.balancing == bled


def test_sleep_comes_after_10_s_without_current_and_ends_with_it_unless_it_is_disabled() -> None:
    chip = plain()
    command(chip, 0x0022)
    feed(chip)
    chip.advance(1.0)
    assert chip.charge_on
    chip.advance(11.0)
    assert word(chip, 0x12) & 0x8000
    chip.advance(11.3)
    assert not chip.charge_on and chip.discharge_on
    feed(chip, 3.6)
    chip.advance(12.0)
    assert word(chip, 0x14) == 3700  # voltages each 5 s
    feed(chip, 3.6, current=1.0)
    chip.advance(12.1)
    chip.advance(12.5)
    assert not word(chip, 0x12) & 0x8000
    assert word(chip, 0x14) == 3600
    command(chip, 0x009A)
    feed(chip)
    chip.advance(60.0)
    assert not word(chip, 0x12) & 0x8004


def test_open_wire_makes_the_cell_below_read_low_and_the_one_above_high() -> None:
    """54 uA for 2.93 ms out of 220 nF are 0.72 V each 5 s."""
    chip = with_settings()
    feed(chip, 3.7)
    chip.wires.open_taps.add(3)
    chip.advance(chip.time_s + 1.0)
    assert [word(chip, reg) for reg in (0x18, 0x1A)] == [3700, 3700]
    for _ in range(2):
        chip.advance(chip.time_s + 5.0)
    chip.advance(chip.time_s + 0.2)
    assert [word(chip, reg) for reg in (0x16, 0x18, 0x1A, 0x1C)] == pytest.approx([3700, 2262, 5138, 3700], abs=2)
    for _ in range(10):
        chip.advance(chip.time_s + 5.0)
    chip.advance(chip.time_s + 0.2)
    assert word(chip, 0x18, signed=True) == -300
    chip.wires.open_taps.clear()
    feed(chip, 3.7)
    chip.advance(chip.time_s + 0.2)
    assert word(chip, 0x18) == 3700


def test_pins_behind_the_contactors_are_told_in_10_mv() -> None:
    chip = plain()
    chip.sense(np.full(16, 3.7), 59.2, 0.0, [ROOM] * 3, ROOM, pack=58.01, load=12.34)
    chip.advance(0.1)
    assert [word(chip, reg) for reg in (0x34, 0x36, 0x38)] == [5920, 5801, 1234]
