"""What a controller's tick takes of the heap: the real one on the real driver, whose chip stands still once asked."""

import gc
import time
from array import array
from binascii import unhexlify

import micropython
from drive import Bus

from firmware.config import Config
from firmware.controller import ODOMETER_MASK, TICK_MS, Controller
from firmware.drivers.bq76952 import BQ76952
from firmware.keeping import Keeping
from firmware.memory import Memory
from firmware.modes import WISH_DRIVE
from firmware.protection import SAVED

_WARM_UP = 30  # ticks: both blocks have been read, the estimator runs
_TICKS = 0x3FFFFFFF  # a board's clock counts ms in 30 bits
_TICK_MM = 1500


class StillBus(Bus):
    """The bus over the link; once `still`, a register answers again what it answered last."""

    def __init__(self, ask, tell):
        super().__init__(ask, tell)
        self._last = {}
        self.still = False

    def readfrom_mem_into(self, addr, reg, buf):
        if not self.still:
            super().readfrom_mem_into(addr, reg, buf)
            self._last[reg] = bytes(buf)
            return
        last = self._last[reg]
        for k in range(len(buf)):
            buf[k] = last[k]

    def writeto_mem(self, addr, reg, buf):
        if not self.still:
            super().writeto_mem(addr, reg, buf)


class Road:
    """A board of a vehicle that drives on by itself."""

    def __init__(self):
        self.mm = self.interlock_open = 0
        self.feedback = -1
        self.insulation_kohm = 1000000
        self.clock_s = 0
        self.wish = WISH_DRIVE

    def poll(self):
        self.mm = (self.mm + _TICK_MM) & ODOMETER_MASK

    def main(self, on):
        pass

    def precharge(self, on):
        pass


class Nowhere:
    """A storage that has nothing and keeps nothing."""

    def read(self, name):
        return None

    def write(self, name, data):
        pass


def drive(controller, now_ms, ticks):
    """Ticks at the controller's period; returns the time after them."""
    for _ in range(ticks):
        now_ms = (now_ms + TICK_MS) & _TICKS
        controller.tick(now_ms)
    return now_ms


def main(ask, tell):
    """Serve jobs until the host sends an empty one: a number of ticks, whose bytes of heap are told.

    If they take none, as many must also pass while the heap is locked (else MemoryError). "ram": what is in use.
    "time N": us of N ticks.
    """
    config = Config(array("i", unhexlify(ask("c"))))
    bus = StillBus(ask, tell)
    afe = BQ76952(bus, cells=config.cells, clock_ms=lambda: int(ask("n")))
    road = Road()
    keeping = Keeping(Memory(Nowhere(), config, SAVED), config, road)
    controller = Controller(config, afe, road, memory=None, services=(keeping,) if ask("j") == "kept" else ())
    while not controller.prepare():
        ask("s %d" % (int(ask("n")) + 1000))
    now_ms = int(ask("n"))
    for _ in range(_WARM_UP):
        now_ms = int(ask("s %d" % (now_ms + TICK_MS)))
        controller.tick(now_ms)
    if not controller.running:
        raise RuntimeError("the controller does not run on what the monitor answers")
    bus.still = True
    while True:
        job = ask("j")
        if not job:
            return
        if job == "ram":
            gc.collect()
            tell("bytes %d" % gc.mem_alloc())
            continue
        if job.startswith("time "):
            begun_us = time.ticks_us()
            now_ms = drive(controller, now_ms, int(job[5:]))
            tell("bytes %d" % time.ticks_diff(time.ticks_us(), begun_us))
            continue
        ticks = int(job)
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        now_ms = drive(controller, now_ms, ticks)
        taken = gc.mem_alloc() - before
        gc.enable()
        if not taken:
            micropython.heap_lock()
            now_ms = drive(controller, now_ms, ticks)
            micropython.heap_unlock()
        tell("bytes %d" % taken)
