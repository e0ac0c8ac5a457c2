"""The target `board`: entries of bms/bench/remote on a MicroPython behind a serial port or a pty, from its RAM.

The time is the host's. The board tells how long each tick took it by itself; one that is longer than the controller's
period says that the firmware would come late there, and nothing can be said of the run. The tick that begins the
estimator, once and behind open contactors, may take what the watchdog leaves it.
"""

import time
from pathlib import Path
from typing import Any

from mpremote.transport import TransportError

from bms.bench import folding, image, serial_board, targets
from bms.bench.board_line import Line
from bms.bench.serial_board import SerialBoard
from bms.bench.targets import REMOTE, ROOT, Answer, Target, Unjudged
from bms.errors import InputError, unknown
from firmware.controller import TICK_MS

NAME = "board"
_HEAP_BYTES = 350_000  # free; sixteen cells ran in 309 kB on 32-bit ARM, and did not in 245 kB
_BEGIN_MS = 1000  # the watchdog's, which firmware/main.py feeds after every tick
_NOT_BEGUN = "00000000"
_LINK = "timed"
_REPLACING = {"whole"}  # entries that put their own in place of a module's names, which folding may not change then


class Board(Target):
    """Connected from `require`, or the first run, until `close`. interrupt: as SerialBoard's."""

    name = NAME
    alone = True

    def __init__(self, port: str | None, interrupt: bool = False) -> None:
        self.port = port
        self._interrupt = interrupt
        self._board: SerialBoard | None = None
        self._entry = ""  # what is loaded
        self._begin_us: list[int] = []  # a tick that began the estimator
        self._own_us: list[int] = []  # any other
        self._round_us: list[int] = []

    def missing(self) -> str | None:
        return None if self.port else "no port is told; name the board's with --port."

    def require(self) -> None:
        """InputError that says what is missing, or what the port lacks."""
        super().require()
        self._connected()

    def run(self, entry: str, answer: Answer) -> None:
        """RuntimeError with what the firmware raised; Unjudged if a tick took too long or the board does not go on."""
        board = self._connected()
        try:
            if self._entry != entry:
                self._load(board, entry)
            line = Line(board, entry)
        except (RuntimeError, TransportError, OSError) as error:
            self._drop()
            raise Unjudged(str(error)) from None
        try:
            died = self._converse(line, answer)
        except BaseException as error:
            if not line.break_off():
                self._drop()
            if isinstance(error, TransportError | OSError):
                raise Unjudged(f"The board on {self.port} does not answer any more: {error}.") from None
            raise
        if died:
            raise RuntimeError(died)

    def figures(self) -> dict[str, Any]:
        """Of all ticks so far: the board's own time, and that from the end of a sleep to the next, with all waiting."""
        if not self._own_us:
            return {}
        return {
            "board_ticks": len(self._own_us),
            "board_ms_per_tick_mean": round(sum(self._own_us) / len(self._own_us) / 1000, 3),
            "board_ms_per_tick_longest": round(max(self._own_us) / 1000, 3),
            "board_ms_to_begin_longest": round(max(self._begin_us, default=0) / 1000, 3),
            "with_the_line_ms_per_tick_mean": round(sum(self._round_us) / len(self._round_us) / 1000, 3),
            "with_the_line_ms_per_tick_longest": round(max(self._round_us) / 1000, 3),
        }

    def close(self) -> None:
        """Unload, and give the board its REPL back."""
        board, self._board, self._entry = self._board, None, ""
        if board is not None:
            board.__exit__(None, None, None)

    def _drop(self) -> None:
        """As close, of a board that may be anywhere: it is stopped first."""
        board, self._board, self._entry = self._board, None, ""
        if board is not None:
            board.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

    def _connected(self) -> SerialBoard:
        if self._board is None:
            board = SerialBoard(str(self.port), self._interrupt).__enter__()
            try:
                serial_board.native(board.who)
                if board.who.free_bytes < _HEAP_BYTES:
                    raise InputError(
                        f"{board.who.machine} on {self.port} has {board.who.free_bytes} bytes of heap free; the target "
                        f"needs {_HEAP_BYTES}: take a board with more RAM, or run `bms verify` on this one."
                    )
            except InputError:
                board.__exit__(None, None, None)
                raise
            self._board = board
        return self._board

    def _load(self, board: SerialBoard, entry: str) -> None:
        board.unload()
        self._entry = ""
        board.load(modules(entry, serial_board.native(board.who)))
        self._entry = entry

    def _converse(self, line: Line, answer: Answer) -> str:
        """What ended the firmware, "" if it went to its end."""
        awake_ns, began, pieces = 0, False, ""
        while True:
            message = line.message()
            mark, verb, rest = message[0], message[1:2], message[3:]
            if (mark, verb) == ("!", "t"):
                self._judge(int(rest), (time.perf_counter_ns() - awake_ns) // 1000, began)
                began = False
                continue
            if (mark, verb) == ("?", "z"):
                line.reply("")
                line.end()
                return rest
            began = began or (verb == "r" and not (pieces + rest).startswith(_NOT_BEGUN))
            pieces = (pieces or rest) if verb == "+" else ""
            reply = answer(message[1:])
            if mark == "?":
                line.reply(reply)
            if (mark, verb) == ("?", "s"):
                awake_ns = time.perf_counter_ns()

    def _judge(self, own_us: int, round_us: int, began: bool) -> None:
        allowed_ms = _BEGIN_MS if began else TICK_MS
        if own_us > 1000 * allowed_ms:
            raise Unjudged(f"A tick took the board {own_us / 1000:.0f} ms of its own; {allowed_ms} ms are allowed.")
        if began:
            self._begin_us.append(own_us)
        else:
            self._own_us.append(own_us)
            self._round_us.append(round_us)


def chosen(name: str, port: str | None, interrupt: bool = False) -> Target:
    """A target by name, `board` with its port; InputError for one that is unknown, or a port that nobody wants."""
    if name == NAME:
        return Board(port, interrupt)
    if name not in targets.TARGETS:
        raise unknown("target", name, [*targets.TARGETS, NAME])
    if port is not None:
        raise InputError(f"--port {port} is for --target {NAME}, not for {name}; leave one of them out.")
    return targets.TARGETS[name]


def modules(entry: str, architecture: str) -> dict[str, bytes]:
    """{path: .mpy} of an entry, of the link, and of all that they import, in the order to load them."""
    first = [Path(f"{_LINK}.py"), Path(f"{entry}.py")]
    if entry in _REPLACING:
        return serial_board.compiled(_LINK, architecture) | serial_board.compiled(entry, architecture)
    trees = folding.modules(first, ROOT, REMOTE)
    files = image.folded(trees, architecture)
    return {name: files[name] for name in (str(p.with_suffix(".mpy")) for p in serial_board.ordered(first, trees.get))}
