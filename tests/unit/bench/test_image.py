"""A flash image is whole, small enough, and what the board's main program needs."""

import hashlib
import json
from array import array
from pathlib import Path

import pytest

from bms import demo
from bms.bench import image
from bms.errors import InputError
from firmware.config import Config


@pytest.mark.parametrize("name", image.BOARDS)
def test_an_image_is_below_200_kb_and_every_file_is_what_the_manifest_says(name: str, tmp_path: Path) -> None:
    manifest = image.build(name, demo.configuration("quadricycle-fest77"), tmp_path)
    assert manifest["bytes"] <= 200_000 and manifest == json.loads((tmp_path / image.MANIFEST).read_text())
    for path, file in manifest["files"].items():
        data = (tmp_path / path).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    assert Config(array("i", (tmp_path / "pack.bin").read_bytes())).cells == 16


def test_what_a_board_does_not_need_is_left_out() -> None:
    names = {str(path) for path in image.modules("pico")}
    assert {"firmware/main.py", "firmware/boards/pico.py", "firmware/kernels/guard.py"} <= names
    assert not {"firmware/boards/esp32.py", "firmware/drivers/can_port.py"} & names


def test_every_board_has_the_can_controller_that_it_can_have() -> None:
    for board in image.BOARDS.values():
        names = {str(path) for path in image.modules(board.module)}
        assert "firmware/listening.py" in names
        if board.module == "virtual":
            assert not {"firmware/drivers/can_port.py", "firmware/drivers/mcp2515.py"} & names
            continue
        mine, other = ("can_port", "mcp2515") if board.module == "stm32" else ("mcp2515", "can_port")
        assert f"firmware/drivers/{mine}.py" in names and f"firmware/drivers/{other}.py" not in names


def test_an_unknown_board_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="rp2-pico"):
        image.build("pico", demo.configuration("quadricycle-fest77"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_image_that_is_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="1000 are allowed"):
        image.build("rp2-pico", demo.configuration("quadricycle-fest77"), tmp_path)
    assert not list(tmp_path.iterdir())
