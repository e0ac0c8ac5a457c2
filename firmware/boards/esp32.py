"""ESP32 (a DevKit with 38 pins) and its wiring."""

from machine import I2C, Pin

from firmware.boards.wired import Wired
from firmware.drivers.i2c_recovery import RecoveringBus

_SCL = 22
_SDA = 21


def bus(sleep_us):
    """The cell monitors' bus; a transfer that takes longer than 50 ms is given up."""

    def opened():
        return I2C(0, scl=Pin(_SCL), sda=Pin(_SDA), freq=400000, timeout=50000)

    def pins():
        return Pin(_SCL, Pin.OPEN_DRAIN, value=1), Pin(_SDA, Pin.OPEN_DRAIN, value=1)

    return RecoveringBus(opened, pins, sleep_us)


def wired():
    """No strapping pin among them: what they show at a reset decides how the chip starts."""
    return Wired(main=25, precharge=26, feedback=27, interlock=32, drive=33, charge=14, wheel=13)
