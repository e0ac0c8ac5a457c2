"""The kernels are judged on the board itself: a right one has no differing word, a wrong one is named."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bms.bench import doctor, serial_board
from bms.bench.serial_board import SerialBoard
from bms.bench.targets import TARGETS, Arm32
from bms.bench.verify import verify
from bms.bench.virtual_board import VirtualBoard
from bms.errors import InputError
from tests.unit.bench.terminal import behind_a_port

pytestmark = pytest.mark.skipif(bool(why := TARGETS["webassembly"].missing()), reason=str(why))


@pytest.fixture(scope="module")
def virtual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualBoard]:
    with VirtualBoard(tmp_path_factory.mktemp("flash")) as board:
        yield board


def test_every_word_on_the_virtual_board_is_the_desktops_and_its_flash_stays_empty(virtual: VirtualBoard) -> None:
    with SerialBoard(virtual.port) as board:
        result = verify(board, 2000)
    assert (result["steps"], result["mismatches"], result["code"]) == (2000, 0, "bytecode")
    assert not list(virtual.folder.iterdir())
    with SerialBoard(virtual.port) as board:  # all that was loaded has gone
        assert board.run("import sys\nprint([m for m in sys.modules if 'firmware' in m])") == "[]"


def test_native_code_of_32_bits_behind_a_port_that_has_no_raw_repl() -> None:
    arm32 = TARGETS["arm32"]
    assert isinstance(arm32, Arm32)
    if reason := arm32.missing():
        pytest.skip(reason)
    with behind_a_port([str(arm32.interpreter)]) as port, SerialBoard(port) as board:
        result = verify(board, 300)
    assert result["code"].startswith("native arm") and result["mismatches"] == 0 and result["steps"] == 300
    assert result["bytes_per_1000_steps"] == 0


def test_a_wrong_kernel_is_told_with_the_first_word_that_differs(
    virtual: VirtualBoard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A leak kernel whose answer is one too many: the others' words stay right."""
    wrong = (serial_board.ROOT / "firmware/kernels/leak.py").read_text().replace("    return ", "    return 1 + ")
    for path in [*(serial_board.ROOT / "firmware").rglob("*.py")]:
        copy = tmp_path / path.relative_to(serial_board.ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(wrong if path.name == "leak.py" else path.read_text())
    monkeypatch.setattr(serial_board, "ROOT", tmp_path)
    with SerialBoard(virtual.port) as board:
        result = verify(board, 1000)
    assert result["first"]["kernel"] == "leak" and result["first"]["word"] == 0
    assert result["first"]["board"] == result["first"]["desktop"] + 1
    assert result["mismatches"] == 30  # three in a hundred of the samples


def test_a_program_that_runs_is_stopped_only_when_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import machine, time\ntime.sleep_ms(700)\ntry:\n    while True: print(80 * '~'); time.sleep_ms(50)\n"
        "except BaseException:\n    open('opened', 'w').close()\nmachine.reset()\n"
    )
    with VirtualBoard(tmp_path) as virtual:
        with pytest.raises(InputError, match="--interrupt stops it"), SerialBoard(virtual.port):
            pass
        assert not (tmp_path / "opened").exists()
        with SerialBoard(virtual.port, interrupt=True) as board:
            assert board.run("print(1)") == "1"
    assert (tmp_path / "opened").exists()


def test_a_port_that_is_none_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no serial port"):
        serial_board.opened(str(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is no serial port"):
        serial_board.opened(str(tmp_path / "file"))
    with behind_a_port(["cat"]) as port, pytest.raises(InputError, match="check the port"), SerialBoard(port):
        pass


@pytest.mark.parametrize(
    ("answer", "said"),
    [(b"OK\x04\x04>", "check the port"), (b"OK(1, 2)\r\n\x04\x04>", "check the port"),
     (b"OK\xff\0\x04\x04>", "check the port"), (b"OK\x04\r\n\x04>", "said: nothing of why")],
)  # fmt: skip
def test_what_greets_as_a_board_and_answers_otherwise_is_told_in_one_sentence(answer: bytes, said: str) -> None:
    greeting = b"raw REPL; CTRL-B to exit\r\n"
    device = f"import os, tty\ntty.setraw(0)\nwhile os.read(0, 4096): os.write(1, {greeting + b'>' + answer!r})"
    refused = pytest.raises((InputError, RuntimeError), match=said)
    with behind_a_port([sys.executable, "-c", device]) as port, refused, SerialBoard(port):
        pass


def test_a_port_that_goes_as_it_is_asked_is_told_in_one_sentence(
    virtual: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(SerialBoard, "_raw", gone)
    monkeypatch.setattr(serial_board.SerialTransport, "close", gone)
    with pytest.raises(InputError, match="check the port"), SerialBoard(virtual.port):
        pass


def test_a_port_that_is_in_use_is_refused(virtual: VirtualBoard) -> None:
    with SerialBoard(virtual.port), pytest.raises(InputError, match="is busy"):
        serial_board.opened(virtual.port)


def test_the_doctor_finds_the_board_and_what_it_lacks(virtual: VirtualBoard) -> None:
    found = {f["what"]: f for f in doctor.findings([virtual.port, "/dev/none"])}
    assert "MicroPython 1.27" in found[virtual.port]["found"] and found[virtual.port]["state"] == "ok"
    assert found[f"{virtual.port} firmware"]["found"] == "not flashed"
    assert found["/dev/none"]["state"] == "missing"
    assert found[f"{virtual.port} flash"]["state"] == "ok" and "kB free" in found[f"{virtual.port} flash"]["found"]
    other = {f["what"]: f for f in doctor.findings([virtual.port], "rp2-pico")}
    assert other[f"{virtual.port} code"]["found"] == "bytecode, not armv6m"


def test_the_doctor_says_where_nothing_is_mounted_at_the_root(
    virtual: VirtualBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There MicroPython answers as for a folder that is not: no size."""
    monkeypatch.setattr(serial_board, "_ASK_WHO", serial_board._ASK_WHO.replace("statvfs('/')", "statvfs('/none')"))
    told = {f["what"]: f for f in doctor.findings([virtual.port])}[f"{virtual.port} flash"]
    assert (told["state"], told["found"]) == ("missing", "no file system at /")
    assert "littlefs" in told["do"] and "docs/hardware.md" in told["do"]


def test_too_little_heap_is_said_in_one_sentence_before_anything_is_loaded(virtual: VirtualBoard) -> None:
    with SerialBoard(virtual.port) as board:
        board.who = replace(board.who, free_bytes=40 * 1024)
        with pytest.raises(InputError, match=r"has 40 kB of heap free and the kernels take 64 kB; .* more RAM\.$"):
            verify(board, 100)
        assert board.run("import sys\nprint([m for m in sys.modules if 'firmware' in m])") == "[]"


@pytest.mark.parametrize(
    ("heads", "board", "state", "found"),
    [
        (["packmirror-image-1 7 abcd virtual"], "virtual", "ok", "image abcd for virtual"),
        (
            ["packmirror-image-1 7 abcd virtual", "packmirror-image-1 8 ef01 virtual"],
            None,
            "ok",
            "image ef01 for virtual",
        ),
        (
            ["packmirror-image-1 7 abcd rp2-pico"],
            "virtual",
            "missing",
            "image abcd for rp2-pico, which is another board",
        ),
        (["packmirror-image-9 7 abcd virtual"], "virtual", "missing", "an image of another version of packmirror"),
        (["\xff"], "virtual", "missing", "an image of another version of packmirror"),
    ],
)
def test_the_doctor_names_the_newest_image_and_what_to_do_about_another(
    virtual: VirtualBoard, heads: list[str], board: str | None, state: str, found: str
) -> None:
    folders = [virtual.folder / name for name in ("a", "b")]
    try:
        for folder, head in zip(folders, heads, strict=False):
            folder.mkdir()
            (folder / "manifest").write_text(head + "\n")
        told = {f["what"]: f for f in doctor.findings([virtual.port], board)}[f"{virtual.port} firmware"]
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
    assert (told["state"], told["found"]) == (state, found)
    assert ("bms flash --port" in told.get("do", "")) == (state == "missing")
