"""A bus and a chip that do their worst: the driver raises nothing, believes no nonsense, and comes back."""

import errno
import tracemalloc

import numpy as np
import pytest

from bms.bench.targets import TARGETS
from bms.emulation.i2c import Bus
from firmware.drivers.bq76952 import BQ76952, CELLS, TEMPERATURES
from firmware.drivers.bq76952_profile import Profile
from tests.unit.firmware.bq76952_bench import Bench

REPLIES = 100_000


class Fuzz(Bus):
    """Answers what a seed makes of the chip's replies: mutated, random, stuck, late, or none."""

    def __init__(self, bench: Bench, seed: int) -> None:
        super().__init__(bench.chip)
        self._rng = np.random.default_rng(seed)
        self.replies = 0

    def readfrom_mem_into(self, addr: int, reg: int, buf: bytearray) -> None:
        self.replies += 1
        kind = int(self._rng.integers(8))
        if kind == 0:
            raise OSError(errno.ETIMEDOUT)
        if kind == 1:
            buf[:] = self._rng.bytes(len(buf))
        elif kind == 2:
            buf[:] = bytes([int(self._rng.choice([0x00, 0xFF, 0x5A]))]) * len(buf)
        else:
            super().readfrom_mem_into(addr, reg, buf)
            for _ in range(kind - 3):
                buf[int(self._rng.integers(len(buf)))] = int(self._rng.integers(256))

    def writeto_mem(self, addr: int, reg: int, buf: bytes | bytearray) -> None:
        if self._rng.random() < 0.1:
            raise OSError(errno.EIO)
        super().writeto_mem(addr, reg, buf)

    def recover(self) -> None:
        if self._rng.random() < 0.5:
            raise OSError(errno.ENODEV)
        super().recover()


@pytest.mark.parametrize("crc", [True, False], ids=["crc", "plain"])
def test_hundred_thousand_mutated_replies_raise_nothing_and_keep_nothing(crc: bool) -> None:
    bench = Bench(crc)
    fuzz = Fuzz(bench, seed=7)
    driver = bench.driver
    driver.link.bus = fuzz
    driver.link._recover = fuzz.recover
    profile = Profile()
    held = 0
    while fuzz.replies < REPLIES:
        bench.now_ms += 100
        bench.chip.advance(bench.now_ms / 1000)
        driver.read(bench.now_ms)
        driver.permit(bool(bench.now_ms & 256), True)
        driver.balance(bench.now_ms & 0xFF)
        driver.zero(True)
        if driver.settings_lost:
            driver.configure(profile)
        if fuzz.replies > REPLIES // 2 and not held:
            tracemalloc.start()
            held = tracemalloc.get_traced_memory()[0] or 1
    grown = sum(t.size for t in tracemalloc.take_snapshot().traces if "firmware/drivers" in t.traceback[0].filename)
    tracemalloc.stop()
    assert grown < 10_000  # a configuration's read-back, nothing that adds up
    assert all(-33_000_000 < uv < 33_000_000 for uv in driver.cell_uv)


@pytest.mark.parametrize("stuck", ["zeros", "ones"])
def test_bus_that_is_stuck_high_or_low_is_no_measurement(stuck: str) -> None:
    bench = Bench(crc=False)
    bench.tick(12)
    before = list(bench.driver.cell_uv), list(bench.driver.ts_mdegc)
    setattr(bench.chip.faults, stuck, True)
    bench.tick(25)
    assert not bench.driver.valid[CELLS] and not bench.driver.valid[TEMPERATURES]
    assert (list(bench.driver.cell_uv), list(bench.driver.ts_mdegc)) == before
    assert not bench.driver.settings_lost  # it would be configured anew, its FETs open
    assert bench.driver.link.absurd >= 25
    setattr(bench.chip.faults, stuck, False)
    assert bench.tick()


def test_bus_held_by_the_chip_is_freed_within_the_same_tick() -> None:
    bench = Bench()
    bench.tick(5)
    bench.chip.faults.sda_low = True
    assert bench.tick()
    assert bench.driver.link.recoveries == 1 and bench.driver.link.lost == 0


def test_bus_that_a_reset_left_held_is_freed_before_the_chip_is_looked_for() -> None:
    bench = Bench()
    bench.chip.faults.sda_low = True
    driver = BQ76952(bench.bus)
    assert driver.probe() == 0x7695
    assert driver.link.crc


def test_dead_bus_costs_one_attempt_a_tick() -> None:
    bench = Bench()
    bench.tick(5)
    bench.chip.faults.nack_share = 1.0
    bench.tick()
    nacks = bench.driver.link.nacks
    bench.tick(6)
    assert bench.driver.link.nacks == nacks + 6
    assert bench.driver.link.recoveries == 1
    bench.tick(10)
    assert bench.driver.link.recoveries == 3


def test_configuration_over_a_dead_bus_ends_at_once() -> None:
    bench = Bench()
    bench.chip.faults.nack_share = 1.0
    before = bench.driver.link.nacks
    assert not bench.driver.configure(Profile(over_mv=4100))
    assert bench.driver.settings_lost
    assert bench.driver.link.nacks - before <= 6


def test_torn_reading_is_read_again_before_it_is_believed() -> None:
    bench = Bench()
    bench.tick(5)
    bench.chip.faults.torn = [3]
    assert bench.tick()
    assert bench.driver.cell_uv[3] == 3_700_000
    assert bench.driver.link.torn == 1


@pytest.mark.parametrize(
    ("reg", "bit"), [(0x03, 3), (0x05, 5), (0x07, 6), (0x12, 0), (0x12, 3), (0x71, 0), (0x73, 7), (0x69, 2)]
)
def test_one_flipped_bit_on_a_wire_without_crc_is_read_again_where_it_would_open_the_contactors(
    reg: int, bit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(crc=False)
    bench.tick(25)
    first, flips = (0x00 if reg < 0x3C else 0x62), 1

    def carried(wire: bytes) -> bytes:
        nonlocal flips
        if not flips or len(wire) != (0x1E if first else 0x3C):
            return wire
        flips = 0
        return bytes(byte ^ (1 << bit if at == reg - first else 0) for at, byte in enumerate(wire))

    monkeypatch.setattr(bench.chip.faults, "carried", carried)
    driver = bench.driver
    for _ in range(12):
        assert bench.tick()
        assert not driver.safety_status and not driver.settings_lost
        assert list(driver.ts_mdegc) == pytest.approx([25_000] * 4, abs=100)
    assert not flips and driver.link.torn == 1


@pytest.mark.parametrize("crc", [True, False])
def test_what_the_chip_says_twice_is_believed_in_the_same_tick(crc: bool) -> None:
    bench = Bench(crc=crc)
    bench.tick(25)
    bench.feed(4.4, temperature=320.15)
    bench.tick(11)
    assert bench.driver.safety_status == 0x08 and bench.driver.ts_mdegc[0] == pytest.approx(47_000, abs=100)
    bench.chip.reset()
    assert not bench.tick()
    assert bench.driver.settings_lost


def test_cell_that_really_falls_by_256_mv_is_believed_at_once() -> None:
    bench = Bench()
    bench.tick(5)
    bench.feed(3.444)
    assert bench.tick()
    assert bench.driver.cell_uv[3] == 3_444_000


def test_wrong_length_byte_costs_an_answer_of_the_coulomb_counter_and_nothing_else() -> None:
    bench = Bench()
    bench.feed(current=10.0)
    bench.tick(25)
    bench.chip.faults.wrong_lengths = 1
    assert bench.tick(10)
    assert bench.tick(20)
    assert bench.driver.charge_mc == pytest.approx(10_000, rel=0.02)


def test_nack_burst_of_a_busy_chip_does_not_show() -> None:
    bench = Bench()
    bench.tick(5)
    for _ in range(10):
        bench.chip.faults.nacks = 2
        assert bench.tick()
    assert bench.driver.link.nacks == 20 and bench.driver.link.lost == 0


def test_stretching_of_10_ms_is_waited_for_and_2_s_is_not() -> None:
    bench = Bench()
    bench.tick(5)
    bench.chip.faults.stretch = 0.01
    assert bench.tick()
    bench.chip.faults.stretch = 2.0
    before = bench.chip.time_s
    assert not bench.tick()
    assert bench.chip.time_s - before <= 0.1 + 4 * 0.051


def test_silent_chip_is_no_chip() -> None:
    bench = Bench()
    bench.chip.faults.nack_share = 1.0
    assert BQ76952(bench.bus).probe() == 0


@pytest.mark.parametrize("target", ["webassembly", "arm32"])
def test_on_a_board_a_sample_takes_no_heap_and_a_hostile_bus_raises_nothing(target: str) -> None:
    if reason := TARGETS[target].missing():
        pytest.skip(reason)
    jobs = iter(["calm 500", "stack 200", *["hostile 1500"] * 4, ""])
    told: list[list[str]] = []

    def answer(message: str) -> str:
        if message != "j":
            told.append(message.split())
        return next(jobs) if message == "j" else ""

    TARGETS[target].run("hostile", answer)
    assert [words[1] for words in told[1:]] == ["0", "0", "-", "-", "-", "-"]
    transfers, before = ([int(words[k]) for words in told[1:]] for k in (3, 5))
    assert min(transfers[2:]) > 5_000
    if target == "arm32":  # on node nothing is collected while a program runs
        assert before[3:] == [before[3]] * 3
