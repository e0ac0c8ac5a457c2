"""However the controller ends, its outputs open, why is written down, and the board resets: at any place of it."""

import importlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from bms.bench.targets import TARGETS
from firmware import boot

ERRORS = (KeyboardInterrupt, MemoryError, SystemExit, ValueError)


@pytest.fixture
def resets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each reset of the board."""
    happened: list[str] = []
    machine = ModuleType("machine")
    vars(machine).update(WDT=None, Pin=None, reset=lambda: happened.append("reset"))
    monkeypatch.setitem(sys.modules, "machine", machine)
    monkeypatch.delitem(sys.modules, "firmware.main", raising=False)
    return happened


@pytest.mark.parametrize("error", ERRORS)
def test_a_controller_that_fails_before_its_outputs_are_wired_says_so_and_resets(
    error: type[BaseException], resets: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = importlib.import_module("firmware.main")

    def wired() -> None:
        raise error("here")

    monkeypatch.setattr(main, "LAST_WORDS", str(tmp_path / "words"))
    main.main(SimpleNamespace(wired=wired))
    assert resets == ["reset"]
    assert (tmp_path / "words").read_text() == f"{error.__name__}: here\n"


@pytest.mark.parametrize("trial", [True, False])
@pytest.mark.parametrize("error", ERRORS)
def test_an_image_that_fails_before_its_controller_says_so_and_the_board_resets(
    error: type[BaseException], trial: bool, resets: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while its modules are loaded; a confirmed image as well, whose board would else stay in the REPL."""
    (tmp_path / "main.py").write_text(f"raise {error.__name__}('here')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(boot, "choose", lambda: (str(tmp_path), trial, []))
    monkeypatch.setattr(boot, "CONFIRMED", "/main.py")
    monkeypatch.setattr(boot, "LAST_WORDS", str(tmp_path / "words"))
    boot.run()
    assert resets == ["reset"]
    assert (tmp_path / "words").read_text() == f"{error.__name__}: here\n"


def test_a_heap_that_is_full_does_not_keep_the_outputs_closed_nor_the_reason_back() -> None:
    arm32 = TARGETS["arm32"]
    if reason := arm32.missing():
        pytest.skip(reason)
    heard: list[str] = []
    arm32.run("exhausted", lambda message: heard.append(message) or "")
    _, words, opened, reset = heard
    assert words.startswith("l MemoryError: memory allocation failed") and (opened, reset) == ("k 2", "q")
