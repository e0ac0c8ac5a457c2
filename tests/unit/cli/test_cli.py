"""The command under mistaken use: one sentence, status 2, and the folder is as it was."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from bms import cli
from tests.unit.cli.columns import log_columns, slow_columns

PACK = Path(cli.__file__).parent / "packs" / "quadricycle-fest77.toml"
ESTIMATE = "estimate {} --cell panasonic-ncr18650pf"
DEMO = "demo --target python --minutes 0.2 -o out"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("nonsense", "No such command 'nonsense'"),
        ("demo --target nonsense", "no target named 'nonsense': the nearest is"),
        ("demo --cycle uddss", "nearest is 'udds'"),
        ("demo --cycle absent.csv", "absent.csv cannot be read"),
        ("demo --pack quadricycle", "nearest is 'quadricycle-fest77'"),
        ("demo --pack a_file", "no pack named 'a_file'"),
        ("demo --pack ./a_file", "name: field required"),
        ("demo --ambient-c -300", "--ambient-c is -300: -35 .. 60"),
        ("demo --ambient-c nan", "--ambient-c is nan"),
        ("demo --ambient-c warm", "(it is 'warm')"),
        ("demo --minutes 0", "--minutes is 0: 0.1 .. 1440"),
        ("demo --minutes -1", "--minutes is -1"),
        ("demo --minutes nan", "--minutes is nan"),
        ("demo --minutes 1e9", "--minutes is 1e+09"),
        ("demo --start-soc 2", "--start-soc is 2: 0.05 .. 1"),
        ("demo --start-soc 80", "--start-soc is 80"),
        ("demo --seed -1", "(it is '-1')"),
        ("demo --seed 1.5", "(it is '1.5')"),
        ("demo --speed 3", "No such option: --speed"),
        (f"{DEMO} -o a_file", "a_file is no folder"),
        (f"{DEMO} -o a_file/below", "a_file is no folder"),
        ("words --pack nonsense", "no pack named 'nonsense'"),
        ("words --pack pack.toml -o pack.toml", "pack.toml is the file that is read"),
        ("words -o a_file/pack.bin", "a_file is no folder"),
        ("words -o folder.csv", "folder.csv is a folder"),
        ("parity --target nonsense", "known are compiled, python, webassembly"),
        ("parity --target compiled,nonsense --steps 100000000", "no target named 'nonsense'"),
        ("parity --target compiled,,arm32", "no target named ''"),
        ("parity --target compiled --steps 0", "greater than or equal to 1 (it is '0')"),
        ("parity --target compiled --steps -5", "(it is '-5')"),
        ("parity --target compiled --steps 1e6", "(it is '1e6')"),
        ("parity --target compiled --seed -1", "(it is '-1')"),
        ("estimate log.csv", "Missing option '--cell'"),
        ("estimate log.csv --cell panasonic", "nearest is 'panasonic-ncr18650pf'"),
        ("estimate log.csv --cell ./log.csv", "log.csv is not valid TOML"),
        ("estimate log.csv --cell absent.toml", "absent.toml cannot be read"),
        (ESTIMATE.format("absent.csv"), "absent.csv: there is no such file"),
        (ESTIMATE.format("folder.csv"), "it is a folder"),
        (ESTIMATE.format("."), "it is a folder"),
        (ESTIMATE.format("pack.toml"), "allowed are .csv, .parquet"),
        (ESTIMATE.format("n" * 300 + ".csv"), "File name too long"),
        (ESTIMATE.format("two\nlines.csv"), "two lines.csv: there is no such file"),
        (ESTIMATE.format("log.csv") + " --start-soc 80", "give a share (80 % is 0.8)"),
        (ESTIMATE.format("log.csv") + " --start-soc nan", "start SoC is nan"),
        (ESTIMATE.format("log.csv") + " --start-soc 80%", "(it is '80%')"),
        (ESTIMATE.format("log.csv") + " -o log.csv", "log.csv is the file that is read"),
        (ESTIMATE.format("log.csv") + " -o folder.csv/../log.csv", "is the file that is read"),
        (ESTIMATE.format("log.csv") + " -o a_file/out.csv", "a_file is no folder"),
        (ESTIMATE.format("log.csv") + " -o folder.csv", "folder.csv is a folder"),
        (ESTIMATE.format("log.csv") + " -o out.xlsx", "'.xlsx' is not a form of output"),
        (ESTIMATE.format("log.csv") + " -o out", "allowed is .csv or .parquet"),
        ("fit --ocv slow.csv --dynamic slow.csv -o cell.toml", "slow.csv: the file is given twice"),
        ("fit --ocv slow.csv --dynamic ./slow.csv -o cell.toml", "slow.csv: the file is given twice"),
        ("fit --dynamic log.csv -o cell.toml --start-soc 80", "told to start at SoC 80"),
        ("fit --dynamic log.csv -o cell.toml --capacity-ah 0", "told as 0 Ah"),
        ("fit --dynamic slow.csv -o cell.toml --start-soc 0.5 --capacity-ah 3", "the SoC would run from -50% to 50%"),
        ("fit --ocv slow.csv --dynamic absent.csv -o cell.toml", "absent.csv: there is no such file"),
        ("fit --ocv slow.csv --dynamic log.csv", "Missing option '-o' / '--out'"),
        ("fit --ocv slow.csv -o cell.toml", "Missing option '--dynamic'"),
        ("fit --ocv slow.csv --dynamic log.csv -o cell.csv", "ends in .toml"),
        ("fit --ocv slow.csv --dynamic log.csv -o a_file/cell.toml", "a_file is no folder"),
        ("fit --ocv slow.csv --dynamic log.csv -o cell.toml --capacity-ah 0", "told as 0 Ah"),
        ("fit --ocv slow.csv --dynamic log.csv -o cell.toml --capacity-ah 3000", "give it in Ah"),
        ("fit --ocv slow.csv --dynamic log.csv -o cell.toml --capacity-ah nan", "told as nan Ah"),
    ],
)
def test_a_mistake_in_the_command_is_one_sentence(refused, line: str, word: str) -> None:
    assert word in refused(line).err


def changed(name: str, change: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    columns = log_columns()
    return columns | {name: change(columns[name])}


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({k: v for k, v in log_columns().items() if k != "voltage_v"}, "column voltage_v is missing"),
        (changed("current_a", lambda x: np.where(np.arange(600) == 7, np.nan, x)), "column current_a is nan at row 8"),
        (changed("time_s", lambda x: np.where(x > 299, x - 50, x)), "backwards at row 301, from 299 s to 250 s"),
        ({k: np.delete(v, slice(100, 400)) for k, v in log_columns().items()}, "pauses for 301 s after row 100"),
        (changed("current_a", lambda x: 1000 * x), "looks like mA"),
        (changed("voltage_v", lambda x: 1000 * x), "looks like mV"),
        (changed("temperature_c", lambda x: x + 273.15), "looks like kelvin"),
        (changed("time_s", lambda x: 1000 * x), "if the column is in ms"),
        (changed("voltage_v", lambda x: 0 * x), "works between 2.5 and 4.2 V"),
        ({k: v[:1] for k, v in log_columns().items()}, "holds 1 row"),
        ({k: v[:0] for k, v in log_columns().items()}, "holds 0 rows"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_mistake_in_the_log_is_one_sentence(folder, refused, columns, word, form) -> None:
    path = folder / f"bad.{form}"
    if form == "csv":
        pyarrow.csv.write_csv(pa.table(columns), path)
    else:
        pyarrow.parquet.write_table(pa.table(columns), path)
    said = refused(f"{ESTIMATE.format(path.name)} -o new/out.csv").err
    assert word in said and path.name in said


def test_a_fit_to_tests_with_the_wrong_sign_or_unit_is_refused(folder, refused) -> None:
    pyarrow.csv.write_csv(pa.table(slow_columns(-1)), folder / "swapped.csv")
    pyarrow.csv.write_csv(pa.table(changed("current_a", lambda x: 1000 * x)), folder / "ma.csv")
    assert "change the sign" in refused("fit --ocv swapped.csv --dynamic log.csv -o cell.toml").err
    assert "looks like mA" in refused("fit --ocv slow.csv --dynamic ma.csv -o cell.toml").err


SERIES = "value = {0}\nlow = {0}\nhigh = {0}"


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (SERIES.format(16), SERIES.format(17), "not alike for 2 BQ76952"),
        (SERIES.format(16), SERIES.format(144), "up to eight BQ76952"),
        (SERIES.format(16), SERIES.format(0), "series: value is 0, allowed are whole numbers of 3 .. 400"),
        (SERIES.format(16), SERIES.format(1_000_000_000), "series: value is 1000000000, allowed are whole numbers"),
        (SERIES.format(16), SERIES.format('"many"'), "series.value (it is 'many')"),
        ("[series]\nvalue = 16", "[series]\nlow = 16\nvalue = 17", "not valid TOML"),
        ("[series]\nvalue = 16", "[series]\nvalue = 15", "series: value 15.0 lies outside low 16.0 .. high 16.0"),
        ("[series]", "[serie]", "series: field required"),
        ('status = "assumed"', 'status = "guessed"', "status (it is 'guessed')"),
        ('cell = "factorial-fest77"', 'cell = "factorial"', "nearest is 'factorial-fest77'"),
        ('vehicle = "light-quadricycle"', 'vehicle = "none.toml"', "none.toml cannot be read"),
        ("value = 16", "value = [", "not valid TOML"),
        (SERIES.format(16), SERIES.format("9" * 5000), "a number too long or lists too deep"),
        (SERIES.format(16), SERIES.format("[" * 5000 + "]" * 5000), "a number too long or lists too deep"),
        (SERIES.format(16), SERIES.format('"16"'), "series.value (it is '16'): input should be a valid number"),
        ("[parallel]\nvalue = 1", "[parallel]\nvalue = true", "parallel.value (it is True): input should be a valid"),
    ],
)
def test_a_mistake_in_a_pack_is_one_sentence(folder, refused, old, new, word) -> None:
    text = PACK.read_text()
    assert old in text
    (folder / "bad.toml").write_text(text.replace(old, new))
    assert word in refused(f"{DEMO} --pack bad.toml").err
    assert word in refused("words --pack bad.toml -o new.bin").err
