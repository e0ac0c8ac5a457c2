"""firmware/main.py whose heap is full to the last block when it ends; the host hears how it does.

"k" tells how often the outputs were opened, "l" the last words, "q" the reset.
"""

import gc
import sys

from whole import LastWords

_SIZES = 4096, 256, 16


class Machine:
    """In place of the module `machine`."""

    WDT = Pin = reset = None


class Outputs:
    """As a board's pins, these take no heap."""

    opened = 0

    def main(self, on):
        self.opened += not on

    def precharge(self, on):
        pass


class Pins:
    """A module of firmware/boards."""

    def __init__(self):
        self.outputs = Outputs()

    def wired(self):
        return self.outputs


def filled(*_):
    """As a controller that takes a little in each tick, and nobody cleans up."""
    gc.collect()
    gc.disable()
    held = []
    for size in _SIZES:
        try:
            while True:
                held = [held, bytearray(size)]
        except MemoryError:
            pass
    while True:
        held = [held]


def main(ask, tell):
    """Run it until the reset."""
    own, pins = sys.modules.get("machine"), Pins()
    sys.modules["machine"] = Machine  # pyright: ignore[reportArgumentType]  # a class, in place of the module
    import firmware.main as program

    def reset():
        gc.collect()
        tell("k %d" % pins.outputs.opened)
        tell("q")

    program.reset = reset
    program.run = filled
    program.open = LastWords(tell)  # pyright: ignore[reportAttributeAccessIssue]  # hides the built-in
    try:
        program.main(pins)
    finally:
        gc.enable()
        del sys.modules["machine"]
        if own:
            sys.modules["machine"] = own
