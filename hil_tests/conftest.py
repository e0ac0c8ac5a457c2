"""Fixtures of the hardware in the loop: `--target` picks where the firmware runs, the tests stay the same."""

import os

import pytest

from bms.bench import board_target, targets
from bms.bench.targets import Target
from bms.emulation.bq76952 import BQ76952
from bms.emulation.pack import Pack
from bms.errors import InputError
from hil_tests.bench import Bench, cells, monitor


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--target", action="append", default=None, help="python, webassembly, unix, arm32 or board")
    parser.addoption("--port", default=None, help="the serial port of the target board")
    parser.addoption("--interrupt", action="store_true", help="stop the program that runs on the target board")


_BOARD = pytest.StashKey[Target]()  # one for all tests: it is connected and loaded once


def pytest_configure(config: pytest.Config) -> None:
    port = config.getoption("--port")
    if (board_target.NAME in (config.getoption("--target") or [])) != (port is not None):
        raise pytest.UsageError("--target board and --port P belong together; give both, or none")
    if port is not None:
        config.stash[_BOARD] = board_target.chosen(board_target.NAME, port, bool(config.getoption("--interrupt")))


def pytest_sessionstart(session: pytest.Session) -> None:
    """A port that has no MicroPython to offer ends it before the first test."""
    if board := session.config.stash.get(_BOARD, None):
        try:
            board.require()
        except InputError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_unconfigure(config: pytest.Config) -> None:
    if board := config.stash.get(_BOARD, None):
        board.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "target" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--target") or ["python", "webassembly", "arm32"]
        metafunc.parametrize("target", wanted, indirect=True)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    return usable(request.param, request.config)


def usable(name: str, config: pytest.Config) -> Target:
    """A target that can run here; without it the test is skipped with the reason, and fails in CI."""
    found = config.stash[_BOARD] if name == board_target.NAME else targets.target(name)
    if reason := found.missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{found.name} must run in CI: {reason}")
        pytest.skip(reason)
    return found


@pytest.fixture
def pack() -> Pack:
    """Sixteen emulated cells at 80 %."""
    return cells()


@pytest.fixture
def afe() -> BQ76952:
    """The emulated monitor chip before them."""
    return monitor()


@pytest.fixture
def controller(target: Target, pack: Pack, afe: BQ76952) -> Bench:
    """The firmware on the chosen target, not started yet, with that pack and chip on its bus."""
    return Bench(target, pack, afe)
