"""A controller with everything on, as firmware/main.py assembles it, and the parts of its tick one by one."""

from array import array
from binascii import unhexlify

import micropython
from standing import HEARD, Road, Storage, nothing_1

from firmware import start
from firmware.config import Config
from firmware.controller import TICK_MS, Controller
from firmware.drivers.bq76952 import BQ76952
from firmware.keeping import Keeping
from firmware.kernels.dialect import ptr32
from firmware.memory import Memory
from firmware.protection import SAVED

_WARM_UP = 30  # ticks: both blocks have been read, the estimator runs


def assembled(ask, bus, spi):
    """The controller behind its start, and the time. spi: of the CAN controller, or None without CAN."""
    given = ask("q")
    if given:  # the start is not what is weighed, and takes minutes where each instruction counts
        state = array("i", unhexlify(given))
        start.blind = lambda *_: state
    config = Config(array("i", unhexlify(ask("c"))))
    afe = BQ76952(bus, cells=config.cells, clock_ms=lambda: int(ask("n")))
    road = Road()
    controller = Controller(config, afe, road, memory=None)
    services = controller.services
    services.append(Keeping(Memory(Storage(), config, SAVED), config, road))
    listening = None
    if spi:
        listening = _listening(config, controller, afe, spi)
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
    return controller, now_ms


def _listening(config, controller, afe, spi):
    from firmware import e2e, messages
    from firmware.drivers.mcp2515 import MCP2515
    from firmware.listening import Listening

    for k in range(30):  # heartbeat and odometer in turn, their counters 0..14
        frame = memoryview(HEARD)[2 + 14 * k : 16 + 14 * k]
        identifier = messages.ODOMETER if k & 1 else messages.HEARTBEAT
        frame[1], frame[2], frame[5] = identifier >> 3, (identifier & 7) << 5, 8
        e2e.protect(frame[6:], identifier, k // 2)
    can = MCP2515(spi, nothing_1, lambda: 0)
    can.receive(bytearray(9))  # it has looked at its registers
    spi.still()
    return Listening(can, config, controller, afe, bytes)


def parts(controller, now_ms):
    """{name: (function, arguments)} of a tick's parts, each over one tick."""
    afe = controller._afe
    found = {
        "read": (afe.read, (now_ms,)),
        "judge": (controller._judge, (TICK_MS,)),
        "keep": (controller.services[0], (controller, now_ms, TICK_MS)),
        "balance": (controller.balancing.update, (TICK_MS,)),
        "leak": (controller.leakage.update, (TICK_MS,)),
    }
    if len(controller.services) > 1:
        found["can"] = (_heard, (controller.services[1], controller, now_ms))
    return found


def _heard(listening, controller, now_ms):
    HEARD[0] = 2
    listening(controller, now_ms, TICK_MS)


@micropython.viper
def nothing(s: ptr32, par: ptr32) -> int:
    return 0


def kernels(controller):
    """{name: (step, arguments)} of the kernels on what the controller holds; "nothing": a call alone."""
    from firmware.kernels import ecm, extremes, guard, health, kalman, leak, power, reach, soc, spread

    e, config = controller.estimator, controller._config
    s, par, x = e.states[0], config.soc_par, controller.sensing.state
    cells = config.cells
    uv = controller._afe.cell_uv
    return {
        "nothing": (nothing, (s, par)),
        "soc": (soc.step, (s, par, 1000, 3700000, 100)),
        "ecm": (ecm.step, (s, par, 25000)),
        "spread": (spread.step, (s, par)),
        "kalman": (kalman.step, (s, par)),
        "health": (health.step, (s, par, -1, 0)),
        "power": (power.step, (e.limits[0], s, par, config.power, 25000)),
        "reach": (reach.step, (e.range, config.reach_par, 1000, 3700, 1000, 15000, 1500000, 500, 25000)),
        "guard": (guard.step, (controller.protection.state, config.guard, controller.readings, 41, 100)),
        "extremes": (extremes.step, (x, uv, cells, 1000, 1000, 100)),
        "leak": (leak.step, (controller.leakage.state, controller.leakage._seen, cells, 25000, 60, 1)),
    }
