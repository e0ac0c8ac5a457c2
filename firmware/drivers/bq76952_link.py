"""The wire to a BQ76952: frames with or without CRC, retries, and the subcommand window 0x3E..0x61 (TI SLUAA11B).

A Frame that is fetched and an Order that is sent allocate nothing. A transfer that fails three times frees the bus
(firmware/drivers/i2c_recovery.py) and is then counted and reported as False, never raised; until something goes through
again each is tried once, so that a dead bus does not eat the controller's period.
"""

from firmware.drivers.crc8 import TABLE, crc8
from firmware.drivers.octets import checked, total
from firmware.kernels.dialect import const

WINDOW = const(0x3E)  # subcommand 2 bytes, data 32, checksum 1, length 1
WINDOW_BYTES = const(36)
_ATTEMPTS = const(3)
_POLLS = const(400)  # ends a wait where virtual time stands still; more than 20 ms at 400 kHz
_TIMEOUT_MS = const(20)
_TICKS = const(0x3FFFFFFF)  # time.ticks_ms() counts in 30 bits
_FREE_EVERY = const(8)  # transfers given up in a row
_BATTERY_STATUS = const(0x12)
_BUFFER = const(0x40)
_CHECKSUM = const(0x60)


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


class Order(Frame):
    """Buffers for bytes to be written from `reg` on: fill `data`, then send."""

    def frame_for(self, address, crc):
        """As Frame's."""
        self.wire = self._double if crc else self.data
        self.seed = crc8((address << 1, self.reg))

    def seal(self):
        """Bring data and CRC on the wire, where there is a CRC."""
        wire = self.wire
        data = self.data
        if wire is data:
            return
        table = TABLE
        crc = self.seed
        for k in range(self.n):
            wire[k + k] = data[k]
            wire[k + k + 1] = table[crc ^ data[k]]
            crc = 0


class Link:
    """Registers and subcommands of the chip at `address` on `bus`, an object like machine.I2C.

    The bus may offer recover(), which frees it from a chip that holds SDA. clock_ms() counts like time.ticks_ms.
    Counters: nacks (refused or timed out), crc_errors, lost (given up), failures (given up in a row), recoveries of the
    bus, torn (blocks read again because a value had leapt), absurd (frames that cannot be).
    """

    def __init__(self, bus, address, clock_ms):
        self.bus = bus
        self.address = address
        self.clock_ms = clock_ms
        self.crc = False
        self._recover = getattr(bus, "recover", None)
        self.clear()
        self._frames = []
        self._echo = self.own(Frame(WINDOW, 2))
        self.window = self.own(Frame(WINDOW, WINDOW_BYTES))
        self._command = self.own(Order(WINDOW, 2))

    def clear(self):
        """Set the counters to 0."""
        self.nacks = self.crc_errors = self.lost = self.failures = 0
        self.recoveries = self.torn = self.absurd = 0

    def own(self, frame):
        """Keep a Frame or an Order laid out as this chip wants it."""
        frame.frame_for(self.address, self.crc)
        self._frames.append(frame)
        return frame

    def find_crc(self):
        """Find out whether the chip talks with CRC, on a bus that a reset may have left in the middle of a byte."""
        self._freed()
        self.use_crc(True)
        status = Frame(_BATTERY_STATUS, 2)
        status.frame_for(self.address, True)
        for _ in range(_ATTEMPTS):
            if self._try_fetch(status):
                return
        self.use_crc(False)

    def use_crc(self, crc):
        self.crc = crc
        for frame in self._frames:
            frame.frame_for(self.address, crc)

    def fetch(self, frame):
        """Read a Frame's registers into its data; False if the attempts failed, the data is then worth nothing."""
        for _ in range(1 if self.failures else _ATTEMPTS):
            if self._try_fetch(frame):
                return True
        return (self._freed() and self._try_fetch(frame)) or self._lost()

    def _try_fetch(self, frame):
        try:
            self.bus.readfrom_mem_into(self.address, frame.reg, frame.wire)
        except OSError:
            self.nacks += 1
            return False
        if self.crc and not checked(frame.data, frame.wire, TABLE, frame.seed, frame.n):
            self.crc_errors += 1
            return False
        self.failures = 0
        return True

    def send(self, order):
        """Write an Order; False if the attempts were refused."""
        order.seal()
        for _ in range(1 if self.failures else _ATTEMPTS):
            if self._try_send(order):
                return True
        return (self._freed() and self._try_send(order)) or self._lost()

    def _try_send(self, order):
        try:
            self.bus.writeto_mem(self.address, order.reg, order.wire)
        except OSError:
            self.nacks += 1
            return False
        self.failures = 0
        return True

    def _lost(self):
        self.lost += 1
        self.failures += 1
        return False

    def _freed(self):
        """Free the bus, at the first transfer given up and at every eighth; True if one more attempt is worth it."""
        if self._recover is None or self.failures % _FREE_EVERY:
            return False
        try:
            self._recover()
        except OSError:
            return False
        self.recoveries += 1
        return True

    def write(self, reg, data):
        """Write bytes from `reg` on; False if the attempts were refused."""
        order = Order(reg, len(data))
        order.frame_for(self.address, self.crc)
        order.data[:] = data
        return self.send(order)

    def until(self, done):
        """Poll done() until it is true or 20 ms have passed; was it?"""
        start = self.clock_ms()
        for _ in range(_POLLS):
            if done():
                return True
            if self.failures or (self.clock_ms() - start) & _TICKS > _TIMEOUT_MS:
                break
        return False

    def command(self, number):
        """Send a subcommand; what it answers can be taken from the window 200 us later."""
        data = self._command.data
        data[0] = number & 0xFF
        data[1] = number >> 8
        return self.send(self._command)

    def answered(self, number):
        """Fetch the window: does it hold the whole answer to `number`? Its data then stands from byte 2 on."""
        if not self.fetch(self.window):
            return False
        window = self.window.data
        n = window[WINDOW_BYTES - 1] - 4
        if window[0] | window[1] << 8 != number or not 0 < n <= 32:
            return False
        return window[WINDOW_BYTES - 2] == ~total(window, 2 + n) & 0xFF

    def ask(self, number, n):
        """The n bytes (data memory: 32) that a subcommand or an address answers; None if they did not come whole.

        The length byte is not trusted: FW_VERSION answers 11 for six bytes (TI E2E thread 1010048).
        """
        if not self.command(number):
            return None
        echo = self._echo
        if not self.until(lambda: self.fetch(echo) and echo.data[0] | echo.data[1] << 8 == number):
            return None
        window = self.window.data
        if not self.fetch(self.window):
            return None
        answer = bytes(window[2 : 2 + n])
        if window[WINDOW_BYTES - 2] != checksum(number, answer):
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
    """Complement of the sum of all bytes, 8 bits."""
    return ~((number & 0xFF) + (number >> 8) + sum(data)) & 0xFF
