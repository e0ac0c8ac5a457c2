"""A cell by name or file, and one sentence for whatever is wrong with it."""

from pathlib import Path

import pytest

from bms.cells import library
from bms.errors import InputError

FEST = Path(library.__file__).parent / "factorial-fest77.toml"


def refusal(tmp_path: Path, old: str, new: str) -> str:
    text = FEST.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "own.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as e:
        library.load(path)
    said = str(e.value)
    assert "own.toml" in said and "\n" not in said
    return said


def test_fest_holds_the_published_figures() -> None:
    cell = library.load("factorial-fest77")
    assert cell.capacity_ah.value == 77 and cell.capacity_ah.status == "disclosed"
    assert cell.discharge_max_c.value == 4
    assert cell.capacity_ah.value * 3.852 / cell.mass_kg.value == pytest.approx(375, rel=0.002)


@pytest.mark.parametrize("name", library.names())
def test_every_cell_of_the_library_loads(name: str) -> None:
    assert library.load(name).name


def test_a_users_file_loads_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(FEST.read_bytes())
    assert library.load(str(path)) == library.load("factorial-fest77")


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'factorial-fset77'.*nearest is 'factorial-fest77'"):
        library.load("factorial-fset77")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.toml cannot be read"):
        library.load(tmp_path / "absent.toml")


def test_broken_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in refusal(tmp_path, 'name = "Factorial', 'name = Factorial"')


def test_a_figure_outside_its_range_is_refused(tmp_path: Path) -> None:
    assert "capacity_ah: value 770.0 lies outside low 75.46 .. high 80.08" in refusal(
        tmp_path, "value = 77.0", "value = 770"
    )


def test_a_missing_figure_is_named(tmp_path: Path) -> None:
    assert "resistance.r0_mohm.value: field required" in refusal(tmp_path, "value = 0.4968\n", "")


def test_an_unknown_status_is_refused_with_the_allowed_ones(tmp_path: Path) -> None:
    said = refusal(tmp_path, 'status = "disclosed"', 'status = "rumoured"')
    assert "capacity_ah.status" in said and "'rumoured'" in said and "'assumed'" in said


def test_a_key_without_its_unit_is_refused(tmp_path: Path) -> None:
    assert "voltage_min" in refusal(tmp_path, "[voltage_min_v]", "[voltage_min]")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value = 2.7\nlow = 2.5", "value = 0.27\nlow = 0.2", "is 0.27 V but ocv_v at SoC 0 is 3 V, so 2 .. 3.05 V"),
        ("value = 2.7\nlow = 2.5\nhigh = 3.0", "value = 3.2\nlow = 2.5\nhigh = 3.3", "so 2 .. 3.05 V is allowed"),
        ("value = 4.25\nlow = 4.2", "value = 3.9\nlow = 3.8", "voltage_max_v is 3.9 V but ocv_v at SoC 1 is 4.25 V"),
        ("value = 77.0\nlow = 75.46", "value = 77.0\nlow = 0.0", "capacity_ah: low is 0, allowed are 0.0001 .. 100000"),
        ("value = 77.0\nlow = 75.46", "value = inf\nlow = 75.46", "capacity_ah.value"),
        ("value = 5.0\nlow = 0.0", "value = 5.0\nlow = 50.0", "hysteresis_mv: value 5.0 lies outside low 50.0"),
        ("[effects.plating.critical_c]", "[effects.plating.critical]", "effects.plating.critical"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_with_its_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in refusal(tmp_path, old, new)


def test_a_window_upside_down_is_refused(tmp_path: Path) -> None:
    window = "value = 2.7\nlow = 2.5\nhigh = 3.0"
    assert "voltage_min_v 4.5 is not below voltage_max_v 4.25" in refusal(
        tmp_path, window, "value = 4.5\nlow = 2.5\nhigh = 5.0"
    )
