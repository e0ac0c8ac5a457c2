"""A hundred thousand frames of nonsense: nothing raised, accepted or kept; and on a board no heap taken."""

import tracemalloc

import numpy as np
import pytest

from bms.bench.can_host import frame, signature
from firmware import commands, messages
from firmware.commands import Commands
from tests.unit.firmware.can_bench import KEY, Pack
from tests.unit.firmware.on_a_board import told

FRAMES = 100_000
HOSTS = [row[messages.ID] for row in messages.FROM_HOST]


def nonsense(rng: np.random.Generator, pack: Pack) -> tuple[int, bytes]:
    """A frame of the host that is random, or right in all but one bit, or short."""
    identifier = int(rng.choice([*HOSTS, int(rng.integers(2048))]))
    kind = int(rng.integers(6))
    if kind == 0:
        return identifier, rng.bytes(int(rng.integers(9)))
    if kind == 1:
        asked = {"requested_code": int(rng.integers(10)), "requested_argument": int(rng.choice([0, 5000]))}
        return messages.COMMAND_REQUEST, frame(messages.COMMAND_REQUEST, asked)
    if kind == 2:  # what would be right, but for one bit
        code = pack.commands.words[commands.CODE]
        right = bytearray(signature(KEY, code, 0, bytes(pack.commands.nonce), pack.commands.words[commands.COUNTER]))
        right[int(rng.integers(8))] ^= 1 << int(rng.integers(8))
        return messages.COMMAND_ANSWER, bytes(right)
    if kind == 3:
        heartbeat = bytearray(frame(messages.HEARTBEAT, {"open_asked": 1}, int(rng.integers(15))))
        heartbeat[int(rng.integers(8))] ^= 1 << int(rng.integers(8))
        return messages.HEARTBEAT, bytes(heartbeat)
    return identifier, rng.bytes(8)


def test_hundred_thousand_frames_raise_nothing_and_command_nothing() -> None:
    pack, rng = Pack(), np.random.default_rng(11)
    sent = 0
    while sent < FRAMES:
        batch = [nonsense(rng, pack) for _ in range(int(rng.integers(40)))]
        sent += len(batch)
        pack.tick(*batch, dt_ms=int(rng.choice([0, 10, 100, 5000])))
        assert pack.commands.take() == commands.NONE
        pack.wire.out.clear()
        pack.draws.clear()
        pack.wire.heard.clear()  # more than a tick reads
        if sent > FRAMES // 2 and not tracemalloc.is_tracing():
            tracemalloc.start()
    kept = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/firmware/*.py")]).traces
    tracemalloc.stop()
    assert sum(t.size for t in kept if "/tests/" not in t.traceback[0].filename) < 4000
    assert pack.commands.wrong > 20 and pack.host.errors > 1000 and pack.host.malformed > 1000


@pytest.mark.parametrize("seed", range(3))
def test_hundred_thousand_answers_are_all_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pack = Commands(KEY, rng.bytes)
    for _ in range(FRAMES // 3 + 1):
        pack.tick(60_000)
        pack.request(int(rng.integers(12)), int(rng.choice([0, 0, 5000, -1, 2**29])))
        assert not pack.answer(rng.bytes(8), 0) and pack.pending == commands.NONE


@pytest.mark.parametrize("target", ["webassembly", "arm32"])
def test_on_a_board_frames_take_no_heap_and_nonsense_commands_nothing(target: str) -> None:
    jobs = ["calm 200", "hostile 200", "hostile 1500", "sign"]
    calm, first, second, signed = told(target, "can_hostile", "bytes", jobs)
    assert calm["bytes"] == 0 and calm["frames"] >= 400
    assert second["frames"] == 12_000 and first["accepted"] == second["accepted"] == 0
    assert signed["accepted"] == 1  # the target's SHA-256 is the one the desktop's is
    if target == "arm32":  # on node nothing is collected while a program runs
        assert second["bytes"] <= 64
