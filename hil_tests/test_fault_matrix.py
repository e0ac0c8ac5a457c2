"""Every case of the fault matrix (bms/bench/hil), as `bms hil` runs it."""

import pytest

from bms.bench.hil import catalogue, runner
from bms.bench.hil.case import Case, Verdict
from bms.bench.targets import Target


@pytest.mark.parametrize("case", catalogue.CASES, ids=lambda case: case.name)
def test_fault(case: Case, target: Target) -> None:
    result = runner.run_case(case, target)
    assert result.verdict is Verdict.PASSED, result.why
