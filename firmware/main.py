"""Runs the controller on a board, ten ticks a second: `main(board)`, with a module of firmware/boards.

The outputs are open before anything else happens and after anything has gone wrong: an exception or Ctrl-C opens them,
is written down, and resets the board. The watchdog runs before anything that takes long, and is fed only when every
task has run. The heap is cleaned in one place, after a tick. pack.bin comes from `bms words` or `bms build` on the
desktop; `bms monitor` shows what is told on the console.
"""

import gc
import os
import sys
import time
from array import array

from machine import WDT, reset

from firmware.config import MOST_CELLS, Config
from firmware.controller import ALL, Controller
from firmware.drivers.bq76952 import BQ76952
from firmware.drivers.files import Files
from firmware.keeping import Keeping
from firmware.listening import Listening
from firmware.memory import Memory
from firmware.protection import SAVED
from firmware.readings import HOST_AGE_MS
from firmware.resting import pause
from firmware.telling import Telling
from firmware.trial import Trial
from firmware.unloading import forget, unload

CONFIGURATION = "pack.bin"  # beside the program, in its slot; what is kept stays when another image comes
KEPT = "/kept"
LAST_WORDS = "/last_words.txt"
_WATCHDOG_MS = 1000  # of a hang; the reset lets the contactors' pins go
_RETRY_MS = 500
_CLEAN_MS = 60000
_FIRST_ADDRESS = 8
_NEVER_MS = 1000000


def load(path):
    with open(path, "rb") as file:
        return Config(array("i", file.read()))


def monitors(config, bus):
    """The driver of the pack's one monitor, or of its stack; their addresses follow one another."""
    assert config.cells <= MOST_CELLS
    cells = config.cells // config.chips
    chips = [BQ76952(bus, _FIRST_ADDRESS + k, cells, time.ticks_ms) for k in range(config.chips)]
    if config.chips == 1:
        return chips[0]
    from firmware.drivers.stack import Stack

    return Stack(chips)


def assemble(board, wired, telling, feed):
    """A controller with all that is wired to it; ValueError if the configuration is not one to run on."""
    config = load(CONFIGURATION)
    afe = monitors(config, board.bus(time.sleep_us))
    memory = Memory(Files(KEPT), config, SAVED)
    keeping = Keeping(memory, config, wired)
    feed()
    controller = Controller(config, afe, wired, memory=memory)
    controller.services.append(keeping)
    controller.estimator.alive = feed
    feed()
    wired.look_at_clock()
    keeping.recall(controller.protection)
    can = board.can(time.ticks_ms)
    if can:
        heard = Listening(can, config, controller, afe, os.urandom, memory.counter, memory.counter)
        keeping.keep(heard)
        controller.services.append(heard)
    elif config.heartbeat:
        controller.readings[HOST_AGE_MS] = _NEVER_MS  # whoever cannot hear the vehicle does not drive without it
    controller.services.append(telling)
    return controller


def run(board, wired):
    """For ever; only an exception ends it."""
    watchdog = WDT(timeout=_WATCHDOG_MS)
    trial = Trial()
    telling = Telling(sys.stdout.buffer.write, trial, time.ticks_ms)
    controller = assemble(board, wired, telling, watchdog.feed)
    watchdog.feed()
    while not controller.prepare():
        watchdog.feed()
        time.sleep_ms(_RETRY_MS)
    _clean(telling)
    gc.disable()
    due = time.ticks_ms()
    unclean_ms = 0
    while True:
        wait_ms = controller.tick(time.ticks_ms())
        if controller.done == ALL:
            controller.done = 0
            watchdog.feed()
            trial.passed(controller)
        unclean_ms += controller.period_ms
        if unclean_ms >= _CLEAN_MS or controller.begun:
            unclean_ms = 0
            wired.look_at_clock()
            if controller.begun:
                forget()
            unload()
            _clean(telling)
        elif controller.cluttered:  # up to ten times a second, where a monitor is lost again and again
            _clean(telling)
        controller.cluttered = False
        now = time.ticks_ms()
        due = time.ticks_add(due, wait_ms)
        if time.ticks_diff(due, now) < 0:
            due = now
        now = pause(controller, now, due, _sleep_until, watchdog.feed)
        if time.ticks_diff(due, now) > 0:
            due = now


def _sleep_until(due):
    time.sleep_ms(max(time.ticks_diff(due, time.ticks_ms()), 0))
    return time.ticks_ms()


def _clean(telling):
    gc.collect()
    telling.free_bytes = gc.mem_free()


def main(board):
    wired = None
    try:
        wired = board.wired()
        run(board, wired)
    except BaseException as error:
        try:
            _open(wired)
        finally:  # a second Ctrl-C has met the first
            _open(wired)
        _write_down(error)
    finally:
        reset()


def _open(wired):
    if wired:  # as long as there are none, the outputs are as the reset has left them: open
        wired.main(False)
        wired.precharge(False)


def _write_down(error):
    gc.collect()  # it may be the heap that was full, and nobody else cleans it any more
    try:
        with open(LAST_WORDS, "w") as file:
            file.write("%s: %s\n" % (type(error).__name__, error))
    except OSError:
        pass
