"""The controller's contactor: one hazard a test, over a monitor that does what the test says."""

from array import array
from collections.abc import Callable

import pytest

from bms.cells import library
from bms.estimation.words import PackDesign, words
from fastcore import batch
from firmware.config import Config
from firmware.controller import ODOMETER_MASK, TICK_MS, Controller
from firmware.drivers.bq76952 import CELLS, TEMPERATURES
from firmware.estimate import Estimator

STALE_MS = 1000
CLOCK = 1 << 30  # time.ticks_ms() of MicroPython comes round here


class Monitor:
    """Stands in for firmware/drivers/bq76952.py."""

    def __init__(self) -> None:
        self.answers = True
        self.takes_settings = True
        self.probed = 0
        self.valid = array("i", [1, 1])
        self.settings_lost = True
        self.safety_status = 0
        self.current_ma = 10_000
        self.cell_uv = array("i", [3_900_000] * 4)
        self.ts_mdegc = array("i", [25_000] * 4)

    def probe(self) -> int:
        self.probed += 1
        return 0x7695 if self.answers else 0

    def configure(self, profile: object) -> bool:
        self.settings_lost = not self.takes_settings
        return self.takes_settings

    def switch_fets(self, on: bool) -> bool:
        return on

    def read(self, now_ms: int) -> bool:
        self.valid[CELLS] = int(self.answers)
        return self.answers and not self.settings_lost


class Bench:
    """Controller, monitor, contactor and odometer. commands: all that the contactor has been told."""

    def __init__(self, config: Config, now_ms: int = 0, mm: int = 0) -> None:
        self.now_ms, self.mm = now_ms, mm
        self.monitor = Monitor()
        self.commands: list[bool] = []
        estimator = Estimator(config, batch.step, batch.reach_step)
        self.controller = Controller(config, self.monitor, self.commands.append, lambda: self.mm, estimator)

    def start(self) -> "Bench":
        assert self.controller.prepare()
        self.tick()
        assert self.closed
        return self

    @property
    def closed(self) -> bool:
        assert self.controller.closed == self.commands[-1]
        return self.commands[-1]

    def tick(self, ticks: int = 1, period_ms: int = TICK_MS) -> bool:
        went_on = False
        for _ in range(ticks):
            self.now_ms = (self.now_ms + period_ms) % CLOCK
            went_on = self.controller.tick(self.now_ms)
        return went_on

    def opened_after_ms(self) -> int:
        """Time until it opens, at most 5 s."""
        for passed_ms in range(0, 5001, TICK_MS):
            if not self.closed:
                return passed_ms
            self.tick()
        pytest.fail("the contactor is still closed after 5 s")


@pytest.fixture(scope="module")
def config() -> Config:
    return Config(array("i", words(PackDesign(library.load("factorial-fest77"), 4, 1, 15.0)).tolist()))


@pytest.fixture
def bench(config: Config) -> Bench:
    return Bench(config)


@pytest.fixture
def driving(config: Config) -> Bench:
    """On the road, the contactor closed."""
    bench = Bench(config).start()
    bench.tick(20)
    return bench


def silent(monitor: Monitor) -> None:
    monitor.answers = False


def cell_of_no_volts(monitor: Monitor) -> None:
    monitor.cell_uv[2] = 0


def no_temperatures(monitor: Monitor) -> None:
    monitor.valid[TEMPERATURES] = 0


def test_contactor_is_opened_when_the_controller_is_made(bench: Bench) -> None:
    assert bench.commands == [False]


@pytest.mark.parametrize("hazard", [silent, cell_of_no_volts, no_temperatures])
def test_contactor_stays_open_until_every_cell_has_an_estimate(bench: Bench, hazard: Callable[[Monitor], None]) -> None:
    assert bench.controller.prepare()
    hazard(bench.monitor)
    assert not bench.tick(30)
    assert bench.commands == [False]
    bench.monitor.__init__()
    bench.monitor.settings_lost = False
    assert bench.tick()
    assert bench.commands == [False, True]


@pytest.mark.parametrize("hazard", [silent, cell_of_no_volts, no_temperatures])
def test_contactor_opens_over_cells_unseen_for_a_second(driving: Bench, hazard: Callable[[Monitor], None]) -> None:
    hazard(driving.monitor)
    assert driving.opened_after_ms() == STALE_MS + TICK_MS
    driving.tick(100)
    assert driving.commands == [False, True, False]


def test_contactor_closes_again_over_cells_that_are_back(driving: Bench) -> None:
    driving.monitor.answers = False
    driving.tick(20)
    driving.monitor.answers = True
    assert driving.tick()
    assert driving.closed


def test_contactor_stays_closed_over_a_short_silence(driving: Bench) -> None:
    driving.monitor.answers = False
    driving.tick(STALE_MS // TICK_MS - 1)
    driving.monitor.answers = True
    driving.tick(20)
    assert driving.commands == [False, True]


def test_contactor_stays_open_over_a_silence_as_long_as_the_clock(driving: Bench) -> None:
    driving.monitor.answers = False
    seen_ms = driving.now_ms
    driving.tick(20)
    driving.now_ms = seen_ms - TICK_MS  # twelve days later
    driving.tick(5)
    assert driving.commands == [False, True, False]


@pytest.mark.parametrize("bit", range(24))
def test_a_safety_bit_opens_at_once_and_for_good(driving: Bench, bit: int) -> None:
    driving.monitor.safety_status = 1 << bit
    driving.tick()
    assert not driving.closed
    driving.monitor.safety_status = 0
    driving.tick(100)
    assert driving.commands == [False, True, False]
    assert driving.controller.fault == 1 << bit


def test_a_safety_bit_before_the_start_keeps_it_open(bench: Bench) -> None:
    assert bench.controller.prepare()
    bench.monitor.safety_status = 0x08
    bench.tick()
    bench.monitor.safety_status = 0
    bench.tick(20)
    assert bench.commands == [False]


def test_safety_bits_add_up(driving: Bench) -> None:
    for bits in (0x04, 0x1000, 0):
        driving.monitor.safety_status = bits
        driving.tick()
    assert driving.controller.fault == 0x1004


def test_a_monitor_that_was_reset_opens_at_once_and_is_given_its_settings(driving: Bench) -> None:
    probed = driving.monitor.probed
    driving.monitor.settings_lost = True
    driving.monitor.takes_settings = False
    driving.tick(3)
    assert driving.commands == [False, True, False]
    assert driving.monitor.probed == probed + 3  # it is tried each time
    driving.monitor.takes_settings = True
    driving.tick()
    assert not driving.closed
    assert driving.tick()
    assert driving.commands == [False, True, False, True]


def test_contactor_stays_open_after_a_reset_until_a_sample_is_taken(driving: Bench) -> None:
    driving.monitor.settings_lost = True
    driving.tick()
    driving.monitor.ts_mdegc[0] = -273_150  # a monitor that has measured nothing yet
    driving.tick(5)
    assert driving.commands == [False, True, False]
    driving.monitor.ts_mdegc[0] = 25_000
    driving.tick()
    assert driving.closed


def test_contactor_is_open_while_a_reset_monitor_is_written(driving: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(driving.monitor, "probe", lambda: seen.append(driving.closed))
    driving.monitor.settings_lost = True
    driving.tick()
    assert seen == [False]


def test_contactor_stays_open_over_a_reset_that_cells_do_not_show(driving: Bench, monkeypatch) -> None:
    """The driver gives no cells after a reset; should it ever, the lost settings alone keep the contactor open."""
    monkeypatch.setattr(driving.monitor, "read", lambda now_ms: True)
    driving.monitor.settings_lost = True
    driving.tick(5)
    assert driving.commands == [False, True, False]


def test_a_monitor_that_does_not_answer_is_not_prepared(bench: Bench) -> None:
    bench.monitor.answers = False
    assert not bench.controller.prepare()
    bench.monitor.answers, bench.monitor.takes_settings = True, False
    assert not bench.controller.prepare()


def test_the_clock_and_the_odometer_come_round(config: Config) -> None:
    bench = Bench(config, now_ms=CLOCK - 350, mm=ODOMETER_MASK - 2_000).start()
    for _ in range(20):
        bench.mm = (bench.mm + 1_500) & ODOMETER_MASK
        assert bench.tick()
        assert (bench.controller.dt_ms, bench.controller.d_mm) == (TICK_MS, 1_500)
    assert bench.now_ms < CLOCK // 2
    assert bench.mm < ODOMETER_MASK // 2
    assert bench.commands == [False, True]


def test_silence_is_counted_over_the_clocks_wrap(config: Config) -> None:
    bench = Bench(config, now_ms=CLOCK - 450).start()
    bench.monitor.answers = False
    assert bench.opened_after_ms() == STALE_MS + TICK_MS


def test_the_road_of_a_silence_is_counted_when_it_ends(driving: Bench) -> None:
    driving.monitor.answers = False
    for _ in range(7):
        driving.mm += 1_500
        driving.tick()
    driving.monitor.answers = True
    driving.mm += 1_500
    assert driving.tick()
    assert (driving.controller.dt_ms, driving.controller.d_mm) == (8 * TICK_MS, 8 * 1_500)


@pytest.mark.parametrize("hazard", [silent, lambda monitor: None], ids=["silent", "well"])
def test_shut_down_opens(driving: Bench, hazard: Callable[[Monitor], None]) -> None:
    hazard(driving.monitor)
    driving.controller.shut_down()
    assert not driving.closed
