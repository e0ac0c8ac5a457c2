"""Instructions that a run on the arm32 target takes, to the last one.

qemu writes a line for each block of instructions that it runs, and once what the block consists of. So a block's runs
times its length, over all of them, is what single steps would count, in a sixth of the lines.
"""

import fcntl
import os
import struct
import termios
import threading
import time
from collections import Counter
from collections.abc import Callable

from bms.bench.targets import Arm32

_QUIET_S = 0.1  # nothing new for so long: the interpreter waits for its answer
_CHUNK = 1 << 20

CountingAnswer = Callable[[str, Callable[[], int]], str]


def run(target: Arm32, entry: str, answer: CountingAnswer) -> None:
    """As target.run; answer(message, executed) may call executed(): the instructions since the start, exact to one.

    Only while the firmware waits for the answer, so not upon messages that have none. The lines come through a pipe,
    never a file.
    """
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _CHUNK)
    count = _Count(read)
    environment = {"QEMU_LOG": "nochain,exec,in_asm", "QEMU_LOG_FILENAME": f"/dev/fd/{write}"}
    try:
        target.run(entry, lambda message: answer(message, count.settled), environment, (write,))
    finally:
        os.close(write)
        count.thread.join()
        os.close(read)


class Blocks:
    """Adds up qemu's lines: "Trace ..." for a block that runs, and before its first run "IN:" and its instructions."""

    def __init__(self) -> None:
        self._runs = Counter[bytes]()
        self._lengths: dict[bytes, int] = {}
        self._before = 0  # of blocks whose place in qemu's memory another one has taken
        self._length = 0  # of the block that is being listed

    def take(self, lines: list[bytes]) -> None:
        """Whole lines, in their order."""
        if b"IN: " not in lines and not self._length:
            self._runs.update(lines)
            return
        for line in lines:
            if line.startswith(b"Trace"):
                if self._length:
                    self._before += self._runs.pop(line, 0) * self._lengths.get(line, 0)
                    self._lengths[line] = self._length
                    self._length = 0
                self._runs[line] += 1
            elif line.startswith(b"0x"):
                self._length += 1

    @property
    def instructions(self) -> int:
        return self._before + sum(self._runs[line] * length for line, length in self._lengths.items())


class _Count:
    """Instructions that have come out of a pipe, added up by a thread until the pipe is closed."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._blocks = Blocks()
        self._bytes = 0
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        rest = b""
        while chunk := os.read(self._pipe, _CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            self._blocks.take(lines)
            self._bytes += len(chunk)

    def settled(self) -> int:
        """The count, once the writer has fallen silent."""
        seen, since = -1, time.monotonic()
        while time.monotonic() - since < _QUIET_S:
            if self._bytes != seen or _waiting(self._pipe):
                seen, since = self._bytes, time.monotonic()
            time.sleep(_QUIET_S / 10)
        return self._blocks.instructions


def _waiting(pipe: int) -> int:
    """Bytes in a pipe that nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))[0]
