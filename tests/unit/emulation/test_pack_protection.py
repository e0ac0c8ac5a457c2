"""A pack's own thresholds in its file: each in its unit, and one sentence for what is wrong."""

from pathlib import Path

import pytest

from bms.emulation import pack_file
from bms.errors import InputError
from firmware import diagnoses as d

QUADRICYCLE = Path(pack_file.__file__).parents[1] / "packs" / "quadricycle-fest77.toml"
SOURCE = 'source = "the maker\'s data sheet"'


def load(tmp_path: Path, section: str, *lines: str) -> pack_file.PackFile:
    path = tmp_path / "own.toml"
    own = "\n".join(["", f"[protection.{section}]", *lines, ""])
    path.write_text(QUADRICYCLE.read_text(encoding="utf-8") + own, encoding="utf-8")
    return pack_file.load(path)


@pytest.mark.parametrize(
    ("section", "line", "change"),
    [
        ("over_voltage", "trip_v = 4.26", (d.OVER_VOLTAGE, "trip", 4_260_000)),
        ("under_voltage", "warn_v = 2.8", (d.UNDER_VOLTAGE, "warn", 2_800_000)),
        ("deep_discharge", "trip_v = 1.5", (d.DEEP_DISCHARGE, "trip", 1_500_000)),
        ("over_temperature", "trip_c = 58", (d.OVER_TEMPERATURE, "trip", 58_000)),
        ("over_temperature_charge", "warn_c = 44.5", (d.OVER_TEMPERATURE_CHARGE, "warn", 44_500)),
        ("under_temperature", "trip_c = -30", (d.UNDER_TEMPERATURE, "trip", -30_000)),
        ("under_temperature_charge", "trip_c = 0", (d.UNDER_TEMPERATURE_CHARGE, "trip", 0)),
        ("over_current_discharge", "trip_a = 315.5", (d.OVER_CURRENT_DISCHARGE, "trip", 315_500)),
        ("over_current_discharge_fast", "trip_a = 320", (d.OVER_CURRENT_DISCHARGE_FAST, "trip", 320_000)),
        ("over_current_charge", "warn_a = 210", (d.OVER_CURRENT_CHARGE, "warn", 210_000)),
        ("over_current_charge_fast", "trip_a = 220", (d.OVER_CURRENT_CHARGE_FAST, "trip", 220_000)),
        ("sum_mismatch", "trip_v = 1.5", (d.SUM_MISMATCH, "trip", 1_500)),
        ("insulation", "trip_kohm = 50", (d.INSULATION, "trip", 50)),
        ("plating", "trip_a = 2", (d.PLATING, "trip", 2_000)),
        ("soft_short", "warn_ma = 1.5", (d.SOFT_SHORT, "warn", 1_500)),
    ],
)
def test_a_threshold_comes_in_the_unit_of_its_reading(tmp_path: Path, section: str, line: str, change: tuple) -> None:
    assert load(tmp_path, section, line, SOURCE).protection.changes() == (change,)


def test_a_pack_without_thresholds_has_those_of_its_cell() -> None:
    assert pack_file.load(QUADRICYCLE).protection.changes() == ()


def test_a_pack_has_its_own_window(tmp_path: Path) -> None:
    protection = load(tmp_path, "window", "cold_c = -20", "hot_charge_c = 45", SOURCE).protection
    assert protection.window_c() == {"cold_c": -20, "hot_charge_c": 45}
    assert protection.changes() == ()


@pytest.mark.parametrize(
    ("section", "lines", "said"),
    [
        ("over_voltage", ["trip_v = 6.06", SOURCE], "protection.over_voltage.trip_v (it is 6.06)"),
        ("over_voltage", ["trip = 4.26", SOURCE], "protection.over_voltage.trip (it is 4.26): extra inputs"),
        ("over_voltage", ["trip_v = 4.26"], "protection.over_voltage.source: field required"),
        ("over_voltage", ["trip_v = nan", SOURCE], "protection.over_voltage.trip_v"),
        ("over_voltage", ["delay_ms = 5000", SOURCE], "protection.over_voltage.delay_ms"),
        ("open_wire", ["trip_v = 1", SOURCE], "protection.open_wire"),
        ("over_temperature", ["trip_c = 121", SOURCE], "protection.over_temperature.trip_c (it is 121)"),
        ("plating", ["trip_a = 0", SOURCE], "protection.plating.trip_a (it is 0)"),
        ("window", ["hot_c = 118", SOURCE], "protection.window.hot_c (it is 118)"),
        ("window", ["hot_c = 40", "hot_charge_c = 45", SOURCE], "temperatures must rise from cold_c"),
    ],
)
def test_what_cannot_be_given_is_refused(tmp_path: Path, section: str, lines: list[str], said: str) -> None:
    with pytest.raises(InputError) as refused:
        load(tmp_path, section, *lines)
    assert said in str(refused.value) and "own.toml" in str(refused.value)
