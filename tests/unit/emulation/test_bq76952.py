"""The emulated BQ76952 against figures printed in TI's manuals: wire, window, memory, registers."""

import pytest

from bms.emulation.bq76952 import BQ76952
from bms.emulation.bq76952_analogue import PERFECT
from bms.emulation.bq76952_memory import DataMemory
from bms.emulation.i2c import Nack, crc8, with_crc
from tests.unit.emulation.bq76952_host import ask, command, configured, feed, plain, set_mode, store, word


def test_crc_of_the_check_string() -> None:
    assert crc8(b"123456789") == 0xF4


def test_read_frame_of_cell_1_as_the_software_guide_prints_it() -> None:
    assert with_crc(bytes((0x10, 0x14, 0x11)), bytes((0x68, 0x0B))) == bytes((0x68, 0x33, 0x0B, 0x31))
    chip = BQ76952(crc=True, errors=PERFECT)
    feed(chip, voltage=2.920)
    chip.advance(0.1)
    assert chip.read(0x14, 2) == bytes((0x68, 0x33, 0x0B, 0x31))


def test_fet_enable_written_with_crc() -> None:
    chip = BQ76952(crc=True, errors=PERFECT)
    chip.write(0x3E, bytes((0x22, 0x63, 0x00, 0x00)))
    chip.write(0x3E, with_crc(bytes((0x10, 0x3E)), bytes((0x57, 0x00))))
    chip.advance(0.01)
    assert chip.read(0x40, 1)[0] == 0x50  # 0x0040 from Mfg Status Init, FET_EN is bit 4


def test_wrong_crc_is_refused_and_the_byte_ignored() -> None:
    chip = BQ76952(crc=True, errors=PERFECT)
    before = chip.read(0x66, 2)
    with pytest.raises(Nack):
        chip.write(0x66, bytes((0x12, 0x00, 0x34, 0x00)))
    assert chip.read(0x66, 2) == before


@pytest.mark.parametrize(
    ("address", "n", "default"),
    [
        (0x9180, 2, 0),
        (0x9234, 2, 0x2982),
        (0x9261, 1, 0x88),
        (0x9262, 1, 0x00),
        (0x9265, 1, 0x98),
        (0x9269, 1, 0xE4),
        (0x926D, 2, 0xF800),
        (0x9275, 1, 50),
        (0x9278, 1, 86),
        (0x9279, 2, 74),
        (0x9280, 1, 2),
        (0x9286, 1, 0),
        (0x9287, 1, 2),
        (0x929A, 1, 55),
        (0x92AF, 1, 3),
        (0x92B2, 2, 60),
        (0x92FD, 1, 0x07),
        (0x9303, 1, 0x05),
        (0x9304, 2, 0),
        (0x9308, 1, 0x0D),
        (0x9343, 2, 0x0040),
    ],
)
def test_factory_default(address: int, n: int, default: int) -> None:
    assert int.from_bytes(ask(plain(), address, n), "little") == default


def test_current_gains_are_single_precision_floats() -> None:
    assert ask(plain(), 0x91A8, 4) == bytes.fromhex("f241ef40")  # 7.4768 = 0x40EF41F2
    assert DataMemory().value("capacity gain") == pytest.approx(2230042.463)


def test_busy_reads_ff_then_the_command_and_a_block_of_32() -> None:
    chip = plain()
    command(chip, 0x9180)
    assert chip.read(0x3E, 2) == b"\xff\xff"
    chip.advance(chip.time_s + 200e-6)
    assert chip.read(0x3E, 2) == b"\x80\x91"
    assert chip.read(0x61, 1) == b"\x24"


def test_device_number_and_the_version_with_its_wrong_length() -> None:
    chip = plain()
    assert ask(chip, 0x0001, 2) == b"\x95\x76"
    assert ask(chip, 0x0002, 2) == b"\x76\x95"
    assert chip.read(0x61, 1) == bytes((11,))


def test_settings_change_only_in_config_update_and_only_with_the_right_checksum() -> None:
    chip = plain()
    store(chip, 0x9261, b"\x8c", 0x80)
    assert ask(chip, 0x9261, 1) == b"\x88"
    set_mode(chip, 0x0090)
    store(chip, 0x9261, b"\x8c", 0x81)
    assert ask(chip, 0x9261, 1) == b"\x88"
    store(chip, 0x9261, b"\x8c", 0x80)
    store(chip, 0x9180, b"\x7a\x30", 0x44)
    assert ask(chip, 0x9261, 1) == b"\x8c"
    assert ask(chip, 0x9180, 2) == b"\x7a\x30"


def test_checksum_and_length_count_only_when_written_together() -> None:
    chip = plain()
    set_mode(chip, 0x0090)
    chip.write(0x3E, b"\x61\x92\x8c")
    chip.write(0x60, b"\x80")
    chip.write(0x61, b"\x05")
    assert ask(chip, 0x9261, 1) == b"\x88"


def test_config_update_takes_its_time_and_stops_the_measurement() -> None:
    chip = plain()
    feed(chip, 3.7)
    chip.advance(0.2)
    command(chip, 0x0090)
    assert not word(chip, 0x12) & 1
    chip.advance(chip.time_s + 2e-3)
    assert word(chip, 0x12) & 1
    feed(chip, 3.8)
    chip.advance(1.0)
    assert word(chip, 0x14) == 3700
    set_mode(chip, 0x0092)
    chip.advance(1.2)
    assert not word(chip, 0x12) & 1
    assert word(chip, 0x14) == 3800


def test_power_on_reset_shows_until_the_host_has_configured_and_wipes_settings() -> None:
    chip = configured(plain(), (0x9261, b"\x8c", 0x80))
    assert not word(chip, 0x12) & 1 << 3
    command(chip, 0x0012)
    assert word(chip, 0x12) & 1 << 3
    assert ask(chip, 0x9261, 1) == b"\x88"
    assert plain().read(0x12, 2)[0] & 1 << 3


def test_cells_appear_after_63_ms_and_a_full_scan_every_third_loop() -> None:
    chip = plain()
    feed(chip)
    chip.advance(0.062)
    assert word(chip, 0x14) == 0
    chip.advance(0.064)
    assert word(chip, 0x14) == 3700
    assert word(chip, 0x64) & 0x82 == 0x02
    chip.advance(0.190)
    assert word(chip, 0x64) & 0x82 == 0x82


def test_units_and_sign_of_the_registers() -> None:
    """userV is 10 mV and userA 1 mA by default; the chip counts discharge as negative; temperatures in 0.1 K."""
    chip = plain(shunt=1e-3)
    feed(chip, 3.7, current=10.0, temperature=300.0)
    chip.advance(0.5)
    assert word(chip, 0x34) == 5920
    assert word(chip, 0x3A, signed=True) == pytest.approx(-10_000 * 7.4768 / 7.5684, abs=8)
    assert word(chip, 0x68) == 3000
    assert word(chip, 0x70) == 3000
    assert word(chip, 0x72) == 0  # TS2 is not a thermistor until it is configured


def test_alarm_status_latches_what_is_enabled_until_a_1_is_written() -> None:
    chip = plain()
    feed(chip)
    chip.write(0x66, b"\x02\x00")
    chip.advance(0.1)
    assert word(chip, 0x62) & 0x02
    chip.write(0x62, b"\x02\x00")
    assert not word(chip, 0x62) & 0x02
    chip.advance(0.2)
    assert word(chip, 0x62) & 0x02


def test_control_status_reads_ffa5_once_after_a_write() -> None:
    chip = plain()
    chip.write(0x00, b"\x00\x00")
    assert chip.read(0x00, 2) == b"\xa5\xff"
    assert chip.read(0x00, 2) == b"\x00\x00"
