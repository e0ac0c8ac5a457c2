"""A board whose file system is littlefs itself, on a flash that can lose its power at any byte."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from littlefs import LittleFSError, lfs

from bms.bench.remote import slots
from bms.emulation.flash import Flash
from firmware import boot
from hil_tests.littlefs_storage import LittleFsStorage

_FOLDER = 2  # LFS_TYPE_DIR


class LittleFsBoard:
    """BoardFiles of bms/bench/flashing.py, and what the board does at power-up. place: a folder of this machine."""

    def __init__(self, flash: Flash, place: Path) -> None:
        self.flash = flash
        self._place = place
        self._mounted = LittleFsStorage(flash, "", new=True)

    def restart(self) -> None:
        """The power is back."""
        self.flash.dead, self.flash.cut = False, None
        self._mounted = LittleFsStorage(self.flash, "")

    def start(self) -> dict[str, bytes]:
        """The files of the image that the launcher starts; {}: none."""
        root = self._lay_out()
        chosen, trial, _ = boot.choose(str(root))
        slot = chosen.removeprefix(str(root))
        if trial:
            self.write(slot + boot.STARTED, b"")
        marks = {slot + mark for mark in (boot.MANIFEST, boot.STARTED, boot.CONFIRMED)}
        paths = [path for path in self._walk() if slot and path.startswith(slot + "/") and path not in marks]
        return {path.removeprefix(slot + "/"): self.read(path) or b"" for path in paths}

    def confirm(self, slot: str) -> None:
        """As firmware/trial.py does."""
        self.write(slot + boot.CONFIRMED, b"")

    def survey(self) -> Iterator[dict[str, Any]]:
        told: list[str] = []
        slots.survey(vars(boot), str(self._lay_out()), told.append)
        yield from map(json.loads, told)

    def read(self, path: str) -> bytes | None:
        return self._mounted.read(path)

    def exists(self, path: str) -> bool:
        try:
            lfs.stat(self._mounted.fs, path)
        except LittleFSError:
            return False
        return True

    def write(self, path: str, data: bytes) -> None:
        self._mounted.write(path, bytearray(data))

    def copy(self, source: str, target: str) -> None:
        self.write(target, self.read(source) or b"")

    def remove(self, path: str) -> None:
        inside = [*self._walk(path), *reversed(list(self._walk(path, folders=True)))] if self._is_folder(path) else []
        for name in (*inside, path):
            self._done(partial(lfs.remove, self._mounted.fs, name))

    def make_folder(self, path: str) -> None:
        self._done(partial(lfs.mkdir, self._mounted.fs, path))

    def rename(self, old: str, new: str) -> None:
        self._done(partial(lfs.rename, self._mounted.fs, old, new))

    def _is_folder(self, path: str) -> bool:
        return self.exists(path) and lfs.stat(self._mounted.fs, path).type == _FOLDER

    def _walk(self, folder: str = "", folders: bool = False) -> Iterator[str]:
        """Paths of all files below a folder, or of all folders, each before what is in it."""
        directory = lfs.dir_open(self._mounted.fs, folder or "/")
        found = []
        while entry := lfs.dir_read(self._mounted.fs, directory):
            found.append(entry)
        lfs.dir_close(self._mounted.fs, directory)
        for entry in found:
            path = f"{folder}/{entry.name}"
            if entry.type != _FOLDER:
                yield from () if folders else (path,)
            elif entry.name not in {".", ".."}:
                yield from (path,) if folders else ()
                yield from self._walk(path, folders)

    def _lay_out(self) -> Path:
        shutil.rmtree(self._place, ignore_errors=True)
        for path in self._walk():
            there = Path(f"{self._place}{path}")
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(self.read(path) or b"")
        return self._place

    def _done(self, act: Callable[[], object]) -> None:
        try:
            act()
        except LittleFSError as error:
            raise self._mounted.refused(error) from None
