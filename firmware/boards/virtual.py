"""The virtual board (bms/bench/virtual_board.py): a MicroPython on the desktop, whose pins and bus the host answers."""

from firmware.boards.monitor_bus import monitor_bus
from firmware.boards.wired import Wired


def bus(sleep_us):
    """The cell monitors' bus."""
    return monitor_bus(0, scl=5, sda=4, sleep_us=sleep_us)


def can(_clock_ms):
    """It has none."""
    return None


def wired():
    """As a Pico's."""
    return Wired(main=15, precharge=13, feedback=12, interlock=11, drive=10, charge=9, wheel=14)
