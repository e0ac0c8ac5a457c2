"""A pack's file, and one sentence for whatever is wrong with it."""

from pathlib import Path

import pytest

from bms.emulation import pack_file
from bms.errors import InputError

ET7 = Path(pack_file.__file__).parents[1] / "packs" / "nio-et7-150.toml"
SERIES = "[series]\nvalue = 96\nlow = 92\nhigh = 112"
MASS = "[mass_kg]\nvalue = 575.0\nlow = 575.0\nhigh = 575.0"


def refusal(tmp_path: Path, old: str, new: str) -> str:
    text = ET7.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "own.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as e:
        pack_file.load(path)
    said = str(e.value)
    assert "own.toml" in said and "\n" not in said
    return said


@pytest.mark.parametrize("series", [0, -96, 2, 401, 10**9])
def test_a_pack_of_none_or_too_many_cells_is_refused(tmp_path: Path, series: int) -> None:
    counted = f"[series]\nvalue = {series}\nlow = {series}\nhigh = {series}"
    assert f"series: value is {series}, allowed are whole numbers of 3 .. 400" in refusal(tmp_path, SERIES, counted)


@pytest.mark.parametrize("name", ["", "  ", "\\t", "two\\nlines", "\\u001b[31mred"])
def test_a_pack_without_a_name_of_one_line_is_refused(tmp_path: Path, name: str) -> None:
    assert "own.toml: name" in refusal(tmp_path, 'name = "NIO ET7 with WeLion 150 kWh"', f'name = "{name}"')


def test_half_a_cell_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, "[parallel]\nvalue = 4", "[parallel]\nvalue = 4.5")
    assert "parallel: value is 4.5, allowed are whole numbers of 1 .. 80" in said


def test_a_value_outside_its_own_range_is_refused(tmp_path: Path) -> None:
    assert "series: value 96.0 lies outside low 97.0 .. high 112.0" in refusal(tmp_path, "low = 92", "low = 97")


def test_a_pack_without_mass_is_not_one_of_zero_kg(tmp_path: Path) -> None:
    assert "mass_kg: value is 0, allowed are 0.001" in refusal(tmp_path, MASS, MASS.replace("575.0", "0.0"))


def test_a_missing_unit_and_an_unknown_status_are_refused(tmp_path: Path) -> None:
    assert "mass: extra inputs are not permitted" in refusal(tmp_path, "[mass_kg]", "[mass]")
    said = refusal(tmp_path, 'status = "disclosed"', 'status = "leaked"')
    assert "mass_kg.status" in said and "'leaked'" in said and "'assumed'" in said


def test_a_plain_number_is_refused(tmp_path: Path) -> None:
    plain = "series = 96\n[later]\nvalue = 96\nlow = 92\nhigh = 112"
    assert "series (it is 96)" in refusal(tmp_path, SERIES, plain)


def test_that_the_vehicle_must_be_heard_is_true_or_false_and_nothing_like_it(tmp_path: Path) -> None:
    assert not pack_file.load(ET7).heartbeat
    path = tmp_path / "told.toml"
    path.write_text("heartbeat = true\n" + ET7.read_text(encoding="utf-8"), encoding="utf-8")
    assert pack_file.load(path).heartbeat
    for given, said in (("1", "it is 1"), ('"yes"', "it is 'yes'")):
        assert f"heartbeat ({said}): input should be a valid boolean" in refusal(
            tmp_path, "[series]", f"heartbeat = {given}\n[series]"
        )
