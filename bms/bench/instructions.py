"""Instructions that a run on the arm32 target takes: qemu, told to step singly, writes a line for each."""

import fcntl
import os
import struct
import termios
import threading
import time
from collections.abc import Callable

from bms.bench.targets import Arm32

_QUIET_S = 0.1  # nothing new for so long: the interpreter waits for its answer
_CHUNK = 1 << 20

CountingAnswer = Callable[[str, Callable[[], int]], str]


def run(target: Arm32, entry: str, answer: CountingAnswer) -> None:
    """As target.run; answer(message, executed) may call executed(): the instructions since the start, exact to one.

    Only while the firmware waits for the answer, so not upon messages that have none. About 1.5 million lines a
    second come through a pipe, never a file.
    """
    read, write = os.pipe()
    count = _Count(read)
    environment = {
        "QEMU_LOG": "nochain,exec",
        "QEMU_LOG_FILENAME": f"/dev/fd/{write}",
        "QEMU_SINGLESTEP": "1",  # -singlestep, up to qemu 8.0
        "QEMU_ONE_INSN_PER_TB": "1",  # its name from then on
    }
    try:
        target.run(entry, lambda message: answer(message, count.settled), environment, (write,))
    finally:
        os.close(write)
        count.thread.join()
        os.close(read)


class _Count:
    """Lines that have come out of a pipe, counted by a thread until the pipe is closed."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._lines = 0
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        while chunk := os.read(self._pipe, _CHUNK):
            self._lines += chunk.count(b"\n")

    def settled(self) -> int:
        """The count, once the writer has fallen silent."""
        lines, since = -1, time.monotonic()
        while time.monotonic() - since < _QUIET_S:
            if self._lines != lines or _waiting(self._pipe):
                lines, since = self._lines, time.monotonic()
            time.sleep(_QUIET_S / 10)
        return lines


def _waiting(pipe: int) -> int:
    """Bytes in a pipe that nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))[0]
