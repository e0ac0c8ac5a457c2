"""What a host does to the emulated BQ76952 over its registers, as TI's manuals print it."""

import numpy as np

from bms.emulation.bq76952 import BQ76952
from bms.emulation.bq76952_analogue import PERFECT

ROOM = 298.15  # K


def plain(**settings) -> BQ76952:
    return BQ76952(**{"crc": False, "errors": PERFECT} | settings)


def feed(chip: BQ76952, voltage: float = 3.7, current: float = 0.0, temperature: float = ROOM) -> None:
    chip.sense(np.full(16, voltage), 16 * voltage, current, [temperature] * 3, temperature)


def word(chip: BQ76952, reg: int, signed: bool = False) -> int:
    return int.from_bytes(chip.read(reg, 2), "little", signed=signed)


def command(chip: BQ76952, number: int) -> None:
    chip.write(0x3E, number.to_bytes(2, "little"))


def ask(chip: BQ76952, number: int, n: int) -> bytes:
    command(chip, number)
    chip.advance(chip.time_s + 0.001)
    assert chip.read(0x3E, 2) == number.to_bytes(2, "little")
    return chip.read(0x40, n)


def store(chip: BQ76952, address: int, data: bytes, check: int) -> None:
    chip.write(0x3E, address.to_bytes(2, "little") + data)
    chip.write(0x60, bytes((check, 4 + len(data))))


def set_mode(chip: BQ76952, number: int) -> None:
    command(chip, number)
    chip.advance(chip.time_s + 0.003)


def configured(chip: BQ76952, *writes: tuple[int, bytes, int]) -> BQ76952:
    set_mode(chip, 0x0090)
    for address, data, check in writes:
        store(chip, address, data, check)
    set_mode(chip, 0x0092)
    return chip
