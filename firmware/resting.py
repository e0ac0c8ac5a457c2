"""The time between two ticks: slept through, or at rest in parts, so that the watchdog is fed and an input can wake."""

from firmware.controller import TICK_MS
from firmware.inbox import EVERY_MS
from firmware.kernels.dialect import const

_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_HALF = const(0x20000000)


def pause(controller, now_ms, due_ms, sleep_until, feed=None):
    """Wait for due_ms, or until something stirs; the time then. Takes no heap but what sleep_until takes.

    sleep_until(ms) returns the time, below 0 if there is nothing left to wait for. feed() feeds the watchdog.
    """
    left_ms = (due_ms - now_ms) & _TICKS
    while TICK_MS < left_ms < _HALF:
        now_ms = _listen_until(controller, now_ms, (now_ms + TICK_MS) & _TICKS, sleep_until)
        if now_ms < 0 or controller.stirred():
            return now_ms
        if feed:
            feed()
        left_ms = (due_ms - now_ms) & _TICKS
    return _listen_until(controller, now_ms, due_ms, sleep_until) if left_ms < _HALF else now_ms


def _listen_until(controller, now_ms, due_ms, sleep_until):
    """Sleep, and take each 10 ms what comes in, if anybody listens."""
    while controller.idle:
        controller.idle()
        left_ms = (due_ms - now_ms) & _TICKS
        if not EVERY_MS < left_ms < _HALF:
            break
        now_ms = sleep_until((now_ms + EVERY_MS) & _TICKS)
        if now_ms < 0:
            return now_ms
    return sleep_until(due_ms)
