"""The link's messages on a board's serial line, while one entry runs in its raw REPL (bms/bench/remote/timed.py)."""

import time

from mpremote.transport import TransportError

from bms.bench.serial_board import SerialBoard
from bms.bench.targets import Unjudged

_SILENT_S = 30.0
_BREAK_S = 5.0  # for an entry that was broken off, to end
_BREAK = "~"
_EOF = b"\x04"  # of what a command prints


class Line:
    """One run of an entry, which is loaded; Unjudged where the board does not go on with it."""

    def __init__(self, board: SerialBoard, entry: str) -> None:
        self._transport, self._port = board.transport, board.port
        self._pending = b""
        self._asked = False
        self._transport.exec_raw_no_follow(f"import timed as _t\n_t.run({entry!r})")

    def message(self, silent_s: float = _SILENT_S) -> str:
        """The next one, with its mark: "?" waits for a reply, "!" does not. What else is printed is left out."""
        until = time.monotonic() + silent_s
        while True:
            line, ended, rest = self._pending.partition(b"\n")
            if ended:
                self._pending = rest
                if line[:1] in (b"?", b"!"):
                    self._asked = line[:1] == b"?"
                    return line.decode(errors="replace").rstrip("\r")
                continue
            if _EOF in line:
                raise Unjudged(f"The board on {self._port} ended the link: {self._last(line)}")
            heard = self._heard()
            if heard:
                self._pending += heard
                until = time.monotonic() + silent_s
            elif time.monotonic() > until:
                raise Unjudged(f"The board on {self._port} has said nothing for {silent_s:g} s.")

    def reply(self, text: str) -> None:
        """To the last message, which asked."""
        self._transport.serial.write(text.encode() + b"\n")
        self._asked = False

    def end(self) -> None:
        """After the reply to the entry's last message."""
        self._transport.follow(_BREAK_S)

    def break_off(self) -> bool:
        """Have the entry end where it stands; False if it does not."""
        try:
            if self._asked:
                self.reply(_BREAK)
            while not (message := self.message(_BREAK_S)).startswith("?z "):
                if self._asked:
                    self.reply(_BREAK)
            self.reply("")
            self.end()
        except (Unjudged, TransportError, OSError):
            return False
        return bool(message)

    def _heard(self) -> bytes:
        serial = self._transport.serial
        waiting = serial.inWaiting()  # pyright: ignore[reportAttributeAccessIssue]  # as mpremote itself
        return serial.read(max(1, waiting))  # waits a second at most

    def _last(self, ended: bytes) -> str:
        said = ended
        while said.count(_EOF) < 2 and (more := self._heard()):
            said += more
        lines = said.replace(_EOF, b"\n").rstrip(b"\n>\r ").decode(errors="replace").split("\n")
        return lines[-1].strip() or "it gave no reason"
