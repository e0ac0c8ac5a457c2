"""An image on trial stays once the controller runs, and not before."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware import trial


@pytest.fixture
def slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of an image that has just been started on trial."""
    (tmp_path / trial.MANIFEST).write_text("packmirror-image-1 12 0123456789abcdef rp2-pico\n")
    (tmp_path / trial.STARTED).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_three_seconds_of_a_running_controller_confirm_it(slot: Path) -> None:
    tried = trial.Trial()
    assert (tried.serial, tried.confirmed) == (12, 0)
    for _ in range(1000):
        tried.passed(SimpleNamespace(running=False, period_ms=100))
    for _ in range(trial.TRIAL_MS // 100 - 1):
        tried.passed(SimpleNamespace(running=True, period_ms=100))
    assert not tried.confirmed and not (slot / trial.CONFIRMED).exists()
    tried.passed(SimpleNamespace(running=True, period_ms=100))
    assert tried.confirmed and (slot / trial.CONFIRMED).exists()
    assert trial.Trial().confirmed == 1


def test_an_image_without_a_slot_needs_no_confirmation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tried = trial.Trial()
    assert (tried.serial, tried.confirmed) == (0, 1)
    for _ in range(100):
        tried.passed(SimpleNamespace(running=True, period_ms=100))
    assert not list(tmp_path.iterdir())


def test_a_flash_that_refuses_is_asked_again(slot: Path) -> None:
    (slot / trial.CONFIRMED).mkdir()  # cannot be opened as a file
    tried = trial.Trial()
    tried.confirmed = 0
    for _ in range(100):
        tried.passed(SimpleNamespace(running=True, period_ms=100))
    assert not tried.confirmed
    (slot / trial.CONFIRMED).rmdir()
    for _ in range(trial.TRIAL_MS // 100):
        tried.passed(SimpleNamespace(running=True, period_ms=100))
    assert tried.confirmed
