"""A bus that a chip holds is freed: clocks until it lets SDA go, then a STOP (NXP UM10204, 3.1.16).

A reset in the middle of a read leaves the chip waiting for clocks, SDA low, and no master can begin.
"""

_CLOCKS = 9
_HALF_US = 5  # 100 kHz


def release(scl, sda, sleep_us):
    """Free the bus by hand; scl, sda: Pins as open drain with pull-up; sleep_us as in time. True if SDA is high."""
    sda.value(1)
    for _ in range(_CLOCKS):
        scl.value(0)
        sleep_us(_HALF_US)
        scl.value(1)
        sleep_us(_HALF_US)
        if sda.value():
            break
    scl.value(0)
    sda.value(0)  # STOP: SDA rises while SCL is high
    sleep_us(_HALF_US)
    scl.value(1)
    sleep_us(_HALF_US)
    sda.value(1)
    sleep_us(_HALF_US)
    return bool(sda.value())


class RecoveringBus:
    """machine.I2C's two methods, and recover().

    open_bus() makes the I2C object; pins() turns its pins into (scl, sda), open drain, high. After `recover` the pins
    belong to a new I2C object.
    """

    def __init__(self, open_bus, pins, sleep_us):
        self._open_bus = open_bus
        self._pins = pins
        self._sleep_us = sleep_us
        self._bus = open_bus()

    def readfrom_mem_into(self, addr, reg, buf):
        self._bus.readfrom_mem_into(addr, reg, buf)

    def writeto_mem(self, addr, reg, buf):
        self._bus.writeto_mem(addr, reg, buf)

    def recover(self):
        scl, sda = self._pins()
        try:
            release(scl, sda, self._sleep_us)
        finally:
            self._bus = self._open_bus()
