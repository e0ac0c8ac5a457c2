"""The driver of the cell monitor on a bus that answers what it likes: what that raises, and what it takes of the heap.

The host sends "calm N": N samples of a chip that is well, permitted and balanced anew each time; "stack N": the same of
two chips as one; or "hostile N": N samples of a bus that refuses and invents. The bytes of heap in use before the
samples are told and, of calm ones, what they took; an exception ends the run. If calm ones take none, as many must also
pass while the heap is locked (else MemoryError). What hostile ones take, errors, is collected: it must not add up.
"""

import gc

import micropython

from firmware.drivers.bq76952 import BQ76952
from firmware.drivers.bq76952_profile import Profile
from firmware.drivers.crc8 import TABLE, crc8
from firmware.drivers.stack import Stack

_ADDRESS = 8
_STATUS_HIGH = 0x13
_WINDOW = 0x3E
_TICKS = 0x3FFFFFFF


class Bus:
    """A chip in a few lines: registers stand still, the window answers any question with zeros, the CRC is right.

    hostile: share of 256 by which a transfer goes wrong.
    """

    def __init__(self):
        self.hostile = 0
        self.transfers = 0
        self._registers = bytearray(256)
        self._registers[_STATUS_HIGH] = 0x01
        self._registers[0x69] = 0x0B  # a die at 8.5 degC
        for k in range(16):
            self._registers[0x14 + 2 * k] = 0x74
            self._registers[0x15 + 2 * k] = 0x0E
        self._random = 1
        self._heads = {}
        for reg in (0x00, 0x12, _WINDOW, 0x62):
            self._heads[reg] = crc8((_ADDRESS << 1, reg, _ADDRESS << 1 | 1))

    def _next(self):
        self._random = (self._random * 613 + 12345) & 0xFFFFF
        return self._random >> 4 & 0xFF

    def readfrom_mem_into(self, addr, reg, buf):
        self.transfers += 1
        wrong = self._next() < self.hostile
        if wrong and self._next() < 64:
            raise OSError(110)
        registers = self._registers
        crc = self._heads[reg]
        for k in range(len(buf) >> 1):
            byte = registers[reg + k]
            buf[k + k] = byte
            buf[k + k + 1] = TABLE[crc ^ byte]
            crc = 0
        if wrong:
            for _ in range(1 + (self._next() & 3)):
                buf[self._next() % len(buf)] = self._next()

    def writeto_mem(self, addr, reg, buf):
        self.transfers += 1
        if self._next() < self.hostile >> 2:
            raise OSError(5)
        if reg == _WINDOW and len(buf) == 4:
            registers = self._registers
            registers[_WINDOW] = buf[0]
            registers[_WINDOW + 1] = buf[2]
            registers[0x60] = ~(buf[0] + buf[2]) & 0xFF
            registers[0x61] = 0x24

    def recover(self):
        if self._next() < 128:
            raise OSError(19)


def run(driver, profile, now_ms, samples):
    """Samples at 100 ms; returns the time after them."""
    for k in range(samples):
        now_ms = (now_ms + 100) & _TICKS
        driver.read(now_ms)
        driver.permit(k & 16 == 0, True)
        driver.balance(k & 0xFF)
        driver.zero(True)
        if profile and k % 50 == 0:
            driver.settings_lost = True
            driver.configure(profile)
            driver.settings_lost = False
    return now_ms


def in_use():
    """Bytes of heap: the least of a few collections, as words that a call left on the stack keep what nobody holds."""
    least = 1 << 29
    for k in range(8):
        overwrite(k)
        gc.collect()
        least = min(least, gc.mem_alloc())
    return least


def overwrite(k):
    """Use the stack as deep as a sample does, each time by another depth."""
    if k < 24:
        overwrite(k + 1)


def main(ask, tell):
    """Serve jobs until the host sends an empty one."""
    bus = Bus()
    chips = [BQ76952(bus), BQ76952(bus)]
    for chip in chips:
        chip.link.use_crc(True)
        chip.settings_lost = False
    monitors = {"calm": chips[0], "hostile": chips[0], "stack": Stack(chips)}
    now_ms = run(monitors["stack"], None, 0, 30)
    while True:
        job = ask("j")
        if not job:
            return
        kind, samples = job.split(" ")
        driver = monitors[kind]
        samples = int(samples)
        bus.hostile = 128 if kind == "hostile" else 0
        profile = Profile() if bus.hostile else None
        transfers = bus.transfers
        before = in_use()
        took = "-"
        if bus.hostile:
            now_ms = run(driver, profile, now_ms, samples)
        else:
            gc.disable()
            now_ms = run(driver, profile, now_ms, samples)
            took = gc.mem_alloc() - before
            gc.enable()
            if not took:
                micropython.heap_lock()
                now_ms = run(driver, profile, now_ms, samples)
                micropython.heap_unlock()
        tell("took %s transfers %d before %d" % (took, bus.transfers - transfers, before))
