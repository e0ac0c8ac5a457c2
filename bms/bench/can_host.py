"""The vehicle's side of the CAN messages: frames to send, and the answer to a challenge."""

import hashlib
import hmac
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bms.errors import InputError
from firmware import commands, e2e, messages

_FROM_HOST = {row[messages.ID]: row for row in messages.FROM_HOST}


def signature(key: bytes, code: int, argument: int, nonce: bytes, counter: int) -> bytes:
    """The eight bytes that the pack wants: HMAC-SHA256 over code, argument, nonce and counter (docs/can.md)."""
    if len(key) != commands.KEY_BYTES:
        raise InputError(f"A pack's key has {commands.KEY_BYTES} bytes, not {len(key)}; give the one in its pack.bin.")
    said = bytes([code]) + argument.to_bytes(4, "little", signed=True) + nonce + counter.to_bytes(4, "little")
    return hmac.new(key, said, hashlib.sha256).digest()[: commands.MAC_BYTES]


def frame(identifier: int, values: Mapping[str, int], counter: int = 0) -> bytes:
    """Eight bytes of a host's message, raw values by their names; protected where the table says so."""
    row = _FROM_HOST[identifier]
    bits = 0
    for name, start, width, *_ in row[messages.SIGNALS]:
        bits |= (values[name] & (1 << width) - 1) << start
    data = bytearray(bits.to_bytes(8, "little"))
    if row[messages.PROTECTED]:
        e2e.protect(data, identifier, counter)
    return bytes(data)


@dataclass
class CommandSender:
    """Asks for a command and answers the challenge. send(identifier, data) puts a frame on the bus.

    result: what the pack has said of it, a number of firmware/commands.py.
    """

    key: bytes
    send: Callable[[int, bytes], object]
    code: int = commands.NONE
    argument: int = 0
    result: int = commands.NONE
    _nonce: bytes | None = field(default=None, repr=False)

    def ask(self, code: int, argument: int = 0) -> None:
        """Begin a command."""
        self.code, self.argument, self.result, self._nonce = code, argument, commands.NONE, None
        asked = {"requested_code": code, "requested_argument": argument}
        self.send(messages.COMMAND_REQUEST, frame(messages.COMMAND_REQUEST, asked))

    def hear(self, identifier: int, data: bytes) -> None:
        """A frame of the pack: the challenge, or the state that brings the counter to be signed with it."""
        if identifier == messages.CHALLENGE:
            self._nonce = bytes(data)
        if identifier != messages.COMMAND_STATE or data[2] != self.code or e2e.crc(data, identifier) != data[0]:
            return
        self.result = data[1] >> 4
        if self.result == commands.CHALLENGED and self._nonce is not None:
            counter = array("I", data[4:8])[0]
            mac = signature(self.key, self.code, self.argument, self._nonce, counter)
            self._nonce = None
            self.send(messages.COMMAND_ANSWER, mac)
