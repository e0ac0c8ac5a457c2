"""The file system of the boards, littlefs itself, with MicroPython's parameters on an emulated flash."""

from contextlib import suppress
from typing import Any

from littlefs import LFSConfig, LittleFSError, UserContext, lfs

from bms.emulation.flash import PICO_PAGE, Flash
from bms.emulation.storage import PowerCut

_READ = 32  # readsize of MicroPython's VfsLfs2 (extmod/vfs_lfs.c), as the rp2 port mounts it
_LOOKAHEAD = 32
_CYCLES = 100  # block_cycles (extmod/vfs_lfsx.c)
_IO_ERROR = -5


class _Device(UserContext):
    """Callbacks of littlefs; an error code tells it that the power is gone."""

    def __init__(self, flash: Flash) -> None:
        super().__init__(buffer=bytearray())
        self._flash = flash

    def read(self, cfg: LFSConfig, block: int, off: int, size: int) -> bytearray:
        return self._flash.read(block, off, size)

    def prog(self, cfg: LFSConfig, block: int, off: int, data: bytes) -> int:
        try:
            self._flash.program(block, off, bytes(data))
        except OSError:
            return _IO_ERROR
        return 0

    def erase(self, cfg: LFSConfig, block: int) -> int:
        try:
            self._flash.erase(block)
        except OSError:
            return _IO_ERROR
        return 0

    def sync(self, cfg: LFSConfig) -> int:
        return 0


class LittleFsStorage:
    """Storage of firmware/store.py in a folder of a littlefs on `flash`, formatted if `new`.

    As firmware/drivers/files.py, but PowerCut when the flash has lost its power.
    """

    def __init__(self, flash: Flash, folder: str = "store", *, new: bool = False) -> None:
        self._flash, self._folder = flash, folder
        self._config = LFSConfig(
            context=_Device(flash),
            block_size=flash.block_size,
            block_count=flash.blocks,
            read_size=_READ,
            prog_size=PICO_PAGE,
            block_cycles=_CYCLES,
            cache_size=4 * PICO_PAGE,
            lookahead_size=_LOOKAHEAD,
        )
        self.fs = lfs.LFSFilesystem()
        if new:
            lfs.format(self.fs, self._config)
        lfs.mount(self.fs, self._config)
        if folder:
            with suppress(LittleFSError):  # it is there
                lfs.mkdir(self.fs, folder)

    def read(self, name: str) -> bytes | None:
        try:
            file = lfs.file_open(self.fs, f"{self._folder}/{name}", "rb")
        except LittleFSError as error:
            if error.code == -2:  # no such file
                return None
            raise self.refused(error) from None
        content = lfs.file_read(self.fs, file, lfs.file_size(self.fs, file))
        lfs.file_close(self.fs, file)
        return content

    def write(self, name: str, data: Any) -> None:
        try:
            file = lfs.file_open(self.fs, f"{self._folder}/{name}", "wb")
            lfs.file_write(self.fs, file, bytes(memoryview(data).cast("B")))
            lfs.file_close(self.fs, file)
        except LittleFSError as error:
            raise self.refused(error) from None

    def refused(self, error: LittleFSError) -> BaseException:
        """What the board's file system would raise for it."""
        return PowerCut() if self._flash.dead else OSError(-error.code, str(error))
