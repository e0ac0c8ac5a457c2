"""The vehicle on the pack's CAN bus: it says heartbeat, odometer and route, commands, and reads what the pack says."""

from dataclasses import dataclass, field

from bms.bench.can_host import CommandSender, frame
from bms.bench.can_table import Message, messages_of
from bms.emulation.can_bus import Frame
from firmware import e2e, messages

_PERIOD = {row[messages.ID]: row[messages.PERIOD_MS] / 1000 for row in messages.FROM_HOST if row[messages.PERIOD_MS]}
_FIRST = {messages.HEARTBEAT: 0.03, messages.ODOMETER: 0.035, messages.ROUTE: 0.04}  # s, between the pack's ticks


@dataclass
class Vehicle:
    """A Node of bms/emulation/can_bus.py. key: what its commands are signed with.

    talks: it says heartbeat and odometer; open_asked: the heartbeat wants open contactors. mm: of the odometer.
    route_nv_m: what the rest of the road takes, 0 unknown, None not said. queue: frames that are still to go. heard:
    (time s, frame) of all that the pack has sent. command.result: what the pack has said of the last command.
    """

    key: bytes = bytes(32)
    talks: bool = True
    open_asked: int = 0
    mm: int = 0
    route_nv_m: int | None = None
    queue: list[Frame] = field(default_factory=list)
    heard: list[tuple[float, Frame]] = field(default_factory=list)
    command: CommandSender = field(init=False)
    _time: float = 0.0
    _due: dict[int, float] = field(default_factory=lambda: dict(_FIRST))
    _counter: dict[int, int] = field(default_factory=lambda: dict.fromkeys(_FIRST, 0))

    def __post_init__(self) -> None:
        self.command = CommandSender(self.key, self.say)

    def say(self, identifier: int, data: bytes) -> None:
        """Put a frame on the bus as soon as it is free."""
        self.queue.append(Frame(identifier, bytes(data)))

    def advance(self, time: float) -> None:
        """Its clock is at `time` s: what is due is said."""
        self._time = time
        for identifier, due in self._due.items():
            if due > time:
                continue
            self._due[identifier] = due + _PERIOD[identifier] * (1 + (time - due) // _PERIOD[identifier])
            values = self._values(identifier)
            if self.talks and values is not None:
                self._counter[identifier] = (self._counter[identifier] + 1) % e2e.COUNTERS
                self.say(identifier, frame(identifier, values, self._counter[identifier]))

    def _values(self, identifier: int) -> dict[str, int] | None:
        if identifier == messages.HEARTBEAT:
            return {"open_asked": self.open_asked}
        if identifier == messages.ODOMETER:
            return {"odometer": self.mm & (1 << 29) - 1}
        return None if self.route_nv_m is None else {"route_consumption": self.route_nv_m}

    def frames(self, name: str) -> list[tuple[float, bytes]]:
        """(time s, data) of every frame of one of the pack's messages."""
        identifier = _message(name).identifier
        return [(time, heard.data) for time, heard in self.heard if heard.identifier == identifier]

    def said(self, name: str) -> dict[str, float | str | None]:
        """The last values of one of the pack's messages, in the units of its DBC; {} before the first."""
        told = self.frames(name)
        if not told:
            return {}
        data = told[-1][1]
        group = data[0] if _message(name).multiplexed else None
        return {s.name: s.value(data) for s in _message(name).signals if s.group == group}

    # Towards the bus.
    def offers(self) -> Frame | None:
        return self.queue[0] if self.queue else None

    def acknowledges(self) -> bool:
        return True

    def hear(self, frame: Frame) -> None:
        self.heard.append((self._time, frame))
        self.command.hear(frame.identifier, frame.data)

    def sent(self, frame: Frame) -> None:
        self.queue.remove(frame)

    def failed(self, acknowledged: bool) -> None:
        """It tries again."""

    def idle(self, bits: int) -> None:
        """It has no error counters."""


def _message(name: str) -> Message:
    return next(message for message in messages_of() if message.name == name)
