"""The wire to a BQ76952: frames with or without CRC, retries, and the subcommand window 0x3E..0x61 (TI SLUAA11B).

Reading frames allocates nothing. A transfer that fails is repeated up to three times, then counted and reported as
False, never raised.
"""

from firmware.drivers.crc8 import TABLE, crc8
from firmware.kernels.dialect import const

_ATTEMPTS = const(3)
_POLLS = const(400)  # ends a wait where virtual time stands still; more than 20 ms at 400 kHz
_TIMEOUT_MS = const(20)
_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_SUBCOMMAND = const(0x3E)
_BUFFER = const(0x40)
_CHECKSUM = const(0x60)
_WINDOW_BYTES = const(36)  # command 2, data 32, checksum 1, length 1


class Frame:
    """Buffers for one block of registers: `data` is what the chip said last, if the last fetch was good."""

    def __init__(self, reg, n):
        self.reg = reg
        self.n = n
        self.data = bytearray(n)
        self._double = bytearray(2 * n)
        self.wire = self.data
        self.seed = 0

    def frame_for(self, address, crc):
        """Lay the buffers out for a chip at `address`, with or without CRC."""
        self.wire = self._double if crc else self.data
        self.seed = crc8((address << 1, self.reg, address << 1 | 1))


class Link:
    """Registers and subcommands of the chip at `address` on `bus`, an object like machine.I2C.

    clock_ms() counts milliseconds like time.ticks_ms. Counters: nacks (refused or timed out), crc_errors,
    lost (given up after three attempts).
    """

    def __init__(self, bus, address, clock_ms):
        self.bus = bus
        self.address = address
        self.clock_ms = clock_ms
        self.crc = False
        self.nacks = 0
        self.crc_errors = 0
        self.lost = 0
        self._echo = Frame(_SUBCOMMAND, 2)
        self._window = Frame(_SUBCOMMAND, _WINDOW_BYTES)
        self.use_crc(False)

    def use_crc(self, crc):
        """Talk with CRC or without; frames made elsewhere must be laid out again."""
        self.crc = crc
        self._echo.frame_for(self.address, crc)
        self._window.frame_for(self.address, crc)

    def fetch(self, frame):
        """Read a Frame's registers into its data; False if three attempts failed, the data is then worth nothing."""
        for _ in range(_ATTEMPTS):
            try:
                self.bus.readfrom_mem_into(self.address, frame.reg, frame.wire)
            except OSError:
                self.nacks += 1
                continue
            if not self.crc or self._unpack(frame):
                return True
            self.crc_errors += 1
        self.lost += 1
        return False

    def _unpack(self, frame):
        wire = frame.wire
        data = frame.data
        table = TABLE
        crc = frame.seed
        for k in range(frame.n):
            byte = wire[k + k]
            if table[crc ^ byte] != wire[k + k + 1]:
                return False
            data[k] = byte
            crc = 0
        return True

    def write(self, reg, data):
        """Write bytes from `reg` on; False if three attempts were refused."""
        if self.crc:
            head = crc8((self.address << 1, reg))
            wire = bytearray(2 * len(data))
            for k in range(len(data)):
                wire[2 * k] = data[k]
                wire[2 * k + 1] = TABLE[head ^ data[k]]
                head = 0
        else:
            wire = data
        for _ in range(_ATTEMPTS):
            try:
                self.bus.writeto_mem(self.address, reg, wire)
                return True
            except OSError:
                self.nacks += 1
        self.lost += 1
        return False

    def until(self, done):
        """Poll done() until it is true or 20 ms have passed; was it?"""
        start = self.clock_ms()
        for _ in range(_POLLS):
            if done():
                return True
            if (self.clock_ms() - start) & _TICKS > _TIMEOUT_MS:
                break
        return False

    def command(self, number):
        """Send a subcommand that has no answer."""
        return self.write(_SUBCOMMAND, bytes((number & 0xFF, number >> 8)))

    def ask(self, number, n):
        """The n bytes (data memory: 32) that a subcommand or an address answers; None if they did not come whole.

        The length byte is not trusted: FW_VERSION answers 11 for six bytes (TI E2E thread 1010048).
        """
        if not self.command(number):
            return None
        low, high = number & 0xFF, number >> 8
        echo = self._echo
        if not self.until(lambda: self.fetch(echo) and echo.data[0] == low and echo.data[1] == high):
            return None
        window = self._window.data
        if not self.fetch(self._window):
            return None
        answer = bytes(window[2 : 2 + n])
        if window[_CHECKSUM - _SUBCOMMAND] != checksum(number, answer):
            return None
        return answer

    def store(self, number, data):
        """Write data under a subcommand or a data-memory address. The chip drops it silently if it will not have it."""
        return (
            self.command(number)
            and self.write(_BUFFER, data)
            and self.write(_CHECKSUM, bytes((checksum(number, data), 4 + len(data))))
        )


def checksum(number, data):
    """Complement of the sum of the two address bytes and the data, 8 bits."""
    return ~((number & 0xFF) + (number >> 8) + sum(data)) & 0xFF
