"""What a controller's tick costs: the real one on the real driver, whose chip is asked once and then stands still."""

import gc
import time
from array import array
from binascii import hexlify, unhexlify

import micropython

from firmware.config import Config
from firmware.controller import TICK_MS, Controller
from firmware.drivers.bq76952 import BQ76952

_WARM_UP = 30  # ticks: both blocks have been read, the estimator runs
_TICKS = 0x3FFFFFFF  # time.ticks_ms() counts in 30 bits
_TICK_MM = 1500


class StillBus:
    """machine.I2C's two methods over the link; once `still`, a register answers again what it answered last."""

    def __init__(self, ask):
        self._ask = ask
        self._last = {}
        self.still = False

    def readfrom_mem_into(self, addr, reg, buf):
        if not self.still:
            reply = self._ask("i %d %d %d" % (addr, reg, len(buf)))
            if not reply:
                raise OSError(5)
            self._last[reg] = unhexlify(reply)
        last = self._last[reg]
        for k in range(len(buf)):
            buf[k] = last[k]

    def writeto_mem(self, addr, reg, buf):
        if self._ask("o %d %d %s" % (addr, reg, hexlify(bytes(buf)).decode())) != "ok":
            raise OSError(5)


class Road:
    """An odometer that goes on by itself."""

    def __init__(self):
        self._mm = 0

    def __call__(self):
        self._mm += _TICK_MM
        return self._mm


def drive(controller, now_ms, ticks):
    """Ticks at the controller's period; returns the time after them."""
    for _ in range(ticks):
        now_ms = (now_ms + TICK_MS) & _TICKS
        controller.tick(now_ms)
    return now_ms


def main(ask, tell):
    """Serve jobs until the host sends an empty one: "run", "time" or "heap" and a number of ticks."""
    config = Config(array("i", unhexlify(ask("c"))))
    bus = StillBus(ask)
    afe = BQ76952(bus, cells=config.cells, clock_ms=lambda: int(ask("n")))
    controller = Controller(config, afe, lambda on: None, Road())
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
        verb, _, ticks = job.partition(" ")
        gc.collect()
        gc.disable()
        used, start_us = gc.mem_alloc(), time.ticks_us()
        now_ms = drive(controller, now_ms, int(ticks))
        took_us, taken = time.ticks_diff(time.ticks_us(), start_us), gc.mem_alloc() - used
        gc.enable()
        if verb == "time":
            tell("us %d" % took_us)
        elif verb == "heap":
            if not taken:
                micropython.heap_lock()
                now_ms = drive(controller, now_ms, int(ticks))
                micropython.heap_unlock()
            tell("bytes %d" % taken)
