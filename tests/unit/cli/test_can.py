"""`bms can`: a DBC that tools read, a page that is up to date, and logs said in words."""

import json
import os
from pathlib import Path
from typing import Any

import can
import cantools
import pytest

from bms import cli
from bms.bench import dbc
from bms.report import can_doc
from firmware import readings as of
from tests.unit.firmware.can_bench import Pack

PAGE = Path(cli.__file__).parents[1] / "docs" / "can.md"


@pytest.fixture
def log(folder: Path) -> Path:
    """Three seconds of a pack, as candump -l writes them."""
    pack = Pack()
    for k in range(16):
        pack.cell_uv[k] = 3_700_000 + 1000 * k
    pack.readings[of.CURRENT_MA] = 12_340
    for _ in range(30):
        pack.tick()
    path = folder / "drive.log"
    frames = enumerate(pack.wire.out)
    lines = [f"({k * 0.01:.6f}) can0 {identifier:03X}#{data.hex().upper()}" for k, (identifier, data) in frames]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_page_is_the_tables():
    assert PAGE.read_text() == can_doc.text(), "run `bms can --write docs/can.md`"


def test_dbc_of_a_pack_has_its_cells_and_no_others(bms, tmp_path):
    path = tmp_path / "pack.dbc"
    assert bms("can", "--write", str(path), "--pack", "module-quantumscape-qse5").status == 0
    database: Any = cantools.database.load_file(path)
    names = database.get_message_by_name("cell_voltages").signal_tree[0]["group"]
    series = round(dbc.pack_file.load("module-quantumscape-qse5").series.value)
    assert [name for group in names.values() for name in group] == [f"cell_{k + 1}" for k in range(series)]
    state = database.get_message_by_name("pack_state")
    assert (state.frame_id, state.cycle_time, state.length) == (0x120, 100, 8)


def test_pack_of_too_many_cells_is_refused(bms):
    done = bms("can", "--write", "x.dbc", "--pack", "karma-kaveya-fest77")
    assert done.status == 2 and "192 cells in series" in done.err


def test_log_is_said_in_words(bms, log):
    done = bms("can", "decode", str(log))
    assert done.status == 0
    assert "pack_state: mode off, reaction 0, soc_min 0 %" in done.out
    assert "stack: current 12.34 A" in done.out
    assert "cell_voltages: cell_1 3.7 V, cell_2 3.701 V, cell_3 3.702 V, cell_4 3.703 V" in done.out
    assert "not to be believed" not in done.out


def test_frame_that_fails_its_check_is_marked(bms, log):
    lines = log.read_text().splitlines()
    at = next(k for k, line in enumerate(lines) if " 120#" in line)
    lines[at] = lines[at][:-1] + ("1" if lines[at][-1] != "1" else "2")
    log.write_text("\n".join(lines))
    said = bms("can", "decode", str(log), "--json", "--only", "pack_state").out
    rows = [json.loads(line) for line in said.splitlines()]
    assert [row["trouble"] for row in rows].count("wrong check") == 1 and len(rows) >= 25
    assert rows[-1]["units"]["soc_min"] == "%"


def test_csv_and_python_cans_files_say_the_same(bms, log, tmp_path):
    frames = [line.split(" can0 ") for line in log.read_text().splitlines()]
    table = tmp_path / "drive.csv"
    rows = [f"{when.strip('()')},0x{frame[:3]},{frame[4:]}" for when, frame in frames]
    table.write_text("time_s,identifier,data\n" + "\n".join(rows) + "\n")
    other = tmp_path / "drive.blf"
    with can.Logger(other) as writer:
        for when, frame in frames:
            writer(
                can.Message(
                    timestamp=float(when.strip("()")), arbitration_id=int(frame[:3], 16), is_extended_id=False,
                    data=bytes.fromhex(frame[4:]),
                )
            )  # fmt: skip
    said = [bms("can", "decode", str(path)).out for path in (log, table)]
    assert said[0] == said[1]
    assert [line[12:] for line in bms("can", "decode", str(other)).out.splitlines()] == [
        line[12:] for line in said[0].splitlines()
    ]


def test_frames_of_other_kinds_on_the_same_bus_are_passed_over(bms, log):
    said = bms("can", "decode", str(log)).out
    others = ["18FF50E5#0011223344556677", "00000120#0011223344556677", "123#R", "120#R8", "120##30011", "20000004#00"]
    log.write_text("".join(f"(0.0) can0 {frame}\n" for frame in others) + log.read_text())
    done = bms("can", "decode", str(log))
    assert done.status == 0 and done.out == said


@pytest.mark.parametrize("line", ["(1.2.3) can0 120#0011223344556677", "--,120,0011223344556677", "1e,120,00"])
def test_a_time_that_is_no_number_is_refused(bms, tmp_path, line):
    (tmp_path / "bad.log").write_text(line + "\n")
    done = bms("can", "decode", str(tmp_path / "bad.log"))
    assert done.status == 2 and "bad.log:1: " in done.err and "is no frame" in done.err


@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "."])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(bms, tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    done = bms("can", "decode", str(tmp_path / name))
    assert done.status == 2 and "is no regular file" in done.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["can"], "Nothing to do"),
        (["can", "--write", "pack.txt"], "allowed is .dbc or .md"),
        (["can", "decode", "no-such.log"], "cannot be read"),
        (["can", "decode", "LOG", "--only", "pack_stat"], "the nearest is 'pack_state'"),
        (["can", "decode", "BAD"], "is no frame"),
        (["can", "decode", "EMPTY.blf"], "is it a .blf log"),
    ],
)
def test_bad_input_ends_in_one_sentence(bms, log, tmp_path, line, says):
    bad, empty = tmp_path / "bad.csv", tmp_path / "empty.blf"
    bad.write_text("time_s,identifier,data\n0.1,hello,world\n")
    empty.write_bytes(b"")
    line = [{"LOG": str(log), "BAD": str(bad), "EMPTY.blf": str(empty)}.get(word, word) for word in line]
    done = bms(*line)
    assert done.status == 2 and says in done.err and done.err.count("\n") == 1
