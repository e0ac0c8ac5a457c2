"""Days of use: the SoC stays right, the counters count, nothing grows; the clock may wrap, leap and step back."""

import os

import pytest

from bms.bench import endurance
from bms.bench.targets import target


def test_a_tenth_of_an_hour_of_it_counts_and_estimates_as_it_should() -> None:
    result = endurance.run(0.15, target("python"))
    assert not endurance.broken(result)
    assert set(result["modes"]) == {"drive"}


@pytest.mark.slow
@pytest.mark.long
def test_thirty_days_with_an_offset_of_15_ma_and_a_clock_that_leaps() -> None:
    result = endurance.run(30 * 24.0, target("python"))
    assert not endurance.broken(result)
    assert result["drift_pct_a_day"] is not None
    assert result["ticks"] < 30 * 24 * 36_000 / 4, "it has rested"
    assert result["tripped"] == ["tick too late"], "the leap of two hours is seen"


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(("name", "hours"), [("webassembly", 24.0), ("arm32", 0.2)])
def test_a_micropython_drives_and_rests_and_its_heap_does_not_grow(name: str, hours: float) -> None:
    """The heap is judged on arm32: MicroPython for WebAssembly collects nothing before a program ends."""
    found = target(name)
    if reason := found.missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{found.name} must run in CI: {reason}")
        pytest.skip(reason)
    result = endurance.run(hours, found)
    assert not endurance.broken(result)
    assert (result["heap_grown_bytes"] is None) == (name == "webassembly")
