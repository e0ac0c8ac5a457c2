"""Fixtures of the hardware in the loop: `--target` picks where the firmware runs, the tests stay the same."""

import os

import pytest

from bms.bench import board_target
from bms.bench.targets import Target
from hil_tests.bench import Bench


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target", action="append", default=None, help="where the firmware runs: python, webassembly, unix, arm32, board"
    )
    parser.addoption("--port", default=None, help="the serial port of the target board")


def pytest_configure(config: pytest.Config) -> None:
    wanted = board_target.NAME in (config.getoption("--target") or [])
    if wanted != bool(config.getoption("--port")):
        raise pytest.UsageError("--target board and --port P belong together; give both, or none")


def pytest_unconfigure() -> None:
    if _board.cache_info().currsize:
        _board(None).close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "target" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--target") or ["python", "webassembly", "arm32"]
        metafunc.parametrize("target", wanted, indirect=True)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    return usable(request.param)


def usable(name: str) -> Target:
    """A target that can run here; without it the test is skipped with the reason, and fails in CI."""
    found = targets.target(name)
    if reason := found.missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{found.name} must run in CI: {reason}")
        pytest.skip(reason)
    return found


@pytest.fixture
def bench(target: Target) -> Bench:
    """Sixteen emulated cells at 80 % behind an emulated monitor, the firmware not started yet."""
    return Bench(target)
