"""A half-copied image boots the previous one: wherever the power fails, a board starts the old image or the new one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bms.bench import flashing
from firmware import boot, trial
from tests.unit.bench.flash_bench import TornFiles, image

OLD = image("old")
NEW = image("new", **{"main.py": b"run(2)\n", "firmware/soc.mpy": b"M\6soc"})
NEXT = image("next", **{"pack.bin": b"\1\0\0\0\3\0\0\0"})


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TornFiles:
    """An empty one; its launcher is short, so that a cut at each of its bytes can be tried."""
    launcher = tmp_path / "boot.py"
    launcher.write_bytes(b"# packmirror-image\n")
    monkeypatch.setattr(flashing, "_LAUNCHER_SOURCE", launcher)
    return TornFiles(tmp_path / "board")


def flashed(board: TornFiles, what: flashing.Image) -> flashing.Written:
    """Flash, start, confirm."""
    written = flashing.write(board, what)
    assert board.start() == (written.slot, what.files)
    board.confirm(written.slot)
    return written


def after_every_cut(board: TornFiles, what: flashing.Image) -> Iterator[int]:
    """Yields with the board as a cut at each step of flashing `what` leaves it; then it is flashed."""
    board.storage.left.clear()
    flashing.write(board, what)
    whole, left, folders = dict(board.storage.files), list(board.storage.left), set(board.folders)
    for cut, files in enumerate(left):
        board.storage.files = dict(files)
        yield cut
    board.storage.files, board.folders = whole, folders


def test_the_marks_of_the_launcher_are_those_of_the_firmware() -> None:
    assert boot.MANIFEST == "/" + trial.MANIFEST
    assert boot.STARTED == "/" + trial.STARTED
    assert boot.CONFIRMED == "/" + trial.CONFIRMED


def test_a_cut_at_every_step_of_an_update_starts_the_old_image_or_the_new_one_never_a_mixture(board: TornFiles) -> None:
    flashed(board, NEXT)
    flashed(board, OLD)
    cuts = 0
    for cuts in after_every_cut(board, NEW):
        _, files = board.start()
        assert files in (OLD.files, NEW.files)
        if files == OLD.files and cuts % 25 == 0:  # and it can be flashed again
            flashed(board, NEW)
    assert cuts > sum(map(len, NEW.files.values()))
    assert board.start()[1] == NEW.files


def test_a_cut_at_every_step_of_the_first_flash_leaves_nothing_or_the_whole_image(board: TornFiles) -> None:
    for _ in after_every_cut(board, OLD):
        assert board.start()[1] in ({}, OLD.files)
    assert board.start()[1] == OLD.files


def test_a_board_from_before_it_had_slots_runs_on_through_every_cut_and_is_kept_until_the_image_is_confirmed(
    board: TornFiles,
) -> None:
    old_main = b"from firmware.main import main\n"
    old = {"/main.py": old_main, "/pack.bin": b"\1", "/firmware/main.mpy": b"M\6", "/kept/state0": b"\7"}
    board.storage.files |= old
    board.folders |= {"/firmware", "/kept"}
    for _ in after_every_cut(board, NEW):
        main = board.storage.files["/main.py"]
        slot, files = board.start()
        if main == old_main:  # it starts as it ever did
            assert old.items() <= board.storage.files.items()
        else:
            assert (main, files) == (flashing._LAUNCHER_SOURCE.read_bytes(), NEW.files)
        assert slot == "" or files == NEW.files
    assert board.start()[1] == NEW.files
    assert board.start()[1] == NEW.files  # not confirmed, and no other slot is whole
    assert board.storage.files[boot.BEFORE] == old_main
    board.confirm("/a")
    flashed(board, NEXT)
    left = board.storage.files.keys()
    assert not left & {boot.BEFORE, "/pack.bin", "/firmware/main.mpy"} and "/kept/state0" in left


def test_another_main_program_is_kept_for_its_owner(board: TornFiles) -> None:
    board.storage.files["/main.py"] = b"blink()\n"
    flashed(board, OLD)
    flashed(board, NEW)
    assert board.storage.files[boot.BEFORE] == b"blink()\n"


def test_an_image_that_does_not_confirm_steps_back_at_the_next_start(board: TornFiles) -> None:
    flashed(board, OLD)
    assert flashing.write(board, NEW).previous == "old"
    assert board.start()[1] == NEW.files
    assert board.start()[1] == OLD.files
    assert flashed(board, NEW).slot == "/b"  # the slot of what does not start is the one that is written


def test_only_what_changed_is_sent(board: TornFiles) -> None:
    first = flashed(board, OLD)
    assert (first.copied_files, first.unchanged_files, first.previous) == (3, 0, None)
    second = flashed(board, NEW)  # two files come from the other slot
    assert (second.copied_files, second.unchanged_files, second.previous) == (2, 2, "old")
    assert second.copied_bytes == len(NEW.files["main.py"]) + len(NEW.files["firmware/soc.mpy"])
    third = flashed(board, OLD)  # they are all there
    assert (third.copied_files, third.copied_bytes, third.previous) == (0, 0, "new")
    assert [first.slot, second.slot, third.slot] == ["/a", "/b", "/a"]


@pytest.mark.parametrize("name", [*NEW.files, "manifest"])
def test_an_image_of_which_any_byte_is_changed_or_missing_is_not_started(board: TornFiles, name: str) -> None:
    flashed(board, OLD)
    slot = flashed(board, NEW).slot
    whole = dict(board.storage.files)
    data = whole[f"{slot}/{name}"]
    damaged = [data[:k] for k in range(len(data) - (name == "manifest"))]  # the last line feed says nothing
    damaged += [data[:k] + bytes([data[k] ^ 1 << k % 8]) + data[k + 1 :] for k in range(len(data))]
    for other in damaged:
        board.storage.files = {**whole, f"{slot}/{name}": other}
        files = board.start()[1]
        assert files == OLD.files or (name == "manifest" and other.rstrip() == data.rstrip())
    del board.storage.files[f"{slot}/{name}"]
    assert board.start()[1] == OLD.files


def test_a_board_that_keeps_something_else_than_was_written_is_not_started_anew(
    board: TornFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    flashed(board, OLD)
    board.storage.silent.add("/b/firmware/soc.mpy")
    with pytest.raises(RuntimeError, match=r"firmware/soc.mpy is changed"):
        flashing.write(board, NEW)
    assert board.start()[1] == OLD.files
