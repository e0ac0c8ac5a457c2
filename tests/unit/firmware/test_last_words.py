"""Last words that cannot be kept, or read, do not keep a board from starting its program."""

from pathlib import Path

import pytest

from firmware import boot


@pytest.mark.parametrize("fault", ["none", "no room", "no text"])
def test_a_board_starts_whatever_became_of_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    paths = {name: tmp_path / name.lower() for name in ("LAST_WORDS", "TOLD", "WHY", "BEFORE")}
    for name, path in paths.items():
        monkeypatch.setattr(boot, name, str(path))
    monkeypatch.setattr(boot, "SLOTS", (str(tmp_path / "a"), str(tmp_path / "b")))
    monkeypatch.setattr(boot.time, "sleep", lambda _: None)
    paths["LAST_WORDS"].write_bytes(b"\xff\xfe" if fault == "no text" else b"ValueError: what was wrong")
    if fault == "no room":
        paths["TOLD"].mkdir()  # cannot be written
    paths["BEFORE"].write_text(f"open({str(tmp_path / 'started')!r}, 'w').close()")
    boot.run()
    assert (tmp_path / "started").exists()
    assert paths["LAST_WORDS"].exists() == (fault != "none")
