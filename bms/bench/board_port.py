"""A board at the end of a serial port: its file system through the raw REPL, its console while the controller runs."""

import contextlib
import io
import json
import time
from collections.abc import Iterator
from typing import Any, cast

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from bms.bench.targets import REMOTE, ROOT
from bms.bench.told import Lines, Told
from bms.errors import InputError

_BAUD = 115200
_LOST = (serial.SerialException, OSError, TransportError)  # of mpremote and pyserial, when a cable is pulled
_CHUNK = 1024  # bytes of a file at once; their text fits a Pico's heap
ANSWER_S = 15.0  # a Pico checks two images in some 3 s
_STOP_S = 30.0  # for a controller to reset after Ctrl-C, and its launcher to meet the next
_TRY_S = 3
_LOOK_S = 0.3
_PROMPTS = 10
_INTERRUPT, _PROMPT, _SEEN = b"\x03\x02", b">>> ", 64


class _Transport(SerialTransport):
    """mpremote's, but no answer is waited for longer than that: a board that restarts tells on, of other things."""

    def read_until(self, min_num_bytes, ending, timeout=10, data_consumer=None, timeout_overall=None):
        said, end = b"", time.monotonic() + (timeout_overall or ANSWER_S)
        while not said.endswith(ending) and time.monotonic() < end:
            byte = self.serial.read(1)
            if byte and data_consumer:
                data_consumer(byte)
            said = byte or said if data_consumer else said + byte
        return said


class BoardFiles:
    """As bms/bench/flashing.py wants it, over mpremote. RuntimeError, in a sentence, where the board refuses."""

    def __init__(self, transport: SerialTransport) -> None:
        self._transport = transport
        boot, slots = (ROOT / "firmware" / "boot.py").read_text(), (REMOTE / "slots.py").read_text()
        self._run("files", f"boot = {{'__name__': 'boot'}}\nexec({boot!r}, boot)\n{slots}\nos.chdir('/')")

    def survey(self) -> Iterator[dict[str, Any]]:
        yield from map(json.loads, self._run("files", "survey(boot)").splitlines())

    def read(self, path: str) -> bytes | None:
        if not self.exists(path):
            return None
        with _told(path):
            return bytes(self._transport.fs_readfile(path, _CHUNK))

    def exists(self, path: str) -> bool:
        return self._run(path, f"print(boot['there']({path!r}))").strip() == "True"

    def write(self, path: str, data: bytes) -> None:
        with _told(path):
            self._transport.fs_writefile(path, data, _CHUNK)

    def copy(self, source: str, target: str) -> None:
        self._run(target, f"copy({source!r}, {target!r})")

    def remove(self, path: str) -> None:
        self._run(path, f"remove({path!r})")

    def make_folder(self, path: str) -> None:
        self._run(path, f"os.mkdir({path!r})")

    def rename(self, old: str, new: str) -> None:
        old, new = old.lstrip("/"), new.lstrip("/")  # from the root: VfsPosix takes two absolute paths for one
        self._run(new, f"os.rename({old!r}, {new!r})")

    def kind(self) -> tuple[int, str]:
        """sys.implementation._mpy of the board, and its _machine."""
        told = self._run("sys.implementation", "import sys\nprint(getattr(sys.implementation, '_mpy', 0))")
        return int(told), self._run("sys.implementation", "print(sys.implementation._machine)").strip()

    def _run(self, what: str, code: str) -> str:
        with _told(what):
            return self._transport.exec(code).decode()


class BoardPort:
    """`with BoardPort(port) as board`. InputError if there is no such port; a lost board is a RuntimeError."""

    def __init__(self, port: str) -> None:
        self.port = port
        self._transport: SerialTransport | None = None

    def __enter__(self) -> "BoardPort":
        try:
            self._open()
        except _LOST as e:
            reason = str(e.__context__ or e).splitlines()[0]
            raise InputError(f"{self.port} cannot be opened ({reason}); plug the board in, or name its port.") from None
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def stop(self) -> BoardFiles:
        """The board in its raw REPL: a controller opens its outputs at the first Ctrl-C, and resets."""
        end = time.monotonic() + _STOP_S
        while time.monotonic() < end:
            with contextlib.suppress(*_LOST), contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it met
                if self._prompts():
                    transport = self._open()
                    transport.enter_raw_repl(soft_reset=False, timeout_overall=_TRY_S)
                    self._line().timeout = ANSWER_S
                    return BoardFiles(transport)
                continue
            self._close()
            time.sleep(_LOOK_S)
        raise RuntimeError(f"The board on {self.port} does not answer; unplug it, plug it in and try again.")

    def _prompts(self) -> bool:
        """Ctrl-C, and Ctrl-B out of a raw REPL; True once the REPL is quiet behind its prompt."""
        line = self._line()
        line.write(_INTERRUPT)
        said, new, end = b"", line.read(1), time.monotonic() + _TRY_S
        while new and time.monotonic() < end:
            said = (said + new)[-_SEEN:]
            new = line.read(max(line.in_waiting, 1))
        return said.endswith(_PROMPT)

    def restart(self) -> None:
        """Out of whatever the REPL is doing; the port may go and come back. Ctrl-C does not leave the board stopped."""
        try:
            self._reset()
        except KeyboardInterrupt:
            self._reset()
            raise

    def _reset(self) -> None:
        self._close()
        with contextlib.suppress(*_LOST):
            for _ in range(_PROMPTS):
                if self._prompts():
                    self._line().write(b"import machine\rmachine.reset()\r")
                    time.sleep(_LOOK_S)
                    break
        self._close()

    def listen(self, lines: Lines, seconds: float | None) -> Iterator[Told | None]:
        """What the console tells, None where that was nothing or other text; it is never written to."""
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            try:
                line = self._line()
                data = line.read(max(line.in_waiting, 1))
            except _LOST:
                self._close()
                time.sleep(0.2)
                data = b""
            yield from list(lines.feed(data)) or [None]

    def _open(self) -> SerialTransport:
        if self._transport is None:
            self._transport = _Transport(self.port, _BAUD)
        return self._transport

    def _line(self) -> serial.Serial:
        line = cast(serial.Serial, self._open().serial)
        line.timeout = _LOOK_S
        return line

    def _close(self) -> None:
        transport, self._transport = self._transport, None
        if transport:
            with contextlib.suppress(*_LOST):
                transport.close()


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it met
            yield
    except (TransportExecError, OSError) as e:
        text = e.error_output if isinstance(e, TransportExecError) else str(e)
        last = (text.strip().splitlines() or ["nothing"])[-1]
        raise RuntimeError(f"The board refuses {what}: {last}; what it started before is untouched.") from None
    except TransportError as e:
        raise RuntimeError(f"The board was lost at {what} ({e}); what it started before is untouched.") from None
