"""The accuracy protocol: what each case does to a log, which blind restarts count, and what the figures mean."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from bms.bench.replayed import drive_samples
from bms.cells import library
from bms.cells.schema import Cell
from bms.driving import cycles
from bms.errors import InputError
from bms.estimation import accuracy, scores, tables
from bms.estimation.accuracy_cases import CASES, Run, runs
from bms.estimation.capacity_cycles import capacity_cycles
from bms.estimation.logs import Log
from bms.estimation.run import estimate
from bms.estimation.scores import ESTIMATOR, Course, Key, Score, figures, score

SECONDS = 3000


@pytest.fixture(scope="module")
def cell() -> Cell:
    return library.load("panasonic-ncr18650pf")


def a_log(cell: Cell, begin: float = 1.0, end: float = 0.2, seconds: int = SECONDS, name: str = "drive.csv") -> Log:
    """A steady discharge from one SoC to another, of a cell with 30 mOhm at 25 degC; it carries its SoC."""
    time = np.arange(float(seconds))
    true = np.linspace(begin, end, seconds)
    current = np.full(seconds, (begin - end) * cell.capacity_ah.value * 3600 / (seconds - 1))
    voltage = np.interp(true, tables.OCV_SOC, tables.ocv(cell)) - 0.03 * current
    return Log(Path(name), time, current, voltage, np.full(seconds, 298.15), soc=true)


def of_case(log: Log, cell: Cell, case: str) -> list[Run]:
    return [run for run in runs(log, cell) if run.case == case]


def a_file(folder: Path, log: Log) -> Path:
    columns = {
        "time_s": log.time,
        "current_a": log.current,
        "voltage_v": log.voltage,
        "temperature_c": log.temperature - 273.15,
        "soc": log.soc,
    }
    pyarrow.csv.write_csv(pa.table({k: v for k, v in columns.items() if v is not None}), folder / log.name)
    return folder / log.name


def a_score(rmse: float, weight: int = 1, settle_s: float | None = 0.0, coverage: float | None = 1.0) -> Score:
    return Score(ESTIMATOR, Key("drive.csv", "blind", 25, weight), rmse, 2 * rmse, settle_s, coverage)


def test_the_cases_are_those_that_the_protocol_names(cell):
    assert [run.case for run in runs(a_log(cell), cell) if run.case != "blind" or run.weight == 3] == list(CASES)


def test_blind_restarts_begin_where_the_true_soc_first_passes_90_60_and_30_percent(cell):
    found = of_case(a_log(cell, end=0.05, seconds=6000), cell, "blind")
    assert [run.weight for run in found] == [3, 2, 1]
    assert all(run.start_soc is None for run in found)
    for run, level in zip(found, (0.9, 0.6, 0.3), strict=True):
        assert run.truth[0] <= level < run.truth[0] + 0.001
        assert run.log.time[-1] == 5999 and len(run.truth) == len(run.log)


def test_a_blind_restart_with_less_than_900_s_left_does_not_count(cell):
    log = a_log(cell)  # passes 30 % with 375 s left
    assert [run.weight for run in of_case(log, cell, "blind")] == [3, 2]
    assert of_case(a_log(cell, seconds=600), cell, "blind") == []


def test_a_log_that_begins_below_a_level_does_not_pass_it(cell):
    assert [run.weight for run in of_case(a_log(cell, begin=0.7), cell, "blind")] == [2]


@pytest.mark.parametrize(
    ("case", "amps"), [("offset_100ma", 0.1), ("offset_190ma", 0.19), ("offset_minus_190ma", -0.19)]
)
def test_current_offsets_grow_with_the_capacity(cell, case, amps):
    large = cell.model_copy(update={"capacity_ah": cell.capacity_ah.model_copy(update={"value": 29.0, "high": 30.0})})
    log = a_log(cell)
    (run,) = of_case(log, large, case)
    assert run.log.current - log.current == pytest.approx(10 * amps)
    assert run.start_soc == 1.0 and np.array_equal(run.log.voltage, log.voltage)


@pytest.mark.parametrize(("begin", "told"), [(1.0, 0.7), (0.3, 0.0), (0.25, 0.55)])
def test_a_wrong_start_is_30_percent_off_and_says_so(cell, begin, told):
    (run,) = of_case(a_log(cell, begin=begin, end=0.1), cell, "start_wrong")
    assert run.start_soc == pytest.approx(told) and run.start_sd == 0.30


def test_noise_is_10_mv_and_the_same_for_a_file_at_each_run(cell):
    log = a_log(cell)
    first, again = (of_case(log, cell, "noise")[0].log.voltage for _ in range(2))
    other = of_case(replace(log, path=Path("other.csv")), cell, "noise")[0].log.voltage
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert np.std(first - log.voltage) == pytest.approx(0.010, rel=0.05)


def test_a_capacity_told_low_and_voltages_that_are_off(cell):
    log = a_log(cell)
    assert of_case(log, cell, "capacity_low")[0].capacity_share == 0.9
    for case, volts in (("voltage_plus", 0.005), ("voltage_minus", -0.005)):
        assert of_case(log, cell, case)[0].log.voltage - log.voltage == pytest.approx(volts)


def test_a_log_without_truth_is_refused(cell):
    with pytest.raises(InputError, match=r"drive\.csv: there is no truth to judge by; add a column soc"):
        next(runs(replace(a_log(cell), soc=None), cell))
    counted = replace(a_log(cell), soc=None, ah_discharged=np.linspace(0, 9, SECONDS))
    with pytest.raises(InputError, match="goes from 0 to 9 Ah, which is no truth for a cell of"):
        next(runs(counted, cell))


def test_a_run_settles_when_its_error_has_gone_below_5_percent_for_good():
    time, held = np.arange(6.0), np.ones(6)
    error = np.array([0.3, 0.04, -0.06, 0.049, 0.01, 0.0])
    key = Key("drive.csv", "blind", 25, 3)
    assert score(ESTIMATOR, key, Course(time, error, None, held)).settle_s == 3.0
    assert score(ESTIMATOR, key, Course(time, error[::-1], None, held)).settle_s is None
    assert score(ESTIMATOR, key, Course(time, error / 10, None, held)).settle_s == 0.0


def test_rmse_and_coverage_are_shares_of_time():
    time, held = np.array([0.0, 1.0, 4.0]), np.array([0.0, 1.0, 3.0])
    error, sd = np.array([0.9, 0.1, 0.02]), np.array([0.01, 0.01, 0.02])
    found = score(ESTIMATOR, Key("drive.csv", "exact", 25, 1), Course(time, error, sd, held))
    assert found.rmse == pytest.approx(np.sqrt((0.1**2 + 3 * 0.02**2) / 4))
    assert found.coverage == pytest.approx(0.75)
    assert found.most == 0.9


def test_a_case_is_the_weighted_mean_of_its_runs_and_counts_what_never_settles():
    found = figures([a_score(0.01, 3, 10.0, 0.9), a_score(0.02, 2, None, 0.7), a_score(0.06, 1, 30.0, 0.8)])
    assert found == {
        "rmse_mean_pct": pytest.approx((3 * 1 + 2 * 2 + 6) / 6, abs=1e-3),
        "rmse_worst_pct": 6.0,
        "max_pct": 12.0,
        "settle_median_s": 20.0,
        "settle_worst_s": 30.0,
        "unsettled": 1,
        "coverage_95": 0.8,
        "runs": 3,
    }


def test_a_case_without_a_run_has_no_figures():
    found = figures([])
    assert found["runs"] == found["unsettled"] == 0
    assert found["rmse_mean_pct"] is None and found["coverage_95"] is None
    assert found.keys() == figures([a_score(0.01)]).keys()


def test_the_protocol_over_files(cell, tmp_path):
    cold = replace(a_log(cell, name="cold.csv"), temperature=np.linspace(298.15, 263.3, SECONDS))
    paths = [a_file(tmp_path, a_log(cell, name="warm.csv")), a_file(tmp_path, cold)]
    told: list[tuple[int, int]] = []
    result = accuracy.judge(paths, cell, False, lambda done, total: told.append((done, total)))
    found = scores.summary(result)
    assert list(found) == ["cell", "files", "cases", "by_temperature", "capacity_cycles", "baselines", "seconds"]
    assert found["files"] == ["warm.csv", "cold.csv"] and found["baselines"] == {}
    assert list(found["cases"]) == list(CASES)
    assert list(found["by_temperature"]) == ["-10", "25"]  # that of the coldest minute
    assert found["cases"]["blind"]["runs"] == 4
    assert found["by_temperature"]["-10"]["exact"]["runs"] == 1
    assert set(result.worst) == set(CASES)
    assert told[-1] == (2, 2)


def test_both_baselines_run_beside_it_in_processes_of_their_own(cell, tmp_path):
    pytest.importorskip("filterpy", reason="the plain EKF is filterpy's, which is not installed")
    path = a_file(tmp_path, a_log(cell, seconds=1200))
    found = scores.summary(accuracy.judge([path], cell))["baselines"]
    assert list(found) == ["coulomb", "ekf_3rc"]
    for cases in found.values():
        assert [cases[case]["runs"] for case in CASES] == [1] * len(CASES)
    assert found["coulomb"]["exact"]["rmse_worst_pct"] < 0.1
    assert found["coulomb"]["exact"]["coverage_95"] is None  # it has no interval
    assert found["ekf_3rc"]["exact"]["coverage_95"] is not None


def test_without_filterpy_only_the_baselines_are_missed(cell, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "filterpy.kalman", None)
    path = a_file(tmp_path, a_log(cell, seconds=1200))
    with pytest.raises(InputError, match=r"filterpy's, which is not installed here; .*--no-baselines"):
        accuracy.judge([path], cell)
    assert accuracy.judge([path], cell, with_baselines=False).scores


def test_a_file_that_is_named_twice_is_refused(cell, tmp_path):
    path = a_file(tmp_path, a_log(cell, seconds=1200))
    with pytest.raises(InputError, match=r"drive\.csv is named twice"):
        accuracy.judge([path, path], cell, with_baselines=False)


def test_files_of_one_name_in_several_folders_are_told_apart(cell, tmp_path):
    for folder in ("cold", "warm"):
        (tmp_path / folder).mkdir()
    paths = [a_file(tmp_path / folder, a_log(cell, seconds=1200)) for folder in ("cold", "warm")]
    result = accuracy.judge(paths, cell, with_baselines=False)
    assert result.files == ["cold/drive.csv", "warm/drive.csv"]
    assert len(result.of(ESTIMATOR, "exact")) == 2


def test_one_bad_file_among_good_ones_ends_the_run_in_its_sentence(cell, tmp_path):
    good = a_file(tmp_path, a_log(cell, seconds=1200))
    bad = a_file(tmp_path, replace(a_log(cell, seconds=1200, name="bare.csv"), soc=None))
    with pytest.raises(InputError, match=r"bare\.csv: there is no truth"):
        accuracy.judge([good, bad], cell, with_baselines=False)


def test_a_capacity_told_low_comes_nearer_with_each_cycle(cell):
    rng = np.random.default_rng(4)
    driven = drive_samples(cell, cycles.load("udds"), soc=1.0, ambient_c=25.0, rng=rng, until=0.2)[::10]
    time, moved = np.arange(float(len(driven))), np.cumsum(driven[:, 0]) / 3.6e6
    truth = 1 - moved / cell.capacity_ah.value
    log = Log(Path("drive.csv"), time, driven[:, 0] / 1e3, driven[:, 1] / 1e6, np.full(len(time), 298.15), soc=truth)
    found = capacity_cycles(log, cell, 0.9)
    assert [cycle.share for cycle in found] == sorted(cycle.share for cycle in found)
    assert found[0].share == 0.9 and found[-1].share > 0.92 and found[-1].rmse < found[0].rmse
    assert found[0].rmse == estimate(log, cell, truth[0], capacity_share=0.9).rmse
