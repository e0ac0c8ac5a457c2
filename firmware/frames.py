"""Frames of the table in firmware/messages.py: packed, unpacked, and sent when they are due. No frame takes heap."""

from array import array

from firmware import e2e, messages
from firmware.drivers.octets import bits, due, narrow
from firmware.kernels import frame
from firmware.kernels.dialect import const

_MOST = const(0x3FFFFFFF)  # of any value: what a small integer holds on 32-bit boards
_TICK_MS = const(100)
_NEVER_MS = const(0x3FFFFFFF)
_REBASE_MS = const(0x1FFFFFFF)
# By name: an attribute of a module is slow on a board.
_OLDEST_MS = messages.OLDEST_MS
_LAST = e2e.COUNTERS - 1
_MULTIPLEXED = (messages.CELLS, messages.TEMPERATURES, messages.TRIPS)


def signal_words(source, scale, signed, start, length):
    """A signal as firmware/kernels/frame.py has it."""
    if signed:
        low, high = 1 - (1 << length - 1), (1 << length - 1) - 1
    else:
        low, high = 0, min((1 << length) - 2, _MOST)
    first = min(8 - (start & 7), length)
    return start >> 3 | (start & 7) << 3 | first << 6 | length - first << 10 | source << 15, scale, low, max(high, 0)


class Packer:
    """A table of messages as arrays. identifiers, protected, arrays, ages, each: one number a message.

    each: signals in a group of a multiplexed message, 0 for others. frame: the last one packed, a word a byte. step:
    the kernel; par, at: its parameters, and where each message begins in them.
    """

    def __init__(self, table, step=frame.step):
        self.step = step
        self.identifiers = array("i", [m[messages.ID] for m in table])
        self.protected = array("b", [m[messages.PROTECTED] for m in table])
        self.arrays = array("b", [m[messages.ARRAY] for m in table])
        self.ages = array("h", [m[messages.AGE] for m in table])
        self.each = array("b", [0] * len(table))
        self.at = array("h", [0] * len(table))
        self.frame = array("i", [0] * frame.BYTES)
        par = list(e2e.TABLE[: frame.CHECKS]) + [1 << k for k in range(frame.MESSAGES - frame.POWERS)]
        for k in range(len(table)):
            signals = [s for s in table[k][messages.SIGNALS] if s[messages.S_SOURCE] != messages.RAW]
            if self.arrays[k] in _MULTIPLEXED:
                self.each[k] = len(signals)
            self.at[k] = len(par)
            par += len(signals), self.each[k], self.identifiers[k] if self.protected[k] else -1
            for s in signals:
                words = s[messages.S_SOURCE], s[messages.S_SCALE], s[messages.S_SIGNED]
                par += signal_words(*words, s[messages.S_START], s[messages.S_BITS])
        self.par = array("i", par)

    def pack(self, k, x, group, counter, known):
        """Message k of the values x into `frame`; group: of a multiplexed one, counter: of a protected one.

        known: 0 sends none of the values. How many of them are not available.
        """
        return self.step(self.frame, self.par, x, self.at[k], len(x), group, counter, known)

    def unpack(self, k, data, x):
        """Values of message k into x; what is not available leaves x as it was. False if that is so of one."""
        par = self.par
        whole = True
        at = self.at[k] + frame.HEAD
        for _ in range(par[self.at[k]]):
            where = par[at + frame.WHERE]
            first, left = (1 << (where >> 6 & 15)) - 1, where >> 10 & 31
            value = bits(data, where & 7, 1 << (where >> 3 & 7), first, left, (1 << (left & 7)) - 1)
            low, high = par[at + frame.LOW], par[at + frame.HIGH]
            if low < 0 and value > high:
                value -= 2 * high + 2
            if low <= value <= high:
                x[where >> 15] = value * par[at + frame.SCALE]
            else:
                whole = False
            at += frame.A_SIGNAL
        return whole


class Sender:
    """Sends the pack's messages over `can` at their periods, at most `most` frames a tick.

    sources: for each array that messages.py names, READINGS .. COMMANDS, the array("i"), or None where it is not.
    late: frames that the bus did not take when they were due; they go in a later tick, with its values.
    """

    def __init__(self, can, sources, most=12):
        from firmware.messages import FROM_PACK as table

        self._can = can
        self._readings = sources[messages.READINGS]
        self._most = most
        self.late = 0
        packer = Packer(table)
        self._step, self._par, self._at = packer.step, packer.par, packer.at  # all of it at hand: a look-up costs
        self._frame, self._ages, self._each, self._identifiers = (
            packer.frame,
            packer.ages,
            packer.each,
            packer.identifiers,
        )
        self._count = len(table)
        self._data = bytearray(frame.BYTES)
        self._values = [sources[packer.arrays[k]] for k in range(self._count)]
        self._sizes = array("h", [len(x or ()) for x in self._values])
        self._period_ms = array("h", [m[messages.PERIOD_MS] for m in table])
        self._due_ms = array("i", [_NEVER_MS] * self._count)
        self._counter = array("b", [0] * self._count)
        self._group = array("h", [0] * self._count)
        self._now_ms = 0
        self._turn = 0
        alike = {}
        for k in range(self._count):
            period_ms = self._period_ms[k]
            if period_ms and self._values[k] is not None:  # spread, so that the slow ones do not meet in one tick
                alike[period_ms] = alike.get(period_ms, 0) + 1
                self._due_ms[k] = _TICK_MS + alike[period_ms] * _TICK_MS % period_ms

    def hurry(self, identifier):
        """Send this message in the next tick, whatever its period."""
        for k in range(self._count):
            if self._identifiers[k] == identifier and self._due_ms[k] < _NEVER_MS:
                self._due_ms[k] = self._now_ms

    def tick(self, dt_ms, most=0):
        """One period, dt_ms after the last; the number of frames sent. most: fewer than ever, where not 0."""
        now_ms = self._now_ms = self._now_ms + dt_ms
        if now_ms > _REBASE_MS:
            now_ms = self._rebase()
        due_ms, period_ms, count = self._due_ms, self._period_ms, self._count
        most = most or self._most
        sent = 0
        k = due(due_ms, now_ms, self._turn, count)
        while k >= 0:
            if sent == most or not self._send(k):
                self.late += 1
                self._turn = k  # its turn is first, so that none waits for ever
                return sent
            sent += 1
            next_ms = due_ms[k] + period_ms[k]
            due_ms[k] = next_ms if next_ms > now_ms else now_ms + 1
            k = due(due_ms, now_ms, k, count)
        self._turn = 0
        return sent

    def _send(self, k):
        x, data, counters = self._values[k], self._data, self._counter  # of four a tuple would be made
        age, group = self._ages[k], self._group[k]
        counter = counters[k]
        known = 0 if age >= 0 and self._readings[age] > _OLDEST_MS else 1
        self._step(self._frame, self._par, x, self._at[k], self._sizes[k], group, counter, known)
        narrow(data, self._frame, frame.BYTES)
        if not self._can.send(self._identifiers[k], data):
            return False
        counters[k] = counter + 1 if counter < _LAST else 0
        each = self._each[k]
        if each:
            group += 1
            self._group[k] = group if group * each < len(x) else 0
        return True

    def _rebase(self):
        """Begin the clock anew, before it needs the heap."""
        for k in range(self._count):
            if self._due_ms[k] < _NEVER_MS:
                self._due_ms[k] = max(self._due_ms[k] - self._now_ms, -_TICK_MS)
        self._now_ms = 0
        return 0
