"""A hundred thousand lines of nonsense on a serial line: nothing raised or commanded; on a board no heap is taken."""

import random
import tracemalloc

import pytest

from bms.bench.can_host import frame, signature
from firmware import commands, messages
from firmware.drivers.slcan import Slcan
from tests.unit.firmware.can_bench import KEY, Pack
from tests.unit.firmware.on_a_board import told
from tests.unit.firmware.test_slcan import Uart

LINES = 100_000
A_TICK = 20


def line_of(identifier: int, data: bytes) -> bytes:
    uart = Uart()
    Slcan(uart).send(identifier, data)
    return bytes(uart.written)


def nonsense(draw: random.Random, pack: Pack) -> bytes:
    """A line that is random, or right but for what was changed, cut, doubled or put in."""
    kind = draw.randrange(6)
    if kind == 0:
        return draw.randbytes(draw.randrange(60)) + b"\r"
    if kind == 1:
        return line_of(draw.choice([row[messages.ID] for row in messages.FROM_HOST]), draw.randbytes(draw.randrange(9)))
    asked = {"requested_code": draw.randrange(10), "requested_argument": draw.choice([0, 5000])}
    if kind == 2:
        return line_of(messages.COMMAND_REQUEST, frame(messages.COMMAND_REQUEST, asked))
    code = pack.commands.words[commands.CODE]
    right = bytearray(signature(KEY, code, 0, bytes(pack.commands.nonce), pack.commands.words[commands.COUNTER]))
    right[draw.randrange(8)] ^= 1 << draw.randrange(8)
    line = bytearray(line_of(messages.COMMAND_ANSWER, bytes(right)))
    if kind == 3:
        return bytes(line)
    at = draw.randrange(len(line))
    line[at : at + draw.randrange(3)] = draw.randbytes(draw.randrange(3))
    return bytes(line)


def test_hundred_thousand_lines_raise_nothing_and_command_nothing() -> None:
    pack, draw = Pack(), random.Random(7)
    uart = Uart(piece=7)
    line = Slcan(uart)
    pack.listen_on(line)
    for sent in range(0, LINES, A_TICK):
        uart.incoming += b"".join(nonsense(draw, pack) for _ in range(A_TICK))
        while uart.incoming:
            pack.tick(dt_ms=draw.choice([10, 100, 5000]))
            assert pack.commands.take() == commands.NONE
        uart.written.clear()
        pack.wire.out.clear()
        pack.draws.clear()
        if sent == LINES // 2:
            tracemalloc.start()
    kept = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/firmware/*.py")]).traces
    tracemalloc.stop()
    assert sum(t.size for t in kept if "/tests/" not in t.traceback[0].filename) < 4000
    assert line.refused > LINES // 10 and pack.commands.wrong > 20 and pack.host.errors > 1000


def test_right_signature_over_the_line_is_accepted() -> None:
    """So that the nonsense above is refused for what it says, and not for where it comes from."""
    pack, uart = Pack(), Uart()
    pack.listen_on(Slcan(uart))
    uart.incoming += line_of(
        messages.COMMAND_REQUEST,
        frame(messages.COMMAND_REQUEST, {"requested_code": commands.DRIVE, "requested_argument": 0}),
    )
    pack.tick()
    counter = pack.commands.words[commands.COUNTER]
    mac = signature(KEY, commands.DRIVE, 0, bytes(pack.commands.nonce), counter)
    uart.incoming += line_of(messages.COMMAND_ANSWER, mac)
    pack.tick()
    assert pack.commands.take() == commands.DRIVE


@pytest.mark.parametrize("target", ["webassembly", "arm32"])
def test_on_a_board_lines_take_no_heap(target: str) -> None:
    right, _, hostile = told(target, "slcan_hostile", "bytes", ["right 2000", "hostile 2000", "hostile 20000"])
    assert right == {"bytes": 0, "frames": 2000, "refused": 0}
    assert hostile["bytes"] == 0 and hostile["refused"] > 10_000
