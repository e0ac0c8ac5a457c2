"""`machine` of the virtual board. Pins and buses ask the host's wires, if any: an input without a wire is pulled up.

Questions, a line each: "p N V" an output's level; "q N" an input's level, 0 or 1; "i BUS ADDR REG N" bytes of a
register in hex, nothing if no one answers; "o BUS ADDR REG HEX" writes, "ok" if someone took it.
"""

from binascii import hexlify, unhexlify

import _virtual

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
_EIO = 5
_SLACK = 10  # of the watchdog: a busy desktop stands still for longer than a board


def reset():
    _virtual.reset()


def soft_reset():
    raise SystemExit


def reset_cause():
    return _virtual.cause


def unique_id():
    return unhexlify(_virtual.uid)


def freq():
    return 125000000


class Pin:
    IN, OUT, OPEN_DRAIN = 0, 1, 2
    PULL_UP, PULL_DOWN = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, id, mode=IN, pull=None, value=None):
        self._id = id
        self._level = 0 if pull == Pin.PULL_DOWN else 1
        self._output = mode == Pin.OUT
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is not None:
            self._level = 1 if level else 0
            if _virtual.wired:
                _virtual.wire("p %s %d" % (self._id, self._level))
            return None
        if _virtual.wired and not self._output:
            return int(_virtual.wire("q %s" % self._id) or self._level)
        return self._level

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=3):
        """No edge ever comes."""


class I2C:
    def __init__(self, id=0, scl=None, sda=None, freq=400000, timeout=50000):
        self._id = id

    def readfrom_mem_into(self, addr, reg, buf):
        told = _virtual.wire("i %s %d %d %d" % (self._id, addr, reg, len(buf))) if _virtual.wired else ""
        if not told:
            raise OSError(_EIO)
        buf[:] = unhexlify(told)

    def writeto_mem(self, addr, reg, buf):
        data = hexlify(bytes(buf)).decode()
        if not _virtual.wired or _virtual.wire("o %s %d %d %s" % (self._id, addr, reg, data)) != "ok":
            raise OSError(_EIO)


class WDT:
    def __init__(self, id=0, timeout=5000):
        self._timeout = timeout
        self.feed()

    def feed(self):
        _virtual.feed(_SLACK * self._timeout)
