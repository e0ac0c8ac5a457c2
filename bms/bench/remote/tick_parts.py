"""The parts of a tick and its kernels one by one. Loaded once RAM has been told: a board does not have them."""

import micropython
from standing import HEARD

from firmware.controller import TICK_MS
from firmware.diagnoses import DIAGNOSES
from firmware.kernels.dialect import ptr32


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
    from firmware.kernels import ahead, ecm, extremes, guard, health, kalman, leak, power, reach, road, soc, spread

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
        "road": (road.step, (e.range, config.reach_par, 1000, 3700, 1000, 15000, 1500000)),
        "ahead": (ahead.step, (e.range, config.reach_par, 1500000, 25000)),
        "reach": (reach.step, (e.range, config.reach_par, 1000, 1000, 15000, 500)),
        "guard": (guard.step, (controller.protection.state, config.guard, controller.readings, DIAGNOSES, 100)),
        "extremes": (extremes.step, (x, uv, cells, 1000, 1000, 100)),
        "leak": (leak.step, (controller.leakage.state, controller.leakage._seen, cells, 25000, 60, 1)),
    }
