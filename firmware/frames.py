"""Frames of the table in firmware/messages.py: packed, unpacked, and sent when they are due. No frame takes heap."""

from array import array

from firmware import e2e, messages
from firmware.kernels.dialect import const

# Columns of a signal, `rows`.
_SOURCE = const(0)
_SCALE = const(1)
_LOW = const(2)  # the smallest count; one less is "not available", whose bits are all ones of an unsigned signal
_HIGH = const(3)
_START = const(4)
_BITS = const(5)
_COLUMNS = const(6)
_MOST = const(0x3FFFFFFF)  # of any value: what a small integer holds on 32-bit boards
_TICK_MS = const(100)
_FOREVER_MS = const(0x3FFFFFFF)
_MULTIPLEXED = (messages.CELLS, messages.TEMPERATURES, messages.TRIPS)


class Packer:
    """A table of messages as arrays. identifiers, protected, arrays, ages, each: one word a message.

    each: signals in a group of a multiplexed message, 0 for others.
    """

    def __init__(self, table):
        n = len(table)
        self.identifiers = array("i", [m[messages.ID] for m in table])
        self.protected = array("i", [m[messages.PROTECTED] for m in table])
        self.arrays = array("i", [m[messages.ARRAY] for m in table])
        self.ages = array("i", [m[messages.AGE] for m in table])
        self.each = array("i", [0] * n)
        self._first = array("i", [0] * (n + 1))
        rows = []
        for k in range(n):
            signals = [s for s in table[k][messages.SIGNALS] if s[messages.S_SOURCE] != messages.RAW]
            if self.arrays[k] in _MULTIPLEXED:
                self.each[k] = len(signals)
            for s in signals:
                rows += self._row(s)
            self._first[k + 1] = len(rows)
        self._rows = array("i", rows)

    @staticmethod
    def _row(s):
        bits = s[messages.S_BITS]
        if s[messages.S_SIGNED]:
            low, high = 1 - (1 << bits - 1), (1 << bits - 1) - 1
        else:
            low, high = 0, min((1 << bits) - 2, _MOST)
        return s[messages.S_SOURCE], s[messages.S_SCALE], low, high, s[messages.S_START], bits

    def pack(self, k, x, group, known, data):
        """Message k of the values x into eight bytes; group: of a multiplexed message. known: 0 sends none of them."""
        rows = self._rows
        for byte in range(8):
            data[byte] = 0
        base = group * self.each[k]
        if self.each[k]:
            data[0] = group
        at = self._first[k]
        end = self._first[k + 1]
        while at < end:
            index = base + rows[at]
            low = rows[at + _LOW]
            count = low - 1
            if known and index < len(x):
                value = x[index] // rows[at + _SCALE]
                if low <= value <= rows[at + _HIGH]:
                    count = value
            start = rows[at + _START]
            left = rows[at + _BITS]
            byte = start >> 3
            shift = start & 7
            while left > 0:
                room = 8 - shift
                data[byte] |= (count << shift & 255) if left >= room else (count & (1 << left) - 1) << shift
                count >>= room
                left -= room
                shift = 0
                byte += 1
            at += _COLUMNS

    def unpack(self, k, data, x):
        """Values of message k into x; what is not available leaves x as it was. False if that is so of one."""
        rows = self._rows
        whole = True
        at = self._first[k]
        while at < self._first[k + 1]:
            start = rows[at + _START]
            bits = rows[at + _BITS]
            value = 0
            got = 0
            byte = start >> 3
            shift = start & 7
            while got < bits:
                take = min(8 - shift, bits - got)
                value |= (data[byte] >> shift & (1 << take) - 1) << got
                got += take
                shift = 0
                byte += 1
            if rows[at + _LOW] < 0 and value >> bits - 1:
                value -= 1 << bits
            if rows[at + _LOW] <= value <= rows[at + _HIGH]:
                x[rows[at]] = value * rows[at + _SCALE]
            else:
                whole = False
            at += _COLUMNS
        return whole


class Sender:
    """Sends the pack's messages over `can` at their periods, at most `most` frames a tick.

    sources: for each array that messages.py names, READINGS .. COMMANDS, the array itself, or None where it is not.
    late: frames that the bus did not take when they were due; they go in a later tick, with its values.
    """

    def __init__(self, can, sources, most=12):
        self._can = can
        self._sources = sources
        self._most = most
        table = messages.FROM_PACK
        self.packer = Packer(table)
        self.late = 0
        self._count = len(table)
        self._period_ms = array("i", [m[messages.PERIOD_MS] for m in table])
        self._left_ms = array("i", [0] * self._count)
        self._counter = array("i", [0] * self._count)
        self._group = array("i", [0] * self._count)
        alike = {}
        for k in range(self._count):
            if self._sources[self.packer.arrays[k]] is None:
                self._period_ms[k] = 0
            period_ms = self._period_ms[k]
            if period_ms:  # those of one period are spread over it, so that the slow ones do not meet in one tick
                alike[period_ms] = alike.get(period_ms, 0) + 1
                self._left_ms[k] = _TICK_MS + alike[period_ms] * _TICK_MS % period_ms
        self._turn = 0
        self._data = bytearray(8)

    def hurry(self, identifier):
        """Send this message in the next tick, whatever its period."""
        for k in range(self._count):
            if self.packer.identifiers[k] == identifier:
                self._left_ms[k] = 0

    def tick(self, dt_ms):
        """One period, dt_ms after the last; the number of frames sent."""
        sent = 0
        left_ms = self._left_ms
        for k in range(self._count):
            left_ms[k] = max(left_ms[k] - dt_ms, -_FOREVER_MS)
        k = self._turn
        for _ in range(self._count):
            if self._period_ms[k] and left_ms[k] <= 0:
                if sent >= self._most or not self._send(k):
                    self.late += 1
                    self._turn = k  # its turn is first, so that none waits for ever
                    return sent
                sent += 1
                left_ms[k] = max(left_ms[k] + self._period_ms[k], 1)
            k = k + 1 if k + 1 < self._count else 0
        self._turn = 0
        return sent

    def _send(self, k):
        packer = self.packer
        data = self._data
        x = self._sources[packer.arrays[k]]
        known = 1
        if packer.ages[k] >= 0 and self._sources[messages.READINGS][packer.ages[k]] > messages.OLDEST_MS:
            known = 0
        packer.pack(k, x, self._group[k], known, data)
        identifier = packer.identifiers[k]
        if packer.protected[k]:
            e2e.protect(data, identifier, self._counter[k])
        if not self._can.send(identifier, data):
            return False
        if packer.protected[k]:
            self._counter[k] = self._counter[k] + 1 if self._counter[k] < e2e.COUNTERS - 1 else 0
        if packer.each[k]:
            following = self._group[k] + 1
            self._group[k] = following if following * packer.each[k] < len(x) else 0
        return True
