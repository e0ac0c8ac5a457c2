"""Lines of a serial CAN adapter that come in: what they take of the heap.

The host sends "right N": N frames; "hostile N": N lines whose letters are right or not, as it falls. Told: the bytes of
heap taken, frames heard, lines refused. If none are taken, as many lines must also pass while the heap is locked.
"""

import gc

import micropython

from firmware.drivers.slcan import Slcan

_LINE = 22


class Uart:
    """A line after the other, as long as there are any."""

    def __init__(self):
        self.left = 0
        self.hostile = False
        self._right = b"t2018000102030A0b0CfF\r"
        self._state = 1

    def any(self):
        return self.left

    def _next(self):
        self._state = (self._state * 613 + 12345) & 0xFFFFF
        return self._state >> 4 & 0xFF

    def readinto(self, buffer):
        self.left -= 1
        for k in range(_LINE):
            buffer[k] = self._right[k]
        if self.hostile:
            for _ in range(1 + (self._next() & 3)):
                buffer[self._next() % _LINE] = self._next()
        return _LINE

    def write(self, data):
        return len(data)


def heard(port, uart, buffer, data, lines):
    """Frames that are heard in so many lines."""
    frames = 0
    uart.left = lines
    while uart.left:
        if port.receive(buffer) >= 0:
            frames += 1
            port.send(0x120, data)
    return frames


def main(ask, tell):
    """Serve jobs until the host sends an empty one."""
    uart, buffer, data = Uart(), bytearray(9), bytearray(8)
    port = Slcan(uart)
    while True:
        job = ask("j")
        if not job:
            return
        kind, lines = job.split(" ")
        lines, uart.hostile = int(lines), kind == "hostile"
        refused = port.refused
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        frames = heard(port, uart, buffer, data, lines)
        taken = gc.mem_alloc() - before
        gc.enable()
        refused = port.refused - refused
        if not taken:
            micropython.heap_lock()
            heard(port, uart, buffer, data, lines)
            micropython.heap_unlock()
        tell("bytes %d frames %d refused %d" % (taken, frames, refused))
