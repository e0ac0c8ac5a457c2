"""What an emulated BQ76952 does by itself: it measures, protects, switches its FETs, bleeds cells and changes modes.

The world says what the pins see (`sense`) and lets time pass (`advance`); commands come out of the subcommand window.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bms.emulation.bq76952_alarms import Alarms
from bms.emulation.bq76952_analogue import INPUTS, Analogue, ErrorModel
from bms.emulation.bq76952_balancing import Balancing
from bms.emulation.bq76952_faults import Faults
from bms.emulation.bq76952_fets import Fets
from bms.emulation.bq76952_measurement import LOOPS_PER_FULLSCAN, Measurement
from bms.emulation.bq76952_memory import DataMemory
from bms.emulation.bq76952_protections import Protections
from bms.emulation.bq76952_registers import Battery, Direct, Fet, Subcommand
from bms.emulation.bq76952_sleep import Sleep
from bms.emulation.bq76952_subcommands import Subcommands
from bms.emulation.bq76952_window import Window
from bms.emulation.bq76952_wires import Wires

ENTER_TIME, EXIT_TIME = 2e-3, 1e-3  # s, SET_CFGUPDATE and EXIT_CFGUPDATE
_NEVER = float("inf")


class Device:
    """The chip without its bus; see BQ76952 in bq76952.py."""

    def __init__(self, cells: int, seed: int, shunt: float, errors: ErrorModel) -> None:
        self.time_s = 0.0
        self.memory = DataMemory()
        self.faults = Faults(seed)
        self.wires = Wires()
        self._shunt = shunt
        self._wired = slice(0, cells)
        self._image = bytearray(256)
        self._analogue = Analogue(seed, cells, shunt, errors)
        self._cells: NDArray[np.float64] = np.zeros(INPUTS)  # V, of the cells themselves
        self._measurement = Measurement(self._image, self.memory, self._analogue, self._converted)
        self._protections = Protections(self.memory, shunt)
        self._fets = Fets()
        self._balancing = Balancing(self.memory)
        self._sleep = Sleep(self.memory)
        self._alarms = Alarms(self._image)
        self._window = Window(self._image, self)
        self._subcommands = Subcommands(self.memory, self._fets, self._measurement, self._balancing)
        self.reset()

    def reset(self) -> None:
        """Power-on reset, as after a brown-out: settings, measurements and scratch pad are lost, POR is set."""
        self.memory.reset()
        self._fets.restart(self.memory.code("fet options"), self.memory.code("mfg status init"))
        self._measurement.restart()
        self._window.restart()
        self._subcommands.restart()
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
        self._balancing.restart()
        self._sleep.configure()
        self._alarms.enable(memory.code("default alarm mask"))
        self._look()
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
        analogue, faults = self._analogue, self.faults
        felt = faults.felt(np.asarray(temperatures, float))
        analogue.sense(cell_voltages, stack, faults.flowing(current), felt, internal)
        analogue.pack, analogue.load = pack, load
        self._cells[self._wired] = cell_voltages
        self._look()

    def _look(self) -> None:
        """The inputs as wires let them through, and what the protections see of them."""
        self._analogue.cells[:] = self.wires.seen(self._cells)
        self._signals = self._measurement.signals(self._shunt)

    def _converted(self, cells: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.faults.unpaused and self._balancing.mask:
            cells = cells - self._balancing.drop(self._cells)
        return self.faults.converted(cells)

    @property
    def balancing(self) -> int:
        """Mask of the cells that are bled now, bit 0 = cell 1."""
        return self._balancing.mask

    @property
    def bleeding(self) -> NDArray[np.float64]:
        """(16,) A that each cell gives to its resistor, on average; the pack has to lose it."""
        return self._balancing.currents(self._cells)

    def advance(self, time: float) -> None:
        """Let time pass until `time`, s since the chip was built; an earlier time changes nothing."""
        while self._mode_change_at <= time:
            self._work_until(self._mode_change_at)
            self._mode_change_at = _NEVER
            self._switch_mode()
        self._work_until(time)

    def _work_until(self, time: float) -> None:
        dt = (time - self.time_s) * self._analogue.clock_rate
        if dt <= 0:
            return
        self.time_s = time
        if self._config_update or self.faults.dead:
            return
        loop_ended, full = self._measurement.advance(dt, not self.faults.unscanned, not self.faults.uncounted)
        signals, fets, before = self._signals, self._fets, self._fets.on
        changed = self._protections.advance(dt, signals)
        fets.advance(dt, self._allowed(), self._measurement.loops >= LOOPS_PER_FULLSCAN)
        self._balancing.advance(dt, signals.temperature_min, signals.temperature_max, signals.temperature_internal)
        if self.wires.advance(dt, self.memory.value("open wire check time"), self._cells):
            self._look()
        if self._sleep.advance(dt, self._analogue.current):
            self._measurement.sleep(self._sleep.voltage_time if self._sleep.asleep else 0.0)
            changed = True
        if loop_ended:
            self._alarms.scanned(full)
        if changed or fets.on != before or loop_ended:
            self._publish_state()

    def _allowed(self) -> int:
        charge_fault, discharge_fault = self._protections.faults()
        asleep = self._sleep.asleep and self._sleep.charge_off
        return self._fets.allowed(charge_fault or asleep, discharge_fault)

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
        battery |= Battery.SLEEP_EN if self._sleep.allowed else 0
        battery |= Battery.SLEEP if self._sleep.asleep else 0
        battery |= Battery.POR if self._por else 0
        battery |= Battery.SAFETY_STATUS if any(status) else 0
        image, at = self._image, Direct.SAFETY_ALERT_A
        image[at : at + 6] = bytes(byte for pair in zip(alert, status, strict=True) for byte in pair)
        image[Direct.BATTERY_STATUS : Direct.BATTERY_STATUS + 2] = battery.to_bytes(2, "little")
        image[Direct.FET_STATUS] = self._fets.on
        scanned, bled = self._measurement.scanned, bool(self._balancing.mask)
        self._alarms.renew(status[0], status[1] | status[2], self._fets.on, scanned, bled)

    # Behind the subcommand window

    def execute(self, command: int) -> None:
        """What a subcommand does as soon as it is written; its answer, if any, comes later."""
        if command == Subcommand.SET_CFGUPDATE and not self._config_update:
            self._mode_change_at = self.time_s + ENTER_TIME
        elif command == Subcommand.EXIT_CFGUPDATE and self._config_update:
            self._mode_change_at = self.time_s + EXIT_TIME
        elif command == Subcommand.RESET:
            self.reset()
        elif command == Subcommand.RESET_PASSQ:
            self._analogue.restart(self.memory.code("cc3 samples"))
        elif command in (Subcommand.SLEEP_ENABLE, Subcommand.SLEEP_DISABLE):
            self._sleep.allow(command == Subcommand.SLEEP_ENABLE)
            self._publish_state()
        else:
            self._fets.command(command)
            self._protections.latches.command(command)
        if command != Subcommand.PREV_MACWRITE:
            self._subcommands.last = command

    def answer(self, command: int) -> tuple[bytes, int] | None:
        """As Subcommands."""
        return self._subcommands.answer(command)

    def commit(self, address: int, data: bytes) -> None:
        """As Subcommands."""
        self._subcommands.commit(address, data, self._config_update)
