"""FETs, protections, charge and errors of the emulated BQ76952 against figures printed in TI's manuals."""

import numpy as np
import pytest

from bms.emulation.bq76952 import BQ76952
from bms.emulation.bq76952_analogue import ErrorModel
from tests.unit.emulation.bq76952_host import ROOM, ask, command, configured, feed, plain


def test_fets_close_only_with_fet_enable_and_open_at_once() -> None:
    chip = plain()
    feed(chip)
    chip.advance(1.0)
    assert chip.read(0x7F, 1) == b"\x00"
    command(chip, 0x0022)
    chip.advance(1.3)
    assert chip.read(0x7F, 1) == b"\x05"
    chip.write(0x3E, b"\x97\x00\x01")  # FET_CONTROL bit 0: DSG_OFF; FET Status bit 0: CHG
    chip.write(0x60, bytes((0x67, 0x05)))
    chip.advance(1.32)
    assert chip.charge_on and not chip.discharge_on
    command(chip, 0x0095)
    chip.advance(1.34)
    assert chip.read(0x7F, 1) == b"\x00"
    command(chip, 0x0096)
    chip.advance(1.7)
    assert chip.read(0x7F, 1) == b"\x05"
    command(chip, 0x0022)
    chip.advance(1.72)
    assert chip.read(0x7F, 1) == b"\x00"


def test_overvoltage_alerts_at_once_and_faults_after_250_8_ms() -> None:
    """COV: 86 x 50.6 mV = 4352 mV; 3.3 ms x (2 + 74) = 250.8 ms; 100 mV of hysteresis for 3 s to recover."""
    chip = plain()
    command(chip, 0x009A)  # asleep the charge FET would stay open
    command(chip, 0x0022)
    feed(chip, 4.34)
    chip.advance(1.0)
    assert chip.read(0x02, 2) == b"\x00\x00"
    assert chip.charge_on
    feed(chip, 4.36)
    chip.advance(1.249)
    assert chip.read(0x02, 2) == b"\x08\x00"
    chip.advance(1.2521)
    assert chip.read(0x02, 2) == b"\x08\x08"
    assert not chip.charge_on and chip.discharge_on
    feed(chip, 4.26)
    chip.advance(10.0)
    assert chip.read(0x03, 1) == b"\x08"
    feed(chip, 4.24)
    chip.advance(12.9)
    assert chip.read(0x03, 1) == b"\x08"
    chip.advance(13.3)
    assert chip.charge_on


def test_short_circuit_opens_the_discharge_fet() -> None:
    chip = plain(shunt=1e-3)
    command(chip, 0x0022)
    feed(chip, current=9.0)
    chip.advance(1.0)
    assert chip.discharge_on
    feed(chip, current=10.5)  # default SCD: 10 mV
    chip.advance(1.001)
    assert chip.read(0x03, 1) == b"\x80"
    assert not chip.discharge_on


def test_accumulated_charge_is_the_integral_of_the_current() -> None:
    chip = plain(shunt=1e-3)
    feed(chip, current=-36.0)
    chip.advance(100.0)
    data = ask(chip, 0x0076, 12)
    charge = int.from_bytes(data[:4], "little", signed=True) + int.from_bytes(data[4:8], "little") / 2**32
    elapsed = chip.time_s - 0.001
    assert charge == pytest.approx(36_000 * elapsed / 3600 * 7.4768 / 7.5684, abs=1)
    assert int.from_bytes(data[8:12], "little") == 100


def test_unused_inputs_do_not_count_as_empty_cells() -> None:
    chip = configured(plain(cells=4), (0x9304, b"\x0f\x00", 0x59), (0x9261, b"\xfc", 0x10))
    chip.sense(np.full(4, 3.7), 14.8, 0.0, [ROOM] * 3, ROOM)
    chip.advance(1.0)
    assert chip.read(0x02, 2) == b"\x00\x00"
    assert ask(chip, 0x0075, 8)[4:8] == bytes((0x74, 0x0E, 0x74, 0x0E))


def test_one_seed_is_one_chip_within_its_datasheet_limits() -> None:
    def cells(seed: int) -> np.ndarray:
        chip = BQ76952(crc=False, seed=seed, errors=ErrorModel(cell_noise=0.0))
        feed(chip, 3.7)
        chip.advance(0.2)
        return np.frombuffer(chip.read(0x14, 32), "<i2")

    first, again, other = cells(1), cells(1), cells(2)
    assert (first == again).all()
    assert (first != other).any()
    assert 1 <= np.abs(first - 3700).max() <= 5
