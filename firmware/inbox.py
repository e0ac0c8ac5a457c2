"""Frames that come in between two ticks: a CAN controller holds two or three, this holds what a tick looks at."""

from array import array

from firmware.drivers.octets import copy
from firmware.kernels.dialect import const

ROOM = const(16)  # frames; more than a host sends in one tick
EVERY_MS = const(10)  # `drain` is to be called so often; a sender may send two frames in it


class Inbox:
    """A CAN object (firmware/drivers/can_states.py) over another one. state: of that.

    What finds no room stays in the controller, and is lost there if more comes in: a flood costs no time.
    """

    def __init__(self, can):
        self._can = can
        self._identifiers = array("i", [0] * ROOM)
        self._frames = [bytearray(9) for _ in range(ROOM)]
        self._first = 0
        self._count = 0
        self.send = can.send

    @property
    def state(self):
        return self._can.state

    def drain(self):
        """Take what the controller holds."""
        count = self._count
        while count < ROOM:
            at = (self._first + count) % ROOM
            identifier = self._can.receive(self._frames[at])
            if identifier < 0:
                break
            self._identifiers[at] = identifier
            count += 1
        self._count = count

    def receive(self, buffer):
        """The oldest frame into buffer, bytearray(9); its identifier, or -1."""
        if not self._count:
            return -1
        at = self._first
        self._first = (at + 1) % ROOM
        self._count -= 1
        copy(buffer, self._frames[at], 0, 9)
        return self._identifiers[at]
