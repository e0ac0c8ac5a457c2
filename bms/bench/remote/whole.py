"""firmware/main.py itself, on a board whose pins, watchdog, clock and files are the host's.

Beside the messages of drive.py: "d" feeds the watchdog (with its ms, when it is armed), "l" tells the last words, "q"
is a reset. The reply to a poll may end with an order: "!NAME" raises that exception, "!flip" turns a bit of a limit in
memory.
"""

import gc
import sys
from array import array

from bus import Bus
from drive import Board, Files, Recorder
from given import pack_words

from firmware import diagnoses
from firmware.config import HEAD

_TICKS = 0x3FFFFFFF
_ORDERS = {"KeyboardInterrupt": KeyboardInterrupt, "MemoryError": MemoryError, "RuntimeError": RuntimeError}
_FLIPPED = HEAD + diagnoses.OVER_TEMPERATURE * diagnoses.COLUMNS + diagnoses.TRIP


class Wired(Board):
    """A board's inputs and outputs, which obey orders. words: the configuration in memory."""

    def __init__(self, ask, tell):
        self.words = array("i")
        self._plain = ask
        super().__init__(self._obeying, tell)

    def _obeying(self, text):
        reply = self._plain(text)
        mark = reply.find("!")
        if mark < 0:
            return reply
        order = reply[mark + 1 :]
        if order == "flip":
            self.words[_FLIPPED] ^= 1
        else:
            raise _ORDERS[order]("ordered by the bench")
        return reply[:mark]

    def look_at_clock(self):
        pass


class Clock:
    """The module `time` of a board."""

    def __init__(self, ask):
        self._ask = ask

    def ticks_ms(self):
        return int(self._ask("n")) & _TICKS

    def ticks_add(self, ticks, delta):
        return (ticks + delta) & _TICKS

    def ticks_diff(self, one, other):
        return (one - other + 0x20000000 & _TICKS) - 0x20000000

    def sleep_ms(self, ms):
        if self._ask("s %d" % (int(self._ask("n")) + ms)) == "end":
            raise SystemExit("the bench has seen enough")

    def sleep_us(self, us):
        pass


class Machine:
    """The module `machine`."""

    def __init__(self, tell):
        self._tell = tell
        self.WDT = self._watchdog  # a method cannot be imported by its name
        self.reset = self._reset

    def _watchdog(self, timeout):
        self._tell("d %d" % timeout)
        return self

    def feed(self):
        self._tell("d 0")

    def _reset(self):
        self._tell("q")


class Console:
    """In place of firmware/telling.py: the board's console may be the line of this link."""

    def __init__(self, *_):
        pass

    def __call__(self, *_):
        pass


class LastWords:
    """The file that they are written to."""

    def __init__(self, tell):
        self._tell = tell

    def __call__(self, name, mode):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def write(self, text):
        self._tell("l " + text.rstrip())


class Pins:
    """A module of firmware/boards."""

    def __init__(self, ask, tell):
        self._ask = ask
        self._tell = tell

    def wired(self):
        return Wired(self._ask, self._tell)

    def bus(self, sleep_us):
        return Bus(self._ask, self._tell)

    def can(self, clock_ms):
        return None


def main(ask, tell):
    """Run until the host says "end" instead of the time."""
    machine, own = Machine(tell), sys.modules.get("machine")
    sys.modules["machine"] = machine  # pyright: ignore[reportArgumentType]  # a class, in place of the module
    import firmware.main as program

    words = pack_words(ask)

    class Recorded(program.Controller):
        """Tells what each tick has found."""

        def __init__(self, config, afe, board, **rest):
            super().__init__(config, afe, board, **rest)
            board.words = words
            self._record = Recorder(self, afe, config.cells, tell)

        def tick(self, now_ms):
            wait_ms = super().tick(now_ms)
            self._record()
            return wait_ms

    plain = program.Controller
    program.Controller = Recorded
    program.load = lambda path: program.Config(words)
    program.Files = lambda folder: Files(ask)
    program.WDT = machine.WDT
    program.reset = machine.reset
    program.time = Clock(ask)
    program.Telling = Console
    program._clean = lambda _: gc.collect()
    program.open = LastWords(tell)  # pyright: ignore[reportAttributeAccessIssue]  # hides the built-in
    try:
        program.main(Pins(ask, tell))
    finally:
        program.Controller = plain
        del sys.modules["machine"]
        if own:
            sys.modules["machine"] = own
        gc.enable()
