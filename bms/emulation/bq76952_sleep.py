"""SLEEP of the emulated BQ76952: entered where no current has flowed for a while, left when it flows (TI SLUUBY2B)."""

from bms.emulation.bq76952_memory import DataMemory

_SLEEP = 1 << 8  # Power Config
_SLEEPCHG = 1 << 1  # FET Options


class Sleep:
    """asleep: voltages are measured each `voltage_time` s only, and the charge FET is off unless SLEEPCHG is set."""

    def __init__(self, memory: DataMemory) -> None:
        self._memory = memory
        self.configure()

    def configure(self) -> None:
        """Take over the settings and be awake."""
        memory = self._memory
        self.allowed = bool(memory.code("power config") & _SLEEP)
        self.voltage_time = memory.value("sleep voltage time")
        self.charge_off = not memory.code("fet options") & _SLEEPCHG
        self._below = memory.value("sleep current") * 1e-3
        self._above = memory.value("wake comparator current") * 1e-3
        self._hysteresis = memory.value("sleep hysteresis time")
        self._calm = 0.0
        self.asleep = False

    def allow(self, allowed: bool) -> None:
        """SLEEP_ENABLE and SLEEP_DISABLE."""
        self.allowed = allowed
        if not allowed:
            self.asleep, self._calm = False, 0.0

    def advance(self, dt: float, current: float) -> bool:
        """Let `dt` chip seconds pass at so many A; True if the chip has fallen asleep or woken."""
        before = self.asleep
        size = abs(current)
        if not self.allowed or size > (self._above if self.asleep else self._below):
            self.asleep, self._calm = False, 0.0
        else:
            self._calm += dt
            self.asleep = self._calm >= self._hysteresis
        return self.asleep != before
