"""The baselines see what the estimator sees, and a cell's tables made linear are still that cell's."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bms.cells import library
from bms.cells.curves import Grid
from bms.cells.quantity import Quantity
from bms.cells.schema import Cell, ResistanceTable, Surface
from bms.estimation.accuracy_cases import Run
from bms.estimation.baseline_tables import tables
from bms.estimation.baselines import coulomb, ekf_3rc, windows
from bms.estimation.logs import Log

HOUR = 3600


@pytest.fixture(scope="module", params=["panasonic-ncr18650pf", "factorial-fest77"])
def cell(request) -> Cell:
    return library.load(request.param)


def a_run(cell: Cell, dt: float = 1.0, start_soc: float | None = 0.9, ends: float = 0.2) -> Run:
    """An hour of a waving discharge from 90 %, with the voltage that the cell's linear tables give."""
    time = np.arange(0, HOUR, dt)
    mean = (0.9 - ends) * cell.capacity_ah.value
    current = mean * (1 + 0.8 * np.sin(time / 30))
    true = 0.9 - np.cumsum(current * np.diff(time, prepend=0.0)) / 3600 / cell.capacity_ah.value
    linear, x, voltage = tables(cell), np.zeros(3), np.empty(len(time))
    kept = np.exp(-dt / linear.tau)
    for k in range(len(time)):
        x = kept * x + (1 - kept) * current[k]
        at = linear.at(true[k], 25.0)[0]
        voltage[k] = at[0] - at[1] * current[k] - at[2:] @ x
    log = Log(Path("drive.csv"), time, current, voltage, np.full(len(time), 298.15), soc=true)
    return Run("exact", log, true, start_soc)


def with_surface(cell: Cell) -> Cell:
    def known(value: float) -> Quantity:
        return Quantity(value=value, low=value, high=value, status="assumed", source="a test")

    flat = [[10.0, 10.0], [10.0, 10.0]]
    law = ResistanceTable(
        temperature_c=[0, 40], soc=[-0.125, 1], r0_mohm=flat, r1_mohm=flat, r2_mohm=flat, kinetic_mohm=flat,
        status="assumed", source="a test",
    )  # fmt: skip
    surface = Surface(
        tau3_s=known(1000), lag2_soc_per_c=known(0.02), lag2_activation_ev=known(0.4), lag3_soc_per_c=known(0.03),
        lag3_activation_ev=known(0.4), exchange_c=known(1.0), exchange_activation_ev=known(0.15),
    )  # fmt: skip
    shift = Grid(temperature_c=[0, 40], soc=[-0.125, 1], value=[[5, 5], [5, 5]], status="assumed", source="a test")
    return cell.model_copy(update={"resistance": law, "surface": surface, "ocv_shift_mv": shift})


def test_windows_of_a_second_lose_no_charge_and_no_time(cell):
    run = a_run(cell, dt=0.1)
    seen = windows(run, cell.capacity_ah.value)
    assert len(seen.dt) == HOUR + 1  # the first holds the first row alone
    assert seen.dt.sum() == pytest.approx(run.log.time[-1])
    charge = run.log.current @ np.diff(run.log.time, prepend=0.0)
    assert seen.current @ seen.dt == pytest.approx(charge)
    assert seen.held.sum() == pytest.approx(run.log.held.sum())
    assert seen.true[-1] == run.truth[-1]


def test_no_charge_flows_in_a_pause_of_the_log(cell):
    run = a_run(cell)
    log = run.log
    time = np.where(log.time < 1800, log.time, log.time + 7200)
    paused = replace(run, log=replace(log, time=time))
    lost = log.current[1800] / 3600 / cell.capacity_ah.value  # the row after the pause
    told, anyway = (coulomb(windows(one, cell.capacity_ah.value))[-1] for one in (run, paused))
    assert anyway - told == pytest.approx(lost, rel=1e-6)


def test_a_coulomb_counter_is_as_good_as_what_it_is_told(cell):
    seen = windows(a_run(cell), cell.capacity_ah.value)
    assert coulomb(seen) == pytest.approx(seen.true, abs=1e-9)
    wrong = windows(a_run(cell, start_soc=0.6), cell.capacity_ah.value)
    assert np.abs(coulomb(wrong) - wrong.true).max() == pytest.approx(0.3)
    blind = windows(a_run(cell, start_soc=None), cell.capacity_ah.value)
    assert coulomb(blind)[0] == 1.0


def test_the_plain_ekf_finds_a_cell_that_is_as_its_tables_say(cell):
    pytest.importorskip("filterpy", reason="the plain EKF is filterpy's, which is not installed")
    linear = tables(cell)
    for start_soc in (0.9, None):
        seen = windows(a_run(cell, start_soc=start_soc), cell.capacity_ah.value)
        soc, sd = ekf_3rc(seen, linear)
        assert np.abs(soc - seen.true)[600:].max() < 0.02
        assert (sd > 0).all()


def test_a_surface_that_lags_becomes_two_branches(cell):
    plain = tables(with_surface(cell))
    at, slope = plain.at(0.5, 25.0)[0], plain.at(0.5, 25.0)[1, 0]
    amps = cell.capacity_ah.value  # 1C
    assert at[1] == pytest.approx(0.010 * (1 + np.arcsinh(1.0)), rel=1e-3)  # R0, and charge transfer at 1C
    assert at[2] == pytest.approx(0.010, rel=1e-6)
    assert at[3] == pytest.approx(0.010 + slope * 0.02 / amps, rel=1e-3)
    assert at[4] == pytest.approx(slope * 0.03 / amps, rel=1e-3)
    assert plain.tau.tolist() == [cell.tau1_s.value, cell.tau2_s.value, 1000]
    cold = plain.at(0.5, 5.0)[0]
    assert cold[4] > at[4] and cold[1] < at[1]  # lags grow in the cold, and so does the share that asinh takes away
