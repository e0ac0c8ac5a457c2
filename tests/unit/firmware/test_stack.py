"""Two and eight monitors in series look like one."""

import numpy as np
import pytest

from bms.emulation.bq76952 import BQ76952 as Chip
from bms.emulation.bq76952_analogue import PERFECT
from bms.emulation.i2c import Bus
from firmware.drivers.bq76952 import BQ76952, CELLS, TEMPERATURES
from firmware.drivers.bq76952_profile import ALL_A, CELLS_A, Profile, profiles
from firmware.drivers.stack import Stack


class Tower:
    """Chips with `cells` cells each, all on one bus at their own addresses."""

    def __init__(self, cells: list[int]) -> None:
        self.chips = [Chip(cells=n, errors=PERFECT, address=0x08 + 2 * k) for k, n in enumerate(cells)]
        bus = Bus(*self.chips)
        self.stack = Stack([BQ76952(bus, 0x08 + 2 * k, cells=n) for k, n in enumerate(cells)])
        self.cells = cells
        self.now_ms = 0
        self.feed()
        self.advance(0.3)
        assert self.stack.probe() == 0x7695
        assert self.stack.configure(profiles(cells))
        self.now_ms = 1000

    def feed(self, current: float = 0.0, link: float = 0.0, odd: dict[int, float] | None = None) -> None:
        """Cell k of all has 3.5 V and k mV; `odd` has others."""
        first, below = 0, 0.0
        for chip, n in zip(self.chips, self.cells, strict=True):
            volts = 3.5 + np.arange(first, first + n) * 1e-3
            for k, volt in (odd or {}).items():
                if first <= k < first + n:
                    volts[k - first] = volt
            kelvin = 290 + first + np.arange(3)
            shunt = current if first == 0 else 0.0
            chip.sense(volts, volts.sum(), shunt, kelvin, 310 + first, pack=max(link - below, 0.0))
            first, below = first + n, below + float(volts.sum())

    def advance(self, time: float) -> None:
        for chip in self.chips:
            chip.advance(time)

    def tick(self, ticks: int = 1) -> bool:
        fresh = False
        for _ in range(ticks):
            self.now_ms += 100
            self.advance(self.now_ms / 1000)
            fresh = self.stack.read(self.now_ms)
        return fresh


@pytest.fixture
def tower() -> Tower:
    return Tower([12, 8])


@pytest.mark.parametrize("cells", [[16], [12, 8], [16] * 8])
def test_cells_stand_from_bottom_to_top_and_add_up(cells: list[int]) -> None:
    tower = Tower(cells)
    tower.feed(current=20.0)
    assert tower.tick(12)
    stack = tower.stack
    total = sum(cells)
    assert stack.cells == total
    assert list(stack.cell_uv) == [3_500_000 + 1000 * k for k in range(total)]
    assert stack.stack_mv == pytest.approx(sum(stack.cell_uv) / 1000, abs=10 * len(cells))
    assert list(stack.stacks_mv) == [chip.stack_mv for chip in stack.chips] and sum(stack.stacks_mv) == stack.stack_mv
    assert stack.current_ma == pytest.approx(20_000, abs=10)
    assert list(stack.first) == [sum(cells[:k]) for k in range(len(cells))]


def test_temperatures_stand_from_bottom_to_top_the_dies_behind_them(tower: Tower) -> None:
    tower.tick(12)
    kelvin = [290, 291, 292, 302, 303, 304, 310, 322]
    assert list(tower.stack.ts_mdegc) == pytest.approx([1000 * k - 273_150 for k in kelvin], abs=50)
    assert tower.stack.sensors == 6


def test_only_the_lowest_chip_watches_the_current(tower: Tower) -> None:
    assert [chip.memory.code("enabled protections a") for chip in tower.chips] == [0xFC, 0x0C]


@pytest.mark.parametrize(("cells", "made"), [([16] * 8, 2), ([12, 8], 2), ([16], 1), ([16, 12, 12, 8, 8, 8], 3)])
def test_chips_that_are_alike_share_a_profile(cells: list[int], made: int) -> None:
    """One of eight that was reset is set up in a tick, whose heap has no room for eight of them."""
    wanted = profiles(cells, over_mv=4200)
    assert [profile.cells for profile in wanted] == cells and len(set(map(id, wanted))) == made
    for k, profile in enumerate(wanted):
        alone = Profile(cells=cells[k], enabled_a=ALL_A if k == 0 else CELLS_A, over_mv=4200)
        assert profile.settings == alone.settings


def test_fault_of_one_chip_is_the_stacks_and_its_own(tower: Tower) -> None:
    tower.feed(odd={15: 4.4})
    tower.tick(5)
    assert tower.stack.safety_status == 0x08
    assert [chip.safety_status for chip in tower.stack.chips] == [0x00, 0x08]


def test_chip_that_is_silent_makes_the_stack_old_and_no_other_value_wrong(tower: Tower) -> None:
    tower.tick(3)
    tower.chips[1].faults.nack_share = 1.0
    tower.feed(odd={2: 3.6})
    assert not tower.tick()
    assert tower.stack.age_ms(CELLS, tower.now_ms) == 100
    assert tower.stack.cell_uv[2] == 3_600_000
    assert tower.stack.link.failures == 1
    tower.tick(12)
    assert not tower.stack.valid[CELLS]
    assert not tower.stack.settings_lost


def test_chip_that_was_reset_makes_the_stack_lose_its_settings(tower: Tower) -> None:
    tower.chips[1].reset()
    assert not tower.tick()
    assert tower.stack.settings_lost
    assert tower.stack.configure(profiles([12, 8]))
    assert tower.tick()


def test_balancing_and_permission_go_to_every_chip(tower: Tower) -> None:
    assert tower.stack.balance(0x0001, 0) and tower.stack.balance(0x0082, 1)
    assert tower.stack.switch_fets(True) and tower.stack.permit(True, False)
    tower.tick(12)
    assert list(tower.stack.balancing) == [0x0001, 0x0082]
    assert [chip.balancing for chip in tower.chips] == [0x0001, 0x0082]
    assert tower.stack.fets == 0x01


@pytest.mark.parametrize(("link", "told"), [(70.0, 70.0), (66.0, 66.0), (20.0, 0.0), (0.0, 0.0)])
def test_link_is_seen_from_the_highest_chip_only_above_its_ground(tower: Tower, link: float, told: float) -> None:
    """Twelve cells below hold 42.1 V."""
    tower.feed(link=link)
    tower.tick(2)
    assert tower.stack.link_mv == pytest.approx(1000 * told, abs=50)


def test_a_stack_has_measured_when_each_of_its_chips_has() -> None:
    tower = Tower([16, 16])
    tower.tick(20)
    told = [n for n in range(40) if tower.tick() and tower.stack.has_measured()]
    assert len(told) >= 3
    tower.chips[1].faults.unscanned = True
    told = [n for n in range(60) if tower.tick() and tower.stack.has_measured()]
    assert all(n < 20 for n in told)


def test_of_monitors_that_do_not_answer_the_first_is_enough() -> None:
    """Each takes seven timeouts of 50 ms, and the watchdog waits for a second."""
    tower = Tower([16] * 8)
    for chip in tower.chips:
        chip.faults.nack_share = 1.0
    asked = [driver.link.nacks for driver in tower.stack.chips]
    assert not tower.stack.probe()
    more = [driver.link.nacks - before for driver, before in zip(tower.stack.chips, asked, strict=True)]
    assert more[0] > 0 and not any(more[1:])


@pytest.mark.parametrize("away_ticks", [3, 5, 17])
def test_temperatures_of_all_chips_come_together_once_a_second(away_ticks: int) -> None:
    """Else what rises by the second is looked at twice a second, and seems to rise half as fast."""
    tower = Tower([16, 16])
    tower.tick(30)
    tower.chips[1].faults.nack_share = 1.0
    tower.tick(away_ticks)
    tower.chips[1].faults.nack_share = 0.0
    tower.tick(30)
    ages_ms = []
    for _ in range(30):
        tower.tick()
        ages_ms.append(tower.stack.age_ms(TEMPERATURES, tower.now_ms))
    assert sorted(ages_ms) == sorted(list(range(0, 1000, 100)) * 3)
