"""The desktop's mirror of the firmware: the same samples through the compiled kernels, every word compared."""

from array import array

import numpy as np
from numpy.typing import NDArray

from fastcore import batch
from firmware.config import Config
from firmware.estimate import Estimator
from firmware.kernels import reach, soc

_SAMPLE = 6  # dt_ms, d_mm, i_ma and three temperatures stand before the cells' voltages


class Mirror:
    """Follows a controller's records. mismatches counts the words that differed, ticks the records."""

    def __init__(self, words: NDArray[np.int32]) -> None:
        config = Config(array("i", words.tolist()))
        self.cells = config.cells
        self.estimator = Estimator(config, batch.step, batch.reach_step)
        self.mismatches = 0
        self.ticks = 0

    def follow(self, record: NDArray[np.int32]) -> NDArray[np.int32]:
        """Take one record (sample, states, range); returns the firmware's states, int32 (cells, STATE)."""
        start = _SAMPLE + self.cells
        sample, end = record[:start].tolist(), start + self.cells * soc.STATE
        dt_ms, d_mm, i_ma, *rest = sample
        ts_mdegc, cell_uv = rest[:3], rest[3:]
        if self.ticks == 0:
            self.estimator.begin(i_ma, cell_uv, ts_mdegc)
        else:
            self.estimator.advance(dt_ms, i_ma, cell_uv, ts_mdegc, d_mm)
        self.ticks += 1
        mine = np.concatenate([np.asarray(s, np.int32) for s in (*self.estimator.states, self.estimator.range)])
        theirs = record[start : end + reach.STATE]
        self.mismatches += int(np.count_nonzero(mine != theirs))
        return record[start:end].reshape(self.cells, soc.STATE)
