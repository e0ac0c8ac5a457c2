"""The firmware on a board at a serial port: word for word the desktop's, and void where the board is too slow."""

from collections.abc import Iterator

import pytest

from bms import demo
from bms.bench import board_target
from bms.bench.board_target import Board
from bms.bench.hil import catalogue, runner
from bms.bench.hil.case import Verdict
from bms.bench.serial_board import SerialBoard
from bms.bench.targets import TARGETS
from bms.bench.virtual_board import VirtualBoard
from bms.errors import InputError

SLOW = """
import drive, time
_call = drive.Recorder.__call__
def _slow(recorder):
    time.sleep_ms(150)
    _call(recorder)
drive.Recorder.__call__ = _slow
"""


class SlowBoard(Board):
    """Every tick takes 150 ms more."""

    def _load(self, board: SerialBoard, entry: str) -> None:
        super()._load(board, entry)
        board.run(SLOW)


@pytest.fixture(scope="module")
def virtual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBoard]:
    if why := TARGETS["webassembly"].missing():
        pytest.skip(why)
    with VirtualBoard(tmp_path_factory.mktemp("flash")) as board:
        yield board


def test_a_drive_on_a_board_differs_in_no_word_and_leaves_nothing_behind(
    virtual: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_target, "TICK_MS", 10_000)  # other work on this machine may hold the virtual board up
    monkeypatch.setattr(board_target, "_BEGIN_MS", 10_000)
    board = board_target.chosen("board", virtual.port)
    try:
        summary = demo.run(demo.Drive(minutes=0.1), board).summary
    finally:
        board.close()
    assert summary["parity_mismatches"] == 0 and summary["ticks"] > 50
    assert summary["board_ticks"] >= summary["ticks"]
    assert 0 < summary["board_ms_per_tick_mean"] < summary["with_the_line_ms_per_tick_mean"]
    assert not list(virtual.folder.iterdir())
    with SerialBoard(virtual.port) as free:
        assert free.run("import sys\nprint([m for m in sys.modules if 'firmware' in m or m == 'drive'])") == "[]"


def test_a_tick_that_takes_the_board_too_long_voids_the_run_and_the_next_run_begins_anew(virtual: VirtualBoard) -> None:
    board = SlowBoard(virtual.port)
    try:
        for _ in range(2):
            result = runner.run_case(catalogue.case("interlock"), board)
            assert result.verdict is Verdict.VOID and "tick took the board" in result.why
    finally:
        board.close()


def test_what_names_no_board_is_refused_in_one_sentence() -> None:
    with pytest.raises(InputError, match="--port"):
        board_target.chosen("board", None).require()
    with pytest.raises(InputError, match="There is no serial port"):
        board_target.chosen("board", "/dev/none").require()
    with pytest.raises(InputError, match="leave one of them out"):
        board_target.chosen("python", "/dev/none")
    with pytest.raises(InputError, match="nearest is 'board'"):
        board_target.chosen("bord", None)
