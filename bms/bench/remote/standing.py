"""Wires that stand still, so that they are not in what is counted: buses, a vehicle, a storage.

On the target they import nothing of the firmware.
"""

from binascii import hexlify, unhexlify

import micropython

from firmware.kernels.dialect import const, ptr8

_WRITE = const(0x02)  # of an MCP2515
_READ = const(0x03)
_READ_STATUS = const(0xA0)
_READ_RX = const(0x90)
_HEARD_A_TICK = const(2)
_FRAMES = const(30)
_FRAME = const(14)  # what a receive buffer answers
_TICK_MM = const(1500)
_ODOMETER = const(0x1FFFFFFF)
_DRIVE = const(1)


@micropython.viper
def nothing_1(a):
    pass


HEARD = bytearray(2 + _FRAMES * _FRAME)  # frames that wait, index of the next, and all of them


@micropython.viper
def heard(out: ptr8, back: ptr8):
    """What an MCP2515 answers whose buffers are free, and in whose first one frame after the other comes in."""
    h = ptr8(HEARD)
    if out[0] == _READ_STATUS:
        back[1] = 1 if h[0] > 0 else 0
    elif out[0] == _READ_RX:
        at = 2 + _FRAME * h[1]
        k = 0
        while k < _FRAME:
            back[k + 0] = h[at + k]
            k += 1
        h[0] = h[0] - 1
        h[1] = h[1] + 1 if h[1] < _FRAMES - 1 else 0


@micropython.viper
def nothing_3(a, b, c):
    pass


class Bus:
    """The monitor's over the link; once `still`, what was read last stands in the reader's buffer."""

    def __init__(self, ask):
        self._ask = ask
        self.readfrom_mem_into = self._read
        self.writeto_mem = self._write

    def still(self):
        self.readfrom_mem_into = self.writeto_mem = nothing_3

    def _read(self, addr, reg, buf):
        buf[:] = unhexlify(self._ask("i %d %d %d" % (addr, reg, len(buf))))

    def _write(self, addr, reg, buf):
        self._ask("o %d %d %s" % (addr, reg, hexlify(bytes(buf)).decode()))


class Spi:
    """An MCP2515 that takes its settings; once `still` it is in order, sends at once and hears two frames a tick."""

    def __init__(self):
        self._registers = bytearray(128)
        self.write = self._take
        self.write_readinto = self._tell

    def still(self):
        self.write = nothing_1
        self.write_readinto = heard

    def _take(self, out):
        if out[0] == _WRITE:
            for k in range(2, len(out)):
                self._registers[out[1] + k - 2] = out[k]

    def _tell(self, out, back):
        if out[0] == _READ:
            for k in range(2, len(back)):
                back[k] = self._registers[out[1] + k - 2]


class Road:
    """A board of a vehicle that drives on by itself."""

    def __init__(self):
        self.mm = self.interlock_open = 0
        self.feedback = -1
        self.insulation_kohm = 1000000
        self.clock_s = 0
        self.wish = _DRIVE

    def poll(self):
        self.mm = (self.mm + _TICK_MM) & _ODOMETER
        HEARD[0] = _HEARD_A_TICK

    def main(self, on):
        pass

    def precharge(self, on):
        pass


class Storage:
    """A file system that keeps what was written last."""

    def __init__(self):
        self._data = None

    def read(self, name):
        return self._data

    def write(self, name, data):
        self._data = bytes(data)
