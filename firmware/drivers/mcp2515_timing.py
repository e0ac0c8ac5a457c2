"""The bit timing of an MCP2515, for a start alone (Microchip DS20001801J, section 5)."""

from firmware.kernels.dialect import const

_LEAST_QUANTA = const(8)
_MOST_QUANTA = const(20)


def bit_timing(oscillator_hz, bits_s):
    """CNF1, CNF2, CNF3 for a sampling at about 75 %; ValueError where the oscillator cannot make this rate.

    PropSeg + PS1 >= PS2, PS2 > SJW (section 5.3); at 16 MHz and 500 kbit/s: 1 + 6 + 5 + 4 quanta.
    """
    for prescaler in range(1, 65):
        quanta, rest = divmod(oscillator_hz, 2 * prescaler * bits_s)
        if rest == 0 and _LEAST_QUANTA <= quanta <= _MOST_QUANTA:
            after = quanta // 4
            phase_1 = (quanta - 1 - after) // 2
            propagation = quanta - 1 - after - phase_1
            jump = after // 2 if after < 8 else 4
            return jump - 1 << 6 | prescaler - 1, 0x80 | phase_1 - 1 << 3 | propagation - 1, after - 1
    raise ValueError("no bit timing for %d bit/s from an oscillator of %d Hz" % (bits_s, oscillator_hz))
