"""What the console is told arrives whole, of one moment, and takes no more than a part of a tick."""

from array import array
from binascii import crc_hqx
from types import SimpleNamespace

import pytest

from firmware import readings as of
from firmware.telling import HEAD, LAYOUT, WORDS, Telling


@pytest.fixture
def console() -> bytearray:
    return bytearray()


@pytest.fixture
def controller() -> SimpleNamespace:
    return SimpleNamespace(readings=array("i", [1000 - 31 * k for k in range(of.READINGS)]))


def test_a_line_holds_every_reading_of_one_moment_and_its_checksum(
    console: bytearray, controller: SimpleNamespace
) -> None:
    telling = Telling(console.extend, SimpleNamespace(serial=7, confirmed=1), lambda: 0)
    telling.free_bytes = 123_456
    first = list(controller.readings)
    while b"\n" not in console:
        telling(controller, 0, 100)
        controller.readings[of.CURRENT_MA] += 1
    line = bytes(console).strip()
    assert line[:1] == b"~"
    data = bytes.fromhex(line[1:-4].decode())
    assert crc_hqx(data, 0) == int(line[-4:], 16)
    words = [int.from_bytes(data[k : k + 4], "big", signed=True) for k in range(0, len(data), 4)]
    assert words[:HEAD] == [LAYOUT << 8 | HEAD, 7, 1, 123_456]
    assert words[HEAD:] == first and len(words) == WORDS


def test_a_tick_tells_no_more_than_a_packet_of_usb_and_a_line_takes_about_a_second(
    console: bytearray, controller: SimpleNamespace
) -> None:
    telling = Telling(console.extend, SimpleNamespace(serial=0, confirmed=1), lambda: 0)
    lengths = []
    for _ in range(44):
        before = len(console)
        telling(controller, 0, 100)
        lengths.append(len(console) - before)
    assert max(lengths) <= 65
    assert console.count(b"\n") == 4


def test_at_rest_a_slow_tick_tells_a_whole_line(console: bytearray, controller: SimpleNamespace) -> None:
    telling = Telling(console.extend, SimpleNamespace(serial=0, confirmed=1), lambda: 0)
    for _ in range(3):
        telling(controller, 0, 5000)
    assert console.count(b"\n") == 3


def test_a_console_that_refuses_disturbs_nobody(controller: SimpleNamespace) -> None:
    def refuse(_: bytes) -> int:
        raise OSError(5)

    telling = Telling(refuse, SimpleNamespace(serial=0, confirmed=1), lambda: 0)
    for _ in range(30):
        telling(controller, 0, 100)


class HungTerminal:
    """USB of a host that holds the port open and does not read: room for 256 bytes, then MicroPython waits 500 ms for
    what does not fit at all, and for the rest of what fits in part."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.held = 0
        self.longest_ms = 0

    def write(self, data: bytes) -> int:
        begun_ms = self.now_ms
        room = 256 - self.held
        if len(data) > room:
            self.now_ms += 500 if room == 0 else 1000
        self.held += min(len(data), room)
        self.longest_ms = max(self.longest_ms, self.now_ms - begun_ms)
        return len(data)


@pytest.mark.parametrize("period_ms", [100, 950])
def test_a_terminal_that_hangs_holds_a_tick_once_in_a_while_and_never_for_as_long_as_the_watchdog_waits(
    controller: SimpleNamespace, period_ms: int
) -> None:
    usb = HungTerminal()
    telling = Telling(usb.write, SimpleNamespace(serial=0, confirmed=1), lambda: usb.now_ms)
    held = []
    for _ in range(60_000 // period_ms):
        before_ms = usb.now_ms
        telling(controller, 0, period_ms)
        held.append(usb.now_ms - before_ms)
        usb.now_ms += period_ms
    assert usb.longest_ms == max(held) == 500
    assert 1 <= sum(ms > 0 for ms in held) <= 6
    usb.held = -1_000_000
    for _ in range(30_000 // period_ms):
        telling(controller, 0, period_ms)
    assert usb.held > -1_000_000
