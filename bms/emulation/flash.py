"""NOR flash that counts its erases, wears out and can lose power at any byte of a program or an erase."""

import numpy as np
from numpy.typing import NDArray

PICO_BLOCK, PICO_PAGE = 4096, 256  # RP2040 with a W25Q16JV: bytes erased and programmed at once
PICO_BLOCKS = 352  # 1,408 KiB of its 2 MiB are MicroPython's file system (ports/rp2, RPI_PICO)


class Flash:
    """`blocks` of `block_size` bytes. A program only clears bits; what is cut leaves one byte between old and new.

    erases: (blocks,) so far. worn: blocks that no longer take what is programmed. cut: bytes until the power goes, or
    None; then `dead`, and OSError for whatever is asked. touched: bytes programmed or erased so far.
    """

    def __init__(self, blocks: int = PICO_BLOCKS, block_size: int = PICO_BLOCK, seed: int = 0) -> None:
        self.blocks, self.block_size = blocks, block_size
        self.content = bytearray(b"\xff" * (blocks * block_size))
        self.erases: NDArray[np.int64] = np.zeros(blocks, np.int64)
        self.worn: set[int] = set()
        self.cut: int | None = None
        self.dead = False
        self.touched = 0
        self._rng = np.random.default_rng(seed)

    def read(self, block: int, offset: int, size: int) -> bytearray:
        self._alive()
        at = block * self.block_size + offset
        return self.content[at : at + size]

    def program(self, block: int, offset: int, data: bytes) -> None:
        at = block * self.block_size + offset
        old = self.content[at : at + len(data)]
        if block in self.worn:
            data = bytes(len(data))
        both = int.from_bytes(old, "little") & int.from_bytes(data, "little")
        self._change(at, both.to_bytes(len(data), "little"))

    def erase(self, block: int) -> None:
        self.erases[block] += 1
        self._change(block * self.block_size, b"\xff" * self.block_size)

    def _change(self, at: int, new: bytes) -> None:
        self._alive()
        done = len(new) if self.cut is None else min(len(new), self.cut - self.touched)
        self.content[at : at + done] = new[:done]
        self.touched += done
        if done < len(new):
            mixed = int(self._rng.integers(256))
            self.content[at + done] = (self.content[at + done] & mixed) | (new[done] & ~mixed & 255)
            self.dead = True
            self._alive()

    def _alive(self) -> None:
        if self.dead:
            raise OSError(5, "the power is gone")
