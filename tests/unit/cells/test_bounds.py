"""What no cell can be: each figure has its bounds, and one sentence names file, key, value and what is allowed."""

import re
from pathlib import Path
from typing import Any

import pytest

from bms.cells import library
from bms.cells.provenance import figures
from bms.cells.quantity import Quantity
from bms.errors import InputError

FEST, POLYMER = "factorial-fest77", "lmp-lfp-polymer-reference"


def refusal(folder: Path, name: str, key: str, **changed: object) -> str:
    """What is said of the cell's file with a line or more of one table changed; a value alone takes its range along."""
    if "value" in changed and "[" not in str(changed["value"]):
        changed = {"low": changed["value"], "high": changed["value"]} | changed
    text = (Path(library.__file__).parent / f"{name}.toml").read_text(encoding="utf-8")
    before, heading, rest = text.partition(f"[{key}]\n")
    table, end, after = rest.partition("\n[")
    for line, given in changed.items():
        table, found = re.subn(rf"(?ms)^{line} = (\[.*?\]|[^\n]*)$", f"{line} = {given}", table)
        assert found == 1
    path = folder / "own.toml"
    path.write_text(before + heading + table + end + after, encoding="utf-8")
    with pytest.raises(InputError) as e:
        library.load(path)
    said = str(e.value)
    assert "own.toml" in said and "\n" not in said and said.endswith("correct it there.")
    return said


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("capacity_ah", 0, "0.0001 .. 100000"),
        ("mass_kg", 0, "1e-06 .. 10000"),
        ("voltage_min_v", -1, "0.1 .. 10"),
        ("ocv_temperature_mv_per_k", 100, "-10 .. 10"),
        ("hysteresis_mv", -5, "0 .. 1000"),
        ("hysteresis_rate", 0, "0.001 .. 100000"),
        ("resistance.r0_mohm", -1, "0 .. 1e+06"),
        ("resistance.r1_mohm", -1, "0 .. 1e+06"),
        ("resistance.activation_r0_ev", 90, "0 .. 2"),
        ("resistance.activation_r2_ev", -0.1, "0 .. 2"),
        ("tau1_s", 0, "0.001 .. 1e+07"),
        ("tau2_s", -90, "0.001 .. 1e+07"),
        ("heat_capacity_j_per_k", 0, "0.001 .. 1e+08"),
        ("cooling_w_per_k", -1, "0 .. 100000"),
        ("discharge_max_c", 0, "0.001 .. 1000"),
        ("charge_max_c", -4, "0.001 .. 1000"),
        ("effects.pressure.nominal_mpa", -1, "0.0001 .. 1000"),
        ("effects.pressure.exponent", -0.5, "0 .. 5"),
        ("effects.swelling_mm", -1, "0 .. 100"),
        ("effects.contact.critical_c", 0, "0.001 .. 1000"),
        ("effects.contact.growth_per_soc", -1, "0 .. 100"),
        ("effects.contact.recovery_s", 0, "0.001 .. 1e+07"),
        ("effects.contact.recovery_activation_ev", 5, "0 .. 2"),
        ("effects.plating.critical_c", 0, "0.001 .. 1000"),
        ("effects.plating.lowest_c", -300, "-100 .. 200"),
        ("effects.plating.lost_share", 200, "0 .. 1"),
        ("effects.ageing.cycle_retention", 1.2, "0.5 .. 1"),
        ("effects.ageing.cycle_retention", -1, "0.5 .. 1"),
        ("effects.ageing.calendar_share", 20, "0 .. 1"),
        ("effects.ageing.self_discharge_per_day", 2, "0 .. 1"),
        ("model_error.ocv_mv", -5, "0 .. 1000"),
        ("model_error.soc_share", 8, "0 .. 1"),
        ("model_error.noise_mv", 0, "0.001 .. 1000"),
        ("model_error.correlation_s", 0, "0.001 .. 1e+07"),
    ],
)
def test_a_figure_that_no_cell_can_have_is_refused(tmp_path: Path, key: str, value: float, allowed: str) -> None:
    assert f"{key}: value is {value:g}, allowed are {allowed};" in refusal(tmp_path, FEST, key, value=value)


@pytest.mark.parametrize(
    ("key", "end", "figure"),
    [("tau1_s", "low", 0.0), ("effects.ageing.cycle_retention", "high", 1.01), ("resistance.r0_mohm", "low", -0.1)],
)
def test_the_range_of_a_figure_has_the_same_bounds(tmp_path: Path, key: str, end: str, figure: float) -> None:
    assert f"{key}: {end} is {figure:g}, allowed are" in refusal(tmp_path, FEST, key, **{end: figure})


@pytest.mark.parametrize(
    ("key", "changed", "said"),
    [
        ("voltage_max_v", {"value": 5.2}, "voltage_max_v is 5.2 V but ocv_v at SoC 1 is 4.25 V, so 4.2 .. 4.55 V"),
        ("voltage_max_v", {"high": 9.0}, "voltage_max_v.high is 9 V but ocv_v at SoC 1 is 4.25 V, so 3.95 .. 4.55 V"),
        ("voltage_min_v", {"value": 1.1}, "voltage_min_v is 1.1 V but ocv_v at SoC 0 is 3 V, so 2 .. 3.05 V"),
        ("voltage_min_v", {"low": 1.1}, "voltage_min_v.low is 1.1 V but ocv_v at SoC 0 is 3 V, so 2 .. 4 V"),
    ],
)
def test_a_voltage_window_far_from_the_ocv_is_refused(tmp_path: Path, key: str, changed: dict, said: str) -> None:
    assert said in refusal(tmp_path, FEST, key, **changed)


def test_figures_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, FEST, "effects.pressure.swing_mpa", value=0.7)
    assert "effects.pressure: swing_mpa 0.7 must be below twice nominal_mpa 0.3" in said
    said = refusal(tmp_path, POLYMER, "resistance.melting.vtf_t0_c", value=70.0)
    assert "resistance.melting: vtf_t0_c 70 must be below melting_c 60" in said


def test_a_factor_of_nothing_on_the_resistance_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, FEST, "resistance.soc_factor", soc="[0.0, 1.0]", value="[0.0, 1.0]")
    assert "resistance: soc_factor.value has 0, a factor on a resistance must be above 0" in said


@pytest.mark.parametrize("name", library.names())
def test_no_figure_of_the_library_has_bounds_that_are_missing(name: str) -> None:
    """A Quantity without bounds would take anything: every one of a cell is refused at a figure beyond reason."""
    cell = library.load(name)
    for figure in figures(cell):
        if figure.low is None:
            continue
        *parents, key = figure.key.split(".")
        owner: Any = cell
        for part in parents:
            owner = getattr(owner, part)
        absurd = Quantity(value=1e12, low=1e12, high=1e12, status="assumed", source="for a test")
        with pytest.raises(ValueError, match="allowed are"):
            type(owner).model_validate(owner.model_dump() | {key: absurd.model_dump()})
