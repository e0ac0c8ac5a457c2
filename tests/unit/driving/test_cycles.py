"""The standard cycles are the standard cycles, and a user's own is read or refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from bms.driving import cycles
from bms.errors import InputError


@pytest.mark.parametrize(
    ("name", "duration", "km", "fastest_kmh"),
    [
        ("udds", 1369, 11.990, 91.25),
        ("hwfet", 765, 16.507, 96.4),
        ("us06", 600, 12.888, 129.23),
        ("wltc", 1800, 23.266, 131.3),
    ],
)
def test_a_standard_cycle_has_its_published_length(name: str, duration: int, km: float, fastest_kmh: float) -> None:
    cycle = cycles.load(name)
    assert cycle.duration == duration
    assert cycle.distance / 1000 == pytest.approx(km, abs=0.0006)
    assert cycle.speed.max() * 3.6 == pytest.approx(fastest_kmh, abs=0.06)


def test_a_repeated_cycle_covers_the_distance_again() -> None:
    cycle = cycles.load("udds")
    twice = cycle.tiled(2 * 1369)
    assert twice.duration == 2738 and twice.distance == pytest.approx(2 * cycle.distance)
    assert cycle.tiled(100.5).duration == 100.5


def test_speed_between_samples_is_linear_and_goes_round() -> None:
    cycle = cycles.load("udds")
    between = (cycle.speed[200] + cycle.speed[201]) / 2
    assert cycle.at(200.5) == pytest.approx(between)
    assert cycle.at(3 * 1369 + 200.5) == pytest.approx(between)
    assert cycle.at(np.array([0.0, 1369.0])).tolist() == [0, 0]


def test_a_misspelt_cycle_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="nearest is 'udds'"):
        cycles.load("uddds")


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_trace_is_read(tmp_path: Path) -> None:
    cycle = cycles.load(own(tmp_path, "grade,time_s,speed_mps\n0,10,0\n0,20,10\n0,30,0\n"))
    assert cycle.duration == 20 and cycle.distance == 100 and cycle.name == "own"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,speed_mps\n0,0\n1,1\n", "column time_s is missing, there are time, speed_mps"),
        ("time_s,speed_mps\n0,0\n1,300\n", "line 3: speed_mps is 300; 0..100 m/s"),
        ("time_s,speed_mps\n0,0\n1,nan\n", "line 3: speed_mps is nan"),
        ("time_s,speed_mps\n0,0\n1,\n", "line 3: speed_mps is ''"),
        ("time_s,speed_mps\n0,0\n2,1\n1,1\n", "line 4: time_s is 1 after 2"),
        ("time_s,speed_mps\n0,0\n", "at least two rows"),
        ("time_s,speed_mps\n0,0\n1,-1\n", "line 3: speed_mps is -1; 0..100 m/s"),
        ("time_s,speed_mps\n0,0,5\n1,1,5\n", "line 2: there are more columns than the heading"),
        ("time_s,speed_mps,time_s\n0,0,0\n1,1,1\n", "several columns time_s"),
        ("time_s,speed_mps\n0,0\n0.01,0\n", "time_s spans 0.01 s, 1 .. 86400 s"),
        ("time_s,speed_mps\n0,0\n1e9,0\n", r"time_s spans 1e\+09 s"),
        ("time_s;speed_mps\n0;0\n1;1\n", "column time_s is missing"),
    ],
)
def test_a_bad_trace_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        cycles.load(own(tmp_path, text))
