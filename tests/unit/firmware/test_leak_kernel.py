"""Soft shorts: what leaks is found in the time that docs/balancing.md states, and what only reads wrong is not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fastcore import batch
from firmware.kernels import leak

CAPACITY_MC, SLOPE, CELLS = 277_200_000, 0.8, 16  # 77 Ah; V per unit of SoC
STEP_S = 300
CHANNEL, CHANNEL_K = 5e-3, 143e-6  # V, and V a kelvin: the monitor's limits (TI SLUSE13B)
ENTROPY, UNEVEN = 0.2e-3, 0.1  # V/K of a cell, and the share of a change of temperature by which cells differ
NOISE, ROUNDED = 0.3e-3, 1e-3  # V of a sample, ten of which make a second's mean


class Pack:
    """Cells whose sensors err as far as they may. day(): 22 h after driving, in which the pack cools by `cooling`."""

    def __init__(self, seed: int, leak_ma: float = 0.0, cells: int = CELLS) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.cells, self.leak_ma, self.bad = cells, leak_ma, min(3, cells - 1)
        self.x = np.zeros(leak.LEAKS + leak.A_LEAK * cells, np.int32)
        self.x[leak.SINCE_S] = -1
        self.seen = np.zeros((cells, leak.A_SIGHT), np.int32)
        self.capacity = CAPACITY_MC * (1 + rng.normal(0, 0.01, cells))
        self.seen[:, leak.SLOPE_UV] = round(SLOPE * 1e6)
        self.seen[:, leak.CAP_MC] = self.capacity * (1 + rng.normal(0, 0.02, cells))
        self.offset = rng.uniform(-CHANNEL, CHANNEL, cells)
        drift = rng.uniform(-CHANNEL_K, CHANNEL_K, cells)
        self.drift = drift + ENTROPY * UNEVEN * rng.normal(0, 1, cells)
        self.soc = 0.6 + rng.normal(0, 0.01, cells)
        self.hours = 0.0
        self.found: float | None = None

    def look(self, celsius: float, resting: int = 1, drawn_ma: float = 0.0) -> None:
        drawn = np.full(self.cells, drawn_ma)
        drawn[self.bad] += self.leak_ma
        self.soc -= drawn * STEP_S / self.capacity
        volts = 3.7 + SLOPE * (self.soc - 0.6) + self.offset + self.drift * (celsius - 25)
        samples = volts + self.rng.normal(0, NOISE, (10, self.cells))
        self.seen[:, leak.SEEN_UV] = np.round(samples / ROUNDED).mean(0) * ROUNDED * 1e6
        found = batch.leak_step(self.x, self.seen.reshape(-1), self.cells, round(1000 * celsius), STEP_S, resting)
        self.hours += STEP_S / 3600
        if found and self.found is None:
            self.found = self.hours

    def rest(self, hours: float, swing: float = 0.0) -> "Pack":
        for _ in range(round(hours * 3600 / STEP_S)):
            self.look(20 + swing * np.sin(2 * np.pi * self.hours / 24))
        return self

    def day(self, cooling: float) -> None:
        for n in range(round(22 * 3600 / STEP_S)):
            hours = n * STEP_S / 3600
            self.look(20 + cooling * np.exp(-hours / 3), int(hours > 2), drawn_ma=100.0)
        self.look(20, 0)
        self.soc += self.rng.normal(0, 0.02)  # driven and charged

    @property
    def leaks(self) -> NDArray[np.int32]:
        """(cells, 2) uA, and the deviation."""
        return self.x[leak.LEAKS :].reshape(self.cells, leak.A_LEAK)[:, [leak.LEAK_UA, leak.SD_UA]]


@pytest.mark.parametrize(("leak_ma", "hours"), [(50.0, 6), (10.0, 20), (4.0, 48), (1.0, 190), (0.5, 380)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_leak_is_found_within_the_stated_hours_of_rest_and_measured(leak_ma, hours, seed):
    pack = Pack(seed, leak_ma).rest(hours)
    assert pack.found is not None and pack.found <= hours
    assert pack.x[leak.WORST_AT] == 3
    found, sd = pack.leaks[3]
    assert abs(found - 1000 * leak_ma) < 4 * sd and abs(found - 1000 * leak_ma) < 350 * leak_ma


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_a_leak_shows_over_days_of_driving_with_rests_between(seed):
    pack = Pack(seed, 12.0)
    for _ in range(2):
        pack.day(cooling=3)
    assert pack.found is not None and pack.x[leak.WORST_AT] == 3


def test_a_thousand_days_of_packs_whose_sensors_err_raise_no_alarm():
    days = 0
    for seed in range(100):
        pack = Pack(seed)
        for _ in range(6):
            pack.day(cooling=15)
        pack.rest(24 * 6, swing=10)
        days += 12
        assert pack.found is None, f"pack {seed}, after {pack.found:.0f} h: {pack.leaks.tolist()}"
    assert days >= 1000


def test_what_balancing_took_is_no_leak():
    pack = Pack(5, 50.0)
    pack.seen[3, leak.TAKEN_MC] = 50 * STEP_S
    pack.rest(24)
    assert pack.found is None and abs(pack.leaks[3, 0]) < 3 * pack.leaks[3, 1]


def test_cells_of_different_capacity_that_feed_the_same_load_leak_nothing():
    pack = Pack(6)
    pack.capacity[:] = pack.seen[:, leak.CAP_MC] = np.linspace(0.8, 1.2, CELLS) * CAPACITY_MC
    for _ in range(10 * 12):
        pack.look(20, 1, drawn_ma=500.0)
    assert pack.found is None and np.abs(pack.leaks[:, 0]).max() < 8_000


def test_the_result_of_a_rest_outlives_it_and_counts_less_after_each_further_one():
    pack = Pack(7, 10.0).rest(20)
    before = pack.leaks[3].copy()
    pack.look(20, 0)
    np.testing.assert_array_equal(pack.leaks[3], before)
    pack.rest(1)
    old_sd = pack.x[leak.LEAKS + 3 * leak.A_LEAK + leak.OLD_SD_UA]
    assert old_sd == before[1] + before[1] // 2


@pytest.mark.parametrize("cells", [1, 2, 3, 128])
def test_a_pack_of_any_size_can_be_looked_at(cells):
    pack = Pack(8, 50.0 if cells > 3 else 0.0, cells).rest(8)
    assert (pack.found is not None) == (cells > 3)
