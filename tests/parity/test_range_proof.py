"""What makes the range proof one: it must fail where there is something to find."""

from typing import Any

import numpy as np
import pytest

from firmware.kernels import ecm, kalman, soc
from tests.parity.checked import Int32, Words, checked_cell
from tests.parity.test_ranges import STEP, case, drive, edge

ORDINARY = (0, 3_700_000, 25_000, 1_000)


def one_step(sample: tuple[int, ...], step: Any = STEP["soc"]) -> None:
    par, state, _ = edge((1_000_000, 10_000, 50_000), (8_192, 0, 0, 0, 0), 1_000_000, 0, False, (0, 1_000))
    par[soc.OCV_UV + 40 : soc.HYST_UV] = 6_500_000
    state[soc.T_MS], state[soc.Q_MC] = 0, 31 * (state[soc.CAP_MC] // 64) + state[soc.CAP_MC] // 100
    step(Words(state.tolist()), Words(par.tolist()), *sample)


@pytest.mark.parametrize(
    "sample",
    [
        (100_000_000, 3_700_000, 25_000, 1_000),
        (0, 650_000_000, 25_000, 2_000),
        (0, 3_700_000, 2_147_483_000, 1_000),
        (1_000_000_000, 3_700_000, 25_000, 2_000),
    ],
    ids=["ten times the current", "a hundred times the voltage", "a temperature in ndegC", "a current in uA"],
)
def test_a_sample_far_beyond_the_ranges_is_caught(sample):
    one_step(ORDINARY)
    with pytest.raises(OverflowError, match="does not fit 32 bits"):
        one_step(sample)


@pytest.mark.parametrize(
    ("kernel", "edit"),
    [
        (soc, ("v_sum = s[V_SUM] + ((v_uv + 8) >> 4) * dt_ms", "v_sum = s[V_SUM] + v_uv * dt_ms")),
        (ecm, ("p_uv = a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)", "p_uv = a + (d * f_q15 >> 15)")),
        (ecm, ("lag_q21 = (lag2_q15 * (x2_q13 >> 3) >> 4)", "lag_q21 = ((lag2_q15 + 65536) * 32768 >> 4)")),
        (kalman, ("inverse = 1073741823 // sum_q27", "inverse = 1073741823 // (sum_q27 >> 15) * 4")),
    ],
    ids=["a sum in uV", "a product that is not split", "a lag of three", "a quotient in one go"],
)
def test_a_kernel_with_one_wider_product_is_caught(kernel, edit):
    with pytest.raises(OverflowError, match="does not fit 32 bits"):
        one_step(ORDINARY, checked_cell(kernel, edit))


@pytest.mark.parametrize(
    "edit",
    [
        ("            if a > d: a = d\n", ""),
        ("            if d > hi: d = hi\n", ""),
        ("        if k_q17 > most: k_q17 = most\n", ""),
    ],
    ids=["a covariance without bound", "a state without bound", "a gain without bound"],
)
def test_a_filter_without_one_of_its_bounds_is_caught(edit):
    step = checked_cell(kalman, edit)
    pick = np.random.default_rng(0).integers
    with pytest.raises((OverflowError, AssertionError)):
        for seed in range(400):
            drive("soc", *case("soc", bytes([seed % 4]) + pick(0, 256, 1100).astype(np.uint8).tobytes()), step)


@pytest.mark.parametrize("act", [lambda n: n / 2, lambda n: n**2, lambda n: n << 1, abs, float])
def test_what_no_board_computes_in_a_kernel_is_refused(act):
    with pytest.raises(TypeError):
        act(Int32(7))
