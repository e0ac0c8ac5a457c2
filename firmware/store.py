"""Records that outlive a power cut: a ring of small files, of which the newest whole one counts.

A save never touches the file of the newest record, so whatever a cut leaves of it, the old state or the new one is
found. What the file system does to the flash below: hil_tests/test_power_cuts.py.
"""

from array import array
from binascii import crc32

from firmware import slots
from firmware.config import checksum
from firmware.kernels.dialect import const

_TRIES = const(3)  # slots in one save: nothing else is done meanwhile


class Kind:
    """What records of one kind are. ranges: (how many words, least, most), one after the other; each: the like,
    `times` over behind them.

    The version changes whenever the meaning of a word does; a record of another one does not count.
    """

    def __init__(self, name, version, places, ranges, each=(), times=0):
        self.name = name
        self.version = version
        self.slots = places
        self.ranges = ranges
        self._each = each
        self._times = times
        self.words = sum([count for count, _, _ in ranges]) + times * sum([count for count, _, _ in each])

    def fits(self, record, at):
        """Whether each word from `at` on lies within its range."""
        at = _within(self.ranges, record, at)
        for _ in range(self._times):
            at = _within(self._each, record, at) if at >= 0 else -1
        return at >= 0


def _within(ranges, record, at):
    """The place behind those words, or -1 if one of them is outside its range."""
    for count, least, most in ranges:
        for k in range(at, at + count):
            if not least <= record[k] <= most:
                return -1
        at += count
    return at


class Store:
    """Records of one kind on `storage`: read(name) -> bytes or None, write(name, data), both may raise OSError.

    Nothing is raised. sequence: of the newest record, 0 where none counts. errors: reads and writes that failed, and
    saves refused because a word was outside its range. failing: saves in a row that did not succeed. rejected: slots
    that held something which does not count, at the last load.
    """

    def __init__(self, storage, kind):
        self._storage = storage
        self._kind = kind
        self._size = 4 * (kind.words + slots.AROUND)  # bytes of a record; it takes heap while it is read or written
        self._newest = -1
        self._slot = self._found = -1
        self._worn = 0
        self._read = 0
        self._last = 0  # sequence that was tried last
        self.sequence = 0
        self.errors = 0
        self.failing = 0
        self.rejected = 0
        self._looked = False

    def load(self, words):
        """Copy the newest record that counts to `words`; False, and nothing is copied, where there is none."""
        return self._copy(self._look(), words)

    def _look(self):
        """The newest record, or None."""
        self._looked = True
        self.rejected = 0
        record = self._find(slots.SEQUENCE_MOST + 1)
        self._newest = self._slot = self._found
        self._worn = 0
        self.sequence = self._last = self._read
        return record

    def older(self, words):
        """Copy the record before the one that was copied last, False after the oldest."""
        rejected = self.rejected
        record = self._find(self._read)
        self.rejected = rejected
        return self._copy(record, words)

    def save(self, words):
        """Write a record and read it back; False if it is in no slot, and then the one before still counts."""
        kind = self._kind
        self.failing += 1
        if not self._looked:  # the newest record must not be written over
            self._look()
        if len(words) != kind.words or not kind.fits(words, 0) or self._last > slots.SEQUENCE_MOST - kind.slots:
            self.errors += 1
            return False
        record = array("i", range(kind.words + slots.AROUND))  # takes its room once, as it has a length
        for k in range(kind.words):
            record[slots.HEAD + k] = words[k]
        if slots.slot_after(self._slot, self._newest, kind.slots, self._worn) < 0:
            self._worn = 0  # all have failed, so it was not the slot: they are tried again
        for _ in range(_TRIES):
            slot = slots.slot_after(self._slot, self._newest, kind.slots, self._worn)
            if slot < 0:
                break
            self._slot = slot
            self._last += 1  # also after a failure, whose record may be whole all the same
            slots.seal(record, kind.version, self._last, _crc)
            if self._written(slot, record):
                self._newest = slot
                self.sequence = self._last
                self.failing = 0
                return True
            self.errors += 1
            self._worn |= 1 << slot
        return False

    def _written(self, slot, record):
        """Whether the record stands in the slot, whatever the storage says of it."""
        try:
            self._storage.write(self._name(slot), record)
            data = self._storage.read(self._name(slot))
        except OSError:
            return False
        return data is not None and len(data) == self._size and crc32(data) == crc32(record)  # == would copy it

    def _find(self, below):
        """The record that counts and has the highest sequence below that one; None where there is none."""
        newest = None
        self._found = -1
        highest = 0
        for k in range(self._kind.slots):
            record = self._slot_content(k)
            if record is None:
                continue
            sequence = slots.sequence_of(record, self._kind.version, _crc)
            if not sequence or not self._kind.fits(record, slots.HEAD):
                self.rejected += 1
            elif highest < sequence < below:
                self._found = k
                highest = sequence
                newest = record
        self._read = highest
        return newest

    def _slot_content(self, k):
        """The record in slot k; None where there is none, zeros where there is something else."""
        try:
            data = self._storage.read(self._name(k))
        except OSError:
            self.errors += 1
            return None
        if data is None:
            return None
        if len(data) != self._size:
            return array("i", bytes(self._size))
        return array("i", data)

    def _name(self, slot):
        return "%s%d" % (self._kind.name, slot)

    def _copy(self, record, words):
        if record is None:
            return False
        for k in range(self._kind.words):
            words[k] = record[slots.HEAD + k]
        return True


def _crc(record, count):
    return checksum(memoryview(record)[:count])
