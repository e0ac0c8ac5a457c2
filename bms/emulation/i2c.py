"""An I2C bus that does not exist: it carries the firmware's transfers to emulated chips.

Also the CRC-8 that TI's monitors put behind every byte: polynomial x^8 + x^2 + x + 1, initial value 0, not reflected,
no final XOR (TI SLUAA11B). The firmware has its own, so that a mistake in one of them shows.
"""

import errno
from collections.abc import Iterable
from typing import Protocol


class Nack(OSError):
    """The chip did not acknowledge: what `machine.I2C` raises as OSError(EIO)."""

    def __init__(self, code: int = errno.EIO) -> None:
        super().__init__(code, "not acknowledged")


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = (byte << 1 ^ (0x07 if byte & 0x80 else 0)) & 0xFF
    return byte


CRC_TABLE = bytes(_crc_of_byte(byte) for byte in range(256))


def crc8(data: Iterable[int]) -> int:
    """CRC-8 of some bytes; of "123456789" it is 0xF4."""
    crc = 0
    for byte in data:
        crc = CRC_TABLE[crc ^ byte]
    return crc


def with_crc(head: bytes, data: bytes) -> bytes:
    """`data` as it crosses the wire, d0 crc d1 crc ..; the first CRC also covers `head`, the bytes before it."""
    wire = bytearray(2 * len(data))
    wire[0::2] = data
    wire[1::2] = data.translate(CRC_TABLE)
    if data:
        wire[1] = crc8(head + data[:1])
    return bytes(wire)


def without_crc(head: bytes, wire: bytes) -> bytes:
    """The data bytes of `wire`, d0 crc d1 crc .., up to the first whose CRC is wrong; `head` as in `with_crc`."""
    data, checks = wire[0::2], wire[1::2]
    for n, check in enumerate(checks):
        if check != (CRC_TABLE[data[n]] if n else crc8(head + data[:1])):
            return data[:n]
    return data[: len(checks)]


class Chip(Protocol):
    """What a bus needs of a chip; `crc` says that each data byte is followed by its CRC on the wire.

    holds_bus: it holds SDA low, so that nobody can talk; nine clocks `release` it.
    """

    address: int
    crc: bool

    @property
    def holds_bus(self) -> bool: ...

    def release(self) -> None: ...

    def read(self, reg: int, n: int) -> bytes: ...

    def write(self, reg: int, data: bytes) -> None: ...


class Bus:
    """Emulated chips behind the two methods of `machine.I2C` that drivers use, and `recover`. recovered: how often."""

    def __init__(self, *chips: Chip) -> None:
        self._chips = {chip.address: chip for chip in chips}
        self.recovered = 0

    def recover(self) -> None:
        """Nine clocks and a STOP, as firmware/drivers/i2c_recovery.py sends them."""
        self.recovered += 1
        for chip in self._chips.values():
            chip.release()

    def _chip(self, address: int) -> Chip:
        if any(chip.holds_bus for chip in self._chips.values()):
            raise Nack(errno.ETIMEDOUT)
        chip = self._chips.get(address)
        if chip is None:
            raise Nack(errno.ENODEV)
        return chip

    def readfrom_mem_into(self, addr: int, reg: int, buf: bytearray) -> None:
        """Fill `buf` from register `reg` on, with a repeated start; OSError if nobody answers."""
        chip = self._chip(addr)
        n = len(buf)
        buf[:] = chip.read(reg, (n + 1) // 2)[:n] if chip.crc else chip.read(reg, n)

    def writeto_mem(self, addr: int, reg: int, buf: bytes | bytearray) -> None:
        """Write `buf` from register `reg` on; OSError if nobody answers or the chip refuses a byte."""
        self._chip(addr).write(reg, bytes(buf))
