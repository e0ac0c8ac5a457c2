"""A board that starts an image from its slots, on a target: what bms/bench/remote/booted.py asks and tells."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bms.bench import flashing, image, targets
from bms.bench.told import Lines, Told
from bms.bench.world import World
from firmware import boot

BOARD = "rp2-pico"  # whose pins booted.py has


@dataclass
class Booted:
    """heard: (time s, message) of outputs and resets, in order. free_bytes: before each start."""

    world: World
    target: targets.Target
    files: dict[str, bytes] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    heard: list[tuple[float, str]] = field(default_factory=list)
    free_bytes: list[int] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    interrupt_s: float = 1e9
    lines: Lines = field(default_factory=Lines)

    def install(self, slot: str, what: flashing.Image, serial: int, *, confirmed: bool = True) -> None:
        manifest = {boot.MANIFEST[1:]: flashing.manifest_of(what, serial)}
        marks = {name[1:]: b"" for name in (boot.STARTED, boot.CONFIRMED)} if confirmed else {}
        for path, data in (what.files | manifest | marks).items():
            self.files[f"{slot}/{path}"] = data

    def start(self) -> None:
        """Run what is installed until the world's load ends."""
        self.files["/main.py"] = (targets.ROOT / "firmware/boot.py").read_bytes()
        self.target.run("booted", self)

    @property
    def held_bytes(self) -> int:
        """Heap from the launcher on: it, the board's wiring and the console, and the controller once it runs."""
        return self.free_bytes[0] - self.told[-1].free_bytes

    @property
    def resets(self) -> list[str]:
        return [message for _, message in self.heard if message.startswith("R")]

    def __call__(self, message: str) -> str:
        verb, _, rest = message.partition(" ")
        now = self.world.chip.time_s
        if verb == "F":
            return self.files[rest].hex() if rest else " ".join(self.files)
        if verb == "x":
            return self._interrupt(now)
        if verb in {"k", "p", "R", "D"}:
            self.heard.append((now, message))
        if verb == "T":
            self.told += self.lines.feed(bytes.fromhex(rest))
        elif verb == "H":
            self.free_bytes.append(int(rest))
        elif verb == "M":
            path, _, origin = rest.partition(" ")
            self.origins[path] = origin
        elif verb not in {"R", "D"}:
            return self.world(message)
        return ""

    def _interrupt(self, now: float) -> str:
        if now < self.interrupt_s:
            return ""
        self.interrupt_s = 1e9
        self.heard.append((now, "ctrl-c"))
        return "c"


def built(words: NDArray[np.int32], architecture: str) -> flashing.Image:
    """The image of that board for another processor."""
    with tempfile.TemporaryDirectory() as folder:
        image.build(BOARD, words, Path(folder), architecture)
        return flashing.load(Path(folder))
