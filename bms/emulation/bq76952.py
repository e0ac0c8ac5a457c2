"""An emulated BQ76952 cell monitor: what crosses its wires, and when, follows TI's reference manual SLUUBY2B.

The world says what the pins see (`sense`) and lets time pass (`advance`); the firmware reads and writes registers
(`read`, `write`). A transfer takes its own time on the wire, so that a driver that polls gets somewhere.
"""

import errno

from bms.emulation.bq76952_analogue import ErrorModel
from bms.emulation.bq76952_device import Device
from bms.emulation.bq76952_faults import TIMEOUT
from bms.emulation.bq76952_registers import Direct
from bms.emulation.i2c import Nack, with_crc, without_crc


class BQ76952(Device):
    """The chip at `address`, on I2C with or without CRC.

    crc: whether each byte carries a CRC. cells: inputs wired, from the lowest, 1..16; the rest is shorted. seed: draws
    this chip's errors and its noise. shunt: ohm. errors: limits of the errors; `PERFECT` for none. bus_hz: clock of the
    bus. Attributes: time_s, charge_on and discharge_on (FETs), memory; balancing: mask of the cells bled now; bleeding:
    A that each cell gives for it; faults: what goes wrong; wires: which sense wires are open.
    """

    def __init__(
        self,
        crc: bool = True,
        cells: int = 16,
        seed: int = 0,
        *,
        shunt: float = 1e-3,
        errors: ErrorModel | None = None,
        bus_hz: float = 400_000,
        address: int = 0x08,
    ) -> None:
        self.crc, self.address = crc, address
        self._byte_time = 9 / bus_hz
        super().__init__(cells, seed, shunt, errors or ErrorModel())

    @property
    def holds_bus(self) -> bool:
        """SDA is held low."""
        return self.faults.sda_low

    def release(self) -> None:
        """Nine clocks: a byte that was waiting for them is through."""
        self.faults.sda_low = False

    def _begin(self, byte_count: int) -> None:
        """A transfer: its time on the wire passes; Nack if it comes to nothing. The host has been heard."""
        stretched = self.faults.disturb()
        self.advance(self.time_s + min(stretched, TIMEOUT) + byte_count * self._byte_time)
        if stretched > TIMEOUT:
            raise Nack(errno.ETIMEDOUT)
        self._protections.watchdog.heard()

    def read(self, reg: int, n: int) -> bytes:
        """Bytes on the wire for `n` registers from `reg` on, after a repeated start: n, or 2 n with CRC."""
        if not self.faults.dead:
            self._window.settle(self.time_s)
        data = bytes(self._image[reg : reg + n]).ljust(n, b"\0")
        if self._control_written and reg == Direct.CONTROL_STATUS:
            self._control_written = False
            data = b"\xa5\xff"[:n] + data[2:]
        data = self.faults.answered(reg, data)
        if self.crc:
            data = with_crc(bytes((self.address << 1, reg, self.address << 1 | 1)), data)
        self._begin(len(data) + 3)
        return self.faults.carried(data)

    def write(self, reg: int, data: bytes) -> None:
        """Take `data` as it crosses the wire after `reg`, d0 d1 .. or d0 crc d1 crc ..; Nack at the first wrong CRC."""
        self._begin(len(data) + 2)
        if self.faults.dead:
            return
        self._window.settle(self.time_s)
        self._window.start()
        values = without_crc(bytes((self.address << 1, reg)), data) if self.crc else data
        self._put(reg, values)
        if self.crc and len(values) < len(data) // 2:
            raise Nack

    def _put(self, reg: int, values: bytes) -> None:
        for at, value in enumerate(values, reg):
            if Direct.SUBCOMMAND <= at <= Direct.LENGTH:
                self._window.put(at, value, self.time_s)
            elif Direct.LENGTH < at < Direct.INTERNAL_TEMPERATURE:
                self._alarms.put(at, value)
            elif at == Direct.CONTROL_STATUS:
                self._control_written = True
