"""Storage that loses power in the middle of a write, wears out and forgets: what firmware/store.py has to survive."""

from dataclasses import dataclass, field


class PowerCut(BaseException):
    """The power is gone; nothing that runs can catch it."""


@dataclass
class Storage:
    """Files by name. in_place: a file is erased and then written, byte by byte; else written beside and renamed.

    cut: steps until the power goes, or None. A step is a byte erased, a byte written or a rename. worn: files whose
    writes fail; silent: worn ones that only show it when they are read. steps: made so far.
    """

    in_place: bool = True
    cut: int | None = None
    steps: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    worn: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)

    def read(self, name: str) -> bytes | None:
        """OSError of an unreadable file."""
        if name in self.unreadable:
            raise OSError(5, f"{name} cannot be read")
        return self.files.get(name)

    def write(self, name: str, data: object) -> None:
        """OSError of a worn one, whose old content is lost; PowerCut at its step."""
        new = bytes(memoryview(data))  # pyright: ignore[reportArgumentType]  # array("i") on every target
        beside = name if self.in_place else name + ".new"
        for left in range(len(self.files.get(beside, b"")), 0, -1):
            self._step()
            self.files[beside] = self.files[beside][: left - 1]
        self.files[beside] = b""
        if name in self.worn:
            raise OSError(5, f"{name} cannot be written")
        for byte in new:
            self._step()
            self.files[beside] += bytes([byte | 0x10 if name in self.silent else byte])
        if not self.in_place:
            self._step()
            self.files[name] = self.files.pop(beside)

    def remove(self, name: str) -> None:
        """One step."""
        self._step()
        del self.files[name]

    def rename(self, old: str, new: str) -> None:
        """One step, over a file that is there."""
        self._step()
        self.files[new] = self.files.pop(old)

    def _step(self) -> None:
        if self.cut is not None and self.steps >= self.cut:
            raise PowerCut
        self.steps += 1
