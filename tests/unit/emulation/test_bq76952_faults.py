"""Faults that the emulated BQ76952 can be given: what the host sees of each."""

import errno

import pytest

from bms.emulation.bq76952 import BQ76952
from bms.emulation.bq76952_analogue import PERFECT
from bms.emulation.i2c import Bus, Nack
from tests.unit.emulation.bq76952_host import command, feed, plain, word


def running(**settings) -> BQ76952:
    chip = plain(**settings)
    feed(chip, 3.7)
    chip.advance(0.3)
    return chip


def cells(chip: BQ76952) -> list[int]:
    chip.advance(chip.time_s + 0.2)
    data = chip.read(0x14, 32)
    return [int.from_bytes(data[k : k + 2], "little", signed=True) for k in range(0, 32, 2)]


def test_torn_reading_is_a_carry_too_low_once() -> None:
    chip = running()
    chip.faults.torn = [2]
    assert cells(chip)[:4] == [3700, 3700, 3444, 3700]
    assert cells(chip)[:4] == [3700, 3700, 3700, 3700]


def test_chip_that_holds_sda_blocks_the_whole_bus_until_nine_clocks() -> None:
    chip, other = running(), running(address=0x10)
    bus = Bus(chip, other)
    chip.faults.sda_low = True
    buffer = bytearray(2)
    for address in (0x08, 0x10):
        with pytest.raises(OSError) as caught:
            bus.readfrom_mem_into(address, 0x14, buffer)
        assert caught.value.errno == errno.ETIMEDOUT
    bus.recover()
    for address in (0x08, 0x10):
        bus.readfrom_mem_into(address, 0x14, buffer)
        assert int.from_bytes(buffer, "little") == 3700


def test_nacks_run_down() -> None:
    chip = running()
    chip.faults.nacks = 2
    for _ in range(2):
        with pytest.raises(Nack):
            chip.read(0x14, 2)
    assert word(chip, 0x14) == 3700


def test_stretching_takes_time_and_more_than_50_ms_is_given_up() -> None:
    chip = running()
    chip.faults.stretch = 0.01
    before = chip.time_s
    assert word(chip, 0x14) == 3700
    assert chip.time_s - before == pytest.approx(0.01, abs=1e-3)
    chip.faults.stretch = 2.0
    with pytest.raises(OSError):
        chip.read(0x14, 2)


def test_answers_of_a_chip_that_is_not_there_and_of_one_that_hangs() -> None:
    chip = running()
    chip.faults.zeros = True
    assert chip.read(0x12, 4) == b"\x00\x00\x00\x00"
    chip.faults.zeros, chip.faults.ones = False, True
    assert chip.read(0x12, 4) == b"\xff\xff\xff\xff"


def test_flipped_bit_is_one_bit_of_the_wire() -> None:
    chip = BQ76952(crc=True, errors=PERFECT)
    feed(chip, 3.7)
    chip.advance(0.3)
    right = chip.read(0x14, 32)
    chip.faults.flips = 1
    wrong = chip.read(0x14, 32)
    assert sum((a ^ b).bit_count() for a, b in zip(right, wrong, strict=True)) == 1
    assert chip.read(0x14, 32) == right


def test_wrong_length_byte_comes_once() -> None:
    chip = running()
    command(chip, 0x0076)
    chip.advance(chip.time_s + 1e-3)
    right = chip.read(0x3E, 36)
    chip.faults.wrong_lengths = 1
    assert chip.read(0x3E, 36)[:35] == right[:35]
    chip.faults.wrong_lengths = 1
    assert chip.read(0x3E, 36)[35] != right[35]
    assert chip.read(0x3E, 36) == right


def test_channels_err_as_they_are_told() -> None:
    chip = running()
    chip.faults.offsets = {0: 0.010}
    chip.faults.gains = {1: 1.01}
    chip.faults.frozen = {2}
    assert cells(chip)[:4] == [3710, 3737, 3700, 3700]
    feed(chip, 3.5)
    assert cells(chip)[:4] == [3510, 3535, 3700, 3500]
    chip.faults.frozen = set()
    assert cells(chip)[2] == 3500


def test_swapped_channels_and_a_frozen_one_mislead_the_chips_own_protection_as_well() -> None:
    chip = running()
    chip.sense([4.4, *[3.7] * 15], 60.0, 0.0, [298.15] * 3, 298.15)
    chip.faults.swapped = [(0, 7)]
    assert cells(chip)[0] == 3700 and cells(chip)[7] == 4400
    chip.faults.swapped = []
    chip.faults.frozen = {0}
    assert cells(chip)[0] == 4400
    feed(chip, 3.7)
    chip.advance(chip.time_s + 1.0)
    assert chip.read(0x03, 1) == b"\x08"


def test_sensors_err_as_they_are_told() -> None:
    chip = running()
    chip.faults.thermistors = {0: 233.15}
    chip.faults.current_gain = -1.0
    feed(chip, 3.7, current=10.0)
    chip.advance(chip.time_s + 0.5)
    assert word(chip, 0x70) == 2332
    assert word(chip, 0x3A, signed=True) > 9_800
    chip.faults.current_stuck = 3.0
    feed(chip, 3.7, current=10.0)
    chip.advance(chip.time_s + 0.5)
    assert word(chip, 0x3A, signed=True) == pytest.approx(-2964, abs=8)


def test_reset_in_the_middle_of_a_run_loses_settings_and_says_so() -> None:
    chip = running()
    chip.reset()
    assert word(chip, 0x12) & 0x08
    assert word(chip, 0x14) == 0


FULLSCAN = 0x80


def test_a_chip_without_scans_shows_the_last_ones_and_sets_no_sign_of_one_again() -> None:
    chip = running()
    chip.write(0x66, b"\x80\x00")
    chip.advance(0.6)
    assert word(chip, 0x62) & FULLSCAN, "each third loop of 63 ms"
    chip.faults.unscanned = True
    feed(chip, 3.2, current=5.0)
    chip.write(0x62, b"\x80\x00")
    assert cells(chip)[0] == 3700
    assert word(chip, 0x3A, signed=True) < -4000, "its current goes on"
    assert not word(chip, 0x62) & FULLSCAN
    chip.faults.unscanned = False
    chip.advance(chip.time_s + 0.2)
    assert word(chip, 0x62) & FULLSCAN and cells(chip)[0] == 3200


def test_a_coulomb_counter_that_stands_still_counts_no_seconds_either() -> None:
    chip = running()
    chip.faults.uncounted = True
    feed(chip, 3.2, current=5.0)
    seconds = []
    for _ in range(2):
        command(chip, 0x0076)
        chip.advance(chip.time_s + 3.0)
        seconds.append(int.from_bytes(chip.read(0x48, 4), "little"))
    assert seconds[0] == seconds[1] and word(chip, 0x3A, signed=True) == 0
    assert cells(chip)[0] == 3200


def test_a_dead_chip_acknowledges_all_and_changes_nothing() -> None:
    chip = running()
    chip.faults.dead = True
    feed(chip, 5.0)
    chip.write(0x62, b"\xff\xff")
    command(chip, 0x0076)
    before = bytes(chip.read(0x00, 0x80))
    chip.advance(chip.time_s + 5.0)
    assert bytes(chip.read(0x00, 0x80)) == before
    assert cells(chip)[0] == 3700 and chip.read(0x3E, 2) != b"\x76\x00"
    assert chip.charge_on == running().charge_on, "no protection acts"
