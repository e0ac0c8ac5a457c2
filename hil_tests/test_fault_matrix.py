"""Every case of the fault matrix (bms/bench/hil), as `bms hil` runs it; 32-bit ARM in .ci/run, which takes longer."""

from collections.abc import Iterator

import pytest

from bms.bench.hil import catalogue, runner
from bms.bench.hil.case import Case, Verdict
from bms.bench.kept import Kept, kept
from bms.bench.targets import Target
from hil_tests.conftest import usable

USUAL = ("python", "webassembly")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = metafunc.config.getoption("--target") or USUAL
    metafunc.parametrize("controller", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def controller(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The firmware's interpreter, kept for all cases."""
    one = kept(usable(request.param, request.config))
    yield one
    if isinstance(one, Kept):  # a board serves the other tests too
        one.close()


@pytest.mark.parametrize("case", catalogue.CASES, ids=lambda case: case.name)
def test_fault(case: Case, controller: Target) -> None:
    result = runner.run_case(case, controller)
    assert result.verdict is Verdict.PASSED, result.why
