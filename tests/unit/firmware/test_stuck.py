"""A current that stands still though the cells move, and a monitor that answers but measures no more."""

import numpy as np
import pytest

from firmware import readings as of
from tests.unit.firmware.sensing_bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def step_cells(bench: Bench, seconds: int, shown_ma, sag_uv) -> int:
    """A load that changes each second; the most that speaks for a stuck current."""
    most_ms = 0
    for n in range(10 * seconds):
        down_uv = sag_uv(n)
        for k in range(16):
            bench.afe.cell_uv[k] = 3_700_000 + 1000 * k - down_uv
        bench.afe.current_ma = shown_ma(n)
        bench.tick()
        most_ms = max(most_ms, bench.r[of.STUCK_MS])
    return most_ms


def sag(n: int) -> int:
    return 40_000 if n // 10 % 2 else 0


def test_a_current_that_stands_still_while_all_cells_step_is_stuck_within_ten_seconds(bench):
    noise = np.random.default_rng(5)
    assert step_cells(bench, 10, lambda _: 40_000 + round(30 * noise.normal()), sag) >= 5_000


def test_a_load_that_changes_more_seldom_is_told_later(bench):
    """docs/hil.md tells these times."""
    most_ms = [step_cells(Bench(), s, lambda _: 40_000, lambda n: 40_000 if n // 50 % 2 else 0) for s in (25, 32)]
    assert most_ms[0] < 5_000 <= most_ms[1]
    assert step_cells(bench, 320, lambda _: 40_000, lambda n: 40_000 if n // 100 % 2 else 0) >= 5_000


def test_a_current_that_answers_the_cells_is_not(bench):
    assert step_cells(bench, 60, lambda n: 40_000 + sag(n), sag) == 0
    assert step_cells(bench, 3, lambda _: 40_000, sag) == 0, "the last answer is 2 s old at least"


@pytest.mark.parametrize(
    ("what", "sag_uv"),
    [
        ("a slope of 10 mV/s", lambda n: 1_000 * n),
        ("relaxation of 0.8 V in 2 s", lambda n: round(800_000 * np.exp(-n / 20))),
        ("relaxation of 0.8 V in 20 s", lambda n: round(800_000 * np.exp(-n / 200))),
        ("one step", lambda n: 300_000 if n > 60 else 0),
        ("a step each minute", lambda n: 300_000 if n // 600 % 2 else 0),
        ("3.4 mV up and down", lambda n: 3_400 if n // 10 % 2 else 0),
    ],
)
def test_what_cells_do_by_themselves_under_a_steady_current_is_no_sign_of_a_stuck_one(bench, what, sag_uv):
    assert step_cells(bench, 300, lambda _: -20_000, sag_uv) < 3_000, f"{what}: the table warns there"


def test_neither_noise_nor_hum_nor_one_cell_speaks_for_a_stuck_current(bench):
    """5 mV rms on each cell, 5 mV of 50 Hz in scans of 63 ms on all of them, and one contact that comes and goes."""
    rng, most_ms = np.random.default_rng(6), 0
    for n in range(18_000):
        hum = 5_000 * np.sin(2 * np.pi * 50 * 0.063 * int(n / 0.63))
        for k in range(16):
            bench.afe.cell_uv[k] = 3_700_000 + round((5_000 * rng.normal() + hum) / 1000) * 1000
        bench.afe.cell_uv[3] -= 100_000 * (n // 10 % 2)
        bench.tick()
        most_ms = max(most_ms, bench.r[of.STUCK_MS])
    assert most_ms < 3_000


def test_a_monitor_that_answers_without_a_sign_of_measuring_is_counted_by_ticks_and_late_ones_as_one(bench):
    bench.afe.measured = False
    bench.tick(39)
    assert bench.r[of.UNMEASURED_MS] == 3_900
    bench.tick(50, fresh=False)
    assert bench.r[of.UNMEASURED_MS] == 3_900, "what does not answer is another fault"
    bench.sensing.update(bench.afe, True, bench.now_ms + 7_200_000, 7_200_000)
    assert bench.r[of.UNMEASURED_MS] == 4_000
    bench.afe.measured = True
    bench.tick()
    assert bench.r[of.UNMEASURED_MS] == 0
