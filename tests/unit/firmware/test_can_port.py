"""The ports' own CAN controllers behind the one interface, as MicroPython documents them."""

from typing import Any

import pytest

from firmware.drivers import can_states
from firmware.drivers.can_port import MachineCan, PybCan


class Pyb:
    """pyb.CAN: a full queue raises, recv fills the list and resizes nothing that is longer than the data."""

    STOPPED, ERROR_ACTIVE, ERROR_WARNING, ERROR_PASSIVE, BUS_OFF = range(5)

    def __init__(self) -> None:
        self.condition, self.full, self.restarts = self.ERROR_ACTIVE, False, 0
        self.sent: list[tuple[int, bytes]] = []
        self.waiting: list[tuple[int, bool, bool, bytes]] = []

    def send(self, data: bytes, identifier: int) -> None:
        if self.full:
            raise OSError(110)
        self.sent.append((identifier, bytes(data)))

    def info(self, told: list[int]) -> list[int]:
        told[5] = 3 if self.full else 0
        return told

    def any(self, fifo: int) -> bool:
        return bool(self.waiting) and fifo == 0

    def recv(self, fifo: int, frame: list[Any], timeout: int) -> list[Any]:
        identifier, extended, remote, data = self.waiting.pop(0)
        frame[:] = [identifier, extended, remote, 0, memoryview(data)]
        return frame

    def state(self) -> int:
        return self.condition

    def restart(self) -> None:
        self.restarts += 1
        self.condition = self.ERROR_ACTIVE


class Machine(Pyb):
    """machine.CAN: -1 or None for a full queue, None for an empty one, flags for extended and remote."""

    STATE_STOPPED, STATE_ACTIVE, STATE_WARNING, STATE_PASSIVE, STATE_BUS_OFF = range(5)
    FLAG_RTR, FLAG_EXT_ID = 1, 2

    def send(self, identifier: int, data: bytes) -> int | None:  # type: ignore[override]
        if self.full:
            return -1
        self.sent.append((identifier, bytes(data)))
        return 0

    def recv(self, frame: list[Any]) -> list[Any] | None:  # type: ignore[override]
        if not self.waiting:
            return None
        identifier, extended, remote, data = self.waiting.pop(0)
        frame[:] = [identifier, memoryview(data), self.FLAG_EXT_ID * extended | self.FLAG_RTR * remote, 0]
        return frame


@pytest.mark.parametrize(("wrapper", "hardware"), [(PybCan, Pyb), (MachineCan, Machine)])
class TestPort:
    def test_frames_go_both_ways(self, wrapper, hardware) -> None:
        raw, buffer = hardware(), bytearray(9)
        can = wrapper(raw, lambda: 0)
        assert can.send(0x120, bytearray(b"12345678")) and raw.sent == [(0x120, b"12345678")]
        raw.waiting = [(0x200, True, False, b"x"), (0x201, False, True, b""), (0x202, False, False, b"abc")]
        assert can.receive(buffer) == 0x202 and bytes(buffer[:4]) == b"\3abc"
        assert can.receive(buffer) == -1 and can.state == can_states.ACTIVE

    def test_full_queue_is_told(self, wrapper, hardware) -> None:
        raw = hardware()
        raw.full = True
        assert not wrapper(raw, lambda: 0).send(0x120, b"")

    def test_bus_off_is_left_after_a_while(self, wrapper, hardware) -> None:
        raw, now, buffer = hardware(), [0], bytearray(9)
        can = wrapper(raw, lambda: now[0])
        raw.condition = 4
        can.receive(buffer)
        assert can.state == can_states.BUS_OFF and not can.send(0x120, b"")
        now[0] = 99
        can.receive(buffer)
        assert raw.restarts == 0
        now[0] = 100
        can.receive(buffer)
        assert raw.restarts == 1
        can.receive(buffer)
        assert can.state == can_states.ACTIVE

    def test_port_that_raises_is_absent(self, wrapper, hardware) -> None:
        raw = hardware()

        def fails(*_: object, **__: object) -> None:
            raise OSError(5)

        raw.recv = raw.any = raw.state = fails
        can = wrapper(raw, lambda: 0)
        assert can.receive(bytearray(9)) == -1 and can.state == can_states.ABSENT
