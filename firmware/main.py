"""Starts the controller on a Raspberry Pi Pico, ten ticks a second; an error opens the contactor, a hang resets.

Its pack.bin comes from `bms words` on the desktop.
"""

import time
from array import array

from machine import WDT, Pin

from firmware.boards import pico as board
from firmware.config import Config
from firmware.controller import ODOMETER_MASK, TICK_MS, Controller
from firmware.drivers.bq76952 import BQ76952

_WATCHDOG_MS = 2000  # of a hang; the reset lets the contactor's pin go
_MM_PER_PULSE = 1000000 // board.PULSES_PER_KM


class Odometer:
    """Counts the pulses of a wheel sensor in an interrupt, in mm."""

    def __init__(self, pin):
        self._mm = 0
        pin.irq(self._pulse, Pin.IRQ_RISING)

    def _pulse(self, _pin):
        self._mm = (self._mm + _MM_PER_PULSE) & ODOMETER_MASK

    def __call__(self):
        return self._mm


def load(path):
    with open(path, "rb") as file:
        return Config(array("i", file.read()))


def main():
    contactor = board.contactor()
    config = load("pack.bin")
    afe = BQ76952(board.bus(), cells=config.cells, clock_ms=time.ticks_ms)
    controller = Controller(config, afe, contactor, Odometer(board.wheel()))
    try:
        while not controller.prepare():
            time.sleep_ms(1000)
        watchdog = WDT(timeout=_WATCHDOG_MS)
        due = time.ticks_ms()
        while True:
            controller.tick(time.ticks_ms())
            watchdog.feed()
            due = time.ticks_add(due, TICK_MS)
            time.sleep_ms(max(0, time.ticks_diff(due, time.ticks_ms())))
    finally:
        controller.shut_down()


if __name__ == "__main__":
    main()
