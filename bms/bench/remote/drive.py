"""The real controller, its wires carried to the host: "i" reads the monitor, "o" writes it, "s" sleeps until a time.

Requests are a letter and words apart by spaces; bytes and int32 words travel as hex. "b" polls the inputs, "f" and "g"
read and write a file; "a" asks whether there is a CAN controller, "x" is an instruction on its SPI, "u" random bytes;
these, "i", "o" and "s" come back from the host. "k" (main contactor), "p" (pre-charge), "e" (nine clocks), "w"
(readings and diagnoses of a tick), "r" (record of a sample) and "y" (an instruction without an answer) do not.
"+" tells what comes before the rest of the next message.
"""

from array import array
from binascii import hexlify, unhexlify

from bus import Bus
from given import pack_words

from firmware.config import Config
from firmware.controller import TICK_MS, Controller
from firmware.drivers.bq76952 import BQ76952
from firmware.drivers.mcp2515 import MCP2515
from firmware.keeping import Keeping
from firmware.kernels import reach
from firmware.listening import Listening
from firmware.memory import Memory
from firmware.messages import HEARTBEAT, HOST_MASK
from firmware.protection import SAVED
from firmware.resting import pause

_PIECE = 1500  # characters of a record, after which it is told


class Board:
    """Inputs and outputs of a board, over the link."""

    def __init__(self, ask, tell):
        self._ask = ask
        self._tell = tell
        self.poll()

    def poll(self):
        words = self._ask("b").split(" ")
        self.mm = int(words[0])
        self.feedback = int(words[1])
        self.interlock_open = int(words[2])
        self.insulation_kohm = int(words[3])
        self.wish = int(words[4])
        self.clock_s = int(words[5])

    def main(self, on):
        self._tell("k %d" % on)

    def precharge(self, on):
        self._tell("p %d" % on)


class Files:
    """Storage of firmware/store.py, over the link."""

    def __init__(self, ask):
        self._ask = ask

    def read(self, name):
        reply = self._ask("f " + name)
        return None if reply == "-" else unhexlify(reply)

    def write(self, name, data):
        if self._ask("g %s %s" % (name, hexlify(bytes(data)).decode())) != "ok":
            raise OSError(28)


class Spi:
    """machine.SPI's two methods over the link, and chip select: what is written while low goes as it rises."""

    def __init__(self, ask, tell):
        self._ask = ask
        self._tell = tell
        self._written = ""

    def write(self, out):
        self._written += hexlify(bytes(out)).decode()

    def write_readinto(self, out, back):
        back[:] = unhexlify(self._ask("x " + hexlify(bytes(out)).decode()))

    def cs(self, level):
        if level and self._written:
            self._tell("y " + self._written)
            self._written = ""


class Recorder:
    """Tells the host every tick's readings and diagnoses, and every sample with all that was made of it."""

    def __init__(self, controller, afe, cells, tell):
        self._controller = controller
        self._afe = afe
        self._tell = tell
        self._sample = array("i", [0] * (4 + afe.sensors + cells))
        self._bleed_ma = controller.estimator.bleed_ma
        self._tick = array("i", [0, 0, 0, 0])

    def __call__(self):
        controller, afe, sample = self._controller, self._afe, self._sample
        self._tick[0] = controller.period_ms
        self._tick[1] = 1 if controller.zeroed else 0
        self._tick[2] = afe.rest_ma
        self._tick[3] = controller.estimator.range[reach.ROUTE_NV_M]
        self._send("w ", [self._tick, controller.readings, controller.protection.state])
        if controller.sampled:
            sample[0] = controller.begun
            sample[1] = controller.dt_ms
            sample[2] = controller.d_mm
            sample[3] = afe.current_ma
            sample[4 : 4 + afe.sensors] = afe.ts_mdegc[0 : afe.sensors]
            sample[4 + afe.sensors :] = afe.cell_uv
            estimator = controller.estimator
            self._send("r ", [sample, self._bleed_ma] + estimator.states + [estimator.range] + estimator.limits)

    def _send(self, verb, parts):
        """The longer ones before the last of them in pieces, so that no text takes much of the heap."""
        texts = []
        size = 0
        for part in parts:
            if size > _PIECE:
                self._tell("+ " + "".join(texts))
                texts = []
                size = 0
            text = hexlify(bytes(part)).decode()
            texts.append(text)
            size += len(text)
        self._tell(verb + "".join(texts))


def monitors(config, ask, tell):
    """The driver of the pack's one monitor, or of its stack; their addresses follow one another."""
    bus = Bus(ask, tell)
    cells = config.cells // config.chips
    chips = [BQ76952(bus, 8 + k, cells=cells, clock_ms=lambda: int(ask("n"))) for k in range(config.chips)]
    if config.chips == 1:
        return chips[0]
    from firmware.drivers.stack import Stack

    return Stack(chips)


def listening(config, controller, afe, counter, ask, tell):
    """The service of a board with CAN; its controller is an MCP2515."""
    spi = Spi(ask, tell)
    can = MCP2515(spi, spi.cs, lambda: int(ask("n")), identifier=HEARTBEAT, mask=HOST_MASK)
    return Listening(can, config, controller, afe, lambda n: unhexlify(ask("u %d" % n)), counter, counter)


def main(ask, tell):
    """Run until the host says "end" instead of the time."""
    config = Config(pack_words(ask))
    afe = monitors(config, ask, tell)
    board = Board(ask, tell)
    memory = Memory(Files(ask), config, SAVED)
    keeping = Keeping(memory, config, board)
    controller = Controller(config, afe, board, memory=memory)
    controller.services.append(keeping)
    keeping.recall(controller.protection)
    if ask("a") == "1":
        heard = listening(config, controller, afe, memory.counter, ask, tell)
        keeping.keep(heard)
        controller.services.append(heard)
    while not controller.prepare():
        if ask("s %d" % (int(ask("n")) + 1000)) == "end":
            return
    record = Recorder(controller, afe, config.cells, tell)

    def sleep_until(due_ms):
        reply = ask("s %d" % due_ms)
        return -1 if reply == "end" else int(reply)

    due_ms = int(ask("n")) // TICK_MS * TICK_MS + TICK_MS
    now_ms = sleep_until(due_ms)
    while now_ms >= 0:
        wait_ms = controller.tick(now_ms)
        record()
        due_ms = due_ms // TICK_MS * TICK_MS + TICK_MS if wait_ms == TICK_MS else due_ms + wait_ms
        now_ms = pause(controller, now_ms, due_ms, sleep_until)
        due_ms = min(due_ms, now_ms)
    controller.shut_down()
