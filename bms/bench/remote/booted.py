"""A board that starts the image on its file system as a real one does, its wires carried to the host as by drive.py.

The host answers "F" with the paths of the files that it begins with, "F path" with one's bytes in hex, and "x" with
what is to happen after a sleep: "" nothing, "c" Ctrl-C. "H" tells the bytes of heap that are free before a start; "T"
what the console gets; "D" the watchdog's ms; "R" that the board resets, the ms since it was fed, and the last words;
"M", once time has ended, where every module of the image came from.
"""

import gc
import os
import sys
import time
from binascii import hexlify, unhexlify

from bus import Bus

from firmware.modes import WISH_CHARGE, WISH_DRIVE

_MAIN, _PRECHARGE = 15, 13  # outputs of firmware/boards/pico.py, and its inputs
_FEEDBACK, _INTERLOCK, _DRIVE, _CHARGE = 12, 11, 10, 9


class Reset(BaseException):
    """What ends a run of the board."""


def nobody(_):
    return ""


class Link:
    ask = tell = staticmethod(nobody)
    ended = False
    resetting = False
    fed_ms = -1  # when the watchdog was fed, -1: it does not run
    timeout_ms = 0


def now_ms():
    return int(Link.ask("n"))


def reset():
    if not Link.ended and not Link.resetting:  # what raises here is met by the launcher, which resets too
        Link.resetting = True
        Link.tell("R %d %s" % (now_ms() - Link.fed_ms if Link.fed_ms >= 0 else -1, text_of("/last_words.txt")))
    raise Reset


class WDT:
    def __init__(self, timeout):
        Link.timeout_ms = timeout
        Link.tell("D %d" % timeout)
        self.feed()

    def feed(self):
        Link.fed_ms = now_ms()


class Pin:
    OUT, IN, OPEN_DRAIN, PULL_UP, IRQ_RISING = range(5)

    def __init__(self, number, mode=0, pull=0, value=None):
        self._number = number
        if value is not None and mode == Pin.OUT:
            self.value(value)

    def __call__(self, level=None):
        return self.value(level)

    def irq(self, handler, trigger):
        pass

    def value(self, level=None):
        if level is not None:
            if self._number in (_MAIN, _PRECHARGE):
                Link.tell("%s %d" % ("k" if self._number == _MAIN else "p", level))
            return None
        _, feedback, interlock_open, _, wish, _ = [int(word) for word in Link.ask("b").split(" ")]
        if self._number == _FEEDBACK:
            return 1 - feedback
        if self._number == _INTERLOCK:
            return interlock_open
        return {_DRIVE: wish != WISH_DRIVE, _CHARGE: wish != WISH_CHARGE}.get(self._number, 1)


class SPI:
    """With no CAN controller on it."""

    def __init__(self, *_, **__):
        pass

    def write(self, data):
        pass

    def write_readinto(self, data, buffer):
        for k in range(len(buffer)):
            buffer[k] = 0


def I2C(*_, **__):
    return Bus(Link.ask, Link.tell)


class Machine:
    """In place of the module `machine`."""

    WDT, Pin, I2C, SPI, reset = WDT, Pin, I2C, SPI, reset


class Clock:
    """In place of the module `time`: the host's time, which stands still but for sleep."""

    ticks_add, ticks_diff, localtime = time.ticks_add, time.ticks_diff, time.localtime

    @staticmethod
    def time():
        return int(time.time())  # as boards do; the unix port has floats

    @staticmethod
    def ticks_ms():
        return now_ms() & 0x3FFFFFFF

    @staticmethod
    def sleep_us(_):
        pass

    @staticmethod
    def sleep(seconds):
        Clock.sleep_ms(1000 * seconds)

    @staticmethod
    def sleep_ms(ms):
        begun_ms = now_ms()
        reply = Link.ask("s %d" % (begun_ms + ms))
        if reply == "end":
            Link.ended = True
            raise Reset
        if Link.fed_ms >= 0 and int(reply) - Link.fed_ms > Link.timeout_ms:
            reset()
        if Link.ask("x") == "c":
            raise KeyboardInterrupt


class Console:
    """In place of sys.stdout."""

    @property
    def buffer(self):
        return self

    def write(self, data):
        Link.tell("T " + hexlify(bytes(data)).decode())
        return len(data)


def print_line(text):
    Console().write((text + "\n").encode())


class System:
    """In place of the module `sys`."""

    path, modules, stdout, implementation = sys.path, sys.modules, Console(), sys.implementation

    @staticmethod
    def print_exception(error):
        print_line(repr(error))


def format_flash():
    """An empty littlefs in memory as the file system, where the port has one."""
    import vfs

    if not hasattr(vfs, "VfsLfs2"):
        return
    from store_cuts import Flash

    flash = Flash(352)  # blocks, a Pico's
    vfs.VfsLfs2.mkfs(flash, progsize=256)  # pyright: ignore[reportArgumentType]  # the stubs ask for a base class
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(flash, progsize=256), "/")  # pyright: ignore[reportArgumentType]  # the same


def fill():
    for path in Link.ask("F").split():
        parts = path.split("/")
        for k in range(2, len(parts)):
            try:
                os.mkdir("/".join(parts[:k]))
            except OSError:  # it is there
                pass
        with open(path, "wb") as file:
            file.write(unhexlify(Link.ask("F " + path)))


def drop_firmware():
    for name in list(sys.modules):
        if name.split(".")[0] == "firmware":
            del sys.modules[name]


def start(source):
    """One run of the board, from reset to reset."""
    drop_firmware()
    os.chdir("/")
    Link.resetting = False
    Link.fed_ms = -1
    paths = list(sys.path)
    try:
        exec(source, {"__name__": "__main__", "print": print_line})
        Link.ended = True  # it is in the REPL
    except Reset:
        pass
    finally:
        sys.path[:] = paths


def main(ask, tell):
    Link.ask, Link.tell = ask, tell
    format_flash()
    fill()
    modules = {"machine": Machine, "time": Clock, "sys": System}
    sys.modules.update(modules)  # pyright: ignore[reportCallIssue, reportArgumentType]  # classes, in place of modules
    with open("/main.py") as file:
        source = file.read()
    drop_firmware()  # the bench's own, from its source: what of it goes only later would count as held by nobody
    gc.collect()
    Link.tell("H %d" % gc.mem_free())
    while not Link.ended:
        start(source)
    for path in ask("F").split():
        if path.endswith(".mpy"):
            name = path.split("/", 2)[2][:-4].replace("/", ".").replace(".__init__", "")
            tell("M %s %s" % (path, getattr(sys.modules.get(name), "__file__", "not loaded")))


def text_of(path):
    """Its first line."""
    try:
        with open(path) as file:
            return file.readline().strip()
    except OSError:
        return ""
