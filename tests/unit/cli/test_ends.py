"""How the command ends: its JSON alone on stdout, whole files, no traceback when it is stopped or its reader goes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bms.bench import targets

BMS = Path(sys.executable).with_name("bms")
ESTIMATE = "estimate log.csv --cell panasonic-ncr18650pf"
DEMO = "demo --target python --minutes 0.2 -o out"


def test_a_target_that_cannot_run_says_why(refused, bms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets.shutil, "which", lambda name: None)
    monkeypatch.setattr(targets.sys, "prefix", "/nowhere")
    monkeypatch.delenv("MICROPYTHON", raising=False)
    assert "there is no node >= 18; run `make demo`" in refused("demo").err
    assert "no `micropython` on the PATH" in refused("demo --target unix").err
    said = bms("parity", "--target", "compiled,unix,webassembly", "--steps", "500", "--json")
    assert said.status == 0 and said.err == ""
    result = json.loads(said.out)
    assert result["steps"] == 500 and result["targets"]["compiled"] == {"steps": 500, "mismatches": 0}
    assert all(set(result["targets"][name]) == {"skipped"} for name in ("unix", "webassembly"))


@pytest.mark.parametrize("program", ["/bin/true", "/bin/echo"])
def test_a_program_that_is_no_micropython_is_told_from_one(bms, monkeypatch, program) -> None:
    monkeypatch.setenv("MICROPYTHON", program)
    for line in ("demo --target unix -o new", "parity --target unix --steps 100"):
        said = bms(*line.split())
        assert said.status == 1 and "does not answer as a MicroPython" in said.err and said.err.count("\n") == 1


def test_json_is_all_that_a_drive_prints_and_its_files_are_whole(bms, folder) -> None:
    said = bms(*DEMO.split(), "--json")
    assert said.status == 0 and said.err == ""
    summary = json.loads(said.out)
    assert summary["target"] == "python" and summary["parity_mismatches"] == 0
    assert json.loads((folder / "out/summary.json").read_text()) == summary
    assert {p.name for p in (folder / "out").iterdir()} == {"summary.json", "report.html"}


def test_an_estimate_is_written_into_a_folder_that_it_makes(bms, folder) -> None:
    said = bms(*ESTIMATE.split(), "-o", "new/deep/out.csv", "--json")
    assert said.status == 0 and json.loads(said.out)["rows"] == 600 and said.err == ""
    assert {p.name for p in (folder / "new/deep").iterdir()} == {"out.csv", "out.html"}


@pytest.mark.parametrize("line", ["", "bench"])
def test_no_command_gets_the_help(bms, line: str) -> None:
    said = bms(*line.split())
    assert said.status == 2 and "Usage: bms" in said.out and said.err == ""


def test_an_interrupt_leaves_nothing_behind_and_nobody_running(folder: Path) -> None:
    hung = folder / "hung"
    hung.write_text("#!/bin/sh\necho '!v hung'\necho $$ >pid.new && mv pid.new pid\nexec sleep 60\n")
    hung.chmod(0o755)
    line, environment = [str(BMS), "demo", "--target", "unix", "-o", "new"], {**os.environ, "MICROPYTHON": str(hung)}
    with subprocess.Popen(line, stdout=-1, stderr=-1, text=True, cwd=folder, env=environment) as process:
        deadline = time.monotonic() + 20
        while not (folder / "pid").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")
    assert not (folder / "new").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "pid").read_text()), 0)


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_reader_that_goes_away_is_no_traceback(folder, more: list[str]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    line = [str(BMS), *ESTIMATE.split(), *more]
    done = subprocess.run(line, stdout=write_end, stderr=subprocess.PIPE, text=True, cwd=folder, check=False)
    os.close(write_end)
    assert done.returncode == 1 and done.stderr == ""
