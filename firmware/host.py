"""What the vehicle says: heartbeat, odometer, route, and commands, from a CAN bus or a serial line alike."""

from array import array

from firmware import e2e, messages
from firmware import readings as of
from firmware.controller import ODOMETER_MASK
from firmware.drivers.octets import older, place
from firmware.frames import Packer
from firmware.kernels.dialect import const

_MOST = const(16)  # frames read a tick; more than the host sends in one
_SILENT_MS = const(500)  # after that any counter is taken, as after a start
_LONGEST_MS = const(1000000)
_FASTEST = const(100)  # mm/ms: an odometer that goes on faster has begun anew, or lies
_LONGEST_STEP_MS = const(3000)  # what it may catch up with: 300 m, the most that the range takes at once
_AT_HEARTBEAT = const(0)  # places in messages.FROM_HOST
_AT_ODOMETER = const(1)


class Host:
    """can: what is listened on. sender: its firmware/frames.py Sender. commands: firmware/commands.py.

    expected: the vehicle must be heard; then HOST_AGE_MS is written, and its diagnosis acts. words: as in messages.py.
    malformed: frames of the host that were too short, unprotected where they must be, or said nothing. mm: driven
    since the start by the vehicle's odometer, in 29 bits; jumps: steps of it that no vehicle makes, left out.
    """

    def __init__(self, can, sender, commands, readings, expected=True):
        from firmware.messages import FROM_HOST

        self._can = can
        self._sender = sender
        self.commands = commands
        self._readings = readings
        self._expected = expected
        self._packer = Packer(FROM_HOST)
        identifiers = self._packer.identifiers
        self._receivers = [e2e.Receiver(identifier) for identifier in identifiers]
        self._age_ms = array("i", [_LONGEST_MS] * len(identifiers))  # of the last frame that was taken,
        self._quiet_ms = array("i", [_LONGEST_MS] * len(identifiers))  # and since any whose check byte was right
        self._buffer = bytearray(9)
        self._data = memoryview(self._buffer)[1:]
        self.words = array("i", [0] * messages.HOST_WORDS)
        self.malformed = 0
        self.silent_ms = _LONGEST_MS  # since any frame of the vehicle
        self.mm = 0
        self.jumps = 0
        self._told_mm = -1
        self._told_ms = 0  # since then

    @property
    def asks_open(self):
        """The last heartbeat wants the contactors open."""
        return self.words[messages.OPEN_ASKED] == 1

    @property
    def route_nv_m(self):
        """For Estimator.tell_route."""
        return self.words[messages.ROUTE_NV_M]

    @property
    def tells_road(self):
        """The vehicle's odometer is heard: `mm` goes on."""
        return self._age_ms[_AT_ODOMETER] <= _SILENT_MS

    @property
    def errors(self):
        """Frames whose check byte or counter was wrong, since ever."""
        return sum([receiver.errors for receiver in self._receivers])

    def tick(self, dt_ms):
        """Take what has come in; dt_ms after the last. True if the route is new."""
        self.commands.tick(dt_ms)
        self.silent_ms = min(self.silent_ms + dt_ms, _LONGEST_MS)
        ages_ms = self._age_ms
        older(ages_ms, dt_ms, _LONGEST_MS, len(ages_ms))
        older(self._quiet_ms, dt_ms, _LONGEST_MS, len(ages_ms))
        self._told_ms = min(self._told_ms + dt_ms, _LONGEST_STEP_MS)
        new_route = False
        for _ in range(_MOST):
            identifier = self._can.receive(self._buffer)
            if identifier < 0:
                break
            if self._take(identifier) and identifier == messages.ROUTE:
                new_route = True
        if ages_ms[_AT_ODOMETER] == 0:
            self._drive_on()
        self._readings[of.HOST_AGE_MS] = ages_ms[_AT_HEARTBEAT] if self._expected else 0
        return new_route

    def _drive_on(self):
        """The odometer has been told; only the last frame of a tick counts."""
        now_mm = self.words[messages.ODOMETER_MM]
        moved_mm = (now_mm - self._told_mm) & ODOMETER_MASK
        if self._told_mm >= 0:
            if moved_mm <= _FASTEST * self._told_ms:
                self.mm = (self.mm + moved_mm) & ODOMETER_MASK
            else:
                self.jumps += 1
        self._told_mm = now_mm
        self._told_ms = 0

    def _take(self, identifier):
        """One frame; True if its values were taken."""
        packer = self._packer
        identifiers = packer.identifiers
        k = place(identifiers, identifier, len(identifiers))
        if k < 0:
            return False
        self.silent_ms = 0
        if self._buffer[0] != 8:
            self.malformed += 1
            return False
        return self._take_value(k) if packer.protected[k] else self._take_command(k, identifier)

    def _take_value(self, k):
        receiver = self._receivers[k]
        if self._quiet_ms[k] > _SILENT_MS:
            receiver.forget()
        found = receiver.check(self._data)
        if found != e2e.WRONG_CRC:  # a counter that stands still is no silence, after which it would be taken
            self._quiet_ms[k] = 0
        if found != e2e.GOOD:
            return False
        self._age_ms[k] = 0
        if not self._packer.unpack(k, self._data, self.words):
            self.malformed += 1
            return False
        return True

    def _take_command(self, k, identifier):
        commands = self.commands
        if identifier == messages.COMMAND_ANSWER:
            commands.answer(self._buffer, 1)
        elif not self._packer.unpack(k, self._data, self.words):
            self.malformed += 1
            return False
        elif commands.request(self.words[messages.COMMAND_CODE], self.words[messages.COMMAND_ARGUMENT]):
            self._can.send(messages.CHALLENGE, commands.nonce)
        self._sender.hurry(messages.COMMAND_STATE)
        return True
