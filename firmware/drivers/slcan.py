"""CAN frames over a serial line, in the letters of the Lawicel protocol: "t2008" and sixteen hex digits and a return.

A CAN object of firmware/drivers/can_states.py. A computer reads it as it reads any such adapter (python-can: slcan).
"""

from firmware.drivers import can_states
from firmware.kernels.dialect import const

_DIGITS = b"0123456789ABCDEF"
_RETURN = const(13)
_FRAME = const(116)  # "t": a standard frame
_HEAD = const(5)  # t, three digits of the identifier, one of the length
_LONGEST = const(21)  # of a line without its return


class Slcan:
    """uart: like machine.UART, with any(), readinto(buffer) and write(buffer); it must not wait.

    refused: lines that were no frames. Other letters of the protocol, which open the line and set its speed, are not
    needed and not answered.
    """

    def __init__(self, uart):
        self._uart = uart
        self.state = can_states.ACTIVE
        self.refused = 0
        self._line = bytearray(_LONGEST)
        self._length = 0  # of the line so far; more than the longest: it is not one
        self._in = bytearray(32)
        self._have = 0
        self._at = 0
        self._out = bytearray(_LONGEST + 1)
        self._outs = [memoryview(self._out)[: _HEAD + 2 * n + 1] for n in range(9)]

    def send(self, identifier, data):
        """Write a frame; False if the line did not take all of it."""
        out = self._out
        n = len(data)
        out[0] = _FRAME
        out[1] = _DIGITS[identifier >> 8 & 7]
        out[2] = _DIGITS[identifier >> 4 & 15]
        out[3] = _DIGITS[identifier & 15]
        out[4] = _DIGITS[n]
        for k in range(n):
            out[_HEAD + 2 * k] = _DIGITS[data[k] >> 4]
            out[_HEAD + 2 * k + 1] = _DIGITS[data[k] & 15]
        out[_HEAD + 2 * n] = _RETURN
        try:
            return self._uart.write(self._outs[n]) == _HEAD + 2 * n + 1
        except OSError:
            return False

    def receive(self, buffer):
        """The next frame into buffer, bytearray(9); its identifier, or -1."""
        while True:
            while self._at < self._have:
                byte = self._in[self._at]
                self._at += 1
                if byte == _RETURN:
                    identifier = self._parse(buffer)
                    self._length = 0
                    if identifier >= 0:
                        return identifier
                elif self._length < _LONGEST:
                    self._line[self._length] = byte
                    self._length += 1
                else:
                    self._length = _LONGEST + 1
            self._at = self._have = 0
            if not self._refill():
                return -1

    def _refill(self):
        try:
            if self._uart.any():
                self._have = self._uart.readinto(self._in) or 0
        except OSError:
            pass
        return self._have > 0

    def _parse(self, buffer):
        """The line as a frame; -1 if it is none."""
        line = self._line
        if self._length < _HEAD or line[0] != _FRAME:
            if self._length:
                self.refused += 1
            return -1
        n = line[4] - 48
        if not 0 <= n <= 8 or self._length != _HEAD + 2 * n:
            self.refused += 1
            return -1
        wrong = 0
        identifier = 0
        for k in range(1, 4):
            digit = _digit(line[k])
            wrong |= digit
            identifier = identifier << 4 | digit & 15
        buffer[0] = n
        for k in range(n):
            high = _digit(line[_HEAD + 2 * k])
            low = _digit(line[_HEAD + 2 * k + 1])
            wrong |= high | low
            buffer[1 + k] = (high & 15) << 4 | low & 15
        if wrong >> 4 or identifier > 0x7FF:
            self.refused += 1
            return -1
        return identifier


def _digit(letter):
    """Value of a hex digit; 16 if it is none."""
    if 48 <= letter <= 57:
        return letter - 48
    letter &= 0xDF
    return letter - 55 if 65 <= letter <= 70 else 16
