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


def test_each_try_to_set_a_lost_monitor_up_is_cleaned_up_after(
    resets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes 11 kB; nobody else cleans the heap for a minute, and a full one ends in a reset."""
    main = importlib.import_module("firmware.main")
    cleaned: list[int] = []

    class Lost(Exception):
        """Ends the loop."""

    class Controller(SimpleNamespace):
        ticks = 0

        def tick(self, _: int) -> int:
            self.ticks += 1
            self.cluttered = self.ticks % 2 == 0
            if self.ticks > 10:
                raise Lost
            return 10

    controller = Controller(prepare=lambda: True, done=0, period_ms=10, begun=0, cluttered=False)
    for name, value in (
        ("WDT", lambda timeout: SimpleNamespace(feed=lambda: None)), ("Trial", lambda: None),
        ("Telling", lambda *_: SimpleNamespace()), ("assemble", lambda *_: controller),
        ("gc", SimpleNamespace(disable=lambda: None)),
        ("_clean", lambda _: cleaned.append(controller.ticks)), ("pause", lambda _, now, *rest: now),
        ("time", SimpleNamespace(ticks_ms=lambda: 0, ticks_add=lambda a, b: 0, ticks_diff=lambda a, b: 0)),
    ):  # fmt: skip
        monkeypatch.setattr(main, name, value)
    monkeypatch.setattr(main.sys, "stdout", SimpleNamespace(buffer=SimpleNamespace(write=None)))
    with pytest.raises(Lost):
        main.run(None, None)
    assert cleaned == [0, 2, 4, 6, 8, 10]


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
