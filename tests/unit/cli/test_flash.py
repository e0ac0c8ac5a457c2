"""What `bms flash` and `bms monitor` refuse, before anything is written anywhere."""

import pytest

from bms.bench.targets import TARGETS
from bms.bench.virtual_board import VirtualBoard
from tests.unit.cli.conftest import Command


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("flash --port nowhere", "Name either a --board"),
        ("flash --port nowhere --board rp2-pico --image image", "Name either a --board"),
        ("flash --port nowhere --board pico", "There is no board named 'pico': the nearest is 'rp2-pico'"),
        ("flash --port nowhere --image folder --key a_file", "--key goes into an image that is built"),
        ("flash --port nowhere --board virtual --key none", "--key: there is no file none"),
        ("flash --port nowhere --image folder.csv", "folder.csv holds no whole image"),
        ("flash --port nowhere --board virtual", "nowhere cannot be opened"),
        ("monitor --port nowhere", "nowhere cannot be opened"),
        ("monitor --port log.csv", "log.csv cannot be opened"),
    ],
)
def test_it_is_refused_in_one_sentence(refused: Command, line: str, said: str) -> None:
    assert said in refused(line).err


@pytest.mark.skipif(bool(why := TARGETS["webassembly"].missing()), reason=str(why))
def test_a_board_that_tells_nothing_is_named_and_not_disturbed(bms: Command, folder) -> None:
    flash = folder / "flash"
    flash.mkdir()
    (flash / "main.py").write_text("import time\nwhile True:\n    print('busy')\n    time.sleep_ms(100)\n")
    with VirtualBoard(flash) as board:
        said = bms("monitor", "--port", board.port, "--seconds", "2", "--json")
        again = bms("monitor", "--port", board.port, "--seconds", "2")
    assert (said.status, said.out) == (1, "") and "has told nothing, but 'busy'" in said.err
    assert again.status == 1 and "'busy'" in again.err
