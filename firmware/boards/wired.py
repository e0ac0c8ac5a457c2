"""A board's inputs and outputs, as the controller polls them: pins that close to ground, pulled up on the board."""

import time

from machine import Pin

from firmware.controller import ODOMETER_MASK
from firmware.modes import WISH_CHARGE, WISH_DRIVE, WISH_OPEN

_NOBODY_MEASURES = (1 << 30) - 1
_YEAR_OF_A_CLOCK_THAT_IS_SET = 2025


class Wired:
    """Pins by number; None where there is none. An open output leaves its contactor open.

    main, precharge: outputs. feedback: closed with the main contactor. interlock: closed while the loop is. drive,
    charge: closed by whoever wishes that; without both the pack closes by itself. wheel: pulses, per_km of them.
    """

    def __init__(self, main, precharge=None, feedback=None, interlock=None, drive=None, charge=None, wheel=None,
                 per_km=2000):  # fmt: skip
        self._main = Pin(main, Pin.OUT, value=0)
        self._precharge = None if precharge is None else Pin(precharge, Pin.OUT, value=0)
        self._feedback = _input(feedback)
        self._interlock = _input(interlock)
        self._drive = _input(drive)
        self._charge = _input(charge)
        self._pulse_mm = 1000000 // per_km
        self.mm = 0
        self.feedback = -1
        self.interlock_open = 0
        self.insulation_kohm = _NOBODY_MEASURES
        self.wish = WISH_OPEN
        self.clock_s = 0
        wheel_pin = _input(wheel)
        if wheel_pin:
            wheel_pin.irq(self._pulse, Pin.IRQ_RISING)
        self.poll()

    def _pulse(self, _pin):
        self.mm = (self.mm + self._pulse_mm) & ODOMETER_MASK

    def poll(self):
        """Take all inputs."""
        if self._feedback:
            self.feedback = 1 - self._feedback.value()
        if self._interlock:
            self.interlock_open = self._interlock.value()
        if self._charge and not self._charge.value():
            self.wish = WISH_CHARGE
        elif self._drive:
            self.wish = WISH_OPEN if self._drive.value() else WISH_DRIVE
        else:
            self.wish = WISH_DRIVE

    def look_at_clock(self):
        """s since the port's epoch, if its clock has been set; takes heap, so not in every tick."""
        self.clock_s = time.time() if time.localtime()[0] >= _YEAR_OF_A_CLOCK_THAT_IS_SET else 0

    def main(self, on):
        self._main.value(1 if on else 0)

    def precharge(self, on):
        if self._precharge:
            self._precharge.value(1 if on else 0)


def _input(number):
    return None if number is None else Pin(number, Pin.IN, Pin.PULL_UP)
