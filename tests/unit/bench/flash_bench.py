"""A board's file system that loses its power at any step, and the start of the board after that."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bms.bench.flashing import Image
from bms.bench.remote import slots
from bms.emulation.storage import Storage
from firmware import boot, trial


def image(name: str, **changed: bytes) -> Image:
    """Some small files; `changed` ones differ from those of another image."""
    files = {"main.py": b"run()\n", "pack.bin": b"\1\0\0\0\2\0\0\0", "firmware/main.mpy": b"M\6main", **changed}
    return Image("rp2-pico", "armv6m", name, files)


@dataclass
class Watched(Storage):
    """A Storage that keeps what a cut at each of its steps would have left."""

    left: list[dict[str, bytes]] = field(default_factory=list)

    def _step(self) -> None:
        self.left.append(dict(self.files))


class TornFiles:
    """BoardFiles whose writes erase and then fill a file byte by byte, each a step that may be the last."""

    def __init__(self, folder: Path) -> None:
        self.storage = Watched()
        self.folders: set[str] = set()
        self._place = folder
        self._laid_out: dict[str, bytes] = {}

    def survey(self) -> Iterator[dict[str, Any]]:
        told: list[str] = []
        slots.survey(vars(boot), str(self.lay_out()), told.append)
        yield from map(json.loads, told)

    def read(self, path: str) -> bytes | None:
        return self.storage.read(path)

    def exists(self, path: str) -> bool:
        return path in self.storage.files or path in self.folders or any(
            name.startswith(path + "/") for name in self.storage.files
        )  # fmt: skip

    def write(self, path: str, data: bytes) -> None:
        parent = path.rpartition("/")[0]
        assert not parent or parent in self.folders, f"{parent} was not made"
        self.storage.write(path, data)

    def copy(self, source: str, target: str) -> None:
        self.write(target, self.storage.files[source])

    def remove(self, path: str) -> None:
        for name in [name for name in self.storage.files if name == path or name.startswith(path + "/")]:
            self.storage.remove(name)

    def make_folder(self, path: str) -> None:
        self.folders.add(path)

    def rename(self, old: str, new: str) -> None:
        self.storage.rename(old, new)

    def lay_out(self) -> Path:
        """All files, in a folder of this machine; only what differs is written."""
        for name in self._laid_out.keys() - self.storage.files.keys():
            Path(f"{self._place}{name}").unlink()
            del self._laid_out[name]
        for name, data in self.storage.files.items():
            if self._laid_out.get(name) != data:
                path = Path(f"{self._place}{name}")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                self._laid_out[name] = data
        return self._place

    def start(self) -> tuple[str, dict[str, bytes]]:
        """What the board does at power-up: the slot that it starts, and the files of the image in it."""
        root = self.lay_out()
        folder, _, _ = boot.choose(str(root))
        for slot in boot.SLOTS:
            mark = slot + boot.STARTED
            if Path(f"{root}{mark}").exists():
                self.storage.files[mark] = self._laid_out[mark] = b""
        slot = folder.removeprefix(str(root))
        marks = {slot + mark for mark in (boot.MANIFEST, boot.STARTED, boot.CONFIRMED)}
        inside = {n: data for n, data in self.storage.files.items() if slot and n.startswith(slot + "/")}
        return slot, {n.removeprefix(slot + "/"): data for n, data in inside.items() if n not in marks}

    def confirm(self, slot: str) -> None:
        """As firmware/trial.py does."""
        self.storage.files[f"{slot}/{trial.CONFIRMED}"] = b""
