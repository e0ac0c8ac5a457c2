"""STM32F7 (PYBD-SF6) and its wiring.

Few STM32 boards hold the controller: it takes some 140 kB of heap, and two slots for images some 300 kB of flash.
This one has 512 kB of RAM and 2 MB of flash beside the program's. Its file system has to be littlefs, mounted at "/":
docs/hardware.md.
"""

from machine import I2C, Pin
from pyb import CAN  # pyright: ignore[reportMissingImports]

from firmware.boards.wired import Wired
from firmware.drivers.can_port import PybCan
from firmware.drivers.i2c_recovery import RecoveringBus
from firmware.messages import HEARTBEAT, HOST_MASK

_SCL = "Y9"  # I2C2: on X9 and X10, which are those of I2C1, is CAN1
_SDA = "Y10"


def bus(sleep_us):
    """The cell monitors' bus, I2C2; a transfer that takes longer than 50 ms is given up."""

    def opened():
        return I2C(2, freq=400000, timeout=50000)

    def pins():
        return Pin(_SCL, Pin.OPEN_DRAIN, value=1), Pin(_SDA, Pin.OPEN_DRAIN, value=1)

    return RecoveringBus(opened, pins, sleep_us)


def can(clock_ms):
    """CAN1 of the chip, on X10 (out) and X9 (in), behind a transceiver, for what the host sends alone."""
    port = CAN(1, CAN.NORMAL, baudrate=500000, sample_point=75, auto_restart=False)
    port.setfilter(0, CAN.MASK16, 0, (HEARTBEAT, HOST_MASK, HEARTBEAT, HOST_MASK))
    return PybCan(port, clock_ms)


def wired():
    return Wired(main="X1", precharge="X2", feedback="X3", interlock="X4", drive="X5", charge="X6", wheel="X7")
