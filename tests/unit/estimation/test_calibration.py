"""The rule of docs/accuracy.md on runs made up: the least factor that holds, and of several pairs the least error."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bms.cells import library
from bms.errors import InputError
from bms.estimation import calibration, left_out
from bms.estimation.accuracy_cases import CASES
from bms.estimation.left_out import Held, LeftOut, by_folder, together
from bms.estimation.parameters import Lasting
from bms.report.calibration_tables import tables


def runs(needed: dict[str, float], rmse: float = 0.01) -> list[Held]:
    """A run a case, held 99 % of the time from the factor that it needs on (1 unless told), 50 % below that."""
    shares = {case: np.where(needed.get(case, 1.0) <= calibration.FACTORS, 0.99, 0.5) for case in CASES}
    return [Held(case, 1, rmse, 0.02, share) for case, share in shares.items()]


def drive(folder: Path, name: str, celsius: float) -> Path:
    path = folder / name
    lines = [f"{second},1,3.7,{celsius}" for second in range(3)]
    path.write_text("\n".join(["time_s,current_a,voltage_v,temperature_c", *lines]))
    return path


def test_the_factor_is_the_least_that_holds_every_disturbance():
    tried = calibration.weighed(Lasting(), [[runs({"blind": 2.0})], [runs({"blind": 3.0})]])
    assert tried.factor == 3.0


def test_the_two_signs_of_a_disturbance_are_one():
    tried = calibration.weighed(Lasting(), [[runs({"voltage_minus": 2.0})] + [runs({})] * 2])
    assert tried.factor == 1.0  # 99 and 83 % held: 91 on average
    tried = calibration.weighed(Lasting(), [[runs({"capacity_low": 2.0})] + [runs({})] * 2])
    assert tried.factor == 2.0


def test_every_group_of_drives_weighs_the_same_whatever_its_cell():
    found = calibration.weighed(Lasting(), [[runs({}, 0.01)] * 3, [runs({}, 0.02)]])
    assert np.exp(found.error) == pytest.approx(2**0.25)


def test_no_factor_holds_what_is_never_held():
    tried = calibration.weighed(Lasting(), [[runs({"noise": 1e9})]])
    assert tried.factor is None and calibration.chosen([tried]) is None


def test_of_constants_that_hold_those_that_err_least_are_chosen():
    coarse = calibration.weighed(Lasting(), [[runs({}, rmse=0.02)]])
    fine = calibration.weighed(Lasting(0.007), [[runs({"blind": 2.0}, rmse=0.01)]])
    assert calibration.chosen([coarse, fine]) is fine


def test_drives_of_one_temperature_are_left_out_together(tmp_path: Path):
    celsius = {"a.csv": 25.0, "b.csv": -10.0, "c.csv": 26.5, "d.csv": 0.0}
    paths = {name: drive(tmp_path, name, at) for name, at in celsius.items()}
    found = [[path.name for path in group] for group in together(list(paths.values()))]
    assert found == [["b.csv"], ["d.csv"], ["a.csv", "c.csv"]]


def test_drives_of_one_temperature_alone_leave_nothing_to_fit(tmp_path: Path):
    paths = tuple(drive(tmp_path, name, 25.0) for name in ("a.csv", "b.csv"))
    with pytest.raises(InputError, match="lie at one temperature"):
        left_out.left_out([left_out.Tests((), (), paths)])


def test_a_group_beyond_the_others_is_said_not_to_count(tmp_path: Path):
    log = left_out.logs.read(drive(tmp_path, "a.csv", 25.0))
    inside = LeftOut((log,), library.load("a123-26650-lfp"), True)
    groups = [inside, replace(inside, logs=(replace(log, path=Path("hot.csv")),), between=False)]
    told = calibration.summary(["cell"], [groups], [calibration.weighed(Lasting(), [[runs({})]])])
    caption = str(tables(told)[0].caption)
    assert "cell hot.csv" in caption and "a.csv" not in caption


def test_a_lone_test_leaves_nothing_to_fit(tmp_path: Path):
    with pytest.raises(InputError, match="no test is left to fit"):
        by_folder([], [], [tmp_path / "drive.parquet"])


def test_a_test_of_another_folder_belongs_to_no_cell(tmp_path: Path):
    drives = [tmp_path / "a" / name for name in ("one.parquet", "two.parquet")]
    with pytest.raises(InputError, match="no --drive lies in its folder"):
        by_folder([tmp_path / "b" / "slow.parquet"], [], drives)
