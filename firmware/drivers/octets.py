"""Bytes at the speed of native code: off a wire that carries check bytes, into voltages, out of words, and as they are.

In bytecode these loops would be a fifth of a tick. Arrays are as long as their users say; nothing is checked here.
"""

from firmware.kernels.dialect import micropython, ptr8, ptr32


@micropython.viper
def checked(data: ptr8, wire: ptr8, table: ptr8, seed: int, n: int) -> int:
    """n bytes into data off a wire of 2 n, a check byte behind each; 0 at the first that is wrong, else 1.

    table: CRC-8 of every byte. seed: that of what went before the first one; the others stand for themselves.
    """
    crc = seed
    k = 0
    while k < n:
        byte = wire[k + k]
        if table[crc ^ byte] != wire[k + k + 1]:
            return 0
        data[k + 0] = byte
        crc = 0
        k += 1
    return 1


@micropython.viper
def voltages(v_uv: ptr32, data: ptr8, at: int, n: int, leap_uv: int, most_uv: int) -> int:
    """n signed words of mV, little endian, from data[at] on, into uV; 1 if one has moved by leap_uv..most_uv."""
    leapt = 0
    k = 0
    while k < n:
        mv = data[at + k + k] + data[at + k + k + 1] * 256
        if mv > 32767:
            mv -= 65536
        moved_uv = mv * 1000 - v_uv[k + 0]
        if moved_uv < 0:
            moved_uv = -moved_uv
        if moved_uv > leap_uv:
            if moved_uv < most_uv:
                leapt = 1
        v_uv[k + 0] = mv * 1000
        k += 1
    return leapt


@micropython.viper
def temperatures(t_mdegc: ptr32, data: ptr8, pins: int, die: int, leap_mdegc: int) -> int:
    """Signed words of 0.1 K, three from data[pins] on and that of the die, into mdegC; 1 if one has moved farther."""
    leapt = 0
    at = pins
    k = 0
    while k < 4:
        if k == 3:
            at = die
        word = data[at + 0] + data[at + 1] * 256
        if word > 32767:
            word -= 65536
        moved_mdegc = word * 100 - 273150 - t_mdegc[k + 0]
        t_mdegc[k + 0] = word * 100 - 273150
        if moved_mdegc < 0:
            moved_mdegc = -moved_mdegc
        if moved_mdegc > leap_mdegc:
            leapt = 1
        at += 2
        k += 1
    return leapt


@micropython.viper
def apart(past: ptr32, v_uv: ptr32, stacks_mv: ptr32, monitors: int, cells: int, anew: int) -> int:
    """How far the stack of the worst of `monitors` and the sum of its `cells` are apart at least, mV.

    They are measured at different times, while a load steps: all that one has been since the sample before is held
    against all that the other has. past: six words a monitor, 0 at first; the last two are sum and stack of the last
    new sample. anew: 1 with a new sample, not another look.
    """
    most = 0
    cell = 0
    at = 0
    k = 0
    while k < monitors:
        found = 0
        left = cells
        while left > 0:
            found += v_uv[cell + 0] // 1000
            cell += 1
            left -= 1
        stack = stacks_mv[k + 0]
        if anew != 0:
            last = past[at + 4]
            last_stack = past[at + 5]
            if last == 0:
                last = found
                last_stack = stack
            past[at + 0] = last
            past[at + 1] = last
            past[at + 2] = last_stack
            past[at + 3] = last_stack
            past[at + 4] = found
            past[at + 5] = stack
        if found < past[at + 0]:
            past[at + 0] = found
        if found > past[at + 1]:
            past[at + 1] = found
        if stack < past[at + 2]:
            past[at + 2] = stack
        if stack > past[at + 3]:
            past[at + 3] = stack
        if past[at + 2] - past[at + 1] > most:
            most = past[at + 2] - past[at + 1]
        if past[at + 0] - past[at + 3] > most:
            most = past[at + 0] - past[at + 3]
        at += 6
        k += 1
    return most


@micropython.viper
def total(data: ptr8, n: int) -> int:
    """Sum of the first n bytes."""
    found = 0
    k = 0
    while k < n:
        found += data[k + 0]
        k += 1
    return found


@micropython.viper
def due(due_ms: ptr32, now_ms: int, k: int, n: int) -> int:
    """The first from k on, and around, of n times that has come; -1 if none has."""
    left = n
    at = k
    while left > 0:
        if due_ms[at + 0] <= now_ms:
            return at
        at += 1
        if at == n:
            at = 0
        left -= 1
    return -1


@micropython.viper
def narrow(data: ptr8, words: ptr32, n: int) -> int:
    """n words of 0..255 into bytes; n."""
    k = 0
    while k < n:
        data[k + 0] = words[k + 0]
        k += 1
    return n


@micropython.viper
def copy(data: ptr8, source: ptr8, at: int, n: int) -> int:
    """n bytes from source[at] on into data; n."""
    k = 0
    while k < n:
        data[k + 0] = source[at + k]
        k += 1
    return n


@micropython.viper
def differ(data: ptr8, at: int, wanted: ptr8, n: int) -> int:
    """1 if any of n bytes from data[at] on is not as wanted, else 0."""
    k = 0
    while k < n:
        if data[at + k] != wanted[k + 0]:
            return 1
        k += 1
    return 0


@micropython.viper
def check(data: ptr8, table: ptr8, identifier: int) -> int:
    """CRC of bytes 1..7 behind an identifier of two bytes, low byte first. table: that of every byte."""
    crc = table[table[identifier & 255] ^ identifier >> 8]
    k = 1
    while k < 8:
        crc = table[crc ^ data[k + 0]]
        k += 1
    return crc


@micropython.viper
def place(words: ptr32, word: int, n: int) -> int:
    """Where a word stands among n; -1 if it does not."""
    k = 0
    while k < n:
        if words[k + 0] == word:
            return k
        k += 1
    return -1


@micropython.viper
def older(ages_ms: ptr32, dt_ms: int, most_ms: int, n: int) -> int:
    """n ages, dt_ms later, none beyond most_ms; n."""
    k = 0
    while k < n:
        age_ms = ages_ms[k + 0] + dt_ms
        if age_ms > most_ms:
            age_ms = most_ms
        ages_ms[k + 0] = age_ms
        k += 1
    return n


@micropython.viper
def bits(data: ptr8, byte: int, weight: int, first: int, left: int, last: int) -> int:
    """A number of up to 31 bits, little endian, that begins within data[byte] and takes `left` bits of those behind.

    weight: what the number's lowest bit counts in its first byte. first, last: masks of its bits in the first byte,
    once they are at the bottom, and in the last.
    """
    value = data[byte + 0] // weight & first
    weight = 256 // weight
    while left > 0:
        byte += 1
        if left < 8:
            value += (data[byte + 0] & last) * weight
        else:
            value += data[byte + 0] * weight
        left -= 8
        if left > 0:  # one more would not fit a small integer, where this is bytecode
            weight = weight * 256
    return value
