"""What a cell is said to give and take: never too much for the cell, and less where less is known or left."""

import numpy as np
import pytest

from bms.cells import library
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.pack import ALIKE, Pack
from bms.estimation.parameters import capacity_mc, estimable, parameters
from bms.estimation.power_words import TIMES_S, Window, limits_c, power_parameters
from bms.estimation.tables import TABLE_C
from fastcore import batch
from firmware import start
from firmware.kernels import power, soc

SD_Q16 = 1311  # 2 %
# The Panasonic cell's own table errs by so much at -10 degC (residual_mv of its file); elsewhere nothing may be missed.
EXCESS_V = {("panasonic-ncr18650pf", -10): 0.08}


def limits(name: str, share: float, celsius: float, sd_q16: int = SD_Q16) -> np.ndarray:
    """Six limits in C of a rested cell whose SoC is known to that."""
    cell = library.load(name)
    par = parameters(cell)
    s = np.array(start.known(par.tolist(), capacity_mc(cell), round(share * 2**21), sd_q16), np.int32)
    volts = Pack(cell, 1, soc=share, temperature=celsius + ZERO_CELSIUS, spread=ALIKE).voltages[0]
    batch.step(s, par, 0, round(volts * 1e6), round(celsius * 1000), 1000)
    s[soc.SD_Q16] = sd_q16
    out = np.zeros(power.STATE, np.int32)
    batch.power_step(out, s, par, power_parameters(cell), round(celsius * 1000))
    return out[:6] / 2**13


@pytest.mark.parametrize("celsius", [25, -10])
@pytest.mark.parametrize("name", estimable())
def test_no_cell_leaves_its_voltages_at_the_limit_that_was_told(name: str, celsius: int) -> None:
    cell = library.load(name)
    for share in np.linspace(0.05, 0.95, 10):
        for j, most_c in enumerate(limits(name, float(share), celsius)):
            pack = Pack(cell, 1, soc=float(share), temperature=celsius + ZERO_CELSIUS, spread=ALIKE)
            current = most_c * cell.capacity_ah.value * (1 if j < 3 else -1)
            volts = pack.run(np.full(round(TIMES_S[j % 3] * 10), current), 0.1)
            excess = max(cell.voltage_min_v.value - volts.min(), volts.max() - cell.voltage_max_v.value)
            assert most_c == 0 or excess <= EXCESS_V.get((name, celsius), 0), (share, j)


@pytest.mark.parametrize("name", ["factorial-fest77", "a123-26650-lfp", "quantumscape-qse5"])
def test_a_limit_falls_with_time_with_doubt_and_towards_the_end(name: str) -> None:
    by_soc = np.array([limits(name, z, 0.0) for z in np.linspace(0.02, 0.98, 25)])
    assert (np.diff(by_soc[:, :3], axis=1) <= 1e-3).all() and (np.diff(by_soc[:, 3:], axis=1) <= 1e-3).all()
    assert by_soc[0, :3].max() <= by_soc[12, :3].min() and by_soc[-1, 3:].max() <= by_soc[12, 3:].min()
    sure, unsure = limits(name, 0.3, 0.0, 300), limits(name, 0.3, 0.0, 6000)
    assert (unsure[:3] <= sure[:3]).all()


def test_nothing_is_left_at_the_edges() -> None:
    assert (limits("factorial-fest77", 0.0, 25)[:3] == 0).all()
    assert (limits("factorial-fest77", 1.0, 25)[3:] == 0).all()


def test_plating_and_heat_take_current_away() -> None:
    cell = library.load("factorial-fest77")
    discharge, charge = limits_c(cell, Window())
    at = dict(zip(TABLE_C.tolist(), zip(discharge.tolist(), charge.tolist(), strict=True), strict=True))
    assert at[25.0][0] == pytest.approx(cell.discharge_max_c.value) and at[60.0] == (0, 0)
    assert 0 < at[-10.0][1] < at[25.0][1] / 5, "charged slowly in the cold"
    assert at[-25.0][1] == 0


def test_a_limit_is_not_timid_where_there_is_room() -> None:
    """At half charge and 25 degC each cell gives what its maker allows for ten seconds."""
    for name in estimable():
        assert limits(name, 0.5, 25)[1] >= 0.95 * min(library.load(name).discharge_max_c.value, 20)
