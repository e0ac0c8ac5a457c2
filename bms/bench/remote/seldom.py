"""What happens seldom, and what it takes of the heap: a CAN controller looked for again, records saved.

The host sends "absent N": N times a controller is looked for that is not there; "found N": that was lost, and is there
again; "save N": all six records saved N times. Told: the bytes taken with the collector off, and those that are still
held once it has run.
"""

import gc
from array import array
from binascii import unhexlify

import micropython
from standing import Spi, Storage, nothing_1

from firmware import records
from firmware.config import Config
from firmware.drivers.mcp2515 import MCP2515
from firmware.estimate import Estimator
from firmware.memory import Memory
from firmware.protection import SAVED
from firmware.unloading import unload

_LATER_MS = 20000  # longer than any silence of the driver
_TICKS = 0x3FFFFFFF
_BUFFER = bytearray(9)


class Chip(Spi):
    """An MCP2515 that is there or not."""

    def __init__(self):
        super().__init__()
        self.there = True
        self.now_ms = 0
        self._there = self.write_readinto
        self.write_readinto = self._answer

    def clock_ms(self):
        return self.now_ms

    def _answer(self, out, back):
        if self.there:
            self._there(out, back)
        else:
            for k in range(len(back)):
                back[k] = 0


def look(chip, can, count, there):
    """The controller is lost and looked for again, so often; how often it was found."""
    found = 0
    for _ in range(count):
        chip.there = False
        chip.now_ms = (chip.now_ms + _LATER_MS) & _TICKS
        can.receive(_BUFFER)
        chip.there = there
        chip.now_ms = (chip.now_ms + _LATER_MS) & _TICKS
        can.receive(_BUFFER)
        if can.state == 0:
            found += 1
    return found


def save(memory, estimator, count):
    for k in range(count):
        memory.faults[2] = k & 0xFFFF
        memory.leaks[1] = k & 0xFFFF
        memory.note(records.STARTED, k & 0xFFFF, 0)
        memory.reserve(1024 * (k & 0xFFFF))
        memory.save(estimator, 0, 0, True)
        memory._faults.save(memory.faults)
        memory._log.save(memory._event)
        memory.save_learned(estimator)
        memory.save_leaks()


def main(ask, tell):
    """Serve jobs until the host sends an empty one."""
    config = Config(array("i", unhexlify(ask("c"))))
    chip = Chip()
    can = MCP2515(chip, nothing_1, chip.clock_ms)
    estimator, memory = Estimator(config), Memory(Storage(), config, SAVED)
    memory.recall(0)
    memory.begin(0, array("i", [3700000] * config.cells), [25000] * config.cells, 0)
    unload()
    save(memory, estimator, 2)
    while True:
        job = ask("j")
        if not job:
            return
        kind, count = job.split(" ")
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        done = 0
        if kind == "save":
            save(memory, estimator, int(count))
        else:
            done = look(chip, can, int(count), kind == "found")
        taken = gc.mem_alloc() - before
        gc.enable()
        if not taken:
            micropython.heap_lock()
            done += look(chip, can, int(count), kind == "found")
            micropython.heap_unlock()
        gc.collect()
        tell("done %d taken %d held %d" % (done, taken, gc.mem_alloc() - before))
