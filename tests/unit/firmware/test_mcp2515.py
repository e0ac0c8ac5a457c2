"""The driver of the MCP2515 against an emulated chip on an emulated bus: datasheet literals, and every way to fail."""

import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import pytest

from bms.emulation.can_bus import CanBus, Frame, Listener
from bms.emulation.mcp2515 import CNF1, CNF2, CNF3, LISTEN, NORMAL, Mcp2515
from firmware.drivers import can_states
from firmware.drivers.mcp2515 import LOOPBACK, MCP2515
from firmware.drivers.mcp2515_timing import bit_timing


class Bench:
    """Driver, chip, bus, one more node, and a clock that a test moves."""

    def __init__(self, identifier: int = 0x200, mask: int = 0x7E0, **settings: int) -> None:
        self.now_ms = 1000
        self.chip = Mcp2515()
        self.other = Listener()
        self.bus = CanBus(self.chip, self.other)
        self.buffer = bytearray(9)
        self.driver = MCP2515(
            self.chip, self.chip.cs, lambda: self.now_ms, identifier=identifier, mask=mask, **settings
        )  # fmt: skip

    def receive(self) -> tuple[int, bytes]:
        identifier = self.driver.receive(self.buffer)
        return identifier, bytes(self.buffer[1 : 1 + self.buffer[0]])

    def hear(self, *frames: Frame) -> None:
        for frame in frames:
            self.chip.hear(frame)


# Literals of DS20001801J, registers 5-1 to 5-3: CNF1 is SJW - 1 and BRP, CNF2 BTLMODE, PS1 - 1 and PropSeg - 1, CNF3
# PS2 - 1. A bit of 2 us at 16 MHz is 16 quanta of 125 ns: 1 + 6 + 5 + 4.
@pytest.mark.parametrize(
    ("oscillator_hz", "bits_s", "cnf"),
    [
        (16_000_000, 500_000, (0x40, 0xA5, 0x03)),
        (16_000_000, 250_000, (0x41, 0xA5, 0x03)),
        (16_000_000, 125_000, (0x43, 0xA5, 0x03)),
        (16_000_000, 1_000_000, (0x00, 0x8A, 0x01)),
        (8_000_000, 500_000, (0x00, 0x8A, 0x01)),
        (20_000_000, 500_000, (0x40, 0xB6, 0x04)),
    ],
)
def test_bit_timing_is_the_datasheets(oscillator_hz: int, bits_s: int, cnf: tuple[int, int, int]) -> None:
    bench = Bench(oscillator_hz=oscillator_hz, bits_s=bits_s)
    assert tuple(bench.chip.registers[reg] for reg in (CNF1, CNF2, CNF3)) == cnf
    assert bench.chip.mode == NORMAL and bench.driver.state == can_states.ACTIVE


@pytest.mark.parametrize("oscillator_hz", [8_000_000, 12_000_000, 16_000_000, 20_000_000, 24_000_000])
@pytest.mark.parametrize("bits_s", [125_000, 250_000, 500_000, 1_000_000])
def test_every_rate_is_exact_and_within_the_rules(oscillator_hz: int, bits_s: int) -> None:
    try:
        cnf1, cnf2, cnf3 = bit_timing(oscillator_hz, bits_s)
    except ValueError:
        assert bits_s == 1_000_000  # fewer than eight quanta
        return
    jump, prescaler = (cnf1 >> 6) + 1, (cnf1 & 63) + 1
    phase_1, propagation, phase_2 = (cnf2 >> 3 & 7) + 1, (cnf2 & 7) + 1, (cnf3 & 7) + 1
    quanta = 1 + propagation + phase_1 + phase_2
    assert oscillator_hz == 2 * prescaler * quanta * bits_s
    assert propagation + phase_1 >= phase_2 > jump and phase_2 >= 2
    assert 0.7 <= (quanta - phase_2) / quanta <= 0.8


def test_rate_that_the_oscillator_cannot_make_is_refused() -> None:
    with pytest.raises(ValueError, match="no bit timing for 1000000 bit/s"):
        bit_timing(8_000_000, 1_000_000)


def test_masks_and_filters_stand_in_the_chip_as_the_datasheet_lays_them_out() -> None:
    chip = Bench(identifier=0x200, mask=0x7E0).chip
    for reg in (0x00, 0x04, 0x08, 0x10, 0x14, 0x18):
        assert bytes(chip.registers[reg : reg + 4]) == b"\x40\x00\x00\x00"
    assert bytes(chip.registers[0x20:0x28]) == b"\xfc\x00\x00\x00" * 2
    assert chip.registers[0x60] == 0x06 and chip.registers[0x70] == 0  # BUKT and its copy


def test_frame_goes_out_as_it_was_given() -> None:
    bench = Bench()
    assert bench.driver.send(0x123, bytes(range(8)))
    assert bench.driver.send(0x7FF, b"\xaa")
    bench.bus.run(3)
    assert bench.other.heard[0] == Frame(0x123, bytes(range(8)))
    assert bench.other.heard[1] == Frame(0x7FF, b"\xaa")


def test_only_standard_data_frames_of_the_host_come_in() -> None:
    bench = Bench()
    for frame in (
        Frame(0x120, b"x"),
        Frame(0x200 << 18, b"y", extended=True),
        Frame(0x201, b"", remote=True),
        Frame(0x211, b"12345678"),
    ):
        bench.hear(frame)
    assert bench.receive() == (0x211, b"12345678")
    assert bench.receive()[0] == -1


def test_three_buffers_are_used_in_order_and_a_fourth_frame_is_not_taken() -> None:
    bench = Bench()
    assert [bench.driver.send(0x103 - k, b"12345678") for k in range(4)] == [True, True, True, False]
    bench.bus.step()
    assert not bench.driver.send(0x104, b"")  # it would overtake
    bench.bus.run(5)
    assert [frame.identifier for frame in bench.other.heard] == [0x103, 0x102, 0x101]
    assert bench.driver.send(0x104, b"")


def test_frames_that_nobody_takes_are_withdrawn_before_they_are_stale() -> None:
    bench = Bench()
    bench.other.silent = True
    for k in range(3):
        bench.driver.send(0x100 + k, b"old")
    for _ in range(8):
        bench.now_ms += 100
        bench.bus.run(10)
        bench.driver.receive(bench.buffer)
        bench.driver.send(0x103, b"new")
    assert bench.driver.aborted == 1 and bench.driver.state == can_states.PASSIVE
    assert bench.chip.registers[0x1C] == 128  # a passive node does not count a missing acknowledge
    bench.other.silent = False
    bench.bus.run(5)
    assert {frame.data for frame in bench.other.heard} == {b"new"}


def test_two_frames_in_a_row_come_in_their_order_and_a_third_is_counted_as_lost() -> None:
    bench = Bench()
    bench.hear(Frame(0x201, b"1"), Frame(0x201, b"2"), Frame(0x201, b"3"))
    assert bench.receive() == (0x201, b"1")
    bench.hear(Frame(0x201, b"4"))  # goes to the first buffer, which is free again
    assert [bench.receive()[1] for _ in range(2)] == [b"2", b"4"]
    assert bench.receive()[0] == -1 and bench.driver.overruns == 1
    assert bench.receive()[0] == -1 and bench.driver.overruns == 1


def test_loopback_hears_itself_and_the_bus_does_not() -> None:
    bench = Bench(mode=LOOPBACK)
    assert bench.driver.send(0x205, b"hello")
    bench.bus.run(2)
    assert bench.receive() == (0x205, b"hello") and bench.other.heard == []


def test_bus_off_is_seen_silent_for_a_while_and_left() -> None:
    bench = Bench()
    bench.bus.shorted = True
    silences = []
    for _ in range(500):
        bench.now_ms += 10
        bench.driver.send(0x100, b"x")
        bench.bus.run(10)
        before = bench.driver.state
        assert bench.receive()[0] == -1
        if bench.driver.state != before == can_states.ACTIVE:
            silences.append(bench.now_ms)
    apart = [b - a for a, b in pairwise(silences)]
    assert apart[0] >= 100 and all(b >= 1.5 * a for a, b in pairwise(apart)) and len(apart) >= 3
    bench.bus.shorted = False
    bench.now_ms += 10_000
    bench.receive()
    assert bench.driver.state == can_states.ACTIVE and bench.driver.send(0x101, b"back")
    bench.bus.run(3)
    assert bench.other.heard == [Frame(0x101, b"back")]
    assert bench.chip.registers[CNF2] == 0xA5


def test_silence_is_short_again_after_a_calm_time() -> None:
    now = [0]
    back_off = can_states.BackOff(lambda: now[0])
    for rest in (100, 200, 400):
        back_off.begin()
        now[0] += rest - 1
        assert not back_off.over()
        now[0] += 1
        assert back_off.over()
    now[0] += 20_000
    back_off.begin()
    now[0] += 100
    assert back_off.over() and back_off.times == 4


def test_chip_that_was_reset_is_set_up_anew() -> None:
    bench = Bench()
    bench.chip.reset()
    assert bench.receive()[0] == -1 and bench.driver.state == can_states.ABSENT
    bench.now_ms += 100
    bench.receive()
    assert bench.driver.state == can_states.ACTIVE and bench.chip.mode == NORMAL


@pytest.mark.parametrize("mode", [0x20, 0x40, 0x60, 0x80])
def test_chip_that_has_left_its_mode_alone_is_set_up_anew(mode: int) -> None:
    """As when a bit slips on the bus to CANCTRL: it listens, or sleeps, and no error flag and no setting tells."""
    bench = Bench()
    bench.chip._set(0x0F, mode)
    assert bench.receive()[0] == -1 and bench.driver.state == can_states.ABSENT
    bench.now_ms += 100
    bench.receive()
    assert bench.driver.state == can_states.ACTIVE and bench.chip.mode == NORMAL
    assert bench.driver.send(0x101, b"back")
    bench.bus.run(3)
    assert bench.other.heard == [Frame(0x101, b"back")]


def test_chip_that_is_not_there_is_absent_and_found_later() -> None:
    bench = Bench()
    bench.chip.dead = True
    bench.receive()
    assert bench.driver.state == can_states.ABSENT and not bench.driver.send(0x100, b"")
    for _ in range(10):
        bench.now_ms += 1000
        bench.receive()
    bench.chip.dead = False
    bench.chip.reset()
    bench.now_ms += 10_000
    bench.receive()
    assert bench.driver.state == can_states.ACTIVE


def test_setting_that_the_chip_does_not_take_is_noticed() -> None:
    bench = Bench()
    stuck: Callable[[int, int], None] = bench.chip._set
    bench.chip._set = lambda reg, value: stuck(reg, value & 0x7F if reg == CNF2 else value)  # type: ignore[method-assign]
    assert not bench.driver.start() and bench.driver.state == can_states.ABSENT


def test_chip_that_stays_in_another_mode_is_not_taken_for_one_that_runs() -> None:
    bench = Bench()
    original = bench.chip._get
    bench.chip._get = lambda reg: LISTEN << 5 if reg == 0x0E else original(reg)  # type: ignore[method-assign]
    assert not bench.driver.start()


def test_spi_that_raises_ends_in_a_state_and_not_in_the_controller() -> None:
    bench = Bench()

    def fails(*_: object) -> None:
        raise OSError(5)

    bench.chip.write = bench.chip.write_readinto = fails  # type: ignore[method-assign, assignment]
    assert not bench.driver.send(0x100, b"") and bench.receive()[0] == -1
    assert bench.driver.state == can_states.ABSENT


def test_sending_and_receiving_keep_no_memory() -> None:
    bench = Bench()
    data = bytearray(8)

    def run(times: int) -> None:
        for _ in range(times):
            bench.driver.send(0x100, data)
            bench.chip.registers[0x30] = bench.chip.registers[0x40] = bench.chip.registers[0x50] = 0
            bench.hear(Frame(0x201, b"12345678"))
            bench.driver.receive(bench.buffer)
            bench.driver.receive(bench.buffer)

    run(10)
    tracemalloc.start()
    run(300)
    held = [t for t in tracemalloc.take_snapshot().traces if "firmware/drivers" in t.traceback[0].filename]
    tracemalloc.stop()
    assert sum(t.size for t in held) < 500
