"""A car of 16 cells over the range kernel, and what its figure counts with."""

from array import array

from bms.cells import library
from bms.estimation.words import PackDesign, words
from fastcore import batch
from firmware import start
from firmware.config import Config
from firmware.kernels import reach

ONE_C_Q13 = 1 << 13
SOC_Q21 = 1 << 21


class Car:
    """16 cells of 77 Ah over the range kernel, a window a second; range in m."""

    def __init__(self) -> None:
        config = Config(array("i", words(PackDesign(library.load("factorial-fest77"), 16, 1, 60.0)).tolist()))
        self.par = config.reach_par
        self.r = start.road(self.par)
        self.soc = 0.9
        self.driven_m = 0.0

    @property
    def figures(self) -> tuple[int, int, int]:
        return self.r[reach.P10_M], self.r[reach.P50_M], self.r[reach.P90_M]

    @property
    def counted(self) -> float:
        """Consumption that the median counts with: energy ahead over its metres, nV/m."""
        return 1e6 * self.r[reach.AHEAD_UV] / self.r[reach.SHOWN_MM]

    def second(self, speed: float, current_c: float, *, t_mdegc: int = 25_000, sd: float = 0.01) -> int:
        self.soc -= current_c / 3600
        self.driven_m += speed
        v_mv = round(1000 * (3.55 + 0.5 * self.soc - 0.05 * current_c))
        soc_q21 = round(min(max(self.soc, 0.0), 1.0) * SOC_Q21)
        sample = round(current_c * ONE_C_Q13), v_mv, 1000, round(speed * 1000), soc_q21, round(sd * 65536), t_mdegc
        return batch.reach_step(self.r, self.par, *sample)

    def drive(self, metres: float, *, speed: float = 20.0, current_c: float = 1.0) -> list[int]:
        return [self.second(speed, current_c) for _ in range(round(metres / speed))]
