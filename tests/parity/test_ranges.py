"""The range proof: no intermediate of a kernel leaves 32 bits, and no state its range, for anything documented.

Hypothesis picks cells, vehicles, states and samples within the documented ranges, with a liking for their ends, and
runs the kernels' source with integers that raise. A state that a step leaves lies within the ranges as well, so what
holds for one step from any state holds for ever. EXAMPLES counts them by step, and at the edge of the covariance.

Of the covariance only that is taken for granted which firmware/kernels/kalman.py sees to: a variance lies in its range,
a covariance below the mean of its two variances. Many such matrices are no covariance at all.
"""

import re
from array import array
from itertools import combinations, count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bms.bench import cases, ranges
from bms.bench.parity import trace
from bms.bench.remote import every_kernel
from bms.bench.samples import jobs
from firmware import cell, driving
from firmware.audit import least_share
from firmware.kernels import ecm, extremes, frame, guard, health, leak, power, reach, soc
from tests.parity.checked import Words, checked_cell, checked_drive, checked_several, checked_step

STEPPED = every_kernel.steps(
    cell.step, health.step, driving.step, guard.step, extremes.step, power.step, leak.step, frame.step
)
SOURCE = {name: step for name, (step, _) in STEPPED.items()}
STEP = {"soc": checked_cell(), "health": checked_step(health), "reach": checked_drive(), **checked_several()}
EXAMPLES = {"soc": 20_000, "reach": 20_000, "health": 5_000, "covariance": 3_000}
EXAMPLES |= {"guard": 5_000, "extremes": 3_000, "power": 10_000, "leak": 10_000, "frame": 5_000}
STEPS = 3  # of an example
GREED = (20, 90, 200, 256)
ALL_LOW = bytes([3] + 220 * [1, 0, 0, 0, 0])
ALL_HIGH = bytes([3] + 220 * [1, 1, 0, 0, 0])
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


def picker(stream: bytes) -> cases.Pick:
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
    if kernel == "guard":
        par, state, limits = cases.guard_table(pick), cases.guard_state(pick), ranges.GUARD_SAMPLE
    elif kernel == "extremes":
        par, state, limits = np.zeros(0, np.int32), cases.extremes_state(pick), ranges.EXTREMES_SAMPLE
    elif kernel == "leak":
        par, state, limits = np.zeros(0, np.int32), cases.leak_state(pick), ranges.LEAK_SAMPLE
    elif kernel == "frame":
        par, state, limits = cases.frame_table(pick), np.zeros(frame.BYTES, np.int32), ranges.FRAME_SAMPLE
    elif kernel == "power":
        cell_par = cases.soc_parameters(pick)
        state = np.concatenate([np.zeros(power.STATE, np.int32), cases.soc_state(pick, cell_par)])
        par, limits = np.concatenate([cases.power_parameters(pick), cell_par]), ranges.POWER_SAMPLE
    elif kernel != "reach":
        par = cases.soc_parameters(pick)
        state, limits = cases.soc_state(pick, par), ranges.soc_sample(par)
        if kernel == "health":
            limits = ranges.HEALTH_SAMPLE
    else:
        par = cases.reach_parameters(pick)
        state, limits = cases.reach_state(pick, par), ranges.REACH_SAMPLE
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
@given(st.binary(min_size=1101, max_size=1101))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_the_soc_kernels_leaves_32_bits(stream):
    RAN["soc"] += 1
    drive("soc", *case("soc", stream))


@proof("health")
@given(st.binary(min_size=1101, max_size=1101))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_the_capacity_kernel_leaves_32_bits(stream):
    RAN["health"] += 1
    drive("health", *case("health", stream))


@proof("reach")
@given(st.binary(min_size=400, max_size=400))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_the_range_kernel_leaves_32_bits(stream):
    RAN["reach"] += 1
    drive("reach", *case("reach", stream))


@proof("guard")
@given(st.binary(min_size=901, max_size=901))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_the_diagnoses_leaves_32_bits(stream):
    RAN["guard"] += 1
    drive("guard", *case("guard", stream))


@proof("extremes")
@given(st.binary(min_size=901, max_size=901))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_the_extremes_leaves_32_bits(stream):
    RAN["extremes"] += 1
    drive("extremes", *case("extremes", stream))


@proof("leak")
@given(st.binary(min_size=901, max_size=901))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_the_leakage_leaves_32_bits(stream):
    RAN["leak"] += 1
    drive("leak", *case("leak", stream))


@proof("frame")
@given(st.binary(min_size=901, max_size=901))
@example(ALL_LOW)
@example(ALL_HIGH)
def test_no_intermediate_of_a_frame_leaves_32_bits(stream):
    RAN["frame"] += 1
    drive("frame", *case("frame", stream))


@proof("power")
@given(st.binary(min_size=1301, max_size=1301))
@example(ALL_LOW + bytes(300))
@example(ALL_HIGH + bytes(300))
def test_no_intermediate_of_the_power_limits_leaves_32_bits(stream):
    RAN["power"] += 1
    drive("power", *case("power", stream))


def plain(slope_uv: int, fade_q31: int, drop_uv: int) -> Any:
    """A cell with every figure at its least, but for its slope, the fading of its voltage error, its resistances."""
    par = np.zeros(soc.PARAMETERS, np.int32)
    for word, (low, _) in ranges.SOC_PAR.items():
        par[word] = max(low, 0)
    par[soc.A1_Q28 : soc.HYST_RATE] = [least_share(int(tau)) for tau in par[soc.TAU1_MS : soc.A1_Q28]]
    par[soc.ASINH_Q16 : soc.LAG2_Q15] = cases.asinh()
    par[soc.I0_Q13 : soc.WIDE_Q12] = ranges.SOC_PAR[soc.I0_Q13][1]
    par[soc.H_MIN_UV] = par[soc.H_MAX_UV] = slope_uv
    par[soc.FADE_B_Q31] = fade_q31
    par[soc.R_UV :] = drop_uv
    return par


def edge(cell_type: Any, sds: Any, ratio_ppm: int, beyond: int, blind: bool, sample: Any) -> tuple[Any, Any, Any]:
    """A state of which one combination is known exactly, with nothing to disturb it: the one that the voltage shows.

    There the variance of the innovation is a difference of large numbers, and the gain is at its highest. `beyond`
    stretches the covariances, in eighths, to where the matrix is none. sds: deviations of SoC, C, G, W and the
    offset of the voltage, in 2^-16.
    """
    par, s = plain(*cell_type), np.zeros(soc.STATE, np.int32)
    rate, dt_ms = sample
    i_ma = ranges.soc_sample(par)[0][1] * rate // 20
    s[soc.CAP_MC], s[soc.Q_MC], s[soc.T_MS] = ranges.CAP_MC[0], ranges.CAP_MC[0] // 2, 999
    if blind:
        s[soc.BLIND_MS], s[soc.F1_Q24 : soc.UBAR_Q24] = 1, 1 << 24
    else:
        sds = [*sds[:3], min(max(sds[3], -16_384), 16_384), sds[4]]
    seen, words = array("i", s.tolist()), array("i", par.tolist())
    soc.step(seen, words, i_ma, 0, dt_ms)
    ecm.step(seen, words, 25_000)
    h = np.array(seen[soc.H_Q14 : soc.R_Q27]) / 2**14
    v = np.array([sds[0], 0, *sds[1:]], float)
    v[1] = -(h @ v) * ratio_ppm / 1e6
    v *= min(1, 16_384 / max(abs(v[1]), 1))  # more a voltage error cannot be
    s[soc.P_Q32 : soc.X1_Q24 : 7] = np.minimum(v * v, [2**30, 2**28, *[2**30] * 3, 343_597_383])
    words = s.tolist()
    for j, k in combinations(range(ranges.STATES), 2):
        most = ranges.covariance_most(words, j, k)
        s[soc.P_Q32 + ranges.STATES * j + k] = min(max(int(v[j] * v[k] * (8 + beyond) / 8), -most), most)
    s[soc.SD_Q16] = abs(int(v[0]))
    s[soc.SCALE_Q24], s[soc.SHARE_Q24], s[soc.ZERO_Q36] = 1 << 24, 1 << 24, 16
    return par, s, [(i_ma, v_uv, 25_000, dt_ms) for v_uv in (6_500_000, -6_500_000, 6_500_000)]


DEVIATION = st.one_of(st.integers(-32_768, 32_768), st.sampled_from([-32_768, -512, 0, 512, 32_768]))


@proof("covariance")
@given(
    st.builds(
        edge,
        st.tuples(
            st.integers(*ranges.SOC_PAR[soc.H_MIN_UV]),
            st.one_of(st.just(214_748), st.integers(*ranges.SOC_PAR[soc.FADE_B_Q31])),
            st.one_of(st.just(0), st.integers(0, 1_000_000), st.integers(*ranges.SOC_PAR[soc.R_UV])),
        ),
        st.tuples(*[DEVIATION] * 4, st.integers(-18_500, 18_500)),
        st.one_of(st.integers(990_000, 1_010_000), st.integers(500_000, 3_000_000)),
        st.sampled_from([0, 0, 0, 1, 8, 800]),
        st.booleans(),
        st.tuples(st.integers(-20, 20), st.one_of(st.just(2_000), st.integers(1_000, 2_000))),
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
        source = trace(SOURCE[job.kernel], job.state, job.par, job.samples)
        assert drive(job.kernel, job.par, job.state, job.samples.tolist()) == source[-1, 1:].tolist()


def test_the_tables_say_what_the_kernels_document():
    for kernel, table in ((soc, ranges.SOC_PAR), (reach, ranges.REACH_PAR), (power, ranges.POWER_LIM)):
        source = Path(str(kernel.__file__)).read_text()
        parameters = source[source.index("# Parameters") :]
        names = {getattr(kernel, name): name for name in re.findall(r"^(\w+) = const", parameters, re.MULTILINE)}
        for word, (low, high) in table.items():
            comment = re.search(rf"^{names[word]} = const\(\d+\)  # (.*)$", parameters, re.MULTILINE)
            assert comment
            plain = comment[1].replace("_", "")
            assert str(high) in plain, f"{names[word]}: {high} is not in '{comment[1]}'"
            assert str(low) in plain or low == -high, f"{names[word]}: {low} is not in '{comment[1]}'"
