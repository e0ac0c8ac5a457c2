"""The estimator of a pack: long pauses, impossible samples, the weakest cell."""

from array import array

import pytest

from bms.cells import library
from bms.estimation.words import PackDesign, words
from fastcore import batch
from firmware.config import Config
from firmware.estimate import Estimator
from firmware.kernels import power, reach, soc

CELLS = 4
I_MA = 20_000
CELL_UV = [3_800_000] * CELLS
TS_MDEGC = [25_000, 25_000, 25_000]


@pytest.fixture
def config() -> Config:
    return Config(array("i", words(PackDesign(library.load("factorial-fest77"), CELLS, 1, 15.0)).tolist()))


@pytest.fixture
def estimator(config) -> Estimator:
    made = Estimator(config, batch)
    assert made.begin(0, CELL_UV, TS_MDEGC)
    return made


@pytest.mark.parametrize(
    ("pause_ms", "parts"),
    [(2_000, [2_000]), (2_001, [2_000, 1]), (7_300, [2_000] * 3 + [1_300]), (60_000, [2_000] * 30)],
)
def test_a_long_pause_is_taken_in_steps_that_the_kernel_knows(estimator, config, pause_ms, parts):
    alone = array("i", estimator.states[0])
    estimator.advance(pause_ms, I_MA, CELL_UV, TS_MDEGC, 0)
    for part_ms in parts:
        batch.step(alone, config.soc_par, I_MA, CELL_UV[0], TS_MDEGC[0], part_ms)
    assert list(estimator.states[0]) == list(alone)


@pytest.mark.parametrize(
    ("i_ma", "cell_uv", "ts_mdegc"),
    [
        (77_000 * 20 + 1, CELL_UV, TS_MDEGC),
        (-77_000 * 20 - 1, CELL_UV, TS_MDEGC),
        (I_MA, [3_800_000, 0, 3_800_000, 3_800_000], TS_MDEGC),
        (I_MA, [3_800_000, 3_800_000, 3_800_000, 6_500_001], TS_MDEGC),
        (I_MA, CELL_UV, [25_000, 25_000, 85_001]),
        (I_MA, CELL_UV, [-40_001, 25_000, 25_000]),
    ],
    ids=["over 20C", "over 20C of charge", "a cell at 0 V", "a cell over 6.5 V", "over 85 degC", "under -40 degC"],
)
def test_an_impossible_sample_is_refused_and_counted(estimator, config, i_ma, cell_uv, ts_mdegc):
    before = [list(s) for s in estimator.states]
    estimator.advance(100, i_ma, cell_uv, ts_mdegc, 0)
    assert estimator.refused == 1
    assert [list(s) for s in estimator.states] == before
    assert not Estimator(config).begin(i_ma, cell_uv, ts_mdegc)
    assert estimator.missed_ms == 100
    estimator.advance(100, I_MA, CELL_UV, TS_MDEGC, 0)
    assert estimator.refused == 1
    assert estimator.missed_ms == 0
    assert before[0][soc.Q_MC] - estimator.states[0][soc.Q_MC] == I_MA * 200 // 1000  # the missed time counts as well


def test_the_ends_of_the_ranges_are_taken(estimator):
    for i_ma, v_uv, t_mdegc in ((77_000 * 20, 1, -40_000), (-77_000 * 20, 6_500_000, 85_000)):
        estimator.advance(100, i_ma, [v_uv] * CELLS, [t_mdegc] * 3, 0)
    assert estimator.refused == 0


@pytest.mark.parametrize("low", range(CELLS))
def test_the_weakest_cell_is_found_and_the_range_is_its(config, low):
    def after_a_minute(cell_uv: list[int]) -> Estimator:
        made = Estimator(config, batch)
        assert made.begin(0, cell_uv, TS_MDEGC)
        for _ in range(60):
            made.advance(1_000, 0, cell_uv, TS_MDEGC, 0)
        return made

    uneven = after_a_minute([3_700_000 if k == low else 3_900_000 for k in range(CELLS)])
    assert uneven.weakest == low
    even, empty = after_a_minute([3_900_000] * CELLS), after_a_minute([3_700_000] * CELLS)
    range_m = [e.range[reach.P50_M] for e in (empty, uneven, even)]
    assert range_m[0] == pytest.approx(range_m[1], rel=0.01)
    assert range_m[1] < range_m[2]


def test_each_cell_takes_the_sensor_that_is_near_it(estimator):
    before = [array("i", s) for s in estimator.states]
    par = estimator._par
    estimator.advance(2_000, 77_000, CELL_UV, [-20_000, 10_000, 40_000], 0)
    for k, t_mdegc in enumerate([-20_000, -20_000, 10_000, 40_000]):
        batch.step(before[k], par, 77_000, CELL_UV[k], t_mdegc, 2_000)
        assert list(estimator.states[k]) == list(before[k]), f"cell {k} was not given {t_mdegc}"


def test_after_ten_minutes_without_a_sample_it_begins_anew(estimator, config):
    for _ in range(600):
        estimator.advance(1_000, I_MA, CELL_UV, TS_MDEGC, 15_000)
    now_uv = [3_700_000] * CELLS
    anew = Estimator(config, batch)
    assert anew.begin(I_MA, now_uv, TS_MDEGC)
    assert list(estimator.states[0]) != list(anew.states[0])
    estimator.advance(100, I_MA, CELL_UV, TS_MDEGC, 15_000)  # of a window that does not end
    estimator.advance(600_001, I_MA, now_uv, TS_MDEGC, 9_000_000)
    for later in range(2):
        assert [list(s) for s in estimator.states] == [list(s) for s in anew.states]
        assert list(estimator.range) == list(anew.range), f"the road of the pause was learned, {later}"
        for made in (estimator, anew):
            made.advance(2_000, I_MA, now_uv, TS_MDEGC, 20_000)


def test_ten_minutes_without_a_sample_are_still_bridged(estimator, config):
    alone = array("i", estimator.states[0])
    estimator.advance(600_000, I_MA, CELL_UV, TS_MDEGC, 0)
    for _ in range(300):
        batch.step(alone, config.soc_par, I_MA, CELL_UV[0], TS_MDEGC[0], 2_000)
    assert list(estimator.states[0]) == list(alone)


def test_time_of_refused_samples_counts_towards_the_ten_minutes(estimator, config):
    anew = Estimator(config, batch)
    assert anew.begin(I_MA, CELL_UV, TS_MDEGC)
    for _ in range(601):
        estimator.advance(1_000, I_MA, [0] * CELLS, TS_MDEGC, 15_000)
    assert estimator.refused == 601
    estimator.advance(100, I_MA, CELL_UV, TS_MDEGC, 1_500)
    assert [list(s) for s in estimator.states] == [list(s) for s in anew.states]
    assert list(estimator.range) == list(anew.range)


def at_the_terminals(estimator: Estimator) -> int:
    return estimator.range[reach.C_NV_M] - estimator.range[reach.LOSS_NV_M]


@pytest.mark.parametrize("refused", [False, True], ids=["silence", "refused samples"])
def test_the_road_of_a_pause_is_learned_with_its_energy(estimator, config, refused):
    """1,500 m in 60 s, at the consumption that the range was begun with: nothing new is to be learned."""
    prior_nv_m = config.reach_par[reach.C_PRIOR_NV_M]
    step_mm = 25_000  # in each second
    i_ma = round(prior_nv_m * 1e-9 * 25 / 3.8 * config.capacity_mc)  # mC a second: so much of a cell's 3.8 V charge
    for _ in range(40):
        estimator.advance(1_000, i_ma, CELL_UV, TS_MDEGC, step_mm)
    assert at_the_terminals(estimator) == pytest.approx(prior_nv_m, rel=0.01)
    weight_m = estimator.range[reach.W_M]
    if refused:
        for _ in range(59):
            estimator.advance(1_000, i_ma, [0] * CELLS, TS_MDEGC, step_mm)
        estimator.advance(1_000, i_ma, CELL_UV, TS_MDEGC, step_mm)
    else:
        estimator.advance(60_000, i_ma, CELL_UV, TS_MDEGC, 60 * step_mm)
    assert estimator.range[reach.W_M] - weight_m == pytest.approx(1_500, abs=100)
    for _ in range(10):
        assert at_the_terminals(estimator) == pytest.approx(prior_nv_m, rel=0.02)
        estimator.advance(1_000, i_ma, CELL_UV, TS_MDEGC, step_mm)


def test_more_road_than_a_window_takes_is_carried_over(estimator):
    weight_m = estimator.range[reach.W_M]
    estimator.advance(2_000, I_MA, CELL_UV, TS_MDEGC, 1_000_000)
    for _ in range(3):
        estimator.advance(2_000, I_MA, CELL_UV, TS_MDEGC, 0)
    assert estimator.range[reach.W_M] - weight_m == 1_000


@pytest.mark.parametrize("cells", [1, 4, 16, 64, 128])
def test_the_limits_of_every_cell_are_found_once_a_second_however_many_there_are(cells: int) -> None:
    config = Config(array("i", words(PackDesign(library.load("factorial-fest77"), cells, 1, 15.0)).tolist()))
    estimator = Estimator(config, batch)
    cell_uv, ts_mdegc = [3_800_000] * cells, [25_000] * 3 * config.chips
    assert estimator.begin(0, cell_uv, ts_mdegc)
    for _ in range(5):
        before = estimator.limited
        for limits in estimator.limits:
            limits[power.LIMIT_Q13] = -1
        for _ in range(10):
            estimator.advance(100, I_MA, cell_uv, ts_mdegc, 1_500)
        assert estimator.limited == before + 1
        assert all(limits[power.LIMIT_Q13] >= 0 for limits in estimator.limits)
