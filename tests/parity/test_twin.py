"""The compiled filter against its float64 twin, over whole discharges at 10 Hz."""

from array import array
from functools import cache

import numpy as np
import pytest

from bms.bench.replayed import drive_samples
from bms.cells import library
from bms.driving import cycles
from bms.estimation.parameters import capacity_mc, parameters
from fastcore import batch
from firmware import start
from firmware.kernels import soc
from tests.parity.twin import Twin

LIMIT = 5e-4  # of SoC
CELL = library.load("factorial-fest77")
FIRST_SOC = 0.9


@cache
def discharge(cycle: str, ambient_c: float) -> np.ndarray:
    rng = np.random.default_rng(7)
    return drive_samples(CELL, cycles.load(cycle), soc=FIRST_SOC, ambient_c=ambient_c, rng=rng, until=0.03)


def begin(how: str, par: array, sample: np.ndarray) -> array:
    if how == "known":
        return start.known(par, capacity_mc(CELL), round(FIRST_SOC * 2**21), round(0.01 * 2**16))
    return start.blind(par, capacity_mc(CELL), *(int(n) for n in sample[:3]))


@pytest.mark.parametrize(("cycle", "ambient_c"), [("udds", 25.0), ("wltc", 0.0)])
@pytest.mark.parametrize("how", ["blind", "known"])
def test_twin_and_kernel_agree_over_a_full_discharge(cycle, ambient_c, how):
    samples = discharge(cycle, ambient_c)
    par = array("i", parameters(CELL).tolist())
    s = begin(how, par, samples[0])
    twin = Twin(par, s)
    soc_apart, sd_apart, lowest = 0.0, 0.0, 1.0
    for sample in samples.tolist():
        corrected = batch.step(s, par, *sample)
        twin.step(*sample)
        if corrected:
            lowest = min(lowest, s[soc.Q_MC] / s[soc.CAP_MC])
            soc_apart = max(soc_apart, abs(twin.soc - s[soc.Q_MC] / s[soc.CAP_MC]))
            sd_apart = max(sd_apart, abs(twin.sd - s[soc.SD_Q16] / 2**16))
    print(
        f"{cycle} {ambient_c:g} degC {how}: {len(samples) / 36000:.1f} h, SoC {soc_apart:.1e}, deviation {sd_apart:.1e}"
    )
    assert lowest < 0.08, "this was no full discharge"
    assert soc_apart < LIMIT
    assert sd_apart < LIMIT
