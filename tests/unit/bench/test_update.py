"""`bms flash` against the virtual board: what is unplugged, interrupted or wrong leaves the image before running."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bms import demo
from bms.bench import board_port, flashing, image, update
from bms.bench.board_port import BoardPort
from bms.bench.targets import TARGETS
from bms.bench.told import Lines
from bms.bench.virtual_board import VirtualBoard
from bms.bench.wired_pack import WiredPack
from bms.emulation import pack_file
from bms.errors import InputError

pytestmark = pytest.mark.skipif(bool(why := TARGETS["webassembly"].missing()), reason=str(why))
QUADRICYCLE = Path(pack_file.__file__).parents[1] / "packs" / "quadricycle-fest77.toml"
PATIENCE_S = 90.0  # for a virtual board on a busy machine
SAYS = "import time\nopen('confirmed', 'w').close()\nwhile True:\n    print('image', {!r})\n    time.sleep_ms(100)\n"


def small(name: str) -> flashing.Image:
    """It confirms itself and says its name, again and again."""
    files = {"main.py": SAYS.format(name).encode(), "pack.bin": name.encode() * 3000}
    return flashing.Image("virtual", "", name, files)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    """With the small image `old`, which runs."""
    with VirtualBoard(tmp_path / "flash") as running:
        with BoardPort(running.port) as port:
            flashing.write(port.stop(), small("old"))
            port.restart()
        assert said(running) == "image old"
        yield running


def said(board: VirtualBoard) -> str:
    """The last line that the board has put on its console, once it has said which image it is."""
    lines, end = Lines(), time.monotonic() + PATIENCE_S
    with BoardPort(board.port) as port:
        for _ in port.listen(lines, PATIENCE_S):
            if lines.text.startswith("image") or time.monotonic() > end:
                break
    return lines.text


def test_an_update_is_started_and_its_unchanged_files_are_not_sent(board: VirtualBoard) -> None:
    new = replace(small("new"), files=small("old").files | {"main.py": SAYS.format("new").encode()})
    with BoardPort(board.port) as port:
        written = flashing.write(port.stop(), new)
        port.restart()
    assert (written.copied_files, written.unchanged_files, written.previous) == (1, 1, "old")
    assert said(board) == "image new"


def test_a_board_that_loses_power_in_the_middle_of_a_flash_starts_the_image_before(
    board: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(done: int, total: int) -> None:
        monkeypatch.setattr(board_port, "ANSWER_S", 2.0)  # a board without power answers no more
        board.cut_power()

    with BoardPort(board.port) as port, pytest.raises(RuntimeError, match="what it started before is untouched"):
        flashing.write(port.stop(), small("new"), cut)
    assert said(board) == "image old"


def test_ctrl_c_in_the_middle_of_a_flash_starts_the_image_before(board: VirtualBoard) -> None:
    def press(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update.update(board.port, small("new"), press)
    assert said(board) == "image old"


def test_a_second_ctrl_c_while_the_board_is_started_again_does_not_leave_it_stopped(
    board: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = BoardPort._prompts

    def again(port: BoardPort) -> bool:
        monkeypatch.setattr(BoardPort, "_prompts", prompts)
        raise KeyboardInterrupt

    def press(done: int, total: int) -> None:
        monkeypatch.setattr(BoardPort, "_prompts", again)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update.update(board.port, small("new"), press)
    assert said(board) == "image old"


def test_a_board_that_is_lost_while_a_file_is_read_is_told_in_a_sentence_alone(
    board: VirtualBoard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(board_port, "ANSWER_S", 2.0)
    with BoardPort(board.port) as port:
        files = port.stop()
        monkeypatch.setattr(files, "exists", lambda path: not board.cut_power())
        with pytest.raises(RuntimeError, match=r"^The board (was lost at|refuses) /main\.py"):
            files.read("/main.py")
    assert capsys.readouterr().out == ""


def test_an_image_for_another_board_is_refused_and_the_one_before_runs_on(board: VirtualBoard) -> None:
    with pytest.raises(InputError, match=r"is for rp2-pico \(RP2040, armv6m\), .* is a JS with Emscripten"):
        update.update(board.port, replace(small("new"), board="rp2-pico", architecture="armv6m"), lambda *_: None)
    assert said(board) == "image old"


PICO, PICO2, SF6 = "Raspberry Pi Pico with RP2040", "Raspberry Pi Pico 2 with RP2350", "PYBD-SF6W with STM32F767IIK"


@pytest.mark.parametrize(
    ("board", "native", "machine", "version", "takes"),
    [
        ("rp2-pico", 4, PICO, 6, True),
        ("rp2-pico", 4, PICO, 7, False),  # a MicroPython to come, whose .mpy are other
        ("rp2-pico", 7, PICO2, 6, False),  # it could run the code, but its pins are wired otherwise
        ("rp2-pico2", 7, PICO2, 6, True),
        ("rp2-pico2", 8, PICO2, 6, True),
        ("rp2-pico2", 11, PICO2, 6, False),  # its RISC-V cores
        ("stm32", 8, SF6, 6, True),
        ("stm32", 7, "NUCLEO-F446RE with STM32F446xx", 6, False),  # without room for it
        ("stm32", 7, "PYBD-SF2W with STM32F722IEK", 6, False),
        ("esp32", 10, "Generic ESP32 module with ESP32", 6, True),
        ("esp32", 10, "Generic ESP32S3 module with ESP32S3", 6, False),
    ],
)
def test_a_board_takes_what_was_built_for_its_processor(
    board: str, native: int, machine: str, version: int, takes: bool
) -> None:
    chosen = image.BOARDS[board]
    module = image.compiled(b"@micropython.viper\ndef f(): pass\n", Path("f.py"), chosen.architecture)
    what = flashing.Image(board, chosen.architecture, "0", {"f.mpy": module})
    assert update.fits(what, version | 3 << 8 | native << 10, machine) == takes


def test_a_board_without_can_does_not_close_a_pack_whose_vehicle_must_be_heard(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("heartbeat = true\n" + QUADRICYCLE.read_text(encoding="utf-8"), encoding="utf-8")
    image.build("virtual", demo.configuration(str(own)), tmp_path / "image")
    pack = WiredPack(demo.plant(demo.Drive()))
    with VirtualBoard(tmp_path / "flash", pack) as board:
        assert update.update(board.port, flashing.load(tmp_path / "image"), lambda *_: None)["confirmed"]
        with BoardPort(board.port) as port:
            last = [told.figures() for told in port.listen(Lines(), 3) if told][-1]
    assert last["trips"] == ["vehicle silent"]
    assert not any(closed for _, closed in pack.switched)


def test_an_image_that_is_confirmed_and_one_that_fails_and_ctrl_c_over_closed_contactors(tmp_path: Path) -> None:
    image.build("virtual", demo.configuration("quadricycle-fest77"), tmp_path / "image")
    good = flashing.load(tmp_path / "image")
    broken = replace(good, id="broken", files=good.files | {"pack.bin": good.files["pack.bin"][:-4]})
    pack = WiredPack(demo.plant(demo.Drive()))
    with VirtualBoard(tmp_path / "flash", pack) as board:
        first = update.update(board.port, good, lambda *_: None)
        assert (first["confirmed"], first["previous"], first["started"]) == (True, None, good.id), first
        assert first["copied_files"] == len(good.files)
        with BoardPort(board.port) as port:
            modes = [told.figures()["mode"] for told in port.listen(Lines(), 6) if told]
        assert modes[-1] == "drive" and pack.switched[-1][1]
        second = update.update(board.port, broken, lambda *_: None)
        assert pack.switched[1][1] is False  # Ctrl-C has opened what was closed
        assert (second["confirmed"], second["started"], second["copied_files"]) == (False, good.id, 1), second
        assert "ValueError: configuration" in second["last_words"]
    assert not board.failure
