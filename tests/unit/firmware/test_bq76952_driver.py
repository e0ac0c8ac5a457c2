"""The firmware's BQ76952 driver against the emulated chip, over a wire that can be disturbed."""

import numpy as np
import pytest

from bms.emulation.bq76952 import BQ76952 as Chip
from bms.emulation.bq76952_analogue import PERFECT
from bms.emulation.i2c import Bus, Nack
from firmware.drivers.bq76952 import BQ76952, CELLS, TEMPERATURES
from firmware.drivers.bq76952_profile import Profile
from firmware.drivers.crc8 import crc8

CLEARED = (b"\x80", b"\x80\xf4")  # FULLSCAN of Alarm Status; the CRC over 10 62 80


class Wire(Bus):
    """A bus that refuses or disturbs the next reads, and writes down what it carries."""

    def __init__(self, chip: Chip) -> None:
        super().__init__(chip)
        self.refuse = 0
        self.flip = 0
        self.reads: list[int] = []
        self.writes: list[tuple[int, bytes]] = []

    def readfrom_mem_into(self, addr: int, reg: int, buf: bytearray) -> None:
        self.reads.append(reg)
        if self.refuse:
            self.refuse -= 1
            raise Nack
        super().readfrom_mem_into(addr, reg, buf)
        if self.flip:
            self.flip -= 1
            buf[0x14] ^= 0x10

    def writeto_mem(self, addr: int, reg: int, buf: bytes | bytearray) -> None:
        self.writes.append((reg, bytes(buf)))
        super().writeto_mem(addr, reg, buf)


class Bench:
    def __init__(self, crc: bool, profile: Profile | None = None) -> None:
        self.chip = Chip(crc=crc, errors=PERFECT, shunt=1e-3)
        self.wire = Wire(self.chip)
        self.driver = BQ76952(self.wire)
        self.sense(3.7, 0.0)
        self.chip.advance(0.3)
        assert self.driver.probe() == 0x7695
        assert self.driver.configure(profile or Profile())
        self.now_ms = 1000

    def sense(self, voltage: float, current: float, temperatures=(298.15, 263.15, 323.15)) -> None:
        self.chip.sense(voltage + np.arange(16) * 1e-3, 16 * voltage, current, temperatures, 310.0)

    def tick(self) -> bool:
        self.now_ms += 100
        self.chip.advance(self.now_ms / 1000)
        return self.driver.read(self.now_ms)


@pytest.fixture(params=[True, False], ids=["crc", "plain"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def test_crc_of_the_check_string() -> None:
    assert crc8(b"123456789") == 0xF4
    assert crc8(bytes((0x10, 0x3E, 0x22))) == 0x63


def test_probe_finds_crc_mode(bench: Bench) -> None:
    assert bench.driver.link.crc == bench.chip.crc


def test_probe_of_an_empty_bus_finds_nothing() -> None:
    assert BQ76952(Bus()).probe() == 0


def test_values_arrive_in_the_firmwares_units_and_sign(bench: Bench) -> None:
    bench.sense(3.700, 50.0)
    bench.tick()
    driver = bench.driver
    assert list(driver.cell_uv) == [3_700_000 + 1000 * k for k in range(16)]
    assert driver.current_ma == pytest.approx(50_000, abs=8)  # discharge is positive; 7.6 mA a count
    assert driver.stack_mv == 59_200
    bench.sense(3.700, -50.0)
    for _ in range(12):
        bench.tick()
    assert driver.current_ma == pytest.approx(-50_000, abs=8)
    assert list(driver.ts_mdegc) == pytest.approx([25_000, -10_000, 50_000, 36_850], abs=50)


def test_one_block_a_tick_and_at_most_one_more_transfer(bench: Bench) -> None:
    """Temperatures, the sign of a scan, the coulomb counter, balancing, and once in 10 s the settings."""
    for _ in range(10):
        bench.tick()
    bench.wire.reads.clear()
    bench.wire.writes.clear()
    transfers = []
    for _ in range(100):
        before = len(bench.wire.reads) + len(bench.wire.writes)
        bench.tick()
        transfers.append(len(bench.wire.reads) + len(bench.wire.writes) - before)
    assert max(transfers) == 2
    assert bench.wire.reads.count(0x00) == 100
    assert bench.wire.reads.count(0x62) == 10
    assert bench.wire.writes.count((0x62, CLEARED[bench.chip.crc])) == 10
    assert bench.wire.reads.count(0x3E) == len(bench.wire.writes) - 10 == 21


@pytest.mark.parametrize("disturbance", ["refuse", "flip"])
def test_one_disturbed_frame_is_read_again(disturbance: str) -> None:
    bench = Bench(crc=True)
    setattr(bench.wire, disturbance, 2)
    assert bench.tick()
    assert bench.driver.link.nacks + bench.driver.link.crc_errors == 2
    assert bench.driver.link.lost == 0


@pytest.mark.parametrize("disturbance", ["refuse", "flip"])
def test_lost_frames_keep_the_last_values_and_let_them_age(disturbance: str) -> None:
    bench = Bench(crc=True)
    driver = bench.driver
    bench.tick()
    before = list(driver.cell_uv)
    setattr(bench.wire, disturbance, 10_000)
    bench.sense(3.0, 10.0)
    ages = []
    for _ in range(5):
        assert not bench.tick()
        ages.append(driver.age_ms(CELLS, bench.now_ms))
    assert list(driver.cell_uv) == before
    assert ages == [100, 200, 300, 400, 500]
    assert driver.valid[CELLS] == 1
    for _ in range(20):
        bench.tick()
    assert list(driver.valid) == [0, 0, 0, 0]
    setattr(bench.wire, disturbance, 0)
    assert bench.tick()
    assert list(driver.cell_uv) == [3_000_000 + 1000 * k for k in range(16)]
    assert driver.valid[CELLS] == driver.valid[TEMPERATURES] == 1


def test_looks_at_the_cells_alone_bring_no_temperatures_nearer(bench: Bench) -> None:
    """Ticks of 10 ms, or a rise by the second would be looked at ten times a second."""
    for _ in range(20):
        bench.tick()
    ages_ms = []
    for _ in range(300):
        bench.now_ms += 10
        bench.chip.advance(bench.now_ms / 1000)
        assert bench.driver.read(bench.now_ms)
        ages_ms.append(bench.driver.age_ms(TEMPERATURES, bench.now_ms))
    assert ages_ms.count(0) == 3 and max(ages_ms) == 990


def test_age_survives_the_wrap_of_the_30_bit_clock(bench: Bench) -> None:
    bench.driver.read(0x3FFFFFFF)
    assert bench.driver.age_ms(CELLS, 99) == 100


def test_a_chip_that_was_reset_is_not_believed_until_configured_again(bench: Bench) -> None:
    bench.tick()
    before = list(bench.driver.cell_uv)
    bench.driver.link.command(0x0012)
    bench.sense(3.2, 0.0)
    assert not bench.tick()
    assert bench.driver.settings_lost
    assert list(bench.driver.cell_uv) == before
    assert bench.driver.configure(Profile())
    assert bench.tick()
    assert bench.driver.cell_uv[0] == 3_200_000


def test_configure_writes_nothing_when_nothing_differs(bench: Bench) -> None:
    bench.wire.writes.clear()
    assert bench.driver.configure(Profile())
    head = 2 if bench.chip.crc else 1
    commands = [data[0] | data[head] << 8 for reg, data in bench.wire.writes if reg == 0x3E]
    assert commands
    assert all(0x9180 <= number <= 0x93FF for number in commands)
    assert all(reg in (0x3E, 0x62) for reg, _ in bench.wire.writes)


def test_configure_says_no_if_the_chip_did_not_take_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(crc=True)
    monkeypatch.setattr(bench.chip.memory, "store", lambda address, data: None)
    assert not bench.driver.configure(Profile(over_mv=4150))
    assert not bench.tick()


@pytest.mark.parametrize(("current_max_ma", "unit"), [(3_000, 0), (32_767, 1), (32_768, 2), (3_000_000, 3)])
def test_current_register_is_scaled_to_hold_the_largest_current(current_max_ma: int, unit: int) -> None:
    bench = Bench(crc=True, profile=Profile(current_max_ma=current_max_ma))
    assert bench.chip.memory.value("da config") == 0x04 | unit
    bench.sense(3.7, 2.0)
    bench.tick()
    assert bench.driver.current_ma == pytest.approx(2_000, abs=8 + (0.1, 1, 10, 100)[unit] / 2)


def test_limits_are_rounded_to_the_safe_side_and_said() -> None:
    profile = Profile(over_mv=4250, under_mv=2500, over_delay_ms=250, charge_ma=61_000, short_ma=260_000)
    written = dict(profile.settings)
    assert written[0x9278] == bytes((83, 73, 0))  # 83 x 50.6 mV = 4199.8 mV; 3.3 ms x (2 + 73) = 247.5 ms
    assert written[0x9275][0] == 50  # 50 x 50.6 mV = 2530 mV
    assert written[0x9280][0] == 30  # 30 x 2 mV over 1 mOhm = 60 A
    assert written[0x9286] == bytes((10,))  # 250 mV
    assert profile.achieved["over_mv"] == 4199
    assert profile.achieved["short_ma"] == 250_000


@pytest.mark.parametrize(
    "impossible", [{"over_mv": 6000}, {"under_mv": 500}, {"charge_ma": 500_000}, {"short_ma": 5_000}, {"cells": 17}]
)
def test_a_limit_the_chip_does_not_have_is_refused_by_name(impossible: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(impossible))):
        Profile(**impossible)


def test_fets_are_enabled_once_although_the_command_toggles(bench: Bench) -> None:
    assert bench.driver.switch_fets(True)
    assert bench.driver.switch_fets(True)
    for _ in range(12):
        bench.tick()
    assert bench.driver.fets == 0x05
    assert bench.driver.switch_fets(False)
    for _ in range(10):
        bench.tick()
    assert bench.driver.fets == 0x00


def test_a_chip_that_measures_says_so_each_second(bench: Bench) -> None:
    bench.driver.has_measured()
    told = [n for n in range(100) if bench.tick() and bench.driver.has_measured()]
    assert len(told) >= 9 and max(np.diff(told)) <= 20


@pytest.mark.parametrize("fault", ["unscanned", "uncounted", "dead"])
def test_a_chip_that_answers_and_measures_no_more_says_nothing(bench: Bench, fault: str) -> None:
    for _ in range(20):
        bench.tick()
    setattr(bench.chip.faults, fault, True)
    told = [n for n in range(100) if bench.tick() and bench.driver.has_measured()]
    assert len(told) <= 1 and all(n < 10 for n in told), "the sign of the last scan stays until it is cleared"


def test_a_question_that_another_command_has_overwritten_is_asked_again(bench: Bench) -> None:
    """FETs that are told something else in each third tick, and a chip whose clock is asked for all the same."""
    told = 0
    for n in range(100):
        bench.driver.permit(n % 6 == 0, True)
        told += bench.tick() and bench.driver.has_measured()
    assert told >= 3
