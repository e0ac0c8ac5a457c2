"""ESP32 (a DevKit with 38 pins) and its wiring."""

from machine import SPI, Pin

from firmware.boards.monitor_bus import monitor_bus
from firmware.boards.wired import Wired
from firmware.drivers.mcp2515 import MCP2515
from firmware.messages import HEARTBEAT, HOST_MASK

_CRYSTAL_HZ = 16000000  # of the MCP2515; many modules carry 8 MHz


def bus(sleep_us):
    """The cell monitors' bus."""
    return monitor_bus(0, scl=22, sda=21, sleep_us=sleep_us)


def can(clock_ms):
    """An MCP2515 on SPI 2, as the port has no CAN of its own; where none answers the pack runs without."""
    spi = SPI(2, baudrate=8000000, sck=Pin(18), mosi=Pin(23), miso=Pin(19))
    return MCP2515(spi, Pin(4, Pin.OUT, value=1), clock_ms, _CRYSTAL_HZ, identifier=HEARTBEAT, mask=HOST_MASK)


def wired():
    """No strapping pin among them: what they show at a reset decides how the chip starts."""
    return Wired(main=25, precharge=26, feedback=27, interlock=32, drive=33, charge=14, wheel=13)
