"""A MicroPython on a serial port: who it is, commands in its raw REPL, modules into its RAM. Nothing goes to flash."""

import ast
import contextlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from bms.bench import folding, image
from bms.bench.targets import REMOTE, ROOT
from bms.errors import InputError

HEAP_BYTES = 64 * 1024  # free, to verify on: kernels, and a job with its text
_MPY = 6, 3  # what mpy-cross makes; native code needs both numbers, bytecode the first
_RAW = b"raw REPL; CTRL-B to exit\r\n"
_PATIENCE_S = 20.0  # for a program to stop, which may reset the board
_AGAIN_S = 0.1  # between two Ctrl-C: a board that was reset must be met before its controller runs
_CHUNK_BYTES = 512
_ASK_WHO = """
import gc, os, sys
gc.collect()
try: _fs = os.statvfs('/')
except Exception: _fs = (0, 0, 0, 0)
_i = sys.implementation
print(repr((_i.name, list(_i.version)[:3], getattr(_i, '_machine', sys.platform), getattr(_i, '_mpy', 0),
 sys.maxsize > 2147483647, sys.platform, gc.mem_free(), _fs[1] * _fs[2], _fs[0] * _fs[3])))
"""
_RAM = """
import io, sys
try: import vfs as _vfs
except ImportError: import os as _vfs
class _Ram:
 def __init__(self): self.files = {}
 def mount(self, readonly, mkfs): pass
 def umount(self): pass
 def stat(self, path):
  path = path.strip('/')
  if path in self.files: return (0x8000, 0, 0, 0, 0, 0, len(self.files[path]), 0, 0, 0)
  if any(name.startswith(path + '/') for name in self.files): return (0x4000,) + (0,) * 9
  raise OSError(2)
 def open(self, path, mode):
  return io.BytesIO(self.files[path.strip('/')])
_ram = _Ram()
_vfs.mount(_ram, '/packmirror')
sys.path.insert(0, '/packmirror')
_held = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split('.')[0] == 'firmware'}
_kept = list(sys.modules)
"""
_UNLOAD = """
sys.path.remove('/packmirror')
_vfs.umount('/packmirror')
for _name in list(sys.modules):
 if _name not in _kept: del sys.modules[_name]
sys.modules.update(_held)
del _ram, _Ram, _held, _kept
"""

_TYPED = "_raw = {{}}; exec({!r}, _raw); _raw['serve'](globals())".format((REMOTE / "raw_repl.py").read_text())


@dataclass(frozen=True)
class Who:
    """What a board says of itself. architecture: mpy-cross's, "" for bytecode alone."""

    machine: str
    version: str
    platform: str
    architecture: str
    mpy: tuple[int, int]
    words_of_64_bits: bool
    free_bytes: int
    flash_bytes: int
    flash_free_bytes: int


class SerialBoard:
    """`with SerialBoard(port) as board`: connected, in the raw REPL, its REPL given back at the end.

    interrupt: stop a program that runs there, with Ctrl-C, at which the controller opens its contactors. InputError if
    the port cannot be opened, or nothing on it waits for commands.
    """

    def __init__(self, port: str, interrupt: bool = False) -> None:
        self.port = port
        self._interrupt = interrupt
        self._loading = False
        self._transport: SerialTransport

    def __enter__(self) -> Self:
        self._transport = opened(self.port)
        try:
            if not self._raw(3):
                self._stop()
            self.who = self._ask()
        except BaseException as e:
            self._close()
            if isinstance(e, (TransportError, OSError)):
                raise self._silent() from e
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, KeyboardInterrupt):
                self._transport.serial.write(b"\r\x03")
                self._raw(2)
            self.unload()
            self._transport.exit_raw_repl()
        except (TransportError, OSError, RuntimeError):  # the board has gone, or hangs: nothing of ours is in its flash
            pass
        finally:
            self._close()

    def _close(self) -> None:
        with contextlib.suppress(OSError):  # a port that has gone is closed
            self._transport.close()

    @property
    def transport(self) -> SerialTransport:
        """mpremote's, in the raw REPL."""
        return self._transport

    def run(self, code: str, silent_s: int = 30) -> str:
        """What the code prints. RuntimeError if it raises (its last line), or says nothing for so long."""
        try:
            self._transport.exec_raw_no_follow(code)
            out, error = self._transport.follow(silent_s)
        except (TransportError, OSError) as e:
            raise RuntimeError(f"The board on {self.port} does not answer any more: {e}.") from None
        if error:
            last = (error.decode(errors="replace").strip().splitlines() or ["nothing of why"])[-1]
            raise RuntimeError(f"The board on {self.port} said: {last}")
        return out.decode(errors="replace").replace("\r\n", "\n").rstrip("\n")

    def load(self, modules: dict[str, bytes], progress: Callable[[int], None] = lambda _: None) -> None:
        """Import modules, {path below the root of imports: a .mpy}, in their order, from RAM; gone when this closes.

        progress(bytes done). RuntimeError if the board has no room for them.
        """
        if not self._loading:
            self.run(_RAM)
            self._loading = True
        done = 0
        for path, data in modules.items():
            self.run(f"_ram.files[{path!r}] = bytearray({len(data)})\nfrom binascii import unhexlify as _un")
            for at in range(0, len(data), _CHUNK_BYTES):
                piece = data[at : at + _CHUNK_BYTES]
                self.run(f"_ram.files[{path!r}][{at}:{at + len(piece)}] = _un('{piece.hex()}')")
                progress(done := done + len(piece))
            name = path.removesuffix(".mpy").removesuffix("/__init__").replace("/", ".")
            self.run(f"__import__({name!r})\ndel _ram.files[{path!r}]\nimport gc\ngc.collect()")

    def unload(self) -> None:
        """Forget what was loaded; what the board had imported before is there again."""
        if self._loading:
            self.run(_UNLOAD)
            self._loading = False

    def _raw(self, tries: int) -> bool:
        """Into the raw REPL from either REPL, with no Ctrl-C; False if none is there."""
        for attempt in range(tries):
            self._transport.serial.write(b"\r\x01" if attempt else b"\x01")
            heard = self._heard(2)
            if not heard.endswith(_RAW) and heard.endswith(b"\r\n>>> "):  # the ports of a desktop have no raw one
                self._transport.serial.write(_TYPED.encode() + b"\r")
                heard = self._heard(5)
            if heard.endswith(_RAW):
                self._transport.in_raw_repl = True
                return True
        return False

    def _heard(self, seconds: int) -> bytes:
        """Up to the raw REPL's greeting, or what has come in time: mpremote waits for ever on a program that tells."""
        said, end = b"", time.monotonic() + seconds
        while not said.endswith(_RAW) and time.monotonic() < end:
            said += self._transport.serial.read(1)
        return said

    def _stop(self) -> None:
        """Ctrl-C until a REPL is there: the controller opens its outputs and resets the board, and is stopped again."""
        if not self._interrupt:
            raise self._silent()
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            try:
                serial = self._transport.serial
                serial.write(b"\r\x03")
                time.sleep(_AGAIN_S)
                waiting = serial.read(serial.inWaiting())  # pyright: ignore[reportAttributeAccessIssue]  # as mpremote itself
                if waiting.rstrip().endswith(b">") and self._raw(2):
                    return
            except (OSError, TransportError):  # over USB the port goes with the board, and comes again
                self._transport.close()
                time.sleep(0.5)
                self._transport = opened(self.port)
        raise self._silent()

    def _silent(self) -> InputError:
        hint = "" if self._interrupt else " If a program runs there, --interrupt stops it: a controller opens first."
        return InputError(
            f"Nothing on {self.port} answers as a MicroPython that waits for commands; "
            f"check the port, and that MicroPython is flashed.{hint}"
        )

    def _ask(self) -> Who:
        told = self.run(_ASK_WHO)
        try:
            name, version, machine, mpy, wide, platform, free, flash, flash_free = ast.literal_eval(told)
            number = int(mpy) >> 10 & 15
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # it speaks, but not as one
            raise self._silent() from None
        if name != "micropython":
            raise InputError(f"{self.port} is a {name}, not a MicroPython; flash MicroPython.")
        architecture = image.ARCHITECTURES[number] if number < len(image.ARCHITECTURES) else "?"
        sub = mpy & 255, mpy >> 8 & 3
        dotted = ".".join(map(str, version))
        return Who(machine, dotted, platform, architecture, sub, wide, free, flash, flash_free)


def opened(port: str) -> SerialTransport:
    """A port, not spoken to yet; InputError says why it cannot be opened."""
    path = Path(port)
    if not path.exists():
        raise InputError(f"There is no serial port {port}; `bms doctor` lists those that there are.")
    if not os.access(path, os.R_OK | os.W_OK):
        raise InputError(f"{port} may not be opened by you; add yourself to the group {path.group()} and log in again.")
    try:
        return SerialTransport(str(path.resolve()), timeout=1)  # a terminal of a desktop is known by its own path
    except (TransportError, OSError, ValueError):
        raise InputError(f"{port} is busy, or is no serial port; close what else uses it.") from None


def native(who: Who) -> str:
    """The architecture whose native code this board runs, "" for bytecode alone; InputError if it can load neither."""
    major, minor = _MPY
    if who.mpy[0] != major or (who.architecture and not who.words_of_64_bits and who.mpy[1] != minor):
        raise InputError(
            f"{who.machine} runs MicroPython {who.version}, which loads .mpy {who.mpy[0]}.{who.mpy[1]}; "
            f"{major}.{minor} is what is compiled here, so flash MicroPython 1.23 or newer."
        )
    return "" if who.words_of_64_bits else who.architecture


def compiled(entry: str, architecture: str) -> dict[str, bytes]:
    """Every module that an entry of bms/bench/remote needs, itself the last, each after those that it imports."""
    return {str(path.with_suffix(".mpy")): image.compiled(source, path, architecture) for path, source in _order(entry)}


def _order(entry: str) -> list[tuple[Path, bytes]]:
    sources: dict[Path, bytes] = {}

    def tree(path: Path) -> ast.Module | None:
        here = next((p for p in (ROOT / path, REMOTE / path) if p.is_file()), None)
        if here is None:
            return None
        sources[path] = here.read_bytes()
        return ast.parse(sources[path])

    return [(path, sources[path]) for path in ordered([Path(f"{entry}.py")], tree)]


def ordered(first: Iterable[Path], tree: Callable[[Path], ast.Module | None]) -> list[Path]:
    """Modules and all that they import, each after those that it needs; `tree` has none for what is the board's own."""
    found: list[Path] = []
    begun: set[Path] = set()

    def visit(path: Path) -> None:
        if path in begun:
            return
        begun.add(path)
        here = tree(path)
        if here is None:
            return
        packages = (parent / "__init__.py" for parent in path.parents if parent.parts)
        for needed in [*packages, *folding.imported(here)]:
            visit(needed)
        found.append(path)

    for path in first:
        visit(path)
    return found
