"""The rule of docs/accuracy.md on runs made up: the least factor that holds, and of several the narrowest."""

from pathlib import Path

import numpy as np
import pytest

from bms.errors import InputError
from bms.estimation import calibration
from bms.estimation.accuracy_cases import CASES
from bms.estimation.left_out import Held, by_folder
from bms.estimation.parameters import Lasting


def runs(needed: dict[str, float], deviation: float = 0.02) -> list[Held]:
    """A run a case, held 99 % of the time from the factor that it needs on (1 unless told), 50 % below that."""
    shares = {case: np.where(needed.get(case, 1.0) <= calibration.FACTORS, 0.99, 0.5) for case in CASES}
    return [Held(case, 1, 0.01, deviation, share) for case, share in shares.items()]


def test_the_factor_is_the_least_that_holds_every_case_on_every_cell():
    tried = calibration.weighed(Lasting(), [runs({"blind": 2.0}), runs({"capacity_low": 3.0})])
    assert tried.factor == 3.0


def test_no_factor_holds_what_is_never_held():
    tried = calibration.weighed(Lasting(), [runs({"noise": 1e9})])
    assert tried.factor is None and calibration.chosen([tried]) is None


def test_of_constants_that_hold_the_narrowest_intervals_are_chosen():
    wide = calibration.weighed(Lasting(), [runs({}, deviation=0.03)])
    narrow = calibration.weighed(Lasting(0.007), [runs({"blind": 2.0}, deviation=0.02)])
    assert calibration.chosen([wide, narrow]) is narrow  # 2 % times the root of 2 is less than 3 %


def test_a_lone_test_leaves_nothing_to_fit(tmp_path: Path):
    with pytest.raises(InputError, match="no test is left to fit"):
        by_folder([], [], [tmp_path / "drive.parquet"])


def test_a_test_of_another_folder_belongs_to_no_cell(tmp_path: Path):
    drives = [tmp_path / "a" / name for name in ("one.parquet", "two.parquet")]
    with pytest.raises(InputError, match="no --drive lies in its folder"):
        by_folder([tmp_path / "b" / "slow.parquet"], [], drives)
