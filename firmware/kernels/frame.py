# cython: annotation_typing=False, boundscheck=False, wraparound=False, initializedcheck=False
"""One CAN frame: the values of a message as counts in its eight bytes, counter and check byte before them.

A word of `f` is one byte. The words of `par` are made by firmware/frames.py from the table in firmware/messages.py.
"""

from firmware.kernels.dialect import const, micropython, ptr32

BYTES = const(8)

# Parameters, `par`: sixteen words of the check's table (CRC-8 SAE J1850 of 0..15), nine powers of two, 1..256, then the
# messages, each of them
CHECKS = const(16)
POWERS = const(16)
MESSAGES = const(25)
SIGNALS = const(0)  # how many
EACH = const(1)  # values that a group moves on by; 0: not multiplexed
IDENTIFIER = const(2)  # data id of the check, 0..2_047; -1: not protected
HEAD = const(3)  # and then its signals, each of four words:
# From the lowest bit up: the first byte, 0..7 (3 bits); the bit there, 0..7 (3); how many bits that byte takes, 1..8
# (4); how many go to the bytes behind, 0..24 (5), the last of which is byte 7 at most; above these the index of the
# value, within its group, 0..4_095
WHERE = const(0)
SCALE = const(1)  # what of the value is one count, 1..1_073_741_823
LOW = const(2)  # the least count, -1_073_741_822..0; one less says that there is no value
HIGH = const(3)  # the largest, 0..1_073_741_823
A_SIGNAL = const(4)


@micropython.viper
def step(f: ptr32, par: ptr32, x: ptr32, at: int, size: int, group: int, counter: int, known: int) -> int:
    """Pack the message that begins at par[at] into f[0..7]; how many of its values there are not.

    x      values, +-1_073_741_823         size     how many there are, 0..4_095
    group  of a multiplexed one, 0..255    counter  of a protected one, 0..14
    known  0: send none of them, 1
    """
    k = 0
    while k < BYTES:
        f[k + 0] = 0
        k += 1
    base = group * par[at + EACH]
    if par[at + EACH] > 0: f[0] = group
    missing = 0
    n = par[at + SIGNALS]
    identifier = par[at + IDENTIFIER]
    at += HEAD
    while n > 0:
        count = par[at + LOW] - 1
        where = par[at + WHERE]
        source = base + (where >> 15)
        told = 0
        if known != 0:
            if source < size:
                value = x[source] // par[at + SCALE]
                if value >= par[at + LOW]:
                    if value <= par[at + HIGH]:
                        count = value
                        told = 1
        missing += 1 - told
        k = where & 7
        bit = where >> 3 & 7
        taken = where >> 6 & 15
        f[k + 0] = f[k + 0] + (count & par[taken + POWERS] - 1) * par[bit + POWERS]
        left = where >> 10 & 31
        if left > 0: count = count // par[taken + POWERS]
        while left > 0:
            k += 1
            if left < 8: f[k + 0] = f[k + 0] + (count & par[left + POWERS] - 1)
            else: f[k + 0] = f[k + 0] + (count & 255)
            count = count >> 8
            left -= 8
        at += A_SIGNAL
        n -= 1

    # The check, half a byte at a time; what the dialect has no sign for: a ^ b is a + b - 2 (a & b).
    if identifier >= 0:
        f[1] = f[1] + counter
        crc = 0
        k = 0
        while k < 9:
            byte = identifier & 255
            if k > 0: byte = identifier >> 8
            if k > 1: byte = f[k - 1] & 255
            half = byte >> 4
            n = 0
            while n < 2:
                a = crc >> 4
                a = a + half - 2 * (a & half)
                d = par[a + 0]
                a = (crc & 15) * 16
                crc = a + d - 2 * (a & d)
                half = byte & 15
                n += 1
            k += 1
        f[0] = crc
    return missing
