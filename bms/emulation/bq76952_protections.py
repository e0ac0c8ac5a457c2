"""Protections of the emulated BQ76952: alert at the first crossing, fault after the delay, recovery after a time.

Delays (TI SLUUBY2B): cell voltage and over-current 3.3 ms x (2 + setting), short circuit 15 us x (setting - 1), thermal
in seconds. A fault recovers when its quantity has stayed beyond the recovery threshold for the recovery time.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bms.emulation.bq76952_latches import HostWatchdog, Latches
from bms.emulation.bq76952_memory import DataMemory
from bms.emulation.bq76952_registers import SafetyA, SafetyB, SafetyC

CELL_STEP = 50.6e-3  # V, COV and CUV
SHUNT_STEP = 2e-3  # V, OCC and OCD
DELAY_STEP = 3.3e-3  # s
SHORT_STEP = 15e-6  # s
SHORT_LEVELS_MV = (10, 20, 40, 60, 80, 100, 125, 150, 175, 200, 250, 300, 350, 400, 450, 500)
KELVIN = 273.15


class Signals(NamedTuple):
    """What the comparators see. V; V over the shunt, positive while charging; K."""

    cell_max: float
    cell_min: float
    shunt: float
    temperature_max: float
    temperature_min: float
    temperature_fet: float
    temperature_internal: float


class Guard(NamedTuple):
    """One protection. `sign` -1 turns an under-limit into an over-limit; `trip` and `recover` are already turned."""

    group: int  # 0 for Safety A, 1 for B, 2 for C
    bit: int
    signal: int
    sign: int
    trip: float
    recover: float
    delay: float  # s
    recovery_time: float  # s


def _cells(memory: DataMemory) -> list[Guard]:
    recovery = memory.value("recovery time")
    guards = []
    for name, bit, signal, sign in (("cov", SafetyA.COV, 0, 1), ("cuv", SafetyA.CUV, 1, -1)):
        trip = sign * memory.value(f"{name} threshold") * CELL_STEP
        back = trip - memory.value(f"{name} recovery hysteresis") * CELL_STEP
        delay = DELAY_STEP * (2 + memory.value(f"{name} delay"))
        guards.append(Guard(0, bit, signal, sign, trip, back, delay, recovery))
    return guards


def _currents(memory: DataMemory, shunt: float) -> list[Guard]:
    recovery = memory.value("recovery time")
    charging_back = memory.value("occ recovery threshold") * 1e-3 * shunt
    discharging_back = -memory.value("ocd recovery threshold") * 1e-3 * shunt
    guards = []
    for name, bit, sign, back in (
        ("occ", SafetyA.OCC, 1, charging_back),
        ("ocd1", SafetyA.OCD1, -1, discharging_back),
        ("ocd2", SafetyA.OCD2, -1, discharging_back),
    ):
        trip = memory.value(f"{name} threshold") * SHUNT_STEP
        delay = DELAY_STEP * (2 + memory.value(f"{name} delay"))
        guards.append(Guard(0, bit, 2, sign, trip, back, delay, recovery))
    trip = 1e-3 * SHORT_LEVELS_MV[min(memory.code("scd threshold"), len(SHORT_LEVELS_MV) - 1)]
    delay = SHORT_STEP * max(memory.value("scd delay") - 1, 0)
    guards.append(Guard(0, SafetyA.SCD, 2, -1, trip, trip, delay, memory.value("scd recovery time")))
    user = (0.1e-3, 1e-3, 10e-3, 100e-3)[memory.code("da config") & 0b11]
    trip = -memory.value("ocd3 threshold") * user * shunt
    guards.append(Guard(2, SafetyC.OCD3, 2, -1, trip, discharging_back, memory.value("ocd3 delay"), recovery))
    return guards


def _temperatures(memory: DataMemory) -> list[Guard]:
    recovery = memory.value("recovery time")
    guards = []
    for name, bit, signal, sign in (
        ("otc", SafetyB.OTC, 3, 1),
        ("otd", SafetyB.OTD, 3, 1),
        ("otf", SafetyB.OTF, 5, 1),
        ("otint", SafetyB.OTINT, 6, 1),
        ("utc", SafetyB.UTC, 4, -1),
        ("utd", SafetyB.UTD, 4, -1),
        ("utint", SafetyB.UTINT, 6, -1),
    ):
        trip = sign * (memory.value(f"{name} threshold") + KELVIN)
        back = sign * (memory.value(f"{name} recovery") + KELVIN)
        guards.append(Guard(1, bit, signal, sign, trip, back, memory.value(f"{name} delay"), recovery))
    return guards


class Protections:
    """Alert and status bytes of groups A, B and C, from the enabled protections of a data memory."""

    def __init__(self, memory: DataMemory, shunt: float) -> None:
        self.configure(memory, shunt)

    def configure(self, memory: DataMemory, shunt: float) -> None:
        """Take over the settings and start without alert or fault; `shunt` in ohm."""
        enabled = [memory.code(f"enabled protections {group}") for group in "abc"]
        every = _cells(memory) + _currents(memory, shunt) + _temperatures(memory)
        self._guards: Sequence[Guard] = [g for g in every if enabled[g.group] & g.bit]
        self._masks = [[memory.code(f"{fet} fet protections {group}") for group in "abc"] for fet in ("chg", "dsg")]
        self._timers = [0.0] * len(self._guards)
        self._low = (memory.value("cov threshold") - memory.value("cov recovery hysteresis")) * CELL_STEP
        self.latches = Latches(memory, enabled[2], shunt)
        self.watchdog = HostWatchdog(memory, enabled[2])
        self.alert = [0, 0, 0]
        self.status = [0, 0, 0]

    def faults(self) -> tuple[bool, bool]:
        """Whether a fault keeps the charge FET, and the discharge FET, off."""
        charge, discharge = (any(s & m for s, m in zip(self.status, mask, strict=True)) for mask in self._masks)
        return charge, discharge

    def advance(self, dt: float, signals: Signals) -> bool:
        """Hold `signals` for `dt` chip seconds; True if an alert or a status bit changed."""
        before = (*self.alert, *self.status)
        standing = self.status[0], self.status[2]
        for k, guard in enumerate(self._guards):
            self._watch(k, guard, guard.sign * signals[guard.signal], dt)
        begun_a, begun_c = self.status[0] & ~standing[0], self.status[2] & ~standing[1]
        latches = self.latches
        latches.advance(dt, begun_a, begun_c, signals.cell_max <= self._low, signals.shunt)
        kept = SafetyC.OCD3
        self.alert[2] = self.alert[2] & kept | latches.alert
        self.status[2] = self.status[2] & kept | latches.status | self.watchdog.advance(dt)
        return before != (*self.alert, *self.status)

    def _watch(self, k: int, guard: Guard, value: float, dt: float) -> None:
        over = value >= guard.trip
        if over:
            self.alert[guard.group] |= guard.bit
        else:
            self.alert[guard.group] &= ~guard.bit
        tripped = self.status[guard.group] & guard.bit
        counting = value <= guard.recover if tripped else over
        if not counting:
            self._timers[k] = 0.0
            return
        self._timers[k] += dt
        if self._timers[k] >= (guard.recovery_time if tripped else guard.delay):
            self.status[guard.group] ^= guard.bit
            self._timers[k] = 0.0
