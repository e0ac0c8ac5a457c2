"""Frames over a serial line: what python-can's adapters speak, in any pieces, and no nonsense taken for a frame."""

import random

import pytest

from firmware.drivers.slcan import Slcan


class Uart:
    """A serial line: the bytes of `incoming` in pieces of `piece`; what is written is in `written`."""

    def __init__(self, incoming: bytes = b"", piece: int = 32, room: int = 1000) -> None:
        self.incoming, self.piece, self.room, self.written = bytearray(incoming), piece, room, bytearray()

    def any(self) -> int:
        return len(self.incoming)

    def readinto(self, buffer: bytearray) -> int | None:
        n = min(len(buffer), self.piece, len(self.incoming))
        buffer[:n] = self.incoming[:n]
        del self.incoming[:n]
        return n or None

    def write(self, data: memoryview) -> int:
        n = min(len(data), self.room)
        self.written += bytes(data[:n])
        return n


def frames(uart: Uart) -> tuple[list[tuple[int, bytes]], Slcan]:
    line, buffer, got = Slcan(uart), bytearray(9), []
    for _ in range(10_000):
        identifier = line.receive(buffer)
        if identifier >= 0:
            got.append((identifier, bytes(buffer[1 : 1 + buffer[0]])))
        elif not uart.incoming:
            break
    return got, line


# The Lawicel manual's form: t, three digits of the identifier, the length, the bytes, and a return.
def test_frame_is_written_as_an_adapter_writes_it() -> None:
    uart = Uart()
    assert Slcan(uart).send(0x120, bytes([0x00, 0x1F, 0xA0, 0xFF, 1, 2, 3, 4]))
    assert uart.written == b"t1208001FA0FF01020304\r"
    assert Slcan(uart).send(0x7FF, b"") and uart.written.endswith(b"t7FF0\r")


def test_line_that_takes_only_a_part_is_no_line() -> None:
    assert not Slcan(Uart(room=10)).send(0x120, bytes(8))


@pytest.mark.parametrize("piece", [1, 3, 22, 32])
def test_frames_come_in_whatever_the_pieces(piece: int) -> None:
    got, line = frames(Uart(b"C\rS6\rO\rt2008a1b2C3D4E5F60718\rt21100\rt2110\r" + b"t2011FF\r", piece))
    assert got == [(0x200, bytes.fromhex("a1b2c3d4e5f60718")), (0x211, b""), (0x201, b"\xff")]
    assert line.refused == 4  # what opens the line, and a length that is not that of the data


@pytest.mark.parametrize(
    "line",
    [b"t8008" + b"0" * 16, b"t20g0", b"t2009" + b"0" * 18, b"t2001g0", b"T0000020080", b"r2000", b"t", b"x" * 90],
)
def test_what_is_no_frame_is_refused_and_the_next_one_taken(line: bytes) -> None:
    got, port = frames(Uart(line + b"\rt2000\r"))
    assert got == [(0x200, b"")] and port.refused == 1


def test_noise_on_the_line_gives_no_exception_and_no_identifier_that_cannot_be() -> None:
    noise = random.Random(3)
    letters = b"t0123456789ABCDEFabcdef\r\r\r" + bytes(range(256))
    got, _ = frames(Uart(bytes(noise.choice(letters) for _ in range(100_000)), 7))
    assert all(0 <= identifier <= 0x7FF and len(data) <= 8 for identifier, data in got)


def test_serial_line_that_raises_is_silent() -> None:
    uart = Uart(b"t2000\r")

    def fails(*_: object) -> int:
        raise OSError(5)

    uart.write = uart.any = fails  # type: ignore[method-assign]
    port = Slcan(uart)
    assert not port.send(0x100, b"") and port.receive(bytearray(9)) == -1
