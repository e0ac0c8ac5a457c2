"""The real controller for days on end, its wires carried to the host as by drive.py; a report a minute.

"h", bytes of heap in use, charge out and in (Ah), uptime (s), ticks; then as hex the readings and, of each cell, charge
and capacity (mC), deviation and offset of the sensor. "l", once a second under way: what may be drawn and given for 2 s
(W), and charged for 30 s (mA).
"""

import gc
import sys
from array import array
from binascii import hexlify

from drive import Board, Files, monitors
from given import pack_words

from firmware import compute
from firmware import readings as of
from firmware.config import Config
from firmware.controller import Controller
from firmware.keeping import Keeping
from firmware.kernels import soc
from firmware.memory import Memory
from firmware.protection import SAVED
from firmware.resting import pause

_REPORT_MS = 60000
_WORDS = (soc.Q_MC, soc.CAP_MC, soc.SD_Q16, soc.C_Q26)


def _heap():
    """Bytes in use after a collection; 0 where nobody can tell: on WebAssembly one waits for the program's end."""
    if sys.platform == "webassembly" or not hasattr(gc, "mem_alloc"):
        return 0
    gc.collect()
    return gc.mem_alloc()


class Days:
    """kernels: firmware/compute.py, or the compiled ones."""

    def __init__(self, ask, tell, kernels):
        self._ask = ask
        self._tell = tell
        config = Config(pack_words(ask))
        self._board = Board(ask, tell)
        self._memory = Memory(Files(ask), config, SAVED)
        keeping = Keeping(self._memory, config, self._board)
        afe = monitors(config, ask, tell)
        self._controller = Controller(config, afe, self._board, kernels, self._memory, (keeping,))
        keeping.recall(self._controller.protection)
        self._cells = array("i", [0] * (len(_WORDS) * config.cells))
        self._ticks = 0

    def run(self):
        """Until the host says "end" instead of the time."""
        controller = self._controller
        while not controller.prepare():
            self.sleep_until(int(self._ask("n")) + 1000)
        since_ms = 0
        now_ms = int(self._ask("n"))
        while now_ms >= 0:
            wait_ms = controller.tick(now_ms)
            self._ticks += 1
            if controller.sampled and controller.estimator.corrected and not controller.readings[of.OPEN]:
                self._limit()
            since_ms += min(controller.period_ms, _REPORT_MS)
            if since_ms >= _REPORT_MS:
                since_ms = 0
                self._report()
            now_ms = pause(controller, now_ms, (now_ms + wait_ms) & 0x3FFFFFFF, self.sleep_until)
        controller.shut_down()

    def sleep_until(self, due_ms):
        reply = self._ask("s %d" % due_ms)
        return -1 if reply == "end" else int(reply)

    def _limit(self):
        r = self._controller.readings
        self._tell("l %d %d %d" % (r[of.POWER_W], r[of.POWER_W + 3], r[of.LIMIT_MA + 5]))

    def _report(self):
        memory, at = self._memory, 0
        for s in self._controller.estimator.states:
            for word in _WORDS:
                self._cells[at] = s[word]
                at += 1
        figures = (_heap(), memory.out_ah, memory.in_ah, memory.uptime_s, self._ticks)
        words = hexlify(bytes(self._controller.readings)) + hexlify(bytes(self._cells))
        self._tell("h %d %d %d %d %d " % figures + words.decode())


def main(ask, tell, kernels=compute):
    """As drive.py."""
    Days(ask, tell, kernels).run()
