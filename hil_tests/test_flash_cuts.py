"""The power fails while an image is copied into littlefs itself: the board starts the image before, or the new one."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from bms.bench import flashing
from bms.emulation.flash import Flash
from bms.emulation.storage import PowerCut
from hil_tests.littlefs_board import LittleFsBoard

BLOCKS = 48  # of 4 KiB


def image(name: str, **changed: bytes) -> flashing.Image:
    """Some small files; `changed` ones differ from those of another image."""
    files = {"main.py": b"run()\n", "pack.bin": b"\1\0\0\0\2\0\0\0", "firmware/main.mpy": b"M\6main", **changed}
    return flashing.Image("rp2-pico", "armv6m", name, files)


BEFORE = image("before", **{"pack.bin": b"\1\0\0\0\3\0\0\0"})
OLD = image("old")
LARGE = random.Random(1).randbytes(6000)  # more than a block
NEW = image("new", **{"main.py": b"run(2)\n", "firmware/soc.mpy": LARGE, "firmware/drivers/bus.mpy": b"M\6bus"})


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LittleFsBoard:
    """With an image in each slot; the launcher that the new one brings is another."""
    launcher = tmp_path / "boot.py"
    monkeypatch.setattr(flashing, "_LAUNCHER_SOURCE", launcher)
    made = LittleFsBoard(Flash(BLOCKS), tmp_path / "board")
    launcher.write_bytes(b"# packmirror-image, the launcher of before\n")
    for what in (BEFORE, OLD):
        made.confirm(flashing.write(made, what).slot)
    launcher.write_bytes(b"# packmirror-image, the launcher of now\n" * 10)
    made.restart()
    return made


def starts(board: LittleFsBoard) -> dict[str, bytes]:
    board.restart()
    assert (board.read("/main.py") or b"").startswith(b"# packmirror-image")
    return board.start()


def flash_through(board: LittleFsBoard, cuts: Iterable[int]) -> tuple[int, int]:
    """How often a cut after so many bytes programmed or erased has left the old image, and how often the new one."""
    before, old, new = bytes(board.flash.content), 0, 0
    for number, cut in enumerate(cuts):
        board.flash.content[:] = before
        board.restart()
        board.flash.cut = board.flash.touched + cut
        with pytest.raises(PowerCut):
            flashing.write(board, NEW)
        files = starts(board)
        assert files in (OLD.files, NEW.files), f"neither image after {cut} bytes"
        old, new = old + (files == OLD.files), new + (files == NEW.files)
        if number % 50 == 0:  # and it can be flashed again
            flashing.write(board, NEW)
            assert starts(board) == NEW.files
    return old, new


def bytes_of_a_flash(board: LittleFsBoard) -> int:
    before, begun = bytes(board.flash.content), board.flash.touched
    flashing.write(board, NEW)
    needed = board.flash.touched - begun
    assert starts(board) == NEW.files
    board.flash.content[:] = before
    return needed


def test_a_cut_at_any_of_five_hundred_bytes_leaves_the_old_image_or_the_new_one(board: LittleFsBoard) -> None:
    draw, needed = random.Random(2), bytes_of_a_flash(board)
    old, new = flash_through(board, sorted(draw.sample(range(needed), 500)))
    assert old > 100 and new > 5


@pytest.mark.slow
@pytest.mark.long
def test_a_cut_at_every_byte_leaves_the_old_image_or_the_new_one(board: LittleFsBoard) -> None:
    needed = bytes_of_a_flash(board)
    old, new = flash_through(board, range(needed))
    assert old + new == needed > 20_000
