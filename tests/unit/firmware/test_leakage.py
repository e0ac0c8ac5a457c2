"""Soft shorts on the controller: cells, estimators and the leakage together, and what outlives a restart."""

from array import array

import numpy as np
import pytest

from firmware import leakage
from firmware import readings as of
from firmware.kernels import leak
from tests.unit.firmware.balancing_bench import Bench


def test_50_ma_in_a_cell_of_77_ah_are_found_within_6_hours_of_the_start_and_no_other_cell_is_accused():
    bench = Bench("factorial-fest77", cells=6)
    bench.leak[4] = 0.05
    bench.begin().rest(6)
    assert bench.readings[of.LEAK_AT] == 4
    assert bench.readings[of.LEAK_UA] == pytest.approx(50_000, rel=0.5)


def test_sound_cells_leak_nothing_and_a_load_ends_the_look():
    bench = Bench("factorial-fest77", cells=6, soc=0.7).begin()
    bench.rest(5)
    assert bench.readings[of.LEAK_UA] == 0 and bench.leakage.state[leak.SINCE_S] > 3600
    bench.rest(0.1, current=20.0)
    assert bench.leakage.state[leak.SINCE_S] == -1
    bench.rest(1)
    assert bench.leakage.state[leak.SINCE_S] == -1, "the cells still relax"


def test_what_has_been_found_outlives_a_restart():
    bench = Bench("factorial-fest77", cells=6)
    bench.leak[4] = 0.05
    bench.begin().rest(6)
    words = array("i", [0] * (3 + leakage.SAVED + leakage.SAVED_A_CELL * 6))
    bench.leakage.save(words, 3)
    after = Bench("factorial-fest77", cells=6)
    assert after.leakage.restore(words, 3)
    old = after.leakage.state[leak.LEAKS + 4 * leak.A_LEAK + leak.OLD_UA]
    assert old == words[3 + leakage.SAVED + 4 * leakage.SAVED_A_CELL] > 30_000
    assert after.readings[of.LEAK_UA] == old and after.readings[of.LEAK_AT] == 4, "it forbids balancing at once"


@pytest.mark.parametrize(
    "words",
    [(0, 0, leakage.MOST_UA + 1, 0), (0, 0, 0, -1), (0, 0, -(1 << 31), 5), (5, 3, 1, 1), (5, -1, 1, 1), (6, 0, 1, 1)],
)
def test_a_record_that_cannot_be_is_refused_whole(words):
    bench = Bench(cells=3)
    before = list(bench.leakage.state)
    assert not bench.leakage.restore(array("i", [*words[:2], 5, 5, *words[2:], 5, 5]), 0)
    assert list(bench.leakage.state) == before


def test_the_slope_counts_the_hysteresis_that_the_leaking_cell_crosses():
    bench = Bench("a123-26650-lfp", cells=6, soc=0.6)
    bench.leak[2] = 0.001
    bench.begin().rest(16)
    found = bench.leakage.state[leak.LEAKS + 2 * leak.A_LEAK + leak.LEAK_UA]
    assert 500 < found < 2_500, "the OCV's slope alone would tell four times too much"
    assert np.abs(bench.leakage.state[leak.LEAKS + leak.LEAK_UA]) < 500
