"""Saves in a loop on a micro:bit (MicroPython 1.9.2, its own file system) until the power goes; tells what it found.

The host puts firmware/slots.py, without its comments, before this text. "L n bad" tells the record that was found, -1
if none, and how many slots did not count; "B" that it is about to save, "S n" a save that is complete.
"""

from array import array

from slots import AROUND, HEAD, SEQUENCE, seal, sequence_of, slot_after

SLOTS = 3
BURST = 300  # saves whose checksums are prepared, so that most of the time goes into writing
WORDS = 8
LAYOUT = 1


def _table():
    table = array("i", [0] * 16)
    for nibble in range(16):
        crc = nibble
        for _ in range(4):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
        table[nibble] = crc - (1 << 32) if crc >> 31 else crc
    return table


TABLE = _table()
SUMS = array("i", [0] * BURST)  # while the heap is whole


def crc32(record, count):
    crc = -1
    for k in range(count):
        word = record[k]
        for _ in range(8):
            crc = (crc >> 4 & 0xFFFFFFF) ^ TABLE[(crc ^ word) & 15]
            word >>= 4
    return -1 - crc


def fill(record, n):
    for k in range(WORDS):
        record[HEAD + k] = n


def read(slot):
    try:
        with open("s%d" % slot, "rb") as file:
            data = file.read()
    except OSError:
        return None
    if len(data) != 4 * (WORDS + AROUND):
        return array("i", [0] * (WORDS + AROUND))
    return array("i", data)


def main():
    newest, sequence, found, bad = -1, 0, -1, 0
    for slot in range(SLOTS):
        record = read(slot)
        if record is None:
            continue
        of = sequence_of(record, LAYOUT, crc32)
        if not of:
            bad += 1
        elif of > sequence:
            newest, sequence, found = slot, of, record[HEAD]
            for k in range(WORDS):
                if record[HEAD + k] != found:
                    found = -2
    print("L", found, bad)
    record = array("i", [0] * (WORDS + AROUND))

    def prepared(record, count):
        return SUMS[record[SEQUENCE] % BURST]

    slot = newest
    while True:
        for later in range(sequence + 1, sequence + 1 + BURST):
            fill(record, later)
            seal(record, LAYOUT, later, crc32)
            SUMS[later % BURST] = record[HEAD + WORDS]
        print("B")
        for _ in range(BURST):
            slot = slot_after(slot, newest, SLOTS, 0)
            sequence += 1
            fill(record, sequence)
            seal(record, LAYOUT, sequence, prepared)
            with open("s%d" % slot, "wb") as file:
                file.write(record)
            newest = slot
            print("S", sequence)


main()
