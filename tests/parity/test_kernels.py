"""One kernel, one result: the Python source, the compiled module and MicroPython give every state word alike."""

import importlib
import os
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import numpy as np
import pytest

from bms.bench import parity as judged
from bms.bench.parity import COMPILED, Replay, parity, trace
from bms.bench.remote.every_kernel import steps
from bms.bench.samples import jobs
from bms.bench.targets import TARGETS
from bms.errors import InputError
from fastcore import batch
from firmware import cell, driving
from firmware.kernels import extremes, frame, guard, health, leak, power, reach, soc

STEPS = 5_000
SOURCE = {
    name: step
    for name, (step, _) in steps(
        cell.step, health.step, driving.step, guard.step, extremes.step, power.step, leak.step, frame.step
    ).items()
}
STEPS_BUILT = (
    batch.step, batch.health_step, batch.reach_step, batch.guard_step, batch.extremes_step, batch.power_step,
    batch.leak_step, batch.frame_step,
)  # fmt: skip
BUILT = {name: step for name, (step, _) in steps(*STEPS_BUILT).items()}
KERNELS = ["soc", "ecm", "spread", "kalman", "health", "road", "ahead", "reach"]
KERNELS += ["guard", "extremes", "power", "leak", "frame"]
JUDGES_OF_CI = {"webassembly", "arm32"}


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_compiled_module_is_the_one_loaded(kernel):
    built = importlib.import_module(f"fastcore._{kernel}").__file__
    assert built and built.endswith(tuple(EXTENSION_SUFFIXES))
    source = Path(str(importlib.import_module(f"firmware.kernels.{kernel}").__file__))
    assert source.suffix == ".py"


@pytest.mark.parametrize("step", STEPS_BUILT)
def test_a_built_step_is_no_source(step):
    assert type(step).__name__ != "function"


@pytest.mark.parametrize("kernel", SOURCE)
def test_compiled_is_the_source(kernel):
    compared = 0
    for job in jobs(STEPS, seed=1):
        if job.kernel == kernel:
            built, source = (trace(step[kernel], job.state, job.par, job.samples) for step in (BUILT, SOURCE))
            np.testing.assert_array_equal(built, source)
            compared += len(job.samples)
    assert compared >= STEPS // 50


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_is_the_compiled_kernel(name):
    result = parity([name], STEPS, seed=2)["targets"][name]
    if "skipped" in result:
        assert not (os.environ.get("CI") == "true" and name in JUDGES_OF_CI), result["skipped"]
        pytest.skip(result["skipped"])
    assert result == {"steps": STEPS, "mismatches": 0}


def test_the_result_counts_what_was_compared():
    seen = []
    result = parity([COMPILED, "python"], 2_000, progress=lambda name, done: seen.append((name, done)))
    both = {"steps": 2_000, "mismatches": 0}
    assert result == {"steps": 2_000, "targets": {COMPILED: both, "python": both}}
    assert seen[-1] == ("python", 2_000)


def test_a_target_that_cannot_run_is_skipped_with_its_reason(monkeypatch):
    monkeypatch.setattr(TARGETS["unix"], "missing", lambda: "it is not there")
    assert parity(["unix"], 100) == {"steps": 100, "targets": {"unix": {"skipped": "it is not there"}}}


@pytest.mark.parametrize(
    ("kernel", "sample"), [("soc", (0, 3_700_000, 25_000, 100)), ("reach", (0, 3_700, 1_000, 0, 1 << 20, 0, 0))]
)
def test_the_compiled_module_refuses_short_arrays(kernel, sample):
    words = {"soc": soc, "reach": reach}[kernel]
    state, par = np.zeros(words.STATE, np.int32), np.zeros(words.PARAMETERS, np.int32)
    with pytest.raises(ValueError, match=f"state has {words.STATE} words"):
        BUILT[kernel](state[:-1], par, *sample)
    with pytest.raises(ValueError, match=f"parameters are {words.PARAMETERS} words"):
        BUILT[kernel](state, par[:-1], *sample)
    with pytest.raises(ValueError, match="state has"):
        BUILT[kernel](state[:0], par, *sample)


@pytest.mark.parametrize("states, parameters", [((2, soc.STATE - 1), 0), ((2, soc.STATE + 1), 0), ((2, soc.STATE), 1)])
def test_a_whole_trace_is_refused_before_a_word_is_written(states, parameters):
    cells, columns = np.ones(states, np.int32), [np.ones((3, 2), np.int32) for _ in range(5)]
    v_uv, t_mdegc, *outputs = columns
    par = np.zeros(soc.PARAMETERS - parameters, np.int32)
    i_ma = dt_ms = np.ones(3, np.int32)
    with pytest.raises(ValueError, match="words"):
        batch.run(cells, par, i_ma, v_uv, t_mdegc, dt_ms, *outputs)
    assert all((array == 1).all() for array in [cells, *outputs])


def test_an_unknown_target_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="webassembly"):
        parity(["webasembly"], 100)


def test_one_wrong_bit_is_counted(monkeypatch):
    def off_by_one(s, par, *sample):
        done = batch.step(s, par, *sample)
        s[soc.ERR_UV] ^= 1
        return done

    steps = sum(len(job.samples) for job in jobs(1_000) if job.kernel == "soc")
    monkeypatch.setitem(judged._SOURCE, "soc", off_by_one)
    assert parity([COMPILED], 1_000)["targets"][COMPILED]["mismatches"] >= steps // 2


def test_a_target_that_answers_wrongly_is_counted():
    replay = Replay(jobs(300), lambda _: None)
    while job := replay("j"):
        kernel, _, _, samples = job.split(" ")
        width, state = {
            "soc": (4, soc.STATE),
            "health": (2, soc.STATE),
            "reach": (7, reach.STATE),
            "guard": (9, guard.TIMER_MS + 8),
            "extremes": (19, extremes.CELLS + 16 * extremes.A_CELL),
            "power": (1, power.STATE + soc.STATE),
            "leak": (19, leak.LEAKS + 4 * leak.A_LEAK),
            "frame": (10, frame.BYTES),
        }[kernel]
        words = len(samples) // 8 // width * (1 + state)
        replay("w " + "7f" * 4 * words)
    assert replay.steps == 300
    assert replay.mismatches > 300 * reach.STATE
