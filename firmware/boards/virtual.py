"""The virtual board (bms/bench/virtual_board.py): a MicroPython on the desktop, whose pins and bus the host answers."""

from machine import I2C, Pin

from firmware.boards.wired import Wired
from firmware.drivers.i2c_recovery import RecoveringBus

_SCL = 5
_SDA = 4


def bus(sleep_us):
    """The cell monitors' bus."""

    def opened():
        return I2C(0, scl=Pin(_SCL), sda=Pin(_SDA), freq=400000, timeout=50000)

    def pins():
        return Pin(_SCL, Pin.OPEN_DRAIN, value=1), Pin(_SDA, Pin.OPEN_DRAIN, value=1)

    return RecoveringBus(opened, pins, sleep_us)


def can(_clock_ms):
    """It has none."""
    return None


def wired():
    """As a Pico's."""
    return Wired(main=15, precharge=13, feedback=12, interlock=11, drive=10, charge=9, wheel=14)
