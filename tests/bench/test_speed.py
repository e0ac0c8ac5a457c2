"""Speed, with a peer in the same run. No time is asserted: `make bench` compares with the last saved run."""

import numpy as np
import pytest

from bms.bench.peer import Peer
from bms.bench.speed import CELLS, compiled, interpreted
from bms.bench.trace import Trace, trace
from bms.cells import library
from bms.emulation.pack import Pack
from fastcore import batch
from tests.unit.emulation.surface_cell import EVERYTHING

ROUNDS = 10


@pytest.fixture(scope="module", params=[100, 1000], ids=["100ms", "corrections"])
def many(request) -> Trace:
    return trace(CELLS, 2000, request.param)


@pytest.fixture(scope="module", params=[100, 1000], ids=["100ms", "corrections"])
def one(request) -> Trace:
    return trace(1, 1000, request.param)


def estimate(given: Trace) -> tuple[np.ndarray, np.ndarray]:
    """SoC and its deviation of the first cell after the last sample, by the compiled kernel."""
    outputs = [np.empty_like(given.v_uv) for _ in range(3)]
    batch.run(given.states.copy(), given.par, given.i_ma, given.v_uv, given.t_mdegc, given.dt_ms, *outputs)
    return outputs[0][-1, 0] / 2**21, outputs[1][-1, 0] / 2**16


def test_compiled_batch_of_cells(benchmark, many):
    benchmark.extra_info["updates"] = many.v_uv.size
    benchmark.pedantic(compiled(many), rounds=ROUNDS, warmup_rounds=1)


def test_kernel_source_under_cpython(benchmark, one):
    benchmark.extra_info["updates"] = one.v_uv.size
    benchmark.pedantic(interpreted(one), rounds=ROUNDS)


def test_filterpy_peer_estimates_what_the_kernel_does(benchmark, one):
    pytest.importorskip("filterpy", reason="filterpy is not installed: pip install filterpy")
    benchmark.pedantic(Peer.run, setup=lambda: ((Peer(one),), {}), rounds=ROUNDS)
    benchmark.extra_info["updates"] = one.v_uv.size
    peer = Peer(one)
    peer.run()
    charge, deviation = estimate(one)
    assert peer.filter.x[0] == pytest.approx(charge, abs=0.0005)
    assert peer.deviation == pytest.approx(deviation, rel=0.01)


def test_emulated_pack_of_cells(benchmark):
    current = np.full(2000, 30.0)
    pack = Pack(library.load("factorial-fest77"), CELLS)
    voltages = benchmark.pedantic(lambda: pack.copy().run(current, 0.1), rounds=ROUNDS, warmup_rounds=1)
    assert np.all(np.diff(voltages[:, 0]) <= 0)


def test_emulated_pack_of_cells_with_a_surface_under_a_changing_power(benchmark):
    power = np.random.default_rng(0).uniform(-100.0, 200.0, 2000) * CELLS
    pack = Pack(EVERYTHING, CELLS)
    drawn = benchmark.pedantic(lambda: pack.copy().draw(power, 1.0), rounds=ROUNDS, warmup_rounds=1)
    assert drawn.undelivered == drawn.refused == 0
