"""A port's own CAN controller as a CAN object of firmware/drivers/can_states.py; the board file makes it and passes it.

`pyb.CAN` on STM32, MicroPython 1.25 on; `machine.CAN` where a port has it (STM32 and others, later than 1.27). On a
Pico, and on an ESP32 whose firmware has no machine.CAN, there is firmware/drivers/mcp2515.py.
"""

from firmware.drivers import can_states
from firmware.kernels.dialect import const

_TRIES = const(30)  # to find room: about 1 ms, in which three frames have gone at 500 kbit/s
_MAILBOXES = const(3)
_PENDING = const(5)  # in what pyb.CAN.info tells: frames that wait


class _Port:
    """What the two share: nothing raised, and a bus-off that is left after a while."""

    def __init__(self, can, clock_ms):
        self._can = can
        self._view = memoryview(bytearray(8))
        self._out = [memoryview(bytearray(n)) for n in range(9)]
        self._bus_off = False
        self.back_off = can_states.BackOff(clock_ms)
        self.state = can_states.ACTIVE

    def send(self, identifier, data):
        """False if no buffer took it for a millisecond, or the bus is off."""
        if self.state >= can_states.BUS_OFF:
            return False
        try:
            n = len(data)
            out = self._out[n]
            for k in range(n):
                out[k] = data[k]
            return self._give(identifier, out)
        except OSError:  # what pyb.CAN says of full buffers, and machine.CAN of a bus that is off
            return False

    def receive(self, buffer):
        """The next frame into buffer, bytearray(9); its identifier, or -1."""
        try:
            for _ in range(4):
                if not self._waiting():
                    self._examine()
                    return -1
                identifier = self._fetch(buffer)
                if identifier >= 0:
                    return identifier
        except OSError:
            self.state = can_states.ABSENT
        return -1

    def _examine(self):
        state = self._state()
        if state != can_states.BUS_OFF:
            self._bus_off = False
        elif not self._bus_off:
            self._bus_off = True
            self.back_off.begin()
        elif self.back_off.over():
            self._bus_off = False
            self._can.restart()
        self.state = state

    def _give(self, identifier, data):
        """Hand a frame to the port; whether it took it."""
        raise NotImplementedError

    def _waiting(self):
        """Whether a frame is there to be fetched."""
        raise NotImplementedError

    def _fetch(self, buffer):
        """It, and its identifier; -1 if it is not a standard data frame."""
        raise NotImplementedError

    def _state(self):
        """One of can_states.py."""
        raise NotImplementedError

    def _copy(self, buffer, view):
        n = min(len(view), 8)
        buffer[0] = n
        for k in range(n):
            buffer[1 + k] = view[k]


class PybCan(_Port):
    """can: pyb.CAN(1, CAN.NORMAL, baudrate=500000), its filters set for FIFO 0, and no auto_restart."""

    def __init__(self, can, clock_ms):
        super().__init__(can, clock_ms)
        self._frame = [0, False, False, 0, self._view]
        self._info = [0] * 8

    def _give(self, identifier, data):
        can = self._can
        for _ in range(_TRIES):
            if can.info(self._info)[_PENDING] < _MAILBOXES:
                can.send(data, identifier)
                return True
        return False

    def _waiting(self):
        return self._can.any(0)

    def _fetch(self, buffer):
        frame = self._can.recv(0, self._frame, timeout=0)
        if frame[1] or frame[2]:  # extended, remote
            return -1
        self._copy(buffer, frame[4])
        return frame[0]

    def _state(self):
        can = self._can
        state = can.state()
        if state == can.BUS_OFF:
            return can_states.BUS_OFF
        if state == can.STOPPED:
            return can_states.ABSENT
        return can_states.PASSIVE if state == can.ERROR_PASSIVE else can_states.ACTIVE


class MachineCan(_Port):
    """can: machine.CAN(1, 500000), its filters set."""

    def __init__(self, can, clock_ms):
        super().__init__(can, clock_ms)
        self._frame = [0, self._view, 0, 0]
        self._get_state = getattr(can, "get_state", None) or can.state  # both names have been seen

    def _give(self, identifier, data):
        for _ in range(_TRIES):
            placed = self._can.send(identifier, data)
            if placed is not None and placed >= 0:
                return True
        return False

    def _waiting(self):
        return self._can.recv(self._frame) is not None

    def _fetch(self, buffer):
        frame = self._frame
        if frame[2] & (self._can.FLAG_RTR | self._can.FLAG_EXT_ID):
            return -1
        self._copy(buffer, frame[1])
        return frame[0]

    def _state(self):
        can = self._can
        state = self._get_state()
        if state == can.STATE_BUS_OFF:
            return can_states.BUS_OFF
        if state == can.STATE_STOPPED:
            return can_states.ABSENT
        return can_states.PASSIVE if state == can.STATE_PASSIVE else can_states.ACTIVE
