"""An estimate over a log: the firmware's own numbers, no time and no charge lost, one row out for each row in."""

from array import array
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from bms.cells import library
from bms.cells.schema import Cell
from bms.errors import InputError
from bms.estimation import run, tables
from bms.estimation.logs import Log
from bms.estimation.parameters import capacity_mc, parameters
from bms.estimation.run import estimate
from bms.estimation.samples import samples
from firmware import cell as firmware_cell
from firmware import start
from firmware.kernels import soc


@pytest.fixture(scope="module")
def cell() -> Cell:
    return library.load("panasonic-ncr18650pf")


def a_log(cell: Cell, time: np.ndarray, current: np.ndarray | float, begin: float = 0.6) -> Log:
    """A log of a cell with 30 mOhm; its counter counts each row's current since the row before."""
    amps = np.broadcast_to(np.asarray(current, float), time.shape).copy()
    counter = (1 - begin) * cell.capacity_ah.value + np.cumsum(amps * np.diff(time, prepend=time[0])) / 3600
    share = 1 - counter / cell.capacity_ah.value
    voltage = np.interp(share, tables.OCV_SOC, tables.ocv(cell)) - 0.03 * amps
    return Log(Path("drive.csv"), time, amps, voltage, np.full(time.shape, 298.15), ah_discharged=counter)


@pytest.fixture
def drive(cell) -> Log:
    time = np.arange(0, 600, 0.1)
    return a_log(cell, time, 2 + 2 * np.sin(time / 9))


def test_each_row_is_what_the_firmware_computes_from_the_same_samples(cell, drive):
    result = estimate(drive, cell)
    par, i_ma = array("i", parameters(cell).tolist()), np.rint(drive.current * 1000).astype(int)
    v_uv = np.rint(drive.voltage * 1e6).astype(int)
    state = start.blind(par, capacity_mc(cell), int(i_ma[0]), int(v_uv[0]), 25000)
    words = [(state[soc.SOC_Q21], state[soc.SD_Q16], state[soc.ERR_UV])]
    for k in range(1, len(drive)):
        firmware_cell.step(state, par, int(i_ma[k]), int(v_uv[k]), 25000, 100)
        words.append((state[soc.SOC_Q21], state[soc.SD_Q16], state[soc.ERR_UV]))
    soc_q21, sd_q16, err_uv = np.array(words).T
    assert np.array_equal(result.soc, soc_q21 / 2**21)
    assert np.array_equal(result.sd, sd_q16 / 2**16)
    assert np.array_equal(result.voltage_error, err_uv / 1e6)


def test_a_blind_start_finds_a_rested_cell(cell):
    result = estimate(a_log(cell, np.arange(0, 300, 1.0), 0.0, begin=0.4), cell)
    assert result.final.soc == pytest.approx(0.4, abs=0.02)
    assert result.final.low < 0.4 < result.final.high
    assert result.blind and result.restarts == 0


def test_a_told_start_is_where_the_estimate_begins(cell, drive):
    result = estimate(drive, cell, 0.75)
    assert result.soc[0] == pytest.approx(0.75, abs=1e-6)
    assert result.sd[0] == pytest.approx(run.START_SD, abs=1e-4)
    assert not result.blind


@pytest.mark.parametrize("interval", [0.0333, 0.1, 0.7004, 2.0003, 10.02, 55.0])
def test_no_time_and_no_charge_is_lost_at_any_sampling_interval(cell, interval):
    time = np.arange(0, 1500, interval)
    log = a_log(cell, time, 1.5 + np.sin(time))
    assert log.ah_discharged is not None
    i_ma, _, _, dt_ms, reached = samples(log, cell).steps(slice(1, len(time)))
    assert dt_ms.sum() == round(time[-1] * 1000) and reached[-1] == len(dt_ms)
    assert dt_ms.min() >= 1 and dt_ms.max() <= 2000
    moved = log.ah_discharged[-1] - log.ah_discharged[0]
    assert np.sum(i_ma * dt_ms.astype(float)) / 3.6e9 == pytest.approx(moved, abs=1e-4)


def test_rows_less_than_a_millisecond_apart_do_not_stop_the_run(cell, drive):
    time = np.insert(drive.time, 5, drive.time[4] + 0.0002)
    assert len(estimate(a_log(cell, time, 1.0), cell).soc) == len(time)


def test_a_cell_rests_in_a_gap_whatever_current_follows(cell):
    time = np.r_[np.arange(0, 120, 1.0), np.arange(7200, 7260, 1.0)]
    log = a_log(cell, time, 0.0)
    pulse = replace(log, current=np.r_[np.zeros(120), np.full(60, 2.5)], ah_discharged=None)
    i_ma, *_, dt_ms, reached = samples(pulse, cell).steps(slice(1, len(time)))
    gap = slice(int(reached[118]), int(reached[119]) - 1)
    assert not i_ma[gap].any() and dt_ms[gap].sum() > 7_000_000
    result = estimate(pulse, cell)
    assert result.soc[120] == pytest.approx(result.soc[119], abs=0.02), "2.5 A for two hours would empty it"


def test_the_estimate_begins_anew_where_charge_moved_outside_the_log(cell):
    early = a_log(cell, np.arange(0, 300, 1.0), 0.0, begin=0.9)
    late = a_log(cell, np.arange(9000, 9300, 1.0), 0.0, begin=0.4)
    fields = ("time", "current", "voltage", "temperature", "ah_discharged")
    log = Log(Path("pulses.csv"), *(np.r_[getattr(early, f), getattr(late, f)] for f in fields[:4]))
    result = estimate(replace(log, ah_discharged=np.r_[early.ah_discharged, late.ah_discharged]), cell, 0.9)
    assert result.restarts == 1
    assert result.soc[300] == pytest.approx(0.4, abs=0.06)  # it presumes C/3 before it; the cell rested
    assert result.final.soc == pytest.approx(0.4, abs=0.02)


def test_a_counter_that_did_not_begin_at_a_full_cell_is_no_truth(cell, drive):
    charged = replace(drive, ah_discharged=np.linspace(0, -2.0, len(drive)))
    assert estimate(charged, cell).soc_true is None
    assert estimate(charged, cell).rmse is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"temperature": np.full(6000, 273.15 - 41)}, "temperature_c is -41 degC at time_s 0"),
        ({"voltage": np.full(6000, 6.6)}, "voltage_v is 6.6 V at time_s 0"),
        ({"current": np.full(6000, 2500.0)}, "looks like mA"),
    ],
)
def test_what_the_kernel_cannot_take_is_refused(cell, drive, change, said):
    with pytest.raises(InputError, match=said):
        estimate(replace(drive, **change, ah_discharged=None), cell)


def test_a_start_in_percent_is_refused(cell, drive):
    with pytest.raises(InputError, match=r"80 % is 0\.8"):
        estimate(drive, cell, 80)


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_every_row_is_written_with_its_interval(cell, drive, tmp_path, name):
    result = estimate(drive, cell)
    run.write(result, tmp_path / name)
    read = {".csv": pyarrow.csv.read_csv, ".parquet": pyarrow.parquet.read_table}[Path(name).suffix]
    table = read(tmp_path / name)
    assert table.column_names == [
        "time_s", "soc", "soc_sd", "soc_low", "soc_high", "voltage_error_v", "soc_true",
    ]  # fmt: skip
    assert table.num_rows == len(drive)
    assert np.allclose(table["soc"].to_numpy(), result.soc, atol=1e-6)
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_an_unknown_form_of_output_is_refused_and_nothing_is_written(cell, drive, tmp_path):
    with pytest.raises(InputError, match=r"'.xlsx' is not a form of output, allowed is .csv or .parquet"):
        run.write(estimate(drive, cell), tmp_path / "out.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_said(cell, drive, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        run.write(estimate(drive, cell), tmp_path / "file" / "out.csv")


def test_a_start_is_as_certain_as_it_is_told(cell, drive):
    doubtful, usual = (estimate(drive, cell, 0.6, start_sd=sd) for sd in (0.3, run.START_SD))
    assert doubtful.sd[0] == pytest.approx(0.3, abs=1e-3)
    assert usual.sd[0] == pytest.approx(run.START_SD, abs=1e-3)


def test_a_capacity_told_low_counts_a_charge_for_more(cell):
    time = np.arange(0, 1800, 1.0)
    log = a_log(cell, time, 2.0, begin=0.9)
    told, low = (estimate(log, cell, 0.9, capacity_share=share) for share in (1.0, 0.9))
    assert low.soc[60] < told.soc[60]  # nothing is corrected much yet


def test_a_log_from_a_row_on_keeps_its_truth(cell, drive):
    later = drive.since(100)
    assert len(later) == len(drive) - 100 and later.time[0] == drive.time[100]
    assert later.ah_discharged is not None and later.ah_discharged[0] == drive.ah_discharged[100]
    assert later.soc is None and later.name == drive.name
