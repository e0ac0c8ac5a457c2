"""The virtual board answers as a board on a serial port does, to the library that talks to boards."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mpremote.transport import TransportExecError
from mpremote.transport_serial import SerialTransport

from bms.bench.targets import TARGETS
from bms.bench.virtual_board import VirtualBoard

pytestmark = pytest.mark.skipif(bool(why := TARGETS["webassembly"].missing()), reason=str(why))
PATIENCE = 20  # s


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    with VirtualBoard(tmp_path / "flash") as running:
        yield running


@pytest.fixture
def repl(board: VirtualBoard) -> Iterator[SerialTransport]:
    transport = SerialTransport(board.port)
    transport.enter_raw_repl(soft_reset=False)
    yield transport
    transport.close()


def heard(repl: SerialTransport, ending: bytes) -> bytes:
    """What the board says, up to `ending`."""
    return repl.read_until(1, ending, timeout=PATIENCE)


def flashed(board: VirtualBoard, **files: str) -> None:
    for name, text in files.items():
        (board.folder / f"{name}.py").write_text(text)


def test_files_written_on_the_board_lie_in_the_folder_and_outlive_a_reset_and_a_power_cut(board, repl) -> None:
    repl.exec("import os\nos.mkdir('a')\nwith open('a/b.bin', 'wb') as f: f.write(bytes(range(256)))")
    assert (board.folder / "a/b.bin").read_bytes() == bytes(range(256))
    repl.enter_raw_repl(soft_reset=True)
    repl.exec("import os\nos.rename('a/b.bin', 'c.bin')\nos.rmdir('a')")
    board.cut_power()
    repl.enter_raw_repl(soft_reset=False)
    assert repl.eval("open('c.bin', 'rb').read()") == bytes(range(256))
    assert [path.name for path in board.folder.iterdir()] == ["c.bin"]
    with pytest.raises(TransportExecError, match=r"\[Errno 2\] ENOENT"):
        repl.exec("open('a/b.bin')")


def test_boot_and_main_run_at_a_soft_reset_but_main_not_under_the_raw_repl(board, repl) -> None:
    flashed(board, boot="x = 5\nprint('boot')", main="print('main', x)")
    repl.enter_raw_repl(soft_reset=True)
    assert repl.exec("print(x)") == b"5\r\n"
    repl.exit_raw_repl()
    heard(repl, b">>> ")
    repl.serial.write(b"\x04")
    assert heard(repl, b">>> ").endswith(b">>> ") and board.starts == 3
    repl.serial.write(b"x + 1\r")
    assert b"\r\n6\r\n" in heard(repl, b"\n>>> ")


@pytest.mark.parametrize("busy", ["while 1: pass", "import time\ntime.sleep(100)", "import sys\nsys.stdin.readline()"])
def test_ctrl_c_stops_what_runs_and_its_finally_is_run(busy: str, board, repl) -> None:
    body = "\n".join(f"    {line}" for line in busy.splitlines())
    repl.exec_raw_no_follow(f"try:\n{body}\nfinally:\n    print('opened')")
    time.sleep(0.2)
    repl.serial.write(b"\x03")
    out, error = repl.follow(PATIENCE)
    assert out == b"opened\r\n" and b"KeyboardInterrupt" in error
    assert repl.exec("print(2)") == b"2\r\n"


def test_ctrl_c_stops_main_and_gives_its_variables_to_the_repl(board, repl) -> None:
    flashed(board, main="y = 7\nprint('main')\nwhile True:\n    pass")
    repl.exit_raw_repl()
    repl.serial.write(b"\x04")
    heard(repl, b"main\r\n")
    repl.enter_raw_repl(soft_reset=False)
    assert repl.eval("y") == 7


def test_a_watchdog_that_is_not_fed_resets_the_board_and_says_so(board, repl) -> None:
    flashed(board, boot="import machine\ncause = machine.reset_cause()")
    repl.exec_raw_no_follow("import machine\nmachine.WDT(timeout=100)\nwhile True: pass")
    while board.starts < 2:
        time.sleep(0.05)
    repl.enter_raw_repl(soft_reset=False)
    assert repl.eval("cause == machine.WDT_RESET")


def test_a_board_that_nobody_listens_to_runs_on(board, repl) -> None:
    flashed(board, main="for k in range(3000): print('a line that nobody reads')\nopen('done', 'w').close()")
    repl.exit_raw_repl()
    repl.serial.write(b"\x04")
    until = time.monotonic() + PATIENCE
    while not (board.folder / "done").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert (board.folder / "done").exists()


def test_a_program_reads_the_line_as_it_comes(board, repl) -> None:
    repl.exec_raw_no_follow("import sys\nprint(sys.stdin.readline().upper())")
    repl.serial.write(b"hello\n")
    assert repl.follow(PATIENCE) == (b"HELLO\r\n\r\n", b"")


def test_wires_answer_for_pins_and_buses(tmp_path: Path) -> None:
    asked = []

    def wires(question: str) -> str:
        asked.append(question)
        return {"q": "0", "i": "0102", "o": "ok", "p": ""}[question[0]]

    with VirtualBoard(tmp_path, wires) as board:
        repl = SerialTransport(board.port)
        repl.enter_raw_repl(soft_reset=False)
        repl.exec("from machine import I2C, Pin\nbus = I2C(0)\nbuf = bytearray(2)")
        assert repl.eval("Pin(3, Pin.IN, Pin.PULL_UP).value()") == 0
        repl.exec("Pin(15, Pin.OUT, value=1)\nbus.readfrom_mem_into(8, 20, buf)\nbus.writeto_mem(8, 62, b'\\x05\\xff')")
        assert repl.eval("bytes(buf)") == b"\x01\x02"
        repl.close()
    assert asked == ["q 3", "p 15 1", "i 0 8 20 2", "o 0 8 62 05ff"]
