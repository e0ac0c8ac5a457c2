"""A pack's controller as far as CAN goes, on a bus without wires."""

from array import array
from collections.abc import Sequence
from typing import Any

from firmware import commands, messages
from firmware.frames import Sender
from firmware.host import Host
from firmware.readings import READINGS

KEY = bytes(range(32))


class Wire:
    """A CAN object: what the firmware sends is in `out`, what it is to hear in `heard`. full: no frame is taken."""

    def __init__(self) -> None:
        self.out: list[tuple[int, bytes]] = []
        self.heard: list[tuple[int, bytes]] = []
        self.full = False
        self.state = 0

    def send(self, identifier: int, data: Sequence[int]) -> bool:
        if not self.full:
            self.out.append((identifier, bytes(list(data))))
        return not self.full

    def receive(self, buffer: bytearray) -> int:
        if not self.heard:
            return -1
        identifier, data = self.heard.pop(0)
        buffer[0] = len(data)
        buffer[1 : 1 + len(data)] = data
        return identifier

    def last(self, identifier: int) -> bytes:
        return next(data for seen, data in reversed(self.out) if seen == identifier)


class Pack:
    """Readings, arrays, sender, host and commands; `draws` are the random numbers that it got."""

    def __init__(self, cells: int = 16, sensors: int = 3, key: bytes = KEY, most: int = 64) -> None:
        self.wire = Wire()
        self.draws: list[bytes] = []
        self.readings = array("i", [0] * READINGS)
        self.cell_uv = array("i", [0] * cells)
        self.ts_mdegc = array("i", [0] * sensors)
        self.counts = array("i", [0] * 40)
        self.commands = commands.Commands(key, self._random)
        sources = [self.readings, self.cell_uv, self.ts_mdegc, self.counts, self.commands.words]
        self.sender = Sender(self.wire, sources, most)
        self.host = Host(self.wire, self.sender, self.commands, self.readings)

    def listen_on(self, can: Any) -> None:
        """From now on what another CAN object receives is heard; what is sent goes where it went."""
        self.host = Host(can, self.sender, self.commands, self.readings)

    def _random(self, n: int) -> bytes:
        self.draws.append(bytes((len(self.draws) * 7 + k * 13) & 255 for k in range(n)))
        return self.draws[-1]

    def tick(self, *heard: tuple[int, bytes], dt_ms: int = 100) -> None:
        """One period in which these frames come in."""
        self.wire.heard += heard
        self.host.tick(dt_ms)
        self.sender.tick(dt_ms)

    @property
    def result(self) -> int:
        return self.commands.words[commands.RESULT]


def index_of(name: str) -> int:
    """The place of a pack's message in the table."""
    return next(k for k, row in enumerate(messages.FROM_PACK) if row[messages.NAME] == name)
