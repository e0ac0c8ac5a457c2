"""The main job: one UDDS with sixteen cells, the firmware blind at the start, on the target that `make demo` takes."""

import pytest

from bms import demo
from bms.bench.targets import TARGETS
from bms.errors import InputError

NAMED = """
    target micropython pack cycle cells ticks seconds_simulated wall_s parity_mismatches soc_true soc_firmware
    soc_max_error_settled settled_after_s coverage_95 range_km range_km_true
"""


@pytest.fixture(scope="module")
def result() -> demo.Result:
    target = TARGETS["webassembly"]
    return demo.run(demo.Drive(), TARGETS["python"] if target.missing() else target)


def test_summary_has_every_key(result):
    assert set(NAMED.split()) <= result.summary.keys()
    assert result.summary["range_km"].keys() == {"p10", "p50", "p90"}
    assert result.summary["cycle"] == "udds"
    assert result.summary["cells"] == 16


def test_the_whole_cycle_is_driven_at_10_hz_and_never_cut(result):
    summary = result.summary
    assert summary["seconds_simulated"] == pytest.approx(1369, abs=0.1)
    assert summary["ticks"] == pytest.approx(13_690 + 20, abs=10)  # two seconds of self-test and pre-charge come before
    assert summary["contactor_opened"] == 0
    assert summary["undelivered_wh"] == 0


def test_firmware_and_desktop_agree_in_every_word(result):
    assert result.summary["parity_mismatches"] == 0


def test_soc_settles_within_a_minute_and_stays_within_3_percent(result):
    summary = result.summary
    assert summary["settled_after_s"] is not None
    assert summary["settled_after_s"] < 60
    assert summary["soc_max_error_settled"] < 0.03
    assert summary["coverage_95"] >= 0.9
    assert summary["soc_firmware"] == pytest.approx(summary["soc_true"], abs=0.03)
    low, high = summary["soc_interval_95"]
    assert low <= summary["soc_true"] <= high


def test_the_range_that_the_pack_had_lies_between_p10_and_p90(result):
    km = result.summary["range_km"]
    assert km["p10"] <= result.summary["range_km_true"] <= km["p90"]
    assert km["p10"] < km["p50"] < km["p90"]


def test_a_drive_too_short_for_a_start_says_so():
    with pytest.raises(InputError, match="--minutes"):
        demo.Drive(minutes=0.01)
