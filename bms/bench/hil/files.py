"""The controller's storage, which fails to order."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class FaultyFiles:
    """Files by name. fails: no write is taken. torn: the next write ends in its middle; `on_tear` is called then.

    stall_s: so long the next write takes; `on_stall` lets it pass.
    """

    on_tear: Callable[[], None]
    on_stall: Callable[[float], None]
    content: dict[str, bytes] = field(default_factory=dict)
    fails: bool = False
    torn: bool = False
    stall_s: float = 0.0

    def save(self, name: str, data: bytes) -> bool:
        """False where it was refused."""
        if self.fails:
            return False
        if self.torn:
            self.torn = False
            self.content[name] = data[: len(data) // 2]
            self.on_tear()
        if self.stall_s:
            seconds, self.stall_s = self.stall_s, 0.0
            self.on_stall(seconds)
        self.content[name] = data
        return True

    # As firmware/memory.py takes a storage, on the desktop.

    def read(self, name: str) -> bytes | None:
        return self.content.get(name)

    def write(self, name: str, data: bytes) -> None:
        self.content[name] = bytes(memoryview(data))
