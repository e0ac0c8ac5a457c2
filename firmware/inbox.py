"""Frames that come in between two ticks: a CAN controller holds two or three, this holds what a tick looks at."""

from array import array

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
        while self._count < ROOM:
            at = (self._first + self._count) % ROOM
            identifier = self._can.receive(self._frames[at])
            if identifier < 0:
                return
            self._identifiers[at] = identifier
            self._count += 1

    def receive(self, buffer):
        """The oldest frame into buffer, bytearray(9); its identifier, or -1."""
        if not self._count:
            return -1
        at = self._first
        self._first = (at + 1) % ROOM
        self._count -= 1
        frame = self._frames[at]
        for k in range(9):
            buffer[k] = frame[k]
        return self._identifiers[at]
