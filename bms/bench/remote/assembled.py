"""A controller with everything on, as firmware/main.py assembles it."""

from array import array
from binascii import unhexlify

from given import pack_words
from standing import HEARD, Road, Storage, nothing_1

from firmware import e2e, messages
from firmware.config import Config
from firmware.controller import TICK_MS, Controller
from firmware.drivers.bq76952 import BQ76952
from firmware.drivers.mcp2515 import MCP2515
from firmware.keeping import Keeping
from firmware.listening import Listening
from firmware.memory import Memory
from firmware.protection import SAVED
from firmware.unloading import forget, unload

_WARM_UP = 30  # ticks: both blocks have been read, the estimator runs


def assembled(ask, bus, spi):
    """The controller behind its start, and the time. spi: of the CAN controller, or None without CAN."""
    given = ask("q")
    if given:  # the start is not what is weighed, and takes minutes where each instruction counts
        from firmware import start  # not above, where it would stay after the start

        state = array("i", unhexlify(given))
        start.blind = lambda *_: state
    config = Config(pack_words(ask))
    afe = BQ76952(bus, cells=config.cells, clock_ms=lambda: int(ask("n")))
    road = Road()
    memory = Memory(Storage(), config, SAVED)
    controller = Controller(config, afe, road, memory=memory)
    services = controller.services
    keeping = Keeping(memory, config, road)
    services.append(keeping)
    keeping.recall(controller.protection)
    listening = None
    if spi:
        listening = _listening(config, controller, afe, spi)
        keeping.keep(listening)
        services.append(listening)
    while not controller.prepare():
        ask("s %d" % (int(ask("n")) + 1000))
    now_ms = int(ask("n"))
    for _ in range(_WARM_UP):
        now_ms = int(ask("s %d" % (now_ms + TICK_MS)))
        controller.tick(now_ms)
    if not controller.running:
        raise RuntimeError("the controller does not run on what the monitor answers")
    if listening and (listening.host.errors or listening.host.malformed):
        raise RuntimeError("the vehicle was not understood")
    forget()
    unload()
    return controller, now_ms


def _listening(config, controller, afe, spi):
    for k in range(30):  # heartbeat and odometer in turn, their counters 0..14
        frame = memoryview(HEARD)[2 + 14 * k : 16 + 14 * k]
        identifier = messages.ODOMETER if k & 1 else messages.HEARTBEAT
        frame[1], frame[2], frame[5] = identifier >> 3, (identifier & 7) << 5, 8
        e2e.protect(frame[6:], identifier, k // 2)
    can = MCP2515(spi, nothing_1, lambda: 0)
    can.receive(bytearray(9))  # it has looked at its registers
    spi.still()
    return Listening(can, config, controller, afe, bytes)
