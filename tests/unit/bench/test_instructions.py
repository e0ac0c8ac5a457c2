"""Blocks of instructions are added up as qemu lists and runs them."""

from bms.bench.instructions import Blocks

A = b"Trace 0: 0x7f00 [0/10000/0/0] "
B = b"Trace 0: 0x7f80 [0/10010/0/0] "


def test_runs_times_lengths() -> None:
    blocks = Blocks()
    blocks.take([b"IN: ", b"0x10000:  e1a0000d  mov r0, sp", b"0x10004:  e59fa038  ldr", b"", A, A])
    blocks.take([b"IN: ", b"0x10010:  4770  bx lr"])
    blocks.take([B, A, B])
    assert blocks.instructions == 3 * 2 + 2 * 1
    blocks.take([A, A])
    assert blocks.instructions == 5 * 2 + 2


def test_a_block_that_takes_the_place_of_another_counts_by_its_own_length() -> None:
    blocks = Blocks()
    blocks.take([b"IN: ", b"0x10000:  4770  bx lr", A, A, b"IN: ", b"0x10000:  4770", b"0x10002:  4770", A])
    assert blocks.instructions == 2 * 1 + 1 * 2
