"""The frames of a board that are sent and heard: what they take of the heap, and what nonsense gets out of them.

First are told the bytes of the objects, and of the table that is then given back. The host sends "calm N": N ticks that
hear a heartbeat and the odometer; "hostile N": N ticks, each of which hears random and mutated frames; "sign": one
right command. Told: the bytes of heap taken, frames heard, commands accepted. An exception ends the run. If "calm"
takes no heap, as many ticks must also pass while it is locked.
"""

import gc
from array import array

import micropython

from firmware import e2e, messages
from firmware import readings as of
from firmware.commands import DRIVE, Commands
from firmware.frames import Sender
from firmware.hmac import Hmac
from firmware.host import Host
from firmware.unloading import unload

_KEY = bytes(range(1, 33))
_FRAMES = 8  # of nonsense, a tick


class Wire:
    """A bus that takes every frame and is heard to say what `fill` puts there."""

    def __init__(self):
        self.waiting = 0
        self.heard = 0
        self.sent = 0
        self.identifiers = array("i", [0] * _FRAMES)
        self.frames = [bytearray(9) for _ in range(_FRAMES)]
        self.state = 0

    def send(self, identifier, data):
        self.sent += 1
        return True

    def receive(self, buffer):
        if not self.waiting:
            return -1
        self.waiting -= 1
        self.heard += 1
        frame = self.frames[self.waiting]
        for k in range(9):
            buffer[k] = frame[k]
        return self.identifiers[self.waiting]


class Noise:
    """Random numbers that take no heap."""

    def __init__(self):
        self._state = 1

    def next(self):
        self._state = (self._state * 613 + 12345) & 0xFFFFF
        return self._state >> 4 & 0xFF

    def bytes(self, n):
        return bytes([self.next() for _ in range(n)])


def calm(wire, k):
    """A heartbeat and an odometer that has gone on."""
    for number in range(2):
        frame = wire.frames[number]
        frame[0] = 8
        for at in range(1, 9):
            frame[at] = 0
        frame[3] = k & 255
        wire.identifiers[number] = messages.HEARTBEAT + number
        protect(frame, messages.HEARTBEAT + number, k % e2e.COUNTERS)
    wire.waiting = 2


_DATA = bytearray(8)


def protect(frame, identifier, counter):
    for at in range(8):
        _DATA[at] = frame[1 + at]
    e2e.protect(_DATA, identifier, counter)
    for at in range(8):
        frame[1 + at] = _DATA[at]


def hostile(wire, noise):
    """Frames of the host, or of anyone, whose bytes, length, check and counter are right or not, as it falls."""
    for number in range(_FRAMES):
        frame = wire.frames[number]
        kind = noise.next()
        frame[0] = 8 if kind & 3 else noise.next() % 9
        for at in range(1, 9):
            frame[at] = noise.next()
        if kind & 12 == 0:
            frame[1] %= 10  # a command that there is
            for at in range(2, 6):
                frame[at] = 0
        identifier = (0x200, 0x201, 0x202, 0x210, 0x211, 0x210, 0x211, 0x120)[kind >> 4 & 7]
        if kind & 128:
            protect(frame, identifier, noise.next() & 15)
        wire.identifiers[number] = identifier
    wire.waiting = _FRAMES


def signed(commands, wire, host):
    """A right command; 1 if it is accepted."""
    frame = wire.frames[0]
    frame[0] = 8
    for at in range(1, 9):
        frame[at] = 0
    frame[1] = DRIVE
    wire.identifiers[0] = messages.COMMAND_REQUEST
    wire.waiting = 1
    for _ in range(700):
        host.tick(100)
    wire.waiting = 1
    host.tick(100)
    counter = commands.words[3]
    said = bytes([DRIVE, 0, 0, 0, 0]) + bytes(commands.nonce) + bytes([counter >> 8 * k & 255 for k in range(4)])
    mac = Hmac(_KEY).digest(said)
    for at in range(8):
        frame[1 + at] = mac[at]
    wire.identifiers[0] = messages.COMMAND_ANSWER
    wire.waiting = 1
    host.tick(100)
    return 1 if commands.take() == DRIVE else 0


def run(wire, noise, host, sender, kind, ticks):
    """So many ticks; the commands that were accepted in them."""
    accepted = 0
    for k in range(ticks):
        if kind == "hostile":
            hostile(wire, noise)
        else:
            calm(wire, k)
        host.tick(100)
        sender.tick(100)
        if host.commands.take():
            accepted += 1
    return accepted


def main(ask, tell):
    """Serve jobs until the host sends an empty one."""
    gc.collect()
    before = gc.mem_alloc()
    wire = Wire()
    noise = Noise()
    readings = array("i", [0] * of.READINGS)
    commands = Commands(_KEY, noise.bytes)
    sources = [readings, array("i", [3700000] * 16), array("i", [25000] * 3), array("i", [0] * 40), commands.words]
    sender = Sender(wire, sources)
    host = Host(wire, sender, commands, readings)
    gc.collect()
    objects = gc.mem_alloc() - before
    unload()
    gc.collect()
    tell("objects %d table %d" % (objects, before + objects - gc.mem_alloc()))

    run(wire, noise, host, sender, "calm", 30)
    while True:
        job = ask("j")
        if not job:
            return
        if job == "sign":
            tell("bytes 0 frames 1 accepted %d" % signed(commands, wire, host))
            continue
        kind, ticks = job.split(" ")
        ticks = int(ticks)
        gc.collect()
        before = gc.mem_alloc()
        before_heard = wire.heard
        if kind == "calm":
            gc.disable()
        accepted = run(wire, noise, host, sender, kind, ticks)
        if kind == "hostile":
            gc.collect()
        taken = gc.mem_alloc() - before
        gc.enable()
        if kind == "calm" and not taken:
            micropython.heap_lock()
            run(wire, noise, host, sender, kind, ticks)
            micropython.heap_unlock()
        tell("bytes %d frames %d accepted %d" % (taken, wire.heard - before_heard, accepted))
