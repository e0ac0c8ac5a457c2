"""What a controller's tick takes of heap and of instructions: the real one with everything on, wires standing still.

The host says whether there is a CAN bus ("x") and answers until the controller runs, then sends jobs; an empty one ends
it. "ram": bytes of heap that the firmware holds are told. "heap N": bytes that N ticks take are told, without what is
saved; if they take none, as many must also pass while the heap is locked. "run N": N ticks. "part NAME N", "kernel NAME
N": N times that part of a tick, or that kernel.
"""

import gc

import micropython
from standing import Bus, Spi

from firmware.kernels.dialect import const

_TICKS = const(0x3FFFFFFF)  # a board's clock counts ms in 30 bits
_TICK_MS = const(100)


def drive(controller, now_ms, ticks):
    """Ticks at the controller's period; returns the time after them."""
    for _ in range(ticks):
        now_ms = (now_ms + _TICK_MS) & _TICKS
        controller.tick(now_ms)
    return now_ms


def taken_bytes(controller, now_ms, ticks):
    """Saving takes heap, and has its own slot: the memory is not among the services here."""
    services = controller.services
    controller.services = services[1:]
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    now_ms = drive(controller, now_ms, ticks)
    taken = gc.mem_alloc() - before
    gc.enable()
    if not taken:
        micropython.heap_lock()
        drive(controller, now_ms, ticks)
        micropython.heap_unlock()
    controller.services = services
    return taken


def repeat(function, arguments, count):
    for _ in range(count):
        function(*arguments)


def main(ask, tell):
    """Serve jobs until the host sends an empty one."""
    bus, spi = Bus(ask), Spi() if ask("x") == "can" else None
    gc.collect()
    before = gc.mem_alloc()
    import assembled

    controller, now_ms = assembled.assembled(ask, bus, spi)
    bus.still()
    while True:
        job = ask("j").split(" ")
        if job[0] == "ram":
            gc.collect()
            tell("bytes %d" % (gc.mem_alloc() - before))
        elif job[0] == "heap":
            tell("bytes %d" % taken_bytes(controller, now_ms, int(job[1])))
        elif job[0] == "run":
            now_ms = drive(controller, now_ms, int(job[1]))
        elif job[0] == "part":
            import tick_parts

            function, arguments = tick_parts.parts(controller, now_ms)[job[1]]
            repeat(function, arguments, int(job[2]))
        elif job[0] == "kernel":
            import tick_parts

            function, arguments = tick_parts.kernels(controller)[job[1]]
            repeat(function, arguments, int(job[2]))
        else:
            return
