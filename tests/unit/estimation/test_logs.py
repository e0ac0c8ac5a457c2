"""A log that cannot be right is refused with one sentence that says what, where and what to do; real ones are read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from bms.cells.record import check_scale
from bms.errors import InputError
from bms.estimation.logs import Log, read

MEASURED = Path(__file__).parents[3] / ".." / "shared" / "data" / "cells"

Columns = dict[str, np.ndarray]


def drive(n: int = 2000, dt: float = 0.1) -> Columns:
    """A log like those of a drive cycle: current in both directions, never long at rest."""
    time = np.arange(n) * dt
    current = 3 + 4 * np.sin(time / 7)
    return {
        "time_s": time,
        "current_a": current,
        "voltage_v": 3.7 - 0.03 * current,
        "temperature_c": np.full(n, 25.0),
    }


@pytest.fixture(params=[".csv", ".parquet"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[dict], Path]:
    def write(columns: dict) -> Path:
        path, table = tmp_path / f"drive{request.param}", pa.table(columns)
        if request.param == ".csv":
            pyarrow.csv.write_csv(table, path)
        else:
            pyarrow.parquet.write_table(table, path)
        return path

    return write


def refused(path: Path, **options: float) -> str:
    with pytest.raises(InputError) as e:
        read(path, **options)
    said = str(e.value)
    assert path.name in said and "\n" not in said and said.endswith(".")
    return said


def with_hole(columns: Columns, start: int, stop: int) -> Columns:
    return {name: np.delete(values, slice(start, stop)) for name, values in columns.items()}


def test_a_log_comes_back_in_si_units(written) -> None:
    columns = drive()
    log = read(written(columns))
    assert log.name.startswith("drive.") and len(log) == 2000
    assert log.time == pytest.approx(columns["time_s"])
    assert log.current == pytest.approx(columns["current_a"]) and log.voltage == pytest.approx(columns["voltage_v"])
    assert log.temperature == pytest.approx(np.full(2000, 298.15))
    assert log.temperature.dtype == np.float64 and log.soc is None and log.ah_discharged is None


def test_single_precision_and_integer_columns_are_read(written) -> None:
    columns = drive(400, 1.0) | {"temperature_c": np.full(400, 25, np.int64)}
    log = read(written(columns | {"voltage_v": columns["voltage_v"].astype(np.float32)}))
    assert log.voltage.dtype == np.float64 and log.temperature[0] == 298.15


def test_the_truth_is_taken_from_soc_or_a_counter_and_other_columns_may_hold_anything(written) -> None:
    columns = drive() | {"soc": np.linspace(0.9, 0.5, 2000), "ah_discharged": np.linspace(0, 1, 2000)}
    log = read(written(columns | {"chamber_c": np.full(2000, np.nan)}))
    assert log.soc is not None and log.soc[-1] == 0.5
    assert log.ah_discharged is not None and log.ah_discharged[-1] == 1.0


def test_two_totals_make_one_counter(written) -> None:
    totals = {"ah_discharge_tot": np.linspace(0, 2, 2000), "ah_charge_tot": np.linspace(0, 0.5, 2000)}
    log = read(written(drive() | totals))
    assert log.ah_discharged is not None and log.ah_discharged[-1] == 1.5


def test_a_misspelt_column_is_met_with_its_right_name(written) -> None:
    columns = drive()
    columns["curent_A"] = columns.pop("current_a")
    assert "column current_a is missing, the nearest is 'curent_A'" in refused(written(columns))


def test_a_missing_column_is_named_beside_what_was_found(written) -> None:
    columns = drive()
    del columns["temperature_c"]
    said = refused(written(columns))
    assert "temperature_c is missing" in said and "current_a, voltage_v" in said


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["time_s", "current_a", "voltage_v", "temperature_c"])
def test_a_value_that_is_no_number_is_refused_with_its_row(written, name: str, bad: float) -> None:
    columns = drive()
    columns[name][41] = bad
    said = refused(written(columns))
    assert f"column {name} is {bad} at row 42" in said


def test_text_in_a_column_is_refused_with_its_row(written) -> None:
    columns: dict = drive(5)
    columns["current_a"] = ["1.0", "2.0", "3,5", "1.0", "2.0"]
    assert "column current_a is '3,5' at row 3" in refused(written(columns))


def test_time_that_runs_backwards_is_refused_with_both_values(written) -> None:
    columns = drive()
    columns["time_s"][100:] -= 5
    said = refused(written(columns))
    assert "runs backwards at row 101" in said and "9.9 s to 5 s" in said


def test_one_repeated_time_stamp_is_a_step_change_of_the_cycler_and_its_later_row_counts(written) -> None:
    columns = drive()
    columns["time_s"][100] = columns["time_s"][99]
    log = read(written(columns))
    assert log.repeated == 1 and len(log) == 1999
    assert log.current[99] == pytest.approx(columns["current_a"][100]) and np.all(np.diff(log.time) > 0)


def test_time_stamps_rounded_to_seconds_are_refused(written) -> None:
    columns = drive()
    columns["time_s"] = np.floor(columns["time_s"])
    assert "time_s repeats, 0 s stands in row 1 and in row 2" in refused(written(columns))


def test_a_hole_under_load_is_refused_with_its_place_and_length(written) -> None:
    said = refused(written(with_hole(drive(20_000), 5_000, 11_000)))
    assert "pauses for 600.1 s after row 5000 (time_s 499.9 to 1100)" in said and "at most 60 s" in said


def test_the_gap_limit_can_be_raised(written) -> None:
    path = written(with_hole(drive(20_000), 5_000, 11_000))
    assert len(read(path, gap_limit=700.0)) == 14_000


def test_a_hole_that_begins_at_a_traffic_light_is_refused_too(written) -> None:
    columns = drive(20_000)
    columns["current_a"][4_800:5_000] = 0.0
    assert "pauses for 600.1 s" in refused(written(with_hole(columns, 5_000, 11_000)))


def test_a_pause_after_a_minute_of_rest_is_a_logger_asleep(written) -> None:
    columns = drive(20_000)
    columns["current_a"][4_300:5_000] = 0.0
    assert len(read(written(with_hole(columns, 5_000, 11_000)))) == 14_000


def test_a_counter_that_stood_still_explains_a_pause_and_one_that_ran_on_does_not(written) -> None:
    columns = with_hole(drive(20_000), 5_000, 11_000)
    still = columns | {"ah_discharged": np.zeros(14_000)}
    ran = columns | {"ah_discharged": np.where(np.arange(14_000) < 5_000, 0.0, 0.4)}
    assert len(read(written(still))) == 14_000
    assert "pauses for 600.1 s" in refused(written(ran))


def test_a_log_of_one_sample_every_two_minutes_has_no_gaps(written) -> None:
    assert len(read(written(drive(200, 120.0)))) == 200


@pytest.mark.parametrize(
    ("column", "scale", "shift", "hint"),
    [
        ("voltage_v", 1000, 0, "looks like mV"),
        ("voltage_v", 16, 0, "voltage of one cell"),
        ("temperature_c", 1, 273.15, "looks like kelvin"),
        ("temperature_c", 5, 0, "sensor failed"),
    ],
)
def test_a_column_in_another_unit_is_refused(written, column: str, scale: float, shift: float, hint: str) -> None:
    columns = drive()
    columns[column] = columns[column] * scale + shift
    said = refused(written(columns))
    assert f"column {column} is" in said and "at row 1," in said and hint in said


def test_soc_in_percent_is_refused(written) -> None:
    assert "column soc" in refused(written(drive() | {"soc": np.linspace(90, 50, 2000)}))


def test_a_log_in_milliampere_is_told_by_the_cell_it_belongs_to(written) -> None:
    columns = drive()
    check_scale(read(written(columns)), capacity_ah=2.9)
    columns["current_a"] *= 1000
    with pytest.raises(InputError, match="looks like mA"):
        check_scale(read(written(columns)), capacity_ah=2.9)


def test_a_long_rest_does_not_hide_that_the_log_is_in_milliampere(written) -> None:
    columns = drive()
    columns["current_a"] *= 1000
    columns["current_a"][:1800] = 0
    with pytest.raises(InputError, match="looks like mA"):
        check_scale(read(written(columns)), capacity_ah=2.9)


def test_one_absurd_current_is_named_with_its_time(written) -> None:
    columns = drive()
    columns["current_a"][70] = 400.0
    with pytest.raises(InputError, match=r"400 A at time_s 7, beyond 20C"):
        check_scale(read(written(columns)), capacity_ah=2.9)


def test_a_log_at_rest_throughout_has_no_scale_to_complain_of(written) -> None:
    check_scale(read(written(drive() | {"current_a": np.zeros(2000)})), capacity_ah=2.9)


def test_files_that_are_no_logs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "header.csv").write_text("time_s,current_a,voltage_v,temperature_c\n")
    (tmp_path / "broken.parquet").write_bytes(b"not parquet at all")
    (tmp_path / "ragged.csv").write_text("time_s,current_a,voltage_v,temperature_c\n1,2\n1,2,3,4\n")
    (tmp_path / "semicolons.csv").write_text("time_s;current_a;voltage_v;temperature_c\n0;1;3,7;25\n")
    (tmp_path / "log.mat").write_bytes(b"\0")
    (tmp_path / "folder.csv").mkdir()
    assert "is empty" in refused(tmp_path / "empty.csv")
    assert "is empty" in refused(tmp_path / "header.csv") or "0 rows" in refused(tmp_path / "header.csv")
    assert "cannot be read as parquet" in refused(tmp_path / "broken.parquet")
    assert "cannot be read as csv" in refused(tmp_path / "ragged.csv")
    assert "separated by ';'" in refused(tmp_path / "semicolons.csv")
    assert ".csv, .parquet" in refused(tmp_path / "log.mat")
    assert "no such file" in refused(tmp_path / "absent.csv")
    assert "no such file" in refused(tmp_path / "folder.csv")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t * 1e4, "if the column is in ms"),
        (lambda t: t / 3600 / 10, "if the column is in hours"),
        (lambda t: t * 1e300, "rises by 1e+299 s"),
        (lambda t: np.where(np.arange(2000) < 700, t, t + 1.7e9), "after row 700"),
    ],
)
def test_a_clock_that_cannot_be_in_seconds_is_refused(written, change, said: str) -> None:
    columns = drive()
    assert said in refused(written(columns | {"time_s": change(columns["time_s"])}))


@pytest.mark.skipif(not MEASURED.is_dir(), reason="the measured cells are not on this machine")
def test_every_measured_log_is_read_with_its_real_pauses() -> None:
    paths = sorted(MEASURED.glob("*/*.parquet"))
    assert paths
    for path in paths:
        log = read(path)
        check_scale(log, capacity_ah=2.05 if path.parent.name.startswith("a123") else 2.79)
        assert isinstance(log, Log) and log.repeated <= 1 and np.all(np.diff(log.time) > 0)
        assert log.ah_discharged is not None


@pytest.mark.skipif(not MEASURED.is_dir(), reason="the measured cells are not on this machine")
def test_a_hole_cut_into_a_measured_drive_is_refused(tmp_path: Path) -> None:
    table = pyarrow.parquet.read_table(MEASURED / "panasonic_18650pf" / "p25C__US06.parquet")
    path = tmp_path / "us06.parquet"
    pyarrow.parquet.write_table(pa.concat_tables([table.slice(0, 10_000), table.slice(20_000)]), path)
    assert "pauses for" in refused(path)
