"""The monitor's bus of a board, carried to the host by the messages of drive.py; it knows nothing of the firmware."""

from binascii import hexlify, unhexlify


class Bus:
    """machine.I2C's two methods, and the nine clocks that free a stuck bus, over the link."""

    def __init__(self, ask, tell):
        self._ask = ask
        self._tell = tell

    def readfrom_mem_into(self, addr, reg, buf):
        reply = self._ask("i %d %d %d" % (addr, reg, len(buf)))
        if not reply:
            raise OSError(5)
        buf[:] = unhexlify(reply)

    def writeto_mem(self, addr, reg, buf):
        if self._ask("o %d %d %s" % (addr, reg, hexlify(bytes(buf)).decode())) != "ok":
            raise OSError(5)

    def recover(self):
        self._tell("e")
