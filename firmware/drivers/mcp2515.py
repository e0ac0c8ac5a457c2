"""Microchip MCP2515: a CAN controller on SPI, modes 0,0 and 1,1, up to 10 MHz (Microchip DS20001801J).

Polled: no interrupt line is needed. After bus-off, or when the chip has lost its settings, it is reset, which silences
it, and set up anew once firmware/drivers/can_states.py says that it has been long enough.
"""

from firmware.drivers import can_states
from firmware.drivers.octets import copy, differ
from firmware.kernels.dialect import const

# Instructions, table 12-1.
_RESET = const(0xC0)
_READ = const(0x03)
_WRITE = const(0x02)
_MODIFY = const(0x05)
_READ_STATUS = const(0xA0)
_READ_RX = const(0x90)  # 0x90 buffer 0 from its identifier on, 0x94 buffer 1; the flag is cleared as CS rises
_LOAD_TX = const(0x40)  # 0x40, 0x42, 0x44: buffer 0, 1, 2 from its identifier on
_REQUESTS = b"\x81", b"\x82", b"\x84"  # of buffer 0, 1, 2
_PENDING_0 = const(0x04)  # TXREQ in what READ STATUS tells, figure 12-8
_PENDING_1 = const(0x10)
_PENDING = const(0x54)

_CANSTAT = const(0x0E)
_CANCTRL = const(0x0F)
_CNF3 = const(0x28)  # then CNF2, CNF1, CANINTE, CANINTF, EFLG, and CANSTAT once more
_EFLG = const(0x2D)
_FILTERS_0 = const(0x00)  # three of four registers each: the identifier, and no extended one (EXIDE is 0)
_FILTERS_1 = const(0x10)
_MASKS = const(0x20)  # two
_RXB0CTRL = const(0x60)
_RXB1CTRL = const(0x70)
_CONFIGURATION = const(0x80)  # mode in CANSTAT and CANCTRL, bits 7..5
_NORMAL = const(0x00)
LOOPBACK = const(0x40)
_MODE = const(0xE0)
_ABORT_ALL = const(0x10)
_OVERFLOWS = const(0xC0)  # of EFLG
_TX_BUS_OFF = const(0x20)
_PASSIVE = const(0x18)
_ROLL_OVER = const(0x04)  # RXB0CTRL: what finds buffer 0 full goes to buffer 1
_EXTENDED_OR_REMOTE = const(0x18)  # of RXBnSIDL
_STALE_MS = const(500)  # three frames that nobody takes are older than what would be said now
_TRIES = const(16)  # to find room: about 1 ms, in which three frames have gone at 500 kbit/s
_POLLS = const(50)  # of the mode; it changes when the bus has been idle for 11 bits


class MCP2515:
    """spi, cs: like machine.SPI and machine.Pin. clock_ms: like time.ticks_ms. A CAN object of can_states.py.

    Receives standard data frames that equal `identifier` under `mask`. overruns: times that a frame was lost, both
    buffers full. aborted: times that stale frames were taken back. back_off.times: silences.
    """

    def __init__(self, spi, cs, clock_ms, oscillator_hz=16000000, bits_s=500000, identifier=0, mask=0, mode=_NORMAL):
        from firmware.drivers.mcp2515_timing import bit_timing

        self._spi = spi
        self._cs = cs
        self._clock_ms = clock_ms
        self._filter = identifier, mask
        self._mode = mode
        self.back_off = can_states.BackOff(clock_ms)
        self.state = can_states.ABSENT
        self.overruns = 0
        self.aborted = 0
        self._full_ms = -1
        self._second_first = False
        self._head = bytearray(6)
        self._tx = bytearray(14)
        self._rx = bytearray(14)
        self._one = bytearray(1)
        self._three = bytearray(3)
        self._answer = bytearray(3)
        self._ask = bytearray([_READ_STATUS, 0])
        self._told = bytearray(2)
        self._look = bytearray(9)
        self._seen = bytearray(9)
        cnf1, cnf2, cnf3 = bit_timing(oscillator_hz, bits_s)
        self._settings = bytearray([cnf3, cnf2, cnf1])
        self._look[0] = _READ
        self._look[1] = _CNF3
        self._bits = bytearray(4)
        self._bits[0] = _MODIFY
        cs(1)
        self.start()

    def start(self):
        """Reset the chip and write its settings; False if it does not take them all, it is then silent."""
        try:
            taken = self._set_up()
        except OSError:
            taken = False
        if taken:
            self.state = can_states.ACTIVE
            self._full_ms = -1
        else:
            self._silence(can_states.ABSENT)
        return taken

    def _set_up(self):
        """Register by register, as that takes no heap: a chip that is absent is looked for again and again."""
        self._put(_RESET)
        for k in range(6):
            if not self._written(_CNF3 + k, self._settings[k] if k < 3 else 0):
                return False
        identifier, mask = self._filter
        for k in range(12):
            value = _octet(identifier, k & 3)
            if not (self._written(_FILTERS_0 + k, value) and self._written(_FILTERS_1 + k, value)):
                return False
        for k in range(8):
            if not self._written(_MASKS + k, _octet(mask, k & 3)):
                return False
        if not (self._written(_RXB0CTRL, _ROLL_OVER) and self._written(_RXB1CTRL, 0)):
            return False
        self._modify(_CANCTRL, _MODE, self._mode)
        for _ in range(_POLLS):
            if self._register(_CANSTAT) & _MODE == self._mode:
                return True
        return False

    def _written(self, reg, value):
        out = self._three
        out[0] = _WRITE
        out[1] = reg
        out[2] = value
        self._transfer(out, None)
        taken = self._register(reg)
        return (taken & _ROLL_OVER if reg == _RXB0CTRL else taken) == value  # its next bit repeats it

    def send(self, identifier, data):
        """Load a frame behind those that wait; False if there is no room for a millisecond, or the chip is silent."""
        if self.state >= can_states.BUS_OFF:
            return False
        told, cs, spi = self._told, self._cs, self._spi
        try:
            cs(0)
            spi.write_readinto(self._ask, told)
            cs(1)
            pending = told[1]
            number = 2  # of equal priority the highest goes first (section 3.2), so frames keep their order downwards
            if pending & _PENDING:
                number = self._below(pending)
                if number < 0:
                    return False
            self._full_ms = -1
            head = self._head
            head[0] = _LOAD_TX | number << 1
            head[1] = identifier >> 3
            head[2] = (identifier & 7) << 5
            head[5] = len(data)
            cs(0)
            spi.write(head)
            spi.write(data)
            cs(1)
            cs(0)
            spi.write(_REQUESTS[number])
            cs(1)
            return True
        except OSError:
            cs(1)
            self._silence(can_states.ABSENT)
            return False

    def _below(self, pending):
        """The buffer below all that wait; -1 where there is none."""
        for _ in range(_TRIES):
            if not pending & _PENDING_0:
                break
            pending = self._status()
        if pending & _PENDING_0:
            self._withdraw()
            return -1
        return 0 if pending & _PENDING_1 else 1

    def _withdraw(self):
        """All buffers are full: after a while what they hold is stale."""
        now_ms = self._clock_ms()
        if self._full_ms < 0:
            self._full_ms = now_ms
        elif (now_ms - self._full_ms) & can_states.TICKS > _STALE_MS:
            self._modify(_CANCTRL, _ABORT_ALL, _ABORT_ALL)
            self._modify(_CANCTRL, _ABORT_ALL, 0)
            self._full_ms = -1
            self.aborted += 1

    def receive(self, buffer):
        """The next frame into buffer, bytearray(9); its identifier, or -1. To be called until there is none."""
        if self.state >= can_states.BUS_OFF and not (self.back_off.over() and self.start()):
            return -1
        told, cs, spi = self._told, self._cs, self._spi
        try:
            for _ in range(4):
                cs(0)
                spi.write_readinto(self._ask, told)
                cs(1)
                full = told[1] & 3
                if not full:
                    break
                identifier = self._fetch(full, buffer)
                if identifier >= 0:
                    return identifier
            cs(0)
            spi.write_readinto(self._look, self._seen)
            cs(1)
            self._examine(self._seen)
        except OSError:
            cs(1)
            self._silence(can_states.ABSENT)
        return -1

    def _fetch(self, full, buffer):
        """One of the full buffers; where both are, the first is the older one, and the second must follow it."""
        second = full == 2 or self._second_first
        self._second_first = full == 3 and not second
        tx, rx, cs = self._tx, self._rx, self._cs
        tx[0] = _READ_RX | 4 if second and full & 2 else _READ_RX
        cs(0)
        self._spi.write_readinto(tx, rx)
        cs(1)
        if rx[2] & _EXTENDED_OR_REMOTE:
            return -1
        n = rx[5] & 15
        n = n if n < 8 else 8
        rx[5] = n
        copy(buffer, rx, 5, 1 + n)
        return rx[1] << 3 | rx[2] >> 5

    def _examine(self, seen):
        """Settings, mode and error flags, when there is nothing to read."""
        errors = seen[7]
        if differ(seen, 2, self._settings, 3) or seen[8] & _MODE != self._mode:
            self._silence(can_states.ABSENT)
            return
        if errors & _OVERFLOWS:
            self.overruns += 1
            self._modify(_EFLG, _OVERFLOWS, 0)
        if errors & _TX_BUS_OFF:
            self._silence(can_states.BUS_OFF)
        else:
            self.state = can_states.PASSIVE if errors & _PASSIVE else can_states.ACTIVE

    def _silence(self, state):
        """Reset: the chip neither sends nor acknowledges, and what it had to send is gone."""
        self.state = state
        self._second_first = False
        self.back_off.begin()
        try:
            self._put(_RESET)
        except OSError:
            pass

    def _status(self):
        self._transfer(self._ask, self._told)
        return self._told[1]

    def _register(self, reg):
        out = self._three
        out[0] = _READ
        out[1] = reg
        self._transfer(out, self._answer)
        return self._answer[2]

    def _modify(self, reg, mask, value):
        bits = self._bits
        bits[1] = reg
        bits[2] = mask
        bits[3] = value
        self._transfer(bits, None)

    def _put(self, instruction):
        self._one[0] = instruction
        self._transfer(self._one, None)

    def _transfer(self, out, back):
        self._cs(0)
        try:
            if back is None:
                self._spi.write(out)
            else:
                self._spi.write_readinto(out, back)
        finally:
            self._cs(1)


def _octet(identifier, k):
    """Register k of the four of a standard identifier."""
    if k > 1:
        return 0
    return (identifier & 7) << 5 if k else identifier >> 3
