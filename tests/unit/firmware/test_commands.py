"""Host commands: signed ones are done once, all others never, and guessing gets slower."""

import hashlib
import hmac

import pytest

from bms.bench.can_host import CommandSender, frame, signature
from firmware import commands, messages
from firmware import readings as of
from firmware.commands import Commands
from firmware.hmac import Hmac
from tests.unit.firmware.can_bench import KEY, Pack

REQUEST, ANSWER = messages.COMMAND_REQUEST, messages.COMMAND_ANSWER

# RFC 4231, section 4: cases 1 to 7; of case 5 the RFC gives 16 bytes.
RFC_4231 = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
        b"hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.mark.parametrize(("key", "message", "digest"), RFC_4231)
def test_hmac_is_the_rfcs(key: bytes, message: bytes, digest: str) -> None:
    assert Hmac(key).digest(message).hex().startswith(digest)


def test_what_is_signed_is_code_argument_nonce_and_counter() -> None:
    said = bytes.fromhex("06 40420f00 0001020304050607 78563412")
    expected = hmac.new(KEY, said, hashlib.sha256).digest()[:8]
    assert signature(KEY, commands.LIMIT_DISCHARGE, 1_000_000, bytes(range(8)), 0x12345678) == expected


class Talk:
    """A host that speaks with a pack, tick by tick."""

    def __init__(self, key: bytes = KEY) -> None:
        self.pack = Pack()
        self.to_pack: list[tuple[int, bytes]] = []
        self.host = CommandSender(key, lambda identifier, data: self.to_pack.append((identifier, data)))
        self._read = 0

    def tick(self, ticks: int = 1) -> None:
        for _ in range(ticks):
            heard, self.to_pack = self.to_pack, []
            self.pack.tick(*heard)
            for identifier, data in self.pack.wire.out[self._read :]:
                self.host.hear(identifier, data)
            self._read = len(self.pack.wire.out)

    def command(self, code: int, argument: int = 0) -> int:
        self.host.ask(code, argument)
        self.tick(4)
        return self.host.result


@pytest.mark.parametrize("code", range(commands.OPEN, commands.CODES))
def test_every_command_that_is_signed_is_accepted_once(code: int) -> None:
    talk = Talk()
    argument = 250_000 if code >= commands.LIMIT_DISCHARGE else 0
    assert talk.command(code, argument) == commands.ACCEPTED
    assert (talk.pack.commands.take(), talk.pack.commands.argument) == (code, argument)
    assert talk.pack.commands.take() == commands.NONE


def test_host_with_another_key_gets_nothing_and_waits_longer_each_time() -> None:
    talk = Talk(bytes(31) + b"\1")
    assert talk.command(commands.DRIVE) == commands.WRONG_MAC
    rests = []
    for _ in range(8):
        ticks = 0
        talk.host.ask(commands.DRIVE)
        while not talk.pack.commands.request(commands.DRIVE, 0):
            assert talk.pack.result == commands.WAIT
            talk.pack.commands.tick(100)
            ticks += 1
        rests.append(ticks * 100)
        talk.pack.commands.answer(bytes(8), 0)
    assert rests == [pytest.approx(rest, abs=600) for rest in (1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000)]
    assert talk.pack.commands.pending == commands.NONE
    assert talk.pack.commands.wrong == 9 == talk.pack.commands.words[commands.FAILURES]


def test_right_answer_ends_the_rest() -> None:
    pack = Commands(KEY, lambda n: bytes(n - 1) + b"\1")
    pack.request(commands.DRIVE, 0)
    pack.answer(bytes(8), 0)
    pack.tick(1000)
    assert pack.request(commands.DRIVE, 0)
    counter = pack.words[commands.COUNTER]
    assert pack.answer(signature(KEY, commands.DRIVE, 0, bytes(pack.nonce), counter), 0)
    assert pack.words[commands.FAILURES] == 0
    pack.tick(200)
    assert pack.request(commands.OPEN, 0)


def asked(code: int = commands.DRIVE, argument: int = 0) -> tuple[Commands, bytes]:
    """A pack that has challenged, and the right answer."""
    pack = Commands(KEY, lambda n: bytes(range(n)))
    assert pack.request(code, argument)
    return pack, signature(KEY, code, argument, bytes(range(8)), pack.words[commands.COUNTER])


@pytest.mark.parametrize("bit", range(64))
def test_any_bit_of_the_answer_counts(bit: int) -> None:
    pack, right = asked()
    wrong = bytearray(right)
    wrong[bit >> 3] ^= 1 << (bit & 7)
    assert not pack.answer(wrong, 0) and pack.pending == commands.NONE


def test_answer_is_good_once() -> None:
    pack, right = asked()
    assert pack.answer(right, 0) and pack.take() == commands.DRIVE
    assert not pack.answer(right, 0) and pack.words[commands.RESULT] == commands.UNASKED
    pack.tick(200)
    assert pack.request(commands.DRIVE, 0)  # the same nonce again, of a broken source: the counter has gone on
    assert not pack.answer(right, 0) and pack.pending == commands.NONE


def test_answer_is_for_the_command_that_was_asked_for() -> None:
    pack, _ = asked(commands.LIMIT_CHARGE, 5000)
    for code, argument in ((commands.LIMIT_CHARGE, 5001), (commands.LIMIT_DISCHARGE, 5000), (commands.DRIVE, 0)):
        other, _ = asked(commands.LIMIT_CHARGE, 5000)
        assert not other.answer(signature(KEY, code, argument, bytes(range(8)), 1), 0)
    assert pack.answer(signature(KEY, commands.LIMIT_CHARGE, 5000, bytes(range(8)), 1), 0)


@pytest.mark.parametrize(("after_ms", "result"), [(1900, commands.ACCEPTED), (2000, commands.UNASKED)])
def test_challenge_expires(after_ms: int, result: int) -> None:
    pack, right = asked()
    for _ in range(after_ms // 100):
        pack.tick(100)
    assert after_ms < 2000 or pack.words[commands.RESULT] == commands.EXPIRED
    pack.answer(right, 0)
    assert pack.words[commands.RESULT] == result


@pytest.mark.parametrize(
    ("code", "argument", "result"),
    [
        (0, 0, commands.UNKNOWN),
        (commands.CODES, 0, commands.UNKNOWN),
        (commands.DRIVE, 1, commands.ARGUMENT),
        (commands.LIMIT_CHARGE, -1, commands.ARGUMENT),
        (commands.LIMIT_CHARGE, 10_000_001, commands.ARGUMENT),
    ],
)
def test_what_is_no_command_is_not_challenged(code: int, argument: int, result: int) -> None:
    pack = Commands(KEY, bytes)
    assert not pack.request(code, argument) and pack.words[commands.RESULT] == result


def test_challenges_come_apart_and_each_nonce_is_new() -> None:
    pack = Pack()
    request = (REQUEST, frame(REQUEST, {"requested_code": commands.DRIVE, "requested_argument": 0}))
    for _ in range(50):
        pack.tick(request, request, request, dt_ms=100)
    challenges = [data for identifier, data in pack.wire.out if identifier == messages.CHALLENGE]
    assert 20 <= len(challenges) <= 25 and challenges == pack.draws


def _refuses(n: int) -> bytes:
    raise OSError(n)


@pytest.mark.parametrize(
    ("key", "random"),
    [
        (bytes(32), bytes),
        (b"short", bytes),
        (KEY, None),
        (KEY, _refuses),
        (KEY, lambda n: b""),
    ],
)
def test_pack_without_key_or_random_numbers_takes_no_command(key: bytes, random) -> None:
    pack = Commands(key, random)
    assert not pack.request(commands.DRIVE, 0) and pack.words[commands.RESULT] == commands.NO_KEY


def test_host_that_is_silent_grows_old_and_one_that_speaks_does_not() -> None:
    pack = Pack()
    for k in range(30):
        pack.tick((messages.HEARTBEAT, frame(messages.HEARTBEAT, {"open_asked": 0}, k % 15)))
        assert pack.readings[of.HOST_AGE_MS] == 0 and not pack.host.asks_open
    for k in range(5):
        pack.tick((messages.HEARTBEAT, frame(messages.HEARTBEAT, {"open_asked": 0}, 29 % 15)))  # stuck: repeated
        assert pack.readings[of.HOST_AGE_MS] == 100 * (k + 1)
    pack.tick((messages.HEARTBEAT, frame(messages.HEARTBEAT, {"open_asked": 1}, 0)))
    assert pack.host.asks_open and pack.readings[of.HOST_AGE_MS] == 0


@pytest.mark.parametrize("step", [0, 5])
def test_host_whose_counter_stands_still_or_leaps_grows_old_until_it_counts_again(step: int) -> None:
    """As a CAN controller that sends its last frame again and again while the program above it hangs."""
    pack = Pack()
    for k in range(50):
        pack.tick((messages.HEARTBEAT, frame(messages.HEARTBEAT, {"open_asked": 0}, k * step % 15)))
        assert pack.readings[of.HOST_AGE_MS] == 100 * k
    for k in range(2):
        pack.tick((messages.HEARTBEAT, frame(messages.HEARTBEAT, {"open_asked": 0}, 10 + k)))
    assert pack.readings[of.HOST_AGE_MS] == 0


def test_host_that_was_silent_begins_with_any_counter() -> None:
    pack = Pack()
    pack.tick((messages.HEARTBEAT, frame(messages.HEARTBEAT, {"open_asked": 0}, 3)))
    for _ in range(5):
        pack.tick()
    pack.tick((messages.HEARTBEAT, frame(messages.HEARTBEAT, {"open_asked": 0}, 3)))
    assert pack.readings[of.HOST_AGE_MS] == 0


def test_odometer_and_route_come_through_and_what_is_not_available_changes_nothing() -> None:
    pack = Pack()
    pack.tick((messages.ODOMETER, frame(messages.ODOMETER, {"odometer": 123_456_789}, 0)))
    assert pack.host.words[messages.ODOMETER_MM] == 123_456_789
    pack.tick((messages.ODOMETER, frame(messages.ODOMETER, {"odometer": 0x1FFFFFFF}, 1)))
    assert pack.host.words[messages.ODOMETER_MM] == 123_456_789 and pack.host.malformed == 1
    pack.tick((messages.ROUTE, frame(messages.ROUTE, {"route_consumption": 45_000}, 0)))
    assert pack.host.route_nv_m == 45_000


def test_frames_that_are_short_or_unprotected_are_refused() -> None:
    pack = Pack()
    pack.tick((messages.HEARTBEAT, b"\1"), (messages.HEARTBEAT, bytes([0, 0x10]) + bytes(6)), (REQUEST, b"\2"))
    assert pack.host.malformed == 2 and pack.host.errors == 1 and not pack.host.asks_open
