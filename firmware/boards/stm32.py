"""STM32F4 (NUCLEO-F446RE) and its wiring."""

from machine import I2C, Pin

from firmware.boards.wired import Wired
from firmware.drivers.i2c_recovery import RecoveringBus

_SCL = "B8"
_SDA = "B9"


def bus(sleep_us):
    """The cell monitors' bus, I2C1; a transfer that takes longer than 50 ms is given up."""

    def opened():
        return I2C(1, freq=400000, timeout=50000)

    def pins():
        return Pin(_SCL, Pin.OPEN_DRAIN, value=1), Pin(_SDA, Pin.OPEN_DRAIN, value=1)

    return RecoveringBus(opened, pins, sleep_us)


def wired():
    return Wired(main="C6", precharge="C7", feedback="C8", interlock="C9", drive="B12", charge="B13", wheel="B14")
