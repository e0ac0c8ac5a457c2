"""What the monitor shows is what the controller has told: nothing that was cut, changed or of another layout."""

import random
from array import array
from types import SimpleNamespace

import pytest

from bms.bench import told
from bms.bench.told import Lines
from firmware import balancing, diagnoses, modes
from firmware import readings as of
from firmware.telling import Telling


def line(**readings: int) -> bytes:
    """As the firmware tells it."""
    console, words = bytearray(), array("i", [0] * of.READINGS)
    for name, value in readings.items():
        words[getattr(of, name)] = value
    telling = Telling(console.extend, SimpleNamespace(serial=5, confirmed=1), lambda: 0)
    while b"\n" not in console:
        telling(SimpleNamespace(readings=words), 0, 100)
    return bytes(console)


def test_readings_come_in_the_units_that_people_read() -> None:
    (heard,) = Lines().feed(
        line(
            MODE=modes.DRIVE, CURRENT_MA=-1500, CELL_MIN_UV=3_700_000, CELL_MIN_AT=3, SOC_MIN_Q15=16384, SD_Q15=1672,
            RANGE_P10_M=41_800, LIMIT_MA=308_000, T_MIN_MDEGC=-12_500, BALANCE_REASON=balancing.TOO_COLD,
            WARNINGS_A=1 << diagnoses.UNDER_TEMPERATURE, TRIPS_B=1 << diagnoses.SOFT_SHORT - 30,
            REACTION=diagnoses.OPEN | diagnoses.NO_BALANCE | diagnoses.PERSIST,
        )
    )  # fmt: skip
    figures = heard.figures()
    assert figures["image"] == {"serial": 5, "confirmed": True}
    assert (figures["mode"], figures["current_a"]) == ("drive", -1.5)
    assert (figures["cell_min_v"], figures["cell_min"]) == (3.7, 4)
    assert (figures["soc_lowest"], figures["temperature_min_c"], figures["range_km"]["p10"]) == (0.5, -12.5, 41.8)
    assert figures["soc_lowest_interval_95"] == pytest.approx([0.4, 0.6], abs=1e-4)
    assert figures["discharge_limit_a"] == {"2s": 308.0, "10s": 0.0, "30s": 0.0}
    assert figures["balancing"]["reason"] == "cells too cold"
    assert figures["warns"] == ["under-temperature"] and figures["trips"] == ["soft short"]
    assert figures["reactions"] == ["open", "no balancing"]
    assert figures["readings"]["current_ma"] == -1500 and figures["readings"]["limit_ma"] == 308_000


def test_every_reading_has_one_name() -> None:
    names = told.reading_names()
    assert len(set(names)) == len(names) == of.READINGS


def test_half_and_damaged_lines_are_dropped_and_counted_and_text_is_neither() -> None:
    whole, lines = line(MODE=modes.OFF), Lines()
    changed = whole[:100] + (b"1" if whole[100:101] != b"1" else b"2") + whole[101:]
    heard = list(lines.feed(whole[200:] + whole + changed + b"Traceback\r\n" + whole[:50] + whole))
    assert len(heard) == 2  # the last one follows a piece on its line, and is whole
    assert lines.damaged == 2
    assert lines.text == "Traceback"


def test_ten_thousand_mutations_are_taken_as_they_were_told_or_not_at_all() -> None:
    draw, whole, lines = random.Random(1), line(MODE=modes.OFF), Lines()
    true = next(Lines().feed(whole))
    for _ in range(10_000):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(data))
            data[at : at + draw.randint(0, 3)] = draw.randbytes(draw.randint(0, 3))
        for heard in lines.feed(bytes(data) + b"\n"):
            assert heard == true
    assert lines.damaged > 1000


def test_bytes_without_end_are_not_hoarded() -> None:
    lines = Lines()
    for _ in range(100):
        assert not list(lines.feed(b"0123456789abcdef" * 100))
    assert lines.damaged >= 100 and len(lines._pending) < 2000


def test_another_layout_is_said() -> None:
    console = bytearray()
    telling = Telling(console.extend, SimpleNamespace(serial=0, confirmed=1), lambda: 0)
    telling._words[0] = 2 << 8 | 4
    while b"\n" not in console:
        telling(SimpleNamespace(readings=array("i", [0] * of.READINGS)), 0, 100)
    with pytest.raises(RuntimeError, match=r"layout 2, this bms knows"):
        list(Lines().feed(bytes(console)))
