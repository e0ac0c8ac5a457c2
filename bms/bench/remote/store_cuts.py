"""firmware/store.py over the board's files on littlefs, on a flash in memory whose power goes at a random byte."""

import json
from array import array

import vfs

from firmware.drivers.files import Files
from firmware.store import Kind, Store

_BLOCKS = 16
_BLOCK = 4096
_WORDS = 50


class Flash:
    """Block device of MicroPython's VfsLfs2; dead after `left` more bytes."""

    def __init__(self, blocks=_BLOCKS):
        self._blocks = blocks
        self.content = bytearray(blocks * _BLOCK)
        self.left = -1
        self.dead = False

    def readblocks(self, block, buffer, offset=0):
        at = block * _BLOCK + offset
        buffer[:] = memoryview(self.content)[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        self._change(block * _BLOCK + offset, buffer)

    def ioctl(self, op, arg):
        if op == 4:
            return self._blocks
        if op == 5:
            return _BLOCK
        if op == 6:
            self._change(arg * _BLOCK, b"\xff" * _BLOCK)
        return 0

    def _change(self, at, new):
        count = len(new)
        if self.dead:
            raise OSError(5)
        if 0 <= self.left < count:
            count = self.left
            self.dead = True
        self.content[at : at + count] = memoryview(new)[:count]
        if self.left >= 0:
            self.left -= count
        if self.dead:
            raise OSError(5)


class Draw:
    """Random numbers that are the same on every target (Lehmer's generator)."""

    def __init__(self, seed):
        self._state = seed

    def below(self, n):
        self._state = self._state * 48271 % 2147483647
        return self._state % n


def start(flash):
    """The store after a start of the board, and the number of the save that it found."""
    flash.left, flash.dead = -1, False
    try:
        vfs.umount("/cut")
    except OSError:
        pass
    vfs.mount(vfs.VfsLfs2(flash, progsize=256), "/cut")
    store = Store(Files("/cut/store"), Kind("state", 1, 3, ((_WORDS, 0, 1 << 30),)))
    words = array("i", [0] * _WORDS)
    store.load(words)
    for word in words:
        if word != words[0]:
            return store, -1
    return store, words[0]


def main(ask, tell):
    job = json.loads(ask("j"))
    draw, flash, lost = Draw(job["seed"]), Flash(), 0
    vfs.VfsLfs2.mkfs(flash, progsize=256)  # pyright: ignore[reportArgumentType]  # the stubs ask for a base class
    complete = 0
    for _ in range(job["cuts"]):
        store, found = start(flash)
        if not complete <= found <= complete + 1:
            lost += 1
        complete = found
        for _ in range(draw.below(4)):
            complete += 1
            if not store.save(array("i", [complete] * _WORDS)):
                lost += 1
        flash.left = draw.below(1400)
        if store.save(array("i", [complete + 1] * _WORDS)):
            complete += 1
    tell("cuts %d lost %d" % (job["cuts"], lost))
