"""Every number of the table of diagnoses is tested: whoever changes one is told."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_changed_number_of_a_diagnosis_makes_a_test_fail() -> None:
    """In a process of its own: it runs pytest a thousand times."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "tests.mutants"]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
