"""A record in a slot: a head, int32 words and a checksum written last; and which slot is written next.

It imports nothing and slices nothing, so that any MicroPython runs it, a micro:bit's 1.9.2 as well. A record is an
`array("i")`: version, sequence, number of words, the words, checksum. `crc` is called with the record and the number of
its words to sum over; int32.
"""

VERSION = 0
SEQUENCE = 1
LENGTH = 2
HEAD = 3
AROUND = 4  # words of a record that are not the caller's
SEQUENCE_MOST = 1 << 29  # a save a second for 17 years; on every MicroPython a small int


def seal(record, version, sequence, crc):
    """Write head and checksum around the words that stand in the record."""
    last = len(record) - 1
    record[VERSION] = version
    record[SEQUENCE] = sequence
    record[LENGTH] = last - HEAD
    record[last] = crc(record, last)


def sequence_of(record, version, crc):
    """1..SEQUENCE_MOST of a record that is whole and of this version, else 0."""
    last = len(record) - 1
    if record[VERSION] != version or record[LENGTH] != last - HEAD:
        return 0
    if not 0 < record[SEQUENCE] <= SEQUENCE_MOST:
        return 0
    if record[last] != crc(record, last):
        return 0
    return record[SEQUENCE]


def slot_after(slot, newest, slots, worn):
    """The next slot in the ring that may be written: not the newest record's, and none of the bits in `worn`; else -1.

    newest: -1 where there is no record yet.
    """
    for _ in range(slots):
        slot += 1
        if slot >= slots:
            slot = 0
        if slot != newest and not worn >> slot & 1:
            return slot
    return -1
