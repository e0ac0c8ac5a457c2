"""Fixtures that more than one folder of tests uses."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measured cells, traces and vehicles that lies beside a checkout, not in it."""
    if not SHARED.is_dir():
        pytest.skip("no measured data: ../shared/data is not beside this checkout")
    return SHARED
