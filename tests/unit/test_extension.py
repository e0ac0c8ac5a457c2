"""An extension that was compiled from other sources than lie beside it does not load, and the command says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fastcore import batch
from fastcore.sources import digest

ROOT = Path(__file__).parents[2]
KERNEL = "firmware/kernels/leak.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with its compiled extension."""
    left_out = shutil.ignore_patterns("__pycache__")
    for part in ("bms", "fastcore", "firmware"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=left_out)
    shutil.copy(ROOT / "setup.py", tmp_path)
    return tmp_path


def run(tree: Path, code: str) -> "subprocess.CompletedProcess[str]":
    """Python there, on its packages."""
    path = os.environ | {"PYTHONPATH": str(tree)}
    program = [sys.executable, "-c", code]
    return subprocess.run(program, check=False, cwd=tree, env=path, capture_output=True, text=True, timeout=60)


def another_word(tree: Path) -> None:
    """A state word more a cell, as a change of the kernel brings it."""
    kernel = tree / KERNEL
    kernel.write_text(kernel.read_text().replace("A_LEAK = const(10)", "A_LEAK = const(11)"))


def test_the_extension_is_of_the_sources_that_lie_here() -> None:
    assert digest(ROOT) == batch.compiled_from


@pytest.mark.parametrize("source", ["setup.py", KERNEL, "fastcore/_leak.pxd", "fastcore/cell.pyx"])
def test_every_source_counts(tree: Path, source: str) -> None:
    before = digest(tree)
    with (tree / source).open("a") as file:
        file.write("\n")
    assert digest(tree) not in ("", before)


def test_without_sources_as_in_a_wheel_nothing_is_compared(tree: Path) -> None:
    for source in tree.glob("fastcore/*.pyx"):
        source.unlink()
    assert not digest(tree)
    assert run(tree, "import fastcore.batch").returncode == 0


def test_a_kernel_that_has_changed_since_does_not_run(tree: Path) -> None:
    assert run(tree, "import fastcore.batch").returncode == 0
    another_word(tree)
    ended = run(tree, "import fastcore.batch")
    assert ended.returncode == 1
    assert "ImportError: The compiled extension is of other sources than lie here" in ended.stderr


def test_the_command_says_so_in_one_sentence(tree: Path) -> None:
    another_word(tree)
    verb = "['bms', 'bench', 'endurance', '--days', '0.05']"
    ended = run(tree, f"import sys; sys.argv = {verb}; from bms.cli import main; main()")
    assert ended.returncode == 2
    assert ended.stderr == (
        "bms: The compiled extension is of other sources than lie here; run `make setup`, which compiles it anew.\n"
    )
