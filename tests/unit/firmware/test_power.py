"""What a cell is said to give and take: never too much for the cell, and less where less is known or left."""

from dataclasses import dataclass

import numpy as np
import pytest

from bms.cells import library
from bms.cells.plating import plating_limit_c
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.pack import ALIKE, Pack
from bms.estimation.parameters import capacity_mc, estimable, parameters
from bms.estimation.power_words import TIMES_S, Window, limits_c, power_parameters
from bms.estimation.tables import TABLE_C
from fastcore import batch
from firmware import start
from firmware.kernels import power, soc

SD_Q16 = 1311  # 2 %
RATES = {"rested": 0.0, "driven": 0.5, "charged": -0.3}  # of the limit for 30 s, for the minute before
WORKED = ["factorial-fest77", "a123-26650-lfp", "quantumscape-qse5", "panasonic-ncr18650pf"]


@dataclass
class Known:
    """An emulated cell and the estimator's state of it, whose SoC may err."""

    name: str
    soc: float
    celsius: float
    error: float = 0.0  # of the estimated SoC
    sd_q16: int = SD_Q16
    share: float = 1.0  # of the rated capacity

    def __post_init__(self) -> None:
        self.cell = library.load(self.name)
        self.par, self.lim = parameters(self.cell), power_parameters(self.cell)
        self.pack = Pack(self.cell, 1, soc=self.soc, temperature=self.celsius + ZERO_CELSIUS, spread=ALIKE)
        told_q21 = round(min(max(self.soc + self.error, 0), 1) * 2**21)
        self.s = np.array(start.known(self.par.tolist(), capacity_mc(self.cell), told_q21, self.sd_q16), np.int32)
        self.sample(0.0, float(self.pack.voltages[0]))
        self.s[soc.SD_Q16] = self.sd_q16
        self.s[soc.SHARE_Q24] = round(self.share * 2**24)

    def sample(self, current: float, volts: float) -> None:
        batch.step(self.s, self.par, round(current * 1000), round(volts * 1e6), round(self.celsius * 1000), 1000)

    def past(self, rate_c: float) -> None:
        """A minute of a current; the doubt stays."""
        current = rate_c * self.cell.capacity_ah.value
        for _ in range(60):
            self.sample(current, float(self.pack.run(np.full(10, current), 0.1).mean()))
        self.s[soc.SD_Q16] = self.sd_q16

    def limits(self) -> np.ndarray:
        """Six limits in C."""
        out = np.zeros(power.STATE, np.int32)
        batch.power_step(out, self.s, self.par, self.lim, round(self.celsius * 1000))
        return out[:6] / 2**13

    def excess(self, limit: int, rate_c: float) -> float:
        """V by which a pulse of that time leaves the window."""
        current = rate_c * self.cell.capacity_ah.value * (1 if limit < 3 else -1)
        volts = self.pack.copy().run(np.full(round(TIMES_S[limit % 3] * 10), current), 0.1)
        return max(self.cell.voltage_min_v.value - volts.min(), volts.max() - self.cell.voltage_max_v.value)


def limits(name: str, share: float, celsius: float, sd_q16: int = SD_Q16) -> np.ndarray:
    """Of a rested cell."""
    return Known(name, share, celsius, sd_q16=sd_q16).limits()


@pytest.mark.parametrize("error", [0.0, -0.04, 0.04])
@pytest.mark.parametrize("celsius", [25, -10, -20])
@pytest.mark.parametrize("name", estimable())
def test_no_cell_leaves_its_voltages_at_the_limit_that_was_told(name: str, celsius: int, error: float) -> None:
    """Rested, driven or charged, and where the SoC errs by two deviations."""
    for z in np.linspace(0.05, 0.95, 10):
        for before, share in RATES.items():
            known = Known(name, float(z), celsius, error)
            if share:
                known.past(share * known.limits()[2 if share > 0 else 5])
            for limit, rate_c in enumerate(known.limits()):
                assert rate_c == 0 or known.excess(limit, rate_c) <= 0, (z, before, limit)


@pytest.mark.parametrize("name", WORKED)
def test_a_limit_falls_with_time_with_doubt_and_towards_the_end(name: str) -> None:
    by_soc = np.array([limits(name, z, 0.0) for z in np.linspace(0.02, 0.98, 25)])
    assert (np.diff(by_soc[:, :3], axis=1) <= 0).all() and (np.diff(by_soc[:, 3:], axis=1) <= 0).all()
    assert by_soc[0, :3].max() <= by_soc[12, :3].min() and by_soc[-1, 3:].max() <= by_soc[12, 3:].min()
    sure, unsure = limits(name, 0.3, 0.0, 300), limits(name, 0.3, 0.0, 6000)
    assert (unsure[:3] <= sure[:3]).all()


@pytest.mark.parametrize("name", WORKED)
def test_a_limit_for_longer_is_none_that_the_cell_could_not_give_at_once(name: str) -> None:
    """After a minute at the limit the low-passes relax under less: more for longer would be too much now."""
    for z in (0.1, 0.2, 0.5):
        known = Known(name, z, -10)
        known.past(float(known.limits()[2]))
        assert (np.diff(known.limits()[:3]) <= 0).all()


def test_a_cell_that_has_lost_capacity_runs_empty_sooner() -> None:
    """At 3 % of SoC beyond doubt, 30 s at so many C take all of it: half the capacity, half the current."""
    new, old = (Known("factorial-fest77", 0.04, 45, sd_q16=200, share=share).limits()[2] for share in (1.0, 0.5))
    assert old == pytest.approx(new / 2, rel=0.05)


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


@pytest.mark.parametrize("celsius", [0, -10])
@pytest.mark.parametrize("name", WORKED)
def test_a_limit_is_near_what_the_model_allows(name: str, celsius: int) -> None:
    """A fifth more than the limit of a cell that is known well leaves the window, where the voltage is what limits.

    For 30 s the cell can give more: it warms, which the kernel does not count on.
    """
    for z in (0.2, 0.4, 0.6):
        known = Known(name, z, celsius, sd_q16=20)
        known.s[soc.P_Q32 + 7] = known.s[soc.P_Q32 + 21] = known.s[soc.P_Q32 + 35] = 0
        most_c = np.interp(celsius, TABLE_C, limits_c(known.cell, Window())[0])
        for limit, rate_c in enumerate(known.limits()[:2]):
            assert rate_c >= 0.99 * most_c or known.excess(limit, 1.2 * rate_c) > 0, (z, limit)


@pytest.mark.parametrize("short", range(4))
def test_the_compiled_step_refuses_short_arrays(short: int) -> None:
    arrays = [np.zeros(n, np.int32) for n in (power.STATE, soc.STATE, soc.PARAMETERS, power.PARAMETERS)]
    arrays[short] = arrays[short][:-1]
    out, s, par, lim = arrays
    with pytest.raises(ValueError, match="words"):
        batch.power_step(out, s, par, lim, 25_000)


@pytest.mark.parametrize("name", [name for name in library.names() if library.load(name).effects.plating is not None])
def test_told_charge_never_plates_although_a_sensor_errs_by_1_k(name: str) -> None:
    cell = library.load(name)
    assert cell.effects.plating is not None
    celsius = np.arange(-39.0, 84.0, 0.05)
    allowed = plating_limit_c(cell.effects.plating, celsius + ZERO_CELSIUS)
    table = limits_c(cell, Window())[1]
    for error in (-1.0, 1.0):
        assert (np.interp(celsius + error, TABLE_C, table) <= allowed + 1e-12)[allowed > 0].all()
    assert not np.interp(celsius, TABLE_C, table)[celsius < cell.effects.plating.lowest_c.value].any()
