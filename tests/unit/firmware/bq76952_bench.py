"""A driver on an emulated chip, a tick at a time."""

import numpy as np

from bms.emulation.bq76952 import BQ76952 as Chip
from bms.emulation.bq76952_analogue import PERFECT
from bms.emulation.i2c import Bus
from firmware.drivers.bq76952 import BQ76952
from firmware.drivers.bq76952_profile import Profile

TICK_MS = 100


class Bench:
    """chip, bus, driver; the profile is in the chip. now_ms: time of the last tick."""

    def __init__(self, crc: bool = True, **limits) -> None:
        self.chip = Chip(crc=crc, errors=PERFECT)
        self.bus = Bus(self.chip)
        self.driver = BQ76952(self.bus, clock_ms=lambda: int(self.chip.time_s * 1000) & 0x3FFFFFFF)
        self.feed()
        self.chip.advance(0.3)
        assert self.driver.probe() == 0x7695
        self.profile = Profile(**limits)
        assert self.driver.configure(self.profile)
        self.now_ms = 1000

    def feed(self, voltage: float = 3.7, current: float = 0.0, temperature: float = 298.15, **pins: float) -> None:
        self.chip.sense(np.full(16, voltage), 16 * voltage, current, [temperature] * 3, temperature, **pins)

    def tick(self, ticks: int = 1) -> bool:
        """Whether the last of these ticks brought new cells."""
        fresh = False
        for _ in range(ticks):
            self.now_ms += TICK_MS
            self.chip.advance(self.now_ms / 1000)
            fresh = self.driver.read(self.now_ms)
        return fresh
