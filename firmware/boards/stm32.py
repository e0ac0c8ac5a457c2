"""STM32F4 (NUCLEO-F446RE) and its wiring."""

from machine import I2C, Pin
from pyb import CAN  # pyright: ignore[reportMissingImports]

from firmware.boards.wired import Wired
from firmware.drivers.can_port import PybCan
from firmware.drivers.i2c_recovery import RecoveringBus
from firmware.messages import HEARTBEAT, HOST_MASK

_SCL = "B6"  # where MicroPython has I2C1 on this board; CAN1 is on B8 and B9
_SDA = "B7"


def bus(sleep_us):
    """The cell monitors' bus, I2C1; a transfer that takes longer than 50 ms is given up."""

    def opened():
        return I2C(1, freq=400000, timeout=50000)

    def pins():
        return Pin(_SCL, Pin.OPEN_DRAIN, value=1), Pin(_SDA, Pin.OPEN_DRAIN, value=1)

    return RecoveringBus(opened, pins, sleep_us)


def can(clock_ms):
    """CAN1 of the chip, behind a transceiver, for what the host sends alone."""
    port = CAN(1, CAN.NORMAL, baudrate=500000, sample_point=75, auto_restart=False)
    port.setfilter(0, CAN.MASK16, 0, (HEARTBEAT, HOST_MASK, HEARTBEAT, HOST_MASK))
    return PybCan(port, clock_ms)


def wired():
    return Wired(main="C6", precharge="C7", feedback="C8", interlock="C9", drive="B12", charge="B13", wheel="B14")
