"""An MCP2515 that does not exist: registers behind SPI, three buffers out, two in, masks, and error counters.

After Microchip DS20001801J, without knowledge of the driver: instructions of table 12-1, registers of table 11-1,
reception by figures 4-2 and 4-3, error modes by figure 6-1. Not emulated: sleep, one-shot, CLKOUT, the pins.
"""

from bms.emulation.can_bus import Frame

CANSTAT, CANCTRL, TEC, REC = 0x0E, 0x0F, 0x1C, 0x1D
CNF3, CNF2, CNF1, CANINTE, CANINTF, EFLG = range(0x28, 0x2E)
RXB0CTRL, RXB1CTRL = 0x60, 0x70
NORMAL, LOOPBACK, LISTEN, CONFIGURATION = 0, 2, 3, 4
_MODIFIABLE = {0x0C, 0x0D, CANCTRL, CNF3, CNF2, CNF1, CANINTE, CANINTF, EFLG, 0x30, 0x40, 0x50, RXB0CTRL, RXB1CTRL}
_ONLY_IN_CONFIGURATION = {*range(0x0C), *range(0x10, 0x1C), *range(0x20, 0x28), CNF3, CNF2, CNF1, 0x0D}
_FILTERS = (0x00, 0x04, 0x08, 0x10, 0x14, 0x18)
_RECOVERY_BITS = 128 * 11
_TXREQ, _ABAT = 0x08, 0x10


class Mcp2515:
    """The chip: `spi` for the driver, `cs` its pin, a Node for the bus. dead: it neither answers nor sends."""

    def __init__(self) -> None:
        self.registers = bytearray(128)
        self.dead = False
        self.transactions = 0
        self._transmit_errors = 0
        self._idle_bits = 0
        self._selected = False
        self._bytes: list[int] = []
        self.reset()

    def reset(self) -> None:
        """As the RESET instruction or the pin."""
        self.registers[:] = bytes(128)
        self.registers[CANCTRL] = 0x87
        self.registers[CANSTAT] = CONFIGURATION << 5
        self._transmit_errors = self._idle_bits = 0

    @property
    def mode(self) -> int:
        return self.registers[CANSTAT] >> 5

    # Towards the driver: CS and SPI.
    def cs(self, level: int) -> None:
        """The pin: an instruction begins as it falls, and is done as it rises."""
        if level == 0:
            self._bytes = []
            self.transactions += 1
        elif self._selected and self._bytes and not self.dead:
            self._end()
        self._selected = level == 0

    def write(self, out: bytes | bytearray) -> None:
        """As machine.SPI.write."""
        for byte in out:
            self._exchange(byte)

    def write_readinto(self, out: bytes | bytearray, back: bytearray) -> None:
        """As machine.SPI.write_readinto."""
        for k, byte in enumerate(out):
            back[k] = self._exchange(byte)

    def _exchange(self, byte: int) -> int:
        self._bytes.append(byte)
        if self.dead or not self._selected:
            return 0xFF
        n, first = len(self._bytes) - 1, self._bytes[0]
        if n == 0:
            if byte == 0xC0:
                self.reset()
            return 0
        if first == 0x03 and n >= 2:
            return self._get(self._bytes[1] + n - 2)
        if first & 0xF9 == 0x90:
            return self._get((0x61, 0x66, 0x71, 0x76)[first >> 1 & 3] + n - 1)
        if first == 0xA0:
            return self._status()
        if first == 0x02 and n >= 2:
            self._set(self._bytes[1] + n - 2, byte)
        if first & 0xF8 == 0x40 and first & 7 <= 5:
            self._set((0x31, 0x36, 0x41, 0x46, 0x51, 0x56)[first & 7] + n - 1, byte)
        if first == 0x05 and n == 3:
            reg, mask = self._bytes[1], self._bytes[2] if self._bytes[1] in _MODIFIABLE else 0xFF
            self._set(reg, self.registers[reg & 127] & ~mask | byte & mask)
        return 0

    def _end(self) -> None:
        first = self._bytes[0]
        if first & 0xF8 == 0x80:
            for number in range(3):
                if first >> number & 1:
                    self._set(0x30 + 16 * number, self.registers[0x30 + 16 * number] | _TXREQ)
        if first & 0xF9 == 0x90:
            self.registers[CANINTF] &= ~(2 if first & 4 else 1)

    def _get(self, reg: int) -> int:
        reg &= 127
        if reg & 15 in (CANSTAT, CANCTRL):
            return self.registers[reg & 15]
        if reg in {*range(0x0C), *range(0x10, 0x1C), *range(0x20, 0x28)} and self.mode != CONFIGURATION:
            return 0  # filters and masks read as zero then, section 4.5
        return self.registers[reg]

    def _set(self, reg: int, value: int) -> None:
        reg &= 127
        if reg & 15 == CANCTRL:
            self.registers[CANCTRL] = value
            self.registers[CANSTAT] = self.registers[CANSTAT] & 0x1F | value & 0xE0
            if value & _ABAT:
                for number in range(3):
                    self.registers[0x30 + 16 * number] &= ~_TXREQ
        elif (reg in _ONLY_IN_CONFIGURATION and self.mode != CONFIGURATION) or reg & 15 == CANSTAT or reg in (TEC, REC):
            return
        elif reg == RXB0CTRL:
            self.registers[reg] = value & 0x64 | value >> 1 & 2  # BUKT1 repeats BUKT
        elif reg == EFLG:
            self.registers[reg] = self.registers[reg] & 0x3F | value & 0xC0
        else:
            self.registers[reg] = value

    def _status(self) -> int:
        status = self.registers[CANINTF] & 3
        for number in range(3):
            if self.registers[0x30 + 16 * number] & _TXREQ:
                status |= 4 << 2 * number
            if self.registers[CANINTF] & 4 << number:
                status |= 8 << 2 * number
        return status

    # Towards the bus.
    def _pending(self) -> int | None:
        """The buffer that goes first: the highest priority, then the highest number (section 3.2)."""
        pending = [n for n in range(3) if self.registers[0x30 + 16 * n] & _TXREQ]
        return max(pending, key=lambda n: (self.registers[0x30 + 16 * n] & 3, n)) if pending else None

    def offers(self) -> Frame | None:
        number = self._pending()
        if number is None or self.dead or self.registers[EFLG] & 0x20 or self.mode not in (NORMAL, LOOPBACK):
            return None
        frame = _frame(self.registers[0x31 + 16 * number : 0x3E + 16 * number], 0x08)
        if self.mode == LOOPBACK:
            self.sent(frame)
            self._accept(frame)
            return None
        return frame

    def acknowledges(self) -> bool:
        return self.mode == NORMAL and not self.dead and not self.registers[EFLG] & 0x20

    def hear(self, frame: Frame) -> None:
        if self.mode in (NORMAL, LISTEN) and not self.dead and not self.registers[EFLG] & 0x20:
            self._accept(frame)

    def sent(self, frame: Frame) -> None:
        number = self._pending()
        if number is not None:
            self.registers[0x30 + 16 * number] &= ~_TXREQ
            self.registers[CANINTF] |= 4 << number
        self._count(-1)

    def failed(self, acknowledged: bool) -> None:
        if acknowledged or self._transmit_errors < 128:  # a passive node does not count a missing acknowledge
            self._count(8)

    def idle(self, bits: int) -> None:
        self._idle_bits += bits
        if self.registers[EFLG] & 0x20 and self._idle_bits >= _RECOVERY_BITS:
            self.registers[EFLG] &= ~0x20
            self._transmit_errors = 0
            self._count(0)

    def _count(self, change: int) -> None:
        self._transmit_errors = max(self._transmit_errors + change, 0)
        self.registers[TEC] = min(self._transmit_errors, 255)
        flags = self.registers[EFLG] & 0xE0
        if self._transmit_errors > 255 and not flags & 0x20:
            flags |= 0x20
            self._idle_bits = 0
        if self._transmit_errors > 127:
            flags |= 0x10
        if self._transmit_errors >= 96:
            flags |= 0x05
        self.registers[EFLG] = flags

    def _accept(self, frame: Frame) -> None:
        first = any(self._matches(0x20, filter_, frame) for filter_ in _FILTERS[:2])
        second = any(self._matches(0x24, filter_, frame) for filter_ in _FILTERS[2:])
        everything = [self.registers[ctrl] & 0x60 == 0x60 for ctrl in (RXB0CTRL, RXB1CTRL)]
        full = self.registers[CANINTF]
        rolls = bool(self.registers[RXB0CTRL] & 4)
        if (first or everything[0]) and not (full & 1 and rolls):
            self._store(0, frame)
        elif first or everything[0] or second or everything[1]:
            self._store(1, frame)

    def _store(self, number: int, frame: Frame) -> None:
        if self.registers[CANINTF] & 1 << number:
            self.registers[EFLG] |= 0x40 << number
            return
        head = 0x61 + 16 * number
        self.registers[head : head + 5 + len(frame.data)] = _bytes(frame) + frame.data
        self.registers[CANINTF] |= 1 << number

    def _matches(self, mask: int, filter_: int, frame: Frame) -> bool:
        wanted, masks = self.registers[filter_ : filter_ + 4], self.registers[mask : mask + 4]
        if bool(wanted[1] & 8) != frame.extended:
            return False
        seen = _bytes(frame)[:4]
        if not frame.extended:  # the last two then meet the first two bytes of data
            seen = seen[:2] + frame.data[:2].ljust(2, b"\0")
        bits = masks[0], masks[1] & (0xE3 if frame.extended else 0xE0), masks[2], masks[3]
        return all((a ^ b) & m == 0 for a, b, m in zip(wanted, seen, bits, strict=True))


def _bytes(frame: Frame) -> bytes:
    """SIDH, SIDL, EID8, EID0, DLC of a receive buffer."""
    remote = frame.remote
    if not frame.extended:
        return bytes([frame.identifier >> 3, (frame.identifier & 7) << 5 | 0x10 * remote, 0, 0, len(frame.data)])
    base, rest = frame.identifier >> 18, frame.identifier & 0x3FFFF
    low = (base & 7) << 5 | 0x08 | rest >> 16
    return bytes([base >> 3, low, rest >> 8 & 255, rest & 255, 0x40 * remote | len(frame.data)])


def _frame(buffer: bytearray, extended: int) -> Frame:
    """The frame in a transmit buffer, from SIDH on."""
    base = buffer[0] << 3 | buffer[1] >> 5
    data, remote = bytes(buffer[5 : 5 + min(buffer[4] & 15, 8)]), bool(buffer[4] & 0x40)
    if buffer[1] & extended:
        return Frame(base << 18 | (buffer[1] & 3) << 16 | buffer[2] << 8 | buffer[3], data, True, remote)
    return Frame(base, data, False, remote)
