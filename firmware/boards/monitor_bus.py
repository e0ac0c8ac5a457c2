"""The cell monitors' bus on two pins of a board."""

from machine import I2C, Pin

from firmware.drivers.i2c_recovery import RecoveringBus


def monitor_bus(port, scl, sda, sleep_us):
    """I2C `port` at 400 kHz; a transfer that takes longer than 50 ms is given up, as chips stretch the clock."""

    def opened():
        return I2C(port, scl=Pin(scl), sda=Pin(sda), freq=400000, timeout=50000)

    def pins():
        return Pin(scl, Pin.OPEN_DRAIN, value=1), Pin(sda, Pin.OPEN_DRAIN, value=1)

    return RecoveringBus(opened, pins, sleep_us)
