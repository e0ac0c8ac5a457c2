"""Faults of the emulated BQ76952 that last: events that come again and again are latched, and the host's silence.

Every event counts; the count falls by one each decay time; at the limit the latch closes (limit 0: never). COVL opens
by itself when the cells have been low enough for its recovery time, OCDL and SCDL on a command or, where Protection
Configuration allows it, on charging (TI SLUUBY2B, SLUUBY1B).
"""

from bms.emulation.bq76952_memory import DataMemory
from bms.emulation.bq76952_registers import SafetyA, SafetyC, Subcommand

_OCDL_BY_CURRENT, _SCDL_BY_CURRENT = 1 << 9, 1 << 10  # Protection Configuration
_COMMANDS = {Subcommand.OCDL_RECOVER: SafetyC.OCDL, Subcommand.SCDL_RECOVER: SafetyC.SCDL}


class _Latch:
    """One counter; `closed` once it has reached its limit."""

    def __init__(self, name: str, memory: DataMemory, by_itself: bool) -> None:
        self._limit = memory.code(f"{name} latch limit")
        self._decay = memory.value(f"{name} counter decay")
        self._recovery_time = memory.value(f"{name} recovery time")
        self._by_itself = by_itself
        self.open()

    def open(self) -> None:
        self.count, self.closed = 0, False
        self._until_decay, self._well = self._decay, 0.0

    def advance(self, dt: float, event: bool, well: bool) -> None:
        """well: the quantity is where recovery needs it."""
        if event:
            self.count += 1
            self._until_decay = self._decay
        elif self.count:
            self._until_decay -= dt
            while self._until_decay <= 0 and self.count:
                self.count -= 1
                self._until_decay += self._decay or dt
        if self._limit and self.count >= self._limit:
            self.closed = True
        self._well = self._well + dt if self.closed and well and self._by_itself else 0.0
        if self.closed and self._well >= self._recovery_time and self._well:
            self.open()


class Latches:
    """COVL, OCDL and SCDL; alert while something is counted, status while closed."""

    def __init__(self, memory: DataMemory, enabled: int, shunt: float) -> None:
        configuration = memory.code("protection configuration")
        self._latches = {
            SafetyC.COVL: _Latch("covl", memory, True),
            SafetyC.OCDL: _Latch("ocdl", memory, bool(configuration & _OCDL_BY_CURRENT)),
            SafetyC.SCDL: _Latch("scdl", memory, bool(configuration & _SCDL_BY_CURRENT)),
        }
        self._enabled = enabled
        self._charging = {
            SafetyC.OCDL: memory.value("ocdl recovery threshold") * 1e-3 * shunt,
            SafetyC.SCDL: memory.value("scdl recovery threshold") * 1e-3 * shunt,
        }

    def advance(self, dt: float, begun_a: int, begun_c: int, cells_low: bool, shunt_voltage: float) -> None:
        """begun: status bits that have risen in these `dt` chip seconds; cells_low: beyond the hysteresis of COV."""
        discharge = bool(begun_a & (SafetyA.OCD1 | SafetyA.OCD2) or begun_c & SafetyC.OCD3)
        events = {
            SafetyC.COVL: bool(begun_a & SafetyA.COV),
            SafetyC.OCDL: discharge,
            SafetyC.SCDL: bool(begun_a & SafetyA.SCD),
        }
        for bit, latch in self._latches.items():
            if self._enabled & bit:
                well = cells_low if bit == SafetyC.COVL else shunt_voltage >= self._charging[bit]
                latch.advance(dt, events[bit], well)

    def command(self, command: int) -> None:
        """OCDL_RECOVER and SCDL_RECOVER open their latch."""
        bit = _COMMANDS.get(Subcommand(command)) if command in _COMMANDS else None
        if bit is not None:
            self._latches[bit].open()

    @property
    def alert(self) -> int:
        return sum(bit for bit, latch in self._latches.items() if latch.count)

    @property
    def status(self) -> int:
        return sum(bit for bit, latch in self._latches.items() if latch.closed)


class HostWatchdog:
    """HWDF: nobody has talked to the chip for the delay; over with the next transfer."""

    def __init__(self, memory: DataMemory, enabled: int) -> None:
        self._armed = bool(enabled & SafetyC.HWDF)
        self._delay = memory.value("host watchdog delay")
        self._silent = 0.0

    def heard(self) -> None:
        self._silent = 0.0

    def advance(self, dt: float) -> int:
        """Status bit after `dt` more chip seconds of silence."""
        self._silent += dt
        return SafetyC.HWDF if self._armed and self._silent > self._delay else 0
