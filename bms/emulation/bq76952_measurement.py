"""The measurement loop of the emulated BQ76952: when each quantity is converted, and how it looks in the registers.

Times (TI SLUSE13B): one CC2 conversion each 2.93 ms, all cells in 63 ms, thermistors with every third loop. FASTADC
halves the loop, LOOP_SLOW divides its rate by 2, 4 or 8.
"""

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bms.emulation.bq76952_analogue import INPUTS, LSB_CC2, LSB_CC_RAW, LSB_VCELL_RAW, MA_PER_AH, SLOT, Analogue
from bms.emulation.bq76952_memory import DataMemory
from bms.emulation.bq76952_protections import Signals
from bms.emulation.bq76952_registers import Direct

LOOP_TIME = 63e-3  # s
LOOPS_PER_FULLSCAN = 3
CELL_RANGE = 6.06  # V, the converter's full scale
_USER_AMPS_MA = (0.1, 1.0, 10.0, 100.0)
_DEADBAND_STEP = 234e-9  # V over the shunt
_PIN_THERMISTOR, _PIN_CELL, _PIN_FET = 0b0011, 0b0111, 0b1111  # low bits of a pin's configuration
_SHORTS = struct.Struct("<3H")
_SHORT = struct.Struct("<h")


class Measurement:
    """Writes cells, stack, current and temperatures into the register image as the loop goes round.

    converted: what the converter makes of the voltages at the inputs, V, (16,); where it works it changes nothing.
    """

    def __init__(
        self,
        image: bytearray,
        memory: DataMemory,
        analogue: Analogue,
        converted: Callable[[NDArray[np.float64]], NDArray[np.float64]] = lambda cells: cells,
    ) -> None:
        self._image = image
        self._converted = converted
        self._memory = memory
        self.analogue = analogue
        self._cells: NDArray[np.float64] = np.zeros(INPUTS)  # V, as last converted
        self._temperatures: NDArray[np.float64] = np.zeros(4)  # K
        self.scanned = False  # a loop has ended since the reset
        self.configure()

    def configure(self) -> None:
        """Take over the settings and begin a new loop."""
        code, value = self._memory.code, self._memory.value
        da_config = code("da config")
        self.unit_ma = _USER_AMPS_MA[da_config & 0b11]
        self._stack_per_volt = 100 if da_config & 0b100 else 1000
        self._user_per_count = value("cc gain") / self.unit_ma
        self._deadband_counts = value("cc deadband") * _DEADBAND_STEP / LSB_CC2
        power = code("power config")
        self._loop_time = LOOP_TIME * (0.5 if power & 1 << 6 else 1) * (1 << (power >> 2 & 0b11))
        mode = code("vcell mode")
        self._in_use = [n for n in range(INPUTS) if not mode or mode >> n & 1]
        pins = [code(f"ts{n} config") for n in (1, 2, 3)]
        self._thermistors = [n for n, pin in enumerate(pins) if pin & _PIN_THERMISTOR == _PIN_THERMISTOR]
        self._cell_pins = [n for n, pin in enumerate(pins) if pin & 0b1111 == _PIN_CELL]
        self._fet_pins = [n for n, pin in enumerate(pins) if pin & 0b1111 == _PIN_FET]
        self._clock = self._since = 0.0
        self._slots = self.loops = self._loops_before = 0
        self._pace = self._loop_time

    def restart(self) -> None:
        """Forget everything measured, as at a reset."""
        self._image[Direct.CELL_1 : Direct.SUBCOMMAND] = bytes(Direct.SUBCOMMAND - Direct.CELL_1)
        self._image[Direct.INTERNAL_TEMPERATURE : Direct.FET_STATUS] = bytes(
            Direct.FET_STATUS - Direct.INTERNAL_TEMPERATURE
        )
        self._cells = np.zeros(INPUTS)
        self._temperatures = np.zeros(4)
        self.scanned = False
        self.configure()
        self.analogue.restart(self._memory.code("cc3 samples"))

    def signals(self, shunt: float) -> Signals:
        """What the protections' comparators see of the inputs in use; `shunt` in ohm."""
        analogue = self.analogue
        voltages = self._converted(analogue.cells).tolist()
        if len(self._in_use) < INPUTS:
            voltages = [voltages[n] for n in self._in_use]
        *pins, internal = analogue.temperatures.tolist()
        cells = [pins[n] for n in self._cell_pins] or [298.15]
        fet = max((pins[n] for n in self._fet_pins), default=298.15)
        shunt_voltage = -analogue.current * shunt
        return Signals(max(voltages), min(voltages), shunt_voltage, max(cells), min(cells), fet, internal)

    def sleep(self, voltage_time: float) -> None:
        """From now on voltages are measured each `voltage_time` s; 0 at the loop's own pace."""
        self._pace = voltage_time or self._loop_time
        self._since, self._loops_before = self._clock, self.loops

    def advance(self, dt: float, scans: bool = True, counts: bool = True) -> tuple[bool, bool]:
        """Let `dt` chip seconds pass; did a loop end, and did a full scan? Not if voltages or current stand still."""
        self._clock += dt
        if counts:
            self._count(dt)
        if not scans:
            self._since += dt
        loops = self._loops_before + int((self._clock - self._since) / self._pace)
        if loops == self.loops:
            return False, False
        full = loops // LOOPS_PER_FULLSCAN > self.loops // LOOPS_PER_FULLSCAN
        self.loops = loops
        self.scanned = True
        self._publish_voltages()
        if full:
            self._publish_temperatures()
        return True, full

    def _count(self, dt: float) -> None:
        self.analogue.integrate(dt, self._deadband_counts)
        slots = int(self._clock / SLOT)
        if slots > self._slots:
            self._slots = slots
            self.analogue.convert_current()
            _SHORT.pack_into(self._image, Direct.CC2_CURRENT, self._user_amps(self.analogue.cc2))

    def _user_amps(self, counts: float) -> int:
        return min(max(round(counts * self._user_per_count), -32768), 32767)

    def _publish_voltages(self) -> None:
        cells = np.clip(self._converted(self.analogue.convert_cells()), -CELL_RANGE, CELL_RANGE)
        self._cells = cells
        self._image[Direct.CELL_1 : Direct.STACK] = np.rint(cells * 1000).astype("<i2").tobytes()
        scale, analogue = self._stack_per_volt, self.analogue
        pins = (min(max(round(v * scale), 0), 65535) for v in (analogue.convert_stack(), analogue.pack, analogue.load))
        _SHORTS.pack_into(self._image, Direct.STACK, *pins)

    def _publish_temperatures(self) -> None:
        self._temperatures = self.analogue.convert_temperatures()
        tenths = np.rint(self._temperatures * 10).astype(int).tolist()
        _SHORT.pack_into(self._image, Direct.INTERNAL_TEMPERATURE, tenths[3])
        for pin in self._thermistors:
            _SHORT.pack_into(self._image, Direct.TS1 + 2 * pin, tenths[pin])

    def raw_cells(self, group: int) -> bytes:
        """DASTATUS1..4 (`group` 0..3): voltage and current counts of four cells."""
        current = round(self.analogue.cc2 * LSB_CC2 / LSB_CC_RAW)
        counts = np.rint(self._cells[4 * group : 4 * group + 4] / LSB_VCELL_RAW).astype(int).tolist()
        return b"".join(struct.pack("<ii", voltage, current) for voltage in counts)

    def summary(self) -> bytes:
        """DASTATUS5: extremes and means of the cells in use, averaged currents, raw current. REG18 and VSS read 0."""
        cells = self._cells[self._in_use]
        kelvin = [float(self._temperatures[n]) for n in self._cell_pins] or [0.0]
        fet = max((float(self._temperatures[n]) for n in self._fet_pins), default=0.0)
        mean = sum(kelvin) / len(kelvin)
        analogue, raw = self.analogue, LSB_CC2 / LSB_CC_RAW
        return struct.pack(
            "<4x2hH7h2i",
            *(round(v * 1000) for v in (cells.max(), cells.min())),
            round(float(cells.sum()) * 100),
            *(round(t * 10) for t in (mean, fet, max(kelvin), min(kelvin), mean)),
            *(self._user_amps(counts) for counts in (analogue.cc3.mean, analogue.cc1.mean)),
            *(round(counts * raw) for counts in (analogue.cc2, analogue.cc3.mean)),
        )

    def charge(self) -> bytes:
        """DASTATUS6: accumulated charge in userAh, its fraction in 2^-32 userAh, accumulated time in s."""
        ma_per_count = self._memory.value("capacity gain") / MA_PER_AH
        fixed = round(self.analogue.charge_counts * ma_per_count / self.unit_ma / 3600 * 2**32)
        return struct.pack("<iII", fixed >> 32, fixed & 0xFFFFFFFF, int(self.analogue.time))
