"""A soft short: a filament that touches for seconds, and what leaks through it for good."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bms.emulation.cells import Cells, Floats
from bms.errors import InputError

_OCCURRENCES = 4096  # of a schedule: more than any run has


@dataclass(frozen=True)
class SoftShort:
    """Dips of the voltage by `dip` V for `lasting` s, `apart` s on average; between them, `leak_c` C flows inside.

    Dips of 20..80 mV over one to a few samples, then recovery, are what lithium-metal cells show (arXiv 2505.14283,
    2506.13394). at: the row of the cell.
    """

    at: int = 0
    dip: float = 0.03
    lasting: float = 2.0
    apart: float = 300.0
    leak_c: float = 0.002
    seed: int = 0

    @cached_property
    def edges(self) -> Floats:
        """(n,) s, rising: where a dip begins, ends, begins .. ."""
        gaps = np.random.default_rng(self.seed).exponential(self.apart, _OCCURRENCES)
        begins = np.cumsum(gaps + self.lasting)
        return np.stack([begins, begins + self.lasting], axis=1).ravel()

    def touching(self, time: float) -> bool:
        """Within a dip."""
        return bool(np.searchsorted(self.edges, time, side="right") % 2)

    def check(self, cells: Cells) -> None:
        """InputError for a row that is not there."""
        if not 0 <= self.at < cells.series:
            raise InputError(f"A soft short in row {self.at}: rows 0 .. {cells.series - 1} are there; choose one.")

    def current(self, cells: Cells, time: float) -> Floats:
        """(series,) A that flows inside from `time` on: within a dip, what lowers the cell's voltage by it."""
        amperes = np.zeros(cells.series)
        capacity_ah = cells.capacity_ah[self.at]
        amperes[self.at] = self.leak_c * capacity_ah
        if self.touching(time):
            amperes[self.at] += self.dip / cells.source(self.lasting)[1][self.at]
        return amperes
