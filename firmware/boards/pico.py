"""Raspberry Pi Pico (RP2040) and its wiring."""

from machine import SPI, Pin

from firmware.boards.monitor_bus import monitor_bus
from firmware.boards.wired import Wired
from firmware.drivers.mcp2515 import MCP2515
from firmware.messages import HEARTBEAT, HOST_MASK

_CRYSTAL_HZ = 16000000  # of the MCP2515; many modules carry 8 MHz


def bus(sleep_us):
    """The cell monitors' bus."""
    return monitor_bus(0, scl=5, sda=4, sleep_us=sleep_us)


def can(clock_ms):
    """An MCP2515 on SPI 0; where none answers the pack runs without."""
    spi = SPI(0, baudrate=8000000, sck=Pin(18), mosi=Pin(19), miso=Pin(16))
    return MCP2515(spi, Pin(17, Pin.OUT, value=1), clock_ms, _CRYSTAL_HZ, identifier=HEARTBEAT, mask=HOST_MASK)


def wired():
    return Wired(main=15, precharge=13, feedback=12, interlock=11, drive=10, charge=9, wheel=14)
