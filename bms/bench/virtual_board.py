"""The virtual board: a real MicroPython behind a serial port (a pty), whose flash is a folder that stays."""

import hashlib
import os
import pty
import signal
import subprocess
import tempfile
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from bms.bench.targets import TARGETS, WebAssembly

PIECES = Path(__file__).with_name("virtual")
Wires = Callable[[str], str]
_POWER_ON, _HARD, _WATCHDOG, _SOFT = 1, 2, 3, 5  # machine.reset_cause()
_LEFT = {10: ("friendly", _SOFT), 11: ("raw", _SOFT), 12: ("friendly", _HARD), -signal.SIGALRM: ("friendly", _WATCHDOG)}
_CUT = ("friendly", _POWER_ON)


class VirtualBoard:
    """`with VirtualBoard(folder) as board: board.port`. The folder is the flash, its root; it is made if absent.

    boot.py and main.py run at the start and after a reset, as on a board. wires: answers what
    bms/bench/virtual/machine.py asks of pins and buses, in a thread; without it nothing is connected.
    InputError, on entry, if this machine lacks what it takes.
    """

    def __init__(self, folder: Path, wires: Wires | None = None) -> None:
        self.folder = folder
        self.port = ""
        self.starts = 0  # power-ons and resets so far
        self.failure = ""  # why the board is dead, a line
        self._wires = wires
        self._node: subprocess.Popen[bytes] | None = None
        self._closing = False
        self._starting = threading.Lock()

    def __enter__(self) -> Self:
        TARGETS["webassembly"].require()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._line, self._far = pty.openpty()  # the far end stays open, so that a client may come and go
        tty.setraw(self._far)
        os.set_blocking(self._line, False)
        self.port = os.ttyname(self._far)
        self._life = threading.Thread(target=self._live, daemon=True)
        self._life.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._starting:
            self._closing = True
            self.cut_power()
        self._life.join()
        os.close(self._line)
        os.close(self._far)

    def cut_power(self) -> None:
        """The board stops where it is, also in the middle of a file; it starts again at once, unless it is closed."""
        if self._node:
            self._node.kill()

    def wait(self) -> None:
        """Until the board is dead; RuntimeError says why."""
        self._life.join()
        raise RuntimeError(f"the virtual board ended: {self.failure}")

    def _live(self) -> None:
        mode, cause = _CUT
        with tempfile.TemporaryFile("w+") as errors:
            while not self._closing:
                self.starts += 1
                code = self._run(mode, cause, errors.fileno())
                if code not in (*_LEFT, -signal.SIGKILL):
                    errors.seek(0)
                    self.failure = (errors.read().strip().splitlines() or [f"node ended with status {code}"])[-1]
                    return
                mode, cause = _LEFT.get(code, _CUT)

    def _run(self, mode: str, cause: int, errors: int) -> int:
        target = TARGETS["webassembly"]
        assert isinstance(target, WebAssembly)
        folder = str(self.folder.resolve())
        identity = hashlib.sha256(folder.encode()).hexdigest()[:16]
        node, _, module, *_ = target.command("")
        command = [node, str(PIECES / "board.mjs"), module, folder, mode, str(cause), identity, str(self._line)]
        if not self._wires:
            return self._start(command, [self._line], errors).wait()
        (ask, asked), (told, tell) = (os.pipe() for _ in range(2))
        node = self._start([*command, str(asked), str(told)], [self._line, asked, told], errors)
        os.close(asked)
        os.close(told)
        with os.fdopen(ask) as questions, os.fdopen(tell, "w") as answers:
            for question in questions:
                answers.write(self._wires(question.rstrip("\n")) + "\n")
                answers.flush()
        return node.wait()

    def _start(self, command: list[str], files: list[int], errors: int) -> subprocess.Popen[bytes]:
        """In a session of its own: a terminal's Ctrl-C ends the board through its keeper."""
        with self._starting:
            nothing = subprocess.DEVNULL
            node = subprocess.Popen(command, pass_fds=files, stdin=nothing, stderr=errors, start_new_session=True)
            self._node = node
            if self._closing:
                node.kill()
            return node
