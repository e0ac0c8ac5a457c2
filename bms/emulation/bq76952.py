"""An emulated BQ76952 cell monitor: what crosses its wires, and when, follows TI's reference manual SLUUBY2B.

The world says what the pins see (`sense`) and lets time pass (`advance`); the firmware reads and writes registers
(`read`, `write`). A transfer takes its own time on the wire, so that a driver that polls gets somewhere.
"""

from collections.abc import Callable

from numpy.typing import ArrayLike

from bms.emulation.bq76952_alarms import Alarms
from bms.emulation.bq76952_analogue import Analogue, ErrorModel
from bms.emulation.bq76952_fets import Fets
from bms.emulation.bq76952_measurement import LOOPS_PER_FULLSCAN, Measurement
from bms.emulation.bq76952_memory import DataMemory, holds
from bms.emulation.bq76952_protections import Protections
from bms.emulation.bq76952_registers import DEVICE_BQ76952, VERSION, VERSION_LENGTH, Battery, Direct, Fet, Subcommand
from bms.emulation.bq76952_window import Window
from bms.emulation.i2c import Nack, with_crc, without_crc

ENTER_TIME, EXIT_TIME = 2e-3, 1e-3  # s, SET_CFGUPDATE and EXIT_CFGUPDATE
_NEVER = float("inf")


class BQ76952:
    """The chip at address 0x08, on I2C with or without CRC.

    crc: whether each byte carries a CRC. cells: inputs wired, from the lowest, 1..16; the rest is shorted. seed: draws
    this chip's errors and its noise. shunt: ohm. errors: limits of the errors; `PERFECT` for none. bus_hz: clock of the
    bus. Attributes: time_s, charge_on and discharge_on (FETs), memory.
    """

    address = 0x08

    def __init__(
        self,
        crc: bool = True,
        cells: int = 16,
        seed: int = 0,
        *,
        shunt: float = 1e-3,
        errors: ErrorModel | None = None,
        bus_hz: float = 400_000,
    ) -> None:
        self.crc = crc
        self.time_s = 0.0
        self.memory = DataMemory()
        self._shunt = shunt
        self._byte_time = 9 / bus_hz
        self._image = bytearray(256)
        analogue = Analogue(seed, cells, shunt, errors or ErrorModel())
        self._measurement = Measurement(self._image, self.memory, analogue)
        self._protections = Protections(self.memory, shunt)
        self._fets = Fets()
        self._alarms = Alarms(self._image)
        self._window = Window(self._image, self)
        self._answers: dict[int, Callable[[], bytes]] = {
            Subcommand.DEVICE_NUMBER: lambda: DEVICE_BQ76952.to_bytes(2, "little"),
            Subcommand.STATIC_CFG_SIG: lambda: self.memory.signature().to_bytes(2, "little"),
            Subcommand.PREV_MACWRITE: lambda: self._last_command.to_bytes(2, "little"),
            Subcommand.MFG_STATUS: lambda: self._fets.mfg_status.to_bytes(2, "little"),
            Subcommand.MANU_DATA: lambda: self._scratch,
            Subcommand.DASTATUS5: self._measurement.summary,
            Subcommand.DASTATUS6: self._measurement.charge,
        }
        self._restart()

    def _restart(self) -> None:
        """Power-on reset: settings, measurements and scratch pad are lost, POR is set."""
        self.memory.reset()
        self._fets.restart(self.memory.code("fet options"), self.memory.code("mfg status init"))
        self._measurement.restart()
        self._window.restart()
        self._scratch = bytes(32)
        self._last_command = 0
        self._por = True
        self._config_update = False
        self._mode_change_at = _NEVER
        self._control_written = False
        self._alarms.restart()
        self._configure()

    def _configure(self) -> None:
        """Begin to work with the settings in data memory."""
        memory = self.memory
        self._measurement.configure()
        self._protections.configure(memory, self._shunt)
        self._fets.configure(memory.code("fet options"))
        self._sleep_enabled = bool(memory.code("power config") & 1 << 8)
        self._alarms.enable(memory.code("default alarm mask"))
        self._signals = self._measurement.signals(self._shunt)
        self._publish_state()

    # The analogue side

    def sense(
        self,
        cell_voltages: ArrayLike,
        stack: float,
        current: float,
        temperatures: ArrayLike,
        internal: float,
        *,
        pack: float = 0.0,
        load: float = 0.0,
    ) -> None:
        """What the pins see from now until the next call.

        cell_voltages: V, (cells,). stack, pack, load: V at those pins. current: A, positive = discharge.
        temperatures: K at TS1..TS3, (3,). internal: K of the die.
        """
        analogue = self._measurement.analogue
        analogue.sense(cell_voltages, stack, current, temperatures, internal)
        analogue.pack, analogue.load = pack, load
        self._signals = self._measurement.signals(self._shunt)

    def advance(self, time: float) -> None:
        """Let time pass until `time`, s since the chip was built; an earlier time changes nothing."""
        while self._mode_change_at <= time:
            self._work_until(self._mode_change_at)
            self._mode_change_at = _NEVER
            self._switch_mode()
        self._work_until(time)

    def _work_until(self, time: float) -> None:
        dt = (time - self.time_s) * self._measurement.analogue.clock_rate
        if dt <= 0:
            return
        self.time_s = time
        if self._config_update:
            return
        loop_ended, full = self._measurement.advance(dt)
        changed = self._protections.advance(dt, self._signals)
        fets = self._fets
        before = fets.on
        fets.advance(dt, fets.allowed(*self._protections.faults()), self._measurement.loops >= LOOPS_PER_FULLSCAN)
        if loop_ended:
            self._alarms.scanned(full)
        if changed or fets.on != before or loop_ended:
            self._publish_state()

    def _switch_mode(self) -> None:
        self._config_update = not self._config_update
        if self._config_update:
            self._fets.on = 0
        else:
            self._por = False
            self._configure()
        self._publish_state()

    @property
    def charge_on(self) -> bool:
        """The charge FET conducts."""
        return bool(self._fets.on & Fet.CHG)

    @property
    def discharge_on(self) -> bool:
        """The discharge FET conducts."""
        return bool(self._fets.on & Fet.DSG)

    def _publish_state(self) -> None:
        """Battery Status, Safety Alert and Status, FET Status and the alarms that follow from them."""
        alert, status = self._protections.alert, self._protections.status
        battery = Battery.FULL_ACCESS
        battery |= Battery.CFGUPDATE if self._config_update else 0
        battery |= Battery.SLEEP_EN if self._sleep_enabled else 0
        battery |= Battery.POR if self._por else 0
        battery |= Battery.SAFETY_STATUS if any(status) else 0
        image, at = self._image, Direct.SAFETY_ALERT_A
        image[at : at + 4] = bytes((alert[0], status[0], alert[1], status[1]))
        image[Direct.BATTERY_STATUS : Direct.BATTERY_STATUS + 2] = battery.to_bytes(2, "little")
        image[Direct.FET_STATUS] = self._fets.on
        self._alarms.renew(status[0], status[1], self._fets.on, self._measurement.scanned)

    # Behind the subcommand window

    def execute(self, command: int) -> None:
        """What a subcommand does as soon as it is written; its answer, if any, comes later."""
        if command == Subcommand.SET_CFGUPDATE and not self._config_update:
            self._mode_change_at = self.time_s + ENTER_TIME
        elif command == Subcommand.EXIT_CFGUPDATE and self._config_update:
            self._mode_change_at = self.time_s + EXIT_TIME
        elif command == Subcommand.RESET:
            self._restart()
        elif command == Subcommand.RESET_PASSQ:
            self._measurement.analogue.restart(self.memory.code("cc3 samples"))
        elif command in (Subcommand.SLEEP_ENABLE, Subcommand.SLEEP_DISABLE):
            self._sleep_enabled = command == Subcommand.SLEEP_ENABLE
            self._publish_state()
        else:
            self._fets.command(command)
        if command != Subcommand.PREV_MACWRITE:
            self._last_command = command

    def answer(self, command: int) -> tuple[bytes, int] | None:
        """Data of a subcommand or a block of data memory, with the length byte that goes with it."""
        if command == Subcommand.FW_VERSION:
            return VERSION, VERSION_LENGTH
        if holds(command):
            data = self.memory.block(command)
        elif Subcommand.DASTATUS1 <= command < Subcommand.DASTATUS5:
            data = self._measurement.raw_cells(command - Subcommand.DASTATUS1)
        else:
            source = self._answers.get(command)
            if source is None:
                return None
            data = source()
        return data, 4 + len(data)

    def commit(self, address: int, data: bytes) -> None:
        """Data whose checksum and length were right; data memory takes it only in CONFIG_UPDATE."""
        if holds(address) and self._config_update:
            self.memory.store(address, data)
        elif address == Subcommand.FET_CONTROL:
            self._fets.control(data[0])
        elif address == Subcommand.MANU_DATA:
            self._scratch = data + self._scratch[len(data) :]

    # The bus

    def read(self, reg: int, n: int) -> bytes:
        """Bytes on the wire for `n` registers from `reg` on, after a repeated start: n, or 2 n with CRC."""
        self._window.settle(self.time_s)
        data = bytes(self._image[reg : reg + n]).ljust(n, b"\0")
        if self._control_written and reg == Direct.CONTROL_STATUS:
            self._control_written = False
            data = b"\xa5\xff"[:n] + data[2:]
        if self.crc:
            data = with_crc(bytes((self.address << 1, reg, self.address << 1 | 1)), data)
        self.advance(self.time_s + (len(data) + 3) * self._byte_time)
        return data

    def write(self, reg: int, data: bytes) -> None:
        """Take `data` as it crosses the wire after `reg`, d0 d1 .. or d0 crc d1 crc ..; Nack at the first wrong CRC."""
        self.advance(self.time_s + (len(data) + 2) * self._byte_time)
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
