"""Raspberry Pi Pico (RP2040) and its wiring."""

from machine import I2C, Pin

PULSES_PER_KM = 2000  # wheel sensor: two a metre


def bus():
    """The cell monitor's bus; a transfer that takes longer than 50 ms is given up (RP2040 and clock stretching)."""
    return I2C(0, scl=Pin(5), sda=Pin(4), freq=400000, timeout=50000)


def contactor():
    return Pin(15, Pin.OUT, value=0)


def wheel():
    return Pin(14, Pin.IN, Pin.PULL_UP)
