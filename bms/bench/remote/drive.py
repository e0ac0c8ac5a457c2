"""The real controller, its buses carried to the host: "i" reads the monitor, "o" writes it, "s" sleeps until a time.

Requests are a letter and words apart by spaces; bytes and int32 words travel as hex. "i", "o" and "s" come back
from the host, "k" (contactor) and "r" (record of a tick) do not.
"""

from array import array
from binascii import hexlify, unhexlify

from firmware.config import Config
from firmware.controller import TICK_MS, Controller
from firmware.drivers.bq76952 import BQ76952


class Bus:
    """machine.I2C's two methods, over the link."""

    def __init__(self, ask):
        self._ask = ask

    def readfrom_mem_into(self, addr, reg, buf):
        reply = self._ask("i %d %d %d" % (addr, reg, len(buf)))
        if not reply:
            raise OSError(5)
        buf[:] = unhexlify(reply)

    def writeto_mem(self, addr, reg, buf):
        if self._ask("o %d %d %s" % (addr, reg, hexlify(bytes(buf)).decode())) != "ok":
            raise OSError(5)


def main(ask, tell):
    """Run until the host says "end" instead of the time."""
    config = Config(array("i", unhexlify(ask("c"))))
    afe = BQ76952(Bus(ask), cells=config.cells, clock_ms=lambda: int(ask("n")))
    controller = Controller(config, afe, lambda on: tell("k %d" % on), lambda: int(ask("d")))
    while not controller.prepare():
        if ask("s %d" % (int(ask("n")) + 1000)) == "end":
            return
    estimator = controller.estimator
    sample = array("i", [0] * (6 + config.cells))
    due_ms = int(ask("n")) // TICK_MS * TICK_MS
    while True:
        due_ms += TICK_MS
        reply = ask("s %d" % due_ms)
        if reply == "end":
            break
        if controller.tick(int(reply)):
            sample[0] = controller.dt_ms
            sample[1] = controller.d_mm
            sample[2] = afe.current_ma
            sample[3:6] = afe.ts_mdegc[0:3]
            sample[6:] = afe.cell_uv
            words = [sample] + estimator.states + [estimator.range]
            tell("r " + b"".join([hexlify(bytes(part)) for part in words]).decode())
    controller.shut_down()
