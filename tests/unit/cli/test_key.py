"""The key of signed commands, from a file into pack.bin: whole or refused, and never said."""

import json
from array import array
from pathlib import Path

import pytest

from firmware.config import Config
from tests.unit.cli.conftest import Command

KEY = bytes(range(100, 132))


def configured(path: Path) -> Config:
    return Config(array("i", path.read_bytes()))


@pytest.mark.parametrize(
    "held",
    [KEY, KEY.hex().encode(), KEY.hex().upper().encode() + b"\n", b" " + KEY.hex().encode() + b"\r\n"],
    ids=["raw", "hex", "a line", "spaces"],
)
def test_the_key_of_the_file_is_in_the_configuration(bms: Command, folder: Path, held: bytes) -> None:
    (folder / "key").write_bytes(held)
    assert bms("words", "--key", "key", "-o", "own/pack.bin").status == 0
    assert configured(folder / "own" / "pack.bin").key == KEY


def test_bytes_that_are_spaces_at_an_end_are_of_a_raw_key(bms: Command, folder: Path) -> None:
    raw = b"\n" + KEY[2:] + b" "
    (folder / "key").write_bytes(raw)
    assert bms("words", "--key", "key", "-o", "own.bin").status == 0
    assert configured(folder / "own.bin").key == raw


@pytest.mark.parametrize("shown", [(), ("--json",)])
def test_an_image_has_the_key_and_nothing_that_is_printed_or_beside_it_has(
    bms: Command, folder: Path, shown: tuple[str, ...]
) -> None:
    (folder / "key").write_text(KEY.hex())
    said = bms("build", "--board", "virtual", "--key", "key", "-o", "image", *shown)
    assert said.status == 0 and KEY.hex() not in (said.out + said.err).lower()
    assert configured(folder / "image" / "pack.bin").key == KEY
    holding = [p.name for p in (folder / "image").rglob("*") if p.is_file() and KEY in p.read_bytes()]
    assert holding == ["pack.bin"]
    assert KEY.hex() not in json.dumps(json.loads((folder / "image" / "manifest.json").read_text()))


def test_without_a_key_the_pack_has_none_and_waits_for_no_vehicle(bms: Command, folder: Path) -> None:
    assert bms("words", "-o", "own.bin").status == 0
    config = configured(folder / "own.bin")
    assert config.key == bytes(32) and not config.heartbeat


def test_a_vehicle_that_must_be_heard_is_told_in_the_packs_file(bms: Command, folder: Path) -> None:
    own = folder / "own.toml"
    own.write_text("heartbeat = true\n" + (folder / "pack.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert bms("words", "--pack", "own.toml", "-o", "own.bin").status == 0
    assert configured(folder / "own.bin").heartbeat


@pytest.mark.parametrize("verb", ["words -o new.bin", "build --board virtual -o new"])
@pytest.mark.parametrize(
    ("held", "said"),
    [
        (None, "there is no file key; make one with `openssl rand -hex 32`"),
        (b"", "key holds 0 bytes; it must hold 32 bytes, or 64 hexadecimal digits"),
        (KEY[:31], "key holds 31 bytes"),
        (KEY + b"\n", "key holds 33 bytes"),
        (KEY.hex().encode()[:63], "key holds 63 bytes"),
        (KEY[:16].hex().encode(), "key holds 32 bytes that are hexadecimal digits"),
        (b"g" + KEY.hex().encode()[1:], "key holds 64 bytes"),
        (KEY * 1000, "key holds more"),
        (bytes(32), "key holds zeros alone, which stand for no key"),
        (b"0" * 64, "key holds zeros alone"),
    ],
)
def test_what_is_no_key_is_refused_before_anything_is_written(
    refused: Command, folder: Path, verb: str, held: bytes | None, said: str
) -> None:
    if held is not None:
        (folder / "key").write_bytes(held)
    err = refused(f"{verb} --key key").err
    assert said in err and (not held or held.hex() not in err)


def test_a_folder_is_no_key_and_the_key_is_not_written_over(refused: Command, folder: Path) -> None:
    assert "folder.csv cannot be read" in refused("words -o new.bin --key folder.csv").err
    (folder / "key").write_bytes(KEY)
    assert "key is the file that is read" in refused("words -o key --key key").err
