"""What the filter believes of its states stays a covariance while the hysteresis becomes known."""

import numpy as np
import pytest

from bms.cells import library
from bms.emulation.pack import ALIKE, Pack
from bms.estimation.parameters import capacity_mc, parameters
from fastcore import batch
from firmware import start
from firmware.kernels import soc

STATES = 6


def correlations(state: np.ndarray) -> np.ndarray:
    words = state[soc.P_Q32 : soc.P_Q32 + STATES * STATES].reshape(STATES, STATES)
    upper = np.triu(words.astype(float) / 2**32)
    p = upper + np.triu(upper, 1).T
    deviation = np.sqrt(np.maximum(np.diag(p), 2**-32))
    return p / np.outer(deviation, deviation)


@pytest.mark.parametrize("name", ["a123-26650-lfp", "panasonic-ncr18650pf", "factorial-fest77"])
@pytest.mark.parametrize("blind", [True, False])
def test_no_correlation_leaves_one_as_the_hysteresis_becomes_known(name: str, blind: bool) -> None:
    """A drive from 80 %, on a branch that nobody told: the error of hours shrinks to what is left of it."""
    cell = library.load(name)
    rate, par, cap_mc = cell.capacity_ah.value, parameters(cell), capacity_mc(cell)
    pack = Pack(cell, 1, soc=0.8, spread=ALIKE)
    if blind:
        begun = start.blind(par.tolist(), cap_mc, 0, round(pack.voltages[0] * 1e6), 25_000)
    else:
        begun = start.known(par.tolist(), cap_mc, round(0.8 * start.FULL_Q21), 1311)
    state, most = np.array(begun, np.int32), 0.0
    for amps in rate * np.tile(np.repeat([0.15, 0.45, -0.1, 0.5], 60), 8):
        pack.advance(amps, 1.0)
        batch.step(state, par, round(amps * 1000), round(pack.voltages[0] * 1e6), 25_000, 1000)
        most = max(most, np.abs(np.triu(correlations(state)[:5], 1)).max())
    assert state[soc.HYST_LOW_Q24] == state[soc.HYST_HIGH_Q24]
    assert most < 1.02
