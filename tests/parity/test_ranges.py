"""The range proof: no intermediate of a kernel leaves 32 bits, and no state its range, for anything documented.

Hypothesis picks cells, vehicles, states and samples within the documented ranges, with a liking for their ends, and
runs the kernels' source with integers that raise. A state that a step leaves lies within the ranges as well, so what
holds for one step from any state holds for ever. EXAMPLES counts them by kernel, and at the edge of the covariance.
"""

import re
from itertools import count
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bms.bench import ranges
from bms.bench.parity import trace
from bms.bench.samples import jobs
from firmware.kernels import reach, soc
from tests.parity.checked import Int32, Words, checked_step

KERNELS = {"soc": soc, "reach": reach}
STEP = {name: checked_step(kernel) for name, kernel in KERNELS.items()}
EXAMPLES = {"soc": 20_000, "reach": 20_000, "covariance": 3_000}
STEPS = 3  # of an example
GREED = (20, 90, 200, 256)
ALL_LOW = bytes([3] + 80 * [1, 0, 0, 0, 0])
ALL_HIGH = bytes([3] + 80 * [1, 1, 0, 0, 0])
RAN = dict.fromkeys(EXAMPLES, 0)


def proof(name: str) -> settings:
    """The same examples in every run."""
    slow = [HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large]
    phases = (Phase.explicit, Phase.generate, Phase.shrink)
    return settings(
        max_examples=EXAMPLES[name],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=slow,
        phases=phases,
    )


def picker(stream: bytes) -> ranges.Pick:
    """Reads choices from Hypothesis's bytes: of 256 picks, so many (the first byte says) are ends of their range."""
    greed = GREED[stream[0] % len(GREED)]
    place = count(1, 5)

    def pick(low: int, high: int) -> int:
        at = next(place)
        how, where = stream[at], int.from_bytes(stream[at + 1 : at + 5], "little")
        if how < greed:
            near = [low, high] if how % 2 else ranges.corners(low, high)
            return near[where % len(near)]
        if how < (greed + 256) // 2:
            return min(max(low, 0) + ((high - low) >> where % 25), high)
        return low + where % (high - low + 1)

    return pick


def case(kernel: str, stream: bytes) -> tuple[Any, Any, list[tuple[int, ...]]]:
    """Parameters, a state, and samples."""
    pick = picker(stream)
    if kernel == "soc":
        par = ranges.soc_parameters(pick)
        state, limits = ranges.soc_state(pick, par), ranges.soc_sample(par)
    else:
        par = ranges.reach_parameters(pick)
        state, limits = ranges.reach_state(pick, par), ranges.REACH_SAMPLE
    return par, state, [tuple(pick(*limit) for limit in limits) for _ in range(STEPS)]


def drive(kernel: str, par: Any, state: Any, samples: Any, step: Any = None) -> Words:
    """Step through the samples; every state on the way, the first included, is one that may be stepped again."""
    words, s = Words(par.tolist()), Words(state.tolist())
    assert not ranges.outside(kernel, par, s)
    for sample in samples:
        (step or STEP[kernel])(s, words, *sample)
        assert not ranges.outside(kernel, par, s)
    return s


@proof("soc")
@given(st.binary(min_size=400, max_size=400))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_the_soc_kernel_leaves_32_bits(stream):
    RAN["soc"] += 1
    drive("soc", *case("soc", stream))


@proof("reach")
@given(st.binary(min_size=250, max_size=250))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_the_range_kernel_leaves_32_bits(stream):
    RAN["reach"] += 1
    drive("reach", *case("reach", stream))


def edge(slope_uv: int, part: int, ratio_ppm: int, tau_b_ms: int, dt_ms: int, way: int) -> tuple[Any, Any, Any]:
    """A cell of which one combination of SoC and voltage error is known exactly, with nothing to disturb it.

    There the variance of the innovation is a difference of large numbers, and the gain is at its highest.
    """
    par = np.zeros(soc.PARAMETERS, np.int32)
    for word, (low, _) in ranges.SOC_PAR.items():
        par[word] = low
    par[soc.H_MIN_UV] = par[soc.H_MAX_UV] = slope_uv
    par[soc.TAU_B_MS] = tau_b_ms
    share = slope_uv / 1e6 * ratio_ppm / 1e6
    most = min(1 << 30, int((1 << 30) / max(share**2, 1e-9)))
    pzz = max(16, most >> part)
    s = np.zeros(soc.STATE, np.int32)
    pbb = min(max(1024, int(pzz * share**2)), 1 << 30)
    s[soc.CAP_MC], s[soc.PZZ_Q32], s[soc.PBB_Q32], s[soc.SD_Q16] = ranges.CAP_MC[0], pzz, pbb, isqrt(pzz)
    s[soc.PZB_Q32] = way * isqrt(pzz * pbb)
    return par, s, [(0, v_uv, 25_000, dt_ms) for v_uv in (6_500_000, -6_500_000, 6_500_000)]


@proof("covariance")
@given(
    st.builds(
        edge,
        st.integers(*ranges.SOC_PAR[soc.H_MIN_UV]),
        st.integers(0, 16),
        st.one_of(st.integers(990_000, 1_010_000), st.integers(500_000, 3_000_000)),
        st.one_of(st.just(10_000), st.integers(*ranges.SOC_PAR[soc.TAU_B_MS])),
        st.one_of(st.just(2_000), st.integers(1_000, 2_000)),
        st.sampled_from([-1, -1, -1, 1]),
    )
)
def test_the_gain_stays_within_32_bits_at_the_edge_of_the_covariance(known):
    RAN["covariance"] += 1
    drive("soc", *known)


def test_the_proof_ran_all_its_examples(request):
    chosen = {item.originalname for item in request.session.items if item.path == Path(__file__)}
    if not {n for n in globals() if n.startswith(("test_no_intermediate", "test_the_gain"))} <= chosen:
        pytest.skip("only a part of the proof was chosen")
    print(f"\nrange proof: {RAN}, {sum(RAN.values())} examples of {STEPS} steps")
    assert RAN["soc"] >= 20_000 and RAN["reach"] >= 20_000
    assert all(RAN[name] >= EXAMPLES[name] for name in EXAMPLES)


@pytest.mark.parametrize("seed", [1, 2])
def test_states_reached_by_walks_and_drives_stay_within_their_ranges(seed):
    for job in jobs(6_000, seed):
        drive(job.kernel, job.par, job.state, job.samples.tolist())


def test_checked_integers_compute_what_plain_ones_do():
    for job in jobs(1_000, 3):
        plain = trace(KERNELS[job.kernel].step, job.state, job.par, job.samples)
        assert drive(job.kernel, job.par, job.state, job.samples.tolist()) == plain[-1, 1:].tolist()


def test_the_tables_say_what_the_kernels_document():
    for kernel, table in ((soc, ranges.SOC_PAR), (reach, ranges.REACH_PAR)):
        source = Path(str(kernel.__file__)).read_text()
        parameters = source[source.index("# Parameters") :]
        names = {getattr(kernel, name): name for name in re.findall(r"^(\w+) = const", parameters, re.MULTILINE)}
        for word, (low, high) in table.items():
            comment = re.search(rf"^{names[word]} = const\(\d+\)  # (.*)$", parameters, re.MULTILINE)
            assert comment
            plain = comment[1].replace("_", "")
            assert str(high) in plain, f"{names[word]}: {high} is not in '{comment[1]}'"
            assert str(low) in plain or low == -high, f"{names[word]}: {low} is not in '{comment[1]}'"


# What makes the proof one: it must fail where there is something to find.


ORDINARY = (0, 3_700_000, 25_000, 1_000)


def one_step(sample: tuple[int, ...], step: Any = STEP["soc"]) -> None:
    par, state, _ = edge(1_000_000, 4, 1_000_000, 10_000, 1_000, 1)
    par[soc.OCV_UV + 1 : soc.DUDT_UV] = 6_500_000
    state[soc.Q_MC] = state[soc.CAP_MC] // 100
    step(Words(state.tolist()), Words(par.tolist()), *sample)


@pytest.mark.parametrize(
    "sample",
    [
        (100_000_000, 3_700_000, 25_000, 1_000),
        (0, 650_000_000, 25_000, 2_000),
        (0, 3_700_000, 2_000_000_000, 1_000),
        (1_000_000_000, 3_700_000, 25_000, 2_000),
    ],
    ids=["ten times the current", "a hundred times the voltage", "a temperature in udegC", "a current in uA"],
)
def test_a_sample_far_beyond_the_ranges_is_caught(sample):
    one_step(ORDINARY)
    with pytest.raises(OverflowError, match="does not fit 32 bits"):
        one_step(sample)


@pytest.mark.parametrize(
    "edit",
    [
        ("p_uv = a + (d >> 15) * f_q15 + (((d & 32767) * f_q15) >> 15)", "p_uv = a + (d * f_q15 >> 15)"),
        ("a = dt_ms * 65536 // d", "a = dt_ms * 268435456 // d"),
        ("v_sum = s[V_SUM] + ((v_uv + 8) >> 4) * dt_ms", "v_sum = s[V_SUM] + v_uv * dt_ms"),
    ],
    ids=["a product that is not split", "a quotient in one go", "a sum in uV"],
)
def test_a_kernel_with_one_wider_product_is_caught(edit):
    with pytest.raises(OverflowError, match="does not fit 32 bits"):
        one_step(ORDINARY, checked_step(soc, edit))


def test_a_covariance_that_turns_negative_is_caught():
    step = checked_step(soc, ("a = 2 * a - ((a * a) >> 17)", "a = 2 * a"))
    with pytest.raises(OverflowError, match="does not fit 32 bits"):
        for ratio_ppm in range(1_000_000, 2_000_000, 10_000):
            drive("soc", *edge(1_000_000, 2, ratio_ppm, 10_000, 2_000, -1), step)


@pytest.mark.parametrize("act", [lambda n: n / 2, lambda n: n**2, lambda n: n << 1, abs, float])
def test_what_no_board_computes_in_a_kernel_is_refused(act):
    with pytest.raises(TypeError):
        act(Int32(7))
