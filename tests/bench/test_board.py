"""What the firmware costs on 32-bit ARM. Instructions and bytes are counts, not times, so they are held."""

import os

import pytest

from bms.bench.board import board
from bms.bench.remote import float_filter
from bms.bench.targets import TARGETS
from bms.bench.trace import trace
from firmware import cell
from firmware.kernels import soc

MOST_INSTRUCTIONS = 20_000  # of a step, even one that corrects
MOST_OF_A_TICK = 900_000  # of sixteen cells with everything on, in the mean,
MOST_OF_THE_WORST = 1_000_000  # and of the one that corrects them all
MOST_RAM = 85_000  # without CAN; the native code lies beside it
MOST_RAM_WITH_CAN = 96_000


@pytest.fixture(scope="module")
def figures() -> dict[str, float | str]:
    if reason := TARGETS["arm32"].missing():
        assert os.environ.get("CI") != "true", f"CI judges native code and has no arm32 target: {reason}"
        pytest.skip(f"target arm32: {reason}")
    return board(steps=50, ratios=False)


@pytest.mark.slow
def test_a_step_keeps_to_its_budget_even_when_it_corrects(figures):
    assert 0 < figures["instructions_per_step_mean"] < figures["instructions_per_step_correction"] <= MOST_INSTRUCTIONS


@pytest.mark.slow
def test_a_tick_of_sixteen_cells_keeps_to_its_budget(figures):
    assert 0 < figures["instructions_per_tick_mean"] <= MOST_OF_A_TICK
    assert figures["instructions_per_tick_mean"] < figures["instructions_per_tick_worst"] <= MOST_OF_THE_WORST


@pytest.mark.slow
def test_what_the_firmware_holds_after_the_start_leaves_room(figures):
    assert figures["ram_bytes_16_cells"] <= MOST_RAM
    assert figures["ram_bytes_16_cells"] < figures["ram_bytes_16_cells_with_can"] <= MOST_RAM_WITH_CAN
    assert figures["ram_bytes_16_cells_with_can"] < figures["ram_bytes_whole_image"] <= MOST_RAM_WITH_CAN
    assert figures["ram_bytes_whole_image_pico"] == figures["ram_bytes_whole_image"] + figures["native_code_bytes_pico"]


@pytest.mark.slow
def test_neither_steps_nor_ticks_touch_the_heap(figures):
    assert figures["bytes_per_1000_steps"] == 0
    assert figures["bytes_per_10000_ticks_16_cells"] == 0
    assert figures["bytes_per_1000_steps_float"] > 0, "what is known to allocate was not seen either"


def test_the_float_version_is_the_same_filter_as_the_kernel():
    given = trace(1, 3000, 100)
    s, par = given.states[0].tolist(), given.par.tolist()
    floats, parameters = float_filter.Cell(s), float_filter.Parameters(par)
    columns = given.i_ma, given.v_uv[:, 0], given.t_mdegc[:, 0], given.dt_ms
    for sample in zip(*(column.tolist() for column in columns), strict=True):
        corrected = float_filter.step(floats, parameters, *sample)
        assert corrected == cell.step(s, par, *sample)
    assert floats.soc == pytest.approx(s[soc.SOC_Q21] / 2**21, abs=0.0005)
    assert floats.sd == pytest.approx(s[soc.SD_Q16] / 2**16, abs=0.0005)
