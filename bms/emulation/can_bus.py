"""A CAN bus that does not exist: nodes, one frame at a time, the lowest identifier first, and what can go wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Frame:
    """One frame on the wire."""

    identifier: int
    data: bytes
    extended: bool = False
    remote: bool = False

    @property
    def rank(self) -> tuple[int, int, int]:
        """What arbitration goes by: the lowest wins (ISO 11898-1)."""
        base = self.identifier >> 18 if self.extended else self.identifier
        return base, int(self.extended), self.identifier if self.extended else int(self.remote)


class Node(Protocol):
    """Who hangs on the bus."""

    def offers(self) -> Frame | None:
        """The frame that it wants to send next."""
        ...

    def acknowledges(self) -> bool:
        """It listens, and says so."""
        ...

    def hear(self, frame: Frame) -> None:
        """A frame of another node has passed."""
        ...

    def sent(self, frame: Frame) -> None:
        """Its own frame has passed."""
        ...

    def failed(self, acknowledged: bool) -> None:
        """Its own frame was hurt, or nobody acknowledged it."""
        ...

    def idle(self, bits: int) -> None:
        """The bus was recessive so long."""
        ...


@dataclass
class Listener:
    """A plain node: what it hears is in `heard`, what is appended to `queue` it sends."""

    heard: list[Frame] = field(default_factory=list)
    queue: list[Frame] = field(default_factory=list)
    silent: bool = False

    def offers(self) -> Frame | None:
        return self.queue[0] if self.queue else None

    def acknowledges(self) -> bool:
        return not self.silent

    def hear(self, frame: Frame) -> None:
        self.heard.append(frame)

    def sent(self, frame: Frame) -> None:
        self.queue.remove(frame)

    def failed(self, acknowledged: bool) -> None:
        """It tries again."""

    def idle(self, bits: int) -> None:
        """It has no error counters."""


class CanBus:
    """Nodes on one pair of wires. disturbed(frame): whether this frame is hurt on its way; shorted: all are."""

    def __init__(self, *nodes: Node) -> None:
        self.nodes: list[Node] = list(nodes)
        self.shorted = False
        self.disturbed: Callable[[Frame], bool] = lambda frame: False

    def step(self) -> Frame | None:
        """One frame, if anyone has one; it is given back if it arrived."""
        offers = [(node, frame) for node in self.nodes if (frame := node.offers()) is not None]
        if not offers:
            self.idle(128)
            return None
        sender, frame = min(offers, key=lambda offer: offer[1].rank)
        others = [node for node in self.nodes if node is not sender]
        if self.shorted or self.disturbed(frame):
            sender.failed(acknowledged=True)
            return None
        if not any(node.acknowledges() for node in others):
            sender.failed(acknowledged=False)
            return None
        for node in others:
            node.hear(frame)
        sender.sent(frame)
        return frame

    def run(self, steps: int = 100) -> list[Frame]:
        """The frames that arrive in so many steps."""
        return [frame for _ in range(steps) if (frame := self.step()) is not None]

    def idle(self, bits: int) -> None:
        """Nobody sends for so long; a bus that is shorted is never recessive."""
        if not self.shorted:
            for node in self.nodes:
                node.idle(bits)
