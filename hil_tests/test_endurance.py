"""Days of use: the SoC stays right, the counters count, nothing grows; the clock may wrap, leap and step back."""

import os

import pytest

from bms.bench import endurance
from bms.bench.targets import target


def test_half_an_hour_of_it_counts_and_estimates_as_it_should() -> None:
    result = endurance.run(0.3, target("python"))
    assert not endurance.broken(result)
    assert result["modes"] == {"drive": 0.3}


@pytest.mark.slow
def test_two_days_with_an_offset_of_15_ma_and_a_clock_that_leaps() -> None:
    """Thirty days are `bms bench endurance --days 30`: the rest of them are like the second."""
    result = endurance.run(48.0, target("python"))
    assert not endurance.broken(result)
    assert result["drift_pct_a_day"] is not None
    assert result["ticks"] < 48 * 36_000 / 4, "it has rested"
    assert result["tripped"] == ["tick too late"], "the leap of two hours is seen"


@pytest.mark.slow
def test_the_heap_of_a_micropython_does_not_grow_over_a_drive_and_its_rest() -> None:
    found = target("webassembly")
    if reason := found.missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{found.name} must run in CI: {reason}")
        pytest.skip(reason)
    result = endurance.run(1.5, found)
    assert not endurance.broken(result)
    assert set(result["modes"]) >= {"drive", "off"}
