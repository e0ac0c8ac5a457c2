"""A board whose file system is littlefs itself, on a flash that can lose its power at any byte."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from littlefs import LittleFSError, lfs

from bms.emulation.flash import Flash
from bms.emulation.storage import Storage
from firmware import boot
from hil_tests.littlefs_storage import LittleFsStorage
from tests.unit.bench.flash_bench import TornFiles


class LittleFsBoard(TornFiles):
    """BoardFiles of bms/bench/flashing.py. storage: what the file system holds, as it was read at the last start."""

    def __init__(self, flash: Flash, folder: Path) -> None:
        super().__init__(folder)
        self.flash = flash
        self._mounted = LittleFsStorage(flash, "", new=True)
        self.restart()

    def restart(self) -> None:
        """The power is back."""
        self.flash.dead, self.flash.cut = False, None
        self._mounted = LittleFsStorage(self.flash, "")
        self.storage, self.folders = Storage(), set()  # type: ignore[assignment]
        self._look("")

    def _look(self, folder: str) -> None:
        fs = self._mounted.fs
        directory = lfs.dir_open(fs, folder or "/")
        found = []
        while entry := lfs.dir_read(fs, directory):
            found.append(entry)
        lfs.dir_close(fs, directory)
        for entry in found:
            path = f"{folder}/{entry.name}"
            if entry.name in {".", ".."}:
                continue
            if entry.type == 2:  # LFS_TYPE_DIR
                self.folders.add(path)
                self._look(path)
            else:
                self.storage.files[path] = self._mounted.read(path) or b""

    def write(self, path: str, data: bytes) -> None:
        self._mounted.write(path, bytearray(data))
        super().write(path, data)

    def remove(self, path: str) -> None:
        inside = [name for name in self.storage.files if name.startswith(path + "/")]
        below = sorted((folder for folder in self.folders if folder.startswith(path + "/")), reverse=True)
        for name in (*inside, *below, path):
            self._done(partial(lfs.remove, self._mounted.fs, name))
        super().remove(path)
        self.folders -= {*below, path}

    def make_folder(self, path: str) -> None:
        self._done(partial(lfs.mkdir, self._mounted.fs, path))
        super().make_folder(path)

    def rename(self, old: str, new: str) -> None:
        self._done(partial(lfs.rename, self._mounted.fs, old, new))
        super().rename(old, new)

    def confirm(self, slot: str) -> None:
        self.write(slot + boot.CONFIRMED, b"")

    def _done(self, act: Callable[[], object]) -> None:
        try:
            act()
        except LittleFSError as error:
            raise self._mounted.refused(error) from None
