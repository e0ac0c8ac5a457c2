"""The very files of a flash image, compiled for the target, started as by a board, up to a pack that drives."""

from dataclasses import replace
from functools import cache

import pytest

from bms import demo
from bms.bench import booting, flashing, imaged, targets
from bms.bench.booting import Booted
from firmware import boot, unloading
from hil_tests.bench import Bench, cells, monitor

MOST_HELD = 96_000  # bytes of heap from the launcher on: it, the board's wiring and the console, and the controller
ARCHITECTURES = {"arm32": imaged.ARCHITECTURE}


class Board(Booted):
    """Of a bench, that drives a UDDS."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench, bench.target)
        self.bench = bench

    def run(self, seconds: float) -> None:
        self.bench.plant.take(self.bench.part(seconds, 170))
        self.start()


@pytest.fixture(params=ARCHITECTURES)
def board(request: pytest.FixtureRequest) -> Board:
    found = targets.target(request.param)
    if reason := found.missing():
        pytest.skip(reason)
    return Board(Bench(found, cells(), monitor()))


@pytest.fixture
def made(board: Board) -> flashing.Image:
    return built(ARCHITECTURES[board.target.name])


@cache
def built(architecture: str) -> flashing.Image:
    return booting.built(demo.configuration("quadricycle-fest77"), architecture)


def test_a_built_image_boots_from_its_slot_and_drives_and_confirms_itself(board: Board, made: flashing.Image) -> None:
    board.install("/a", made, 3, confirmed=False)
    board.run(20)
    assert board.bench.plant.ended
    assert [told.confirmed for told in board.told][:1] + [told.confirmed for told in board.told][-1:] == [False, True]
    last = board.told[-1].figures()
    assert (last["mode"], last["trips"], last["image"]["serial"]) == ("drive", [], 3)
    assert [message for _, message in board.heard[:3]] == ["k 0", "p 0", "D 1000"]  # open, then watched, then the rest
    assert board.lines.damaged == 0 and last["free_bytes"] > 0
    modules = {path: origin for path, origin in board.origins.items() if path.endswith(".mpy")}
    unneeded = "firmware.drivers.stack"  # one monitor is none
    gone = {f"/a/{name.replace('.', '/')}.mpy" for name in (*unloading.STARTING, unneeded)}
    assert "/a/firmware/joined.mpy" in modules and gone < set(modules)
    assert modules == {path: "not loaded" if path in gone else path for path in modules}
    assert board.held_bytes <= MOST_HELD


def test_a_monitor_that_is_reset_is_set_up_anew_by_what_a_running_board_still_has(
    board: Board, made: flashing.Image
) -> None:
    board.install("/a", made, 3)
    board.bench.at(8.0, board.bench.chip.reset)
    board.run(30)
    last = board.told[-1].figures()
    assert not board.resets and (last["mode"], last["trips"]) == ("drive", [])
    switched = [closed for time, closed in board.bench.switched if 8 <= time < 29]
    assert switched == [False, True]  # it opened, and closed again behind the settings that were written anew


def test_ctrl_c_opens_a_closed_pack_before_anything_else_and_it_starts_again_after_a_pause(
    board: Board, made: flashing.Image
) -> None:
    board.install("/a", made, 3)
    board.interrupt_s = 8.0
    board.run(30)
    at = next(k for k, (_, message) in enumerate(board.heard) if message == "ctrl-c")
    assert board.bench.switched[1][1] and [m for _, m in board.heard[:at] if m.startswith("k")][-1] == "k 1"
    pressed, opened, reset = board.heard[at], board.heard[at + 1], board.resets
    assert opened == (pressed[0], "k 0")
    assert len(reset) == 1 and reset[0].endswith(" KeyboardInterrupt:")
    again = [time for time, message in board.heard[at:] if message == "k 1"]
    assert again and again[0] - pressed[0] >= boot.PAUSE_S


def test_a_new_image_that_fails_steps_back_to_the_one_before(board: Board, made: flashing.Image) -> None:
    broken = replace(made, files=made.files | {"pack.bin": made.files["pack.bin"][:-4]})
    board.install("/a", made, 3)
    board.install("/b", broken, 4, confirmed=False)
    board.run(10)
    assert len(board.resets) == 1 and "ValueError: configuration" in board.resets[0]
    assert board.told[-1].serial == 3 and board.told[-1].figures()["mode"] == "drive"


def test_a_new_image_for_another_processor_steps_back(board: Board, made: flashing.Image) -> None:
    """Its native code cannot be loaded; the launcher resets, and the next start takes the other slot."""
    files = {path: data[:2] + bytes([0x2E | data[2] & 3]) + data[3:] if path.endswith(".mpy") else data
             for path, data in made.files.items()}  # fmt: skip
    board.install("/a", made, 3)
    board.install("/b", replace(made, files=files), 4, confirmed=False)
    board.run(10)
    assert len(board.resets) == 1 and board.told[-1].serial == 3


def test_without_a_monitor_nothing_closes_the_watchdog_is_fed_and_a_trial_is_not_confirmed(
    board: Board, made: flashing.Image
) -> None:
    board.install("/a", made, 1, confirmed=False)
    board.bench.fault = lambda time, reply: ""
    board.run(10)
    assert not board.resets and not board.told
    assert not any(closed for _, closed in board.bench.switched)


def test_no_whole_image_ends_in_the_repl(board: Board, made: flashing.Image) -> None:
    board.install("/a", made, 3)
    del board.files["/a/firmware/joined.mpy"]
    board.run(10)
    assert not board.resets and not board.heard


def test_an_image_whose_copy_was_cut_off_never_runs_and_the_one_before_does(board: Board, made: flashing.Image) -> None:
    """A file of it is half there, and those after it are not; its manifest tells."""
    board.install("/a", made, 3)
    board.install("/b", made, 4, confirmed=False)
    copied = [path for path in board.files if path.startswith("/b/") and path.endswith(".mpy")]
    half = len(copied) // 2
    board.files[copied[half]] = board.files[copied[half]][: len(board.files[copied[half]]) // 2]
    for path in copied[half + 1 :]:
        del board.files[path]
    board.run(10)
    assert not board.resets and not any(origin.startswith("/b") for origin in board.origins.values())
    assert board.told[-1].serial == 3 and board.told[-1].figures()["mode"] == "drive"
