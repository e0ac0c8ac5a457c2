"""The soft shorts of leak.py against the formulas of docs/balancing.md in floats, over usual and hostile packs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fastcore import batch
from firmware.kernels import leak

HOUR, LAG, LEAST = 3_600, 1_800, 5_400  # s
NOISE, DRIFT = 250.0, 60.0  # uV, and uV a kelvin
Floats = NDArray[np.float64]


class Naive:
    """uA that each cell leaks and the deviation, from uV, uV per unit of SoC, and mC."""

    def __init__(self, cells: int) -> None:
        self.leak, self.sd = np.zeros(cells), np.zeros(cells)
        self.old, self.old_sd = self.leak, self.sd
        self.now, self.bled = np.zeros(cells), np.zeros(cells)
        self.end()

    def end(self) -> None:
        """Of a rest."""
        self.rest, self.since = 0, -1
        self.old, self.old_sd = self.leak, self.sd

    def look(self, seen: Floats, celsius: float, dt: int) -> None:
        volts, slope, capacity, taken = seen.T
        first = self.rest == 0
        self.rest = min(self.rest + dt, HOUR)
        n = max(self.rest // dt, 1)
        self.now = volts if first else self.now + (volts - self.now) / n
        self.now_c = celsius if first else self.now_c + (celsius - self.now_c) / n
        self.bled = self.bled + taken
        if self.since < 0:
            if self.rest == HOUR:
                self.since, self.base, self.base_c = 0, self.now, self.now_c
                self.easing, self.bled = self.bled / 64, np.zeros_like(self.bled)
                self.old, self.old_sd = self.leak, 1.5 * self.sd
            return
        self.since += dt
        if self.since >= LEAST:
            self._answer(capacity / slope)

    def _answer(self, charge_a_uv: Floats) -> None:
        gained = (self.now - self.base) * charge_a_uv + self.bled
        median = np.sort(gained)[len(gained) // 2]
        seconds = self.since - LAG
        self.leak = (median - gained) * 1_000 / seconds
        noise = (NOISE + DRIFT * abs(self.now_c - self.base_c)) * charge_a_uv
        self.sd = (noise + self.easing + self.bled / 4) * 1_000 / seconds
        if self.old_sd.any():
            share = self.old_sd**2 / (self.old_sd**2 + self.sd**2)
            self.leak = self.old + share * (self.leak - self.old)
            self.sd = np.sqrt(share) * self.sd


def driven(seed: int, cells: int, slopes: tuple[float, float], capacities: tuple[float, float], dt: int) -> None:
    """Three rests of a day at most, each cell with a leak, a slope and a capacity of its own, some of them bled."""
    rng, naive = np.random.default_rng(seed), Naive(cells)
    x, seen = np.zeros(leak.LEAKS + leak.A_LEAK * cells, np.int32), np.zeros((cells, leak.A_SIGHT), np.int32)
    x[leak.SINCE_S] = -1
    slope, capacity = (low * (high / low) ** rng.random(cells) for low, high in (slopes, capacities))
    fall = rng.uniform(-5e3, 5e3, cells) / 86_400  # uV/s
    for _ in range(3):
        for k in range(int(rng.integers(3 * HOUR, 24 * HOUR)) // dt):
            volts = 3_300_000 + fall * k * dt + rng.normal(0, 100, cells)
            bled = np.where(rng.random(cells) < 0.1, rng.uniform(0, capacity / 1e5, cells), 0)
            celsius = 20 + 5 * np.sin(k * dt / 14_000)
            seen[:] = np.stack([volts, slope, capacity, bled], axis=1)
            naive.look(seen.astype(float), round(1_000 * celsius) / 1_000, dt)
            batch.leak_step(x, seen.reshape(-1), cells, round(1_000 * celsius), dt, 1)
        batch.leak_step(x, seen.reshape(-1), cells, 20_000, dt, 0)
        naive.end()
        found = x[leak.LEAKS :].reshape(cells, leak.A_LEAK)
        assert (np.abs(found[:, leak.LEAK_UA] - naive.leak) < 0.02 * naive.sd + 1e-3 * np.abs(naive.leak) + 5).all()
        assert (np.abs(found[:, leak.SD_UA] - naive.sd) < 0.02 * naive.sd + 2).all()
        sure = naive.leak > 5.2 * naive.sd + 5
        assert x[leak.WORST_UA] >= np.max(naive.leak[sure], initial=0.0) * 0.98


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dt", [60, 300, 3_600])
def test_usual_packs_leak_what_the_formulas_say(seed: int, dt: int) -> None:
    driven(seed, 16, (50e3, 1.2e6), (7e6, 4e8), dt)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cells", [2, 3, 128])
def test_packs_at_the_ends_of_what_is_taken_leak_what_the_formulas_say(seed: int, cells: int) -> None:
    driven(10 + seed, cells, (5_000, 2e6), (639_000, 5e8), 300)
