"""Modules that are one mean what they meant apart."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bms.bench import folding, image, joining

SOURCES = {
    "main.py": """
from firmware import whole
from firmware.upper import Upper, count as counted
from firmware import lower

def run():
    from firmware import later
    made = Upper(2)
    return made.sum(3), counted(), counted(), lower.twice(5), later.TOLD, whole.step(1), run_all(whole), Upper.LEAST

def run_all(kernels):
    return kernels.step(2)
""",
    "firmware/__init__.py": "",
    "firmware/whole.py": "from firmware.lower import twice as step\n",
    "firmware/lower.py": """
from array import array

_seen = 7
words = array("i", [1, 2])

def twice(x):
    return 2 * x + _own(words)

def _own(words):
    return words[0]
""",
    "firmware/upper.py": """
import sys
from array import array
from firmware import lower
from firmware.lower import twice

_seen = 0

def count():
    global _seen
    _seen += 1
    return _seen

class Upper:
    LEAST = 4

    def __init__(self, twice):
        self.twice = twice

    def sum(self, x):
        words = array("i", [_seen for _seen in range(3)])
        deep = lambda twice: twice + x
        return self.twice + twice(x) + lower.words[1] + words[2] + deep(1)
""".replace("deep = lambda twice: twice + x", "deep = (lambda twice: twice + x)"),
    "firmware/later.py": """
from firmware.upper import Upper
from firmware import lower

TOLD = Upper(1).sum(1) + lower.twice(1)
""",
}


@pytest.fixture
def apart() -> Iterator[dict[Path, ast.Module]]:
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "firmware"}
    for name in before:
        del sys.modules[name]
    path = list(sys.path)
    yield {Path(path): ast.parse(text) for path, text in SOURCES.items()}
    sys.path[:] = path
    for name in [name for name in sys.modules if name.split(".")[0] == "firmware"]:
        del sys.modules[name]
    sys.modules.update(before)


def written(trees: dict[Path, ast.Module], folder: Path) -> set[str]:
    for path, tree in trees.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(folding.text(tree))
    return {str(path) for path in trees}


def told(folder: Path) -> tuple:
    """What the program in a folder gives, and what it had loaded then."""
    sys.path.insert(0, str(folder))
    scope: dict = {}
    exec((folder / "main.py").read_text(), scope)
    given = scope["run"]()
    for name in [name for name in sys.modules if name.split(".")[0] == "firmware"]:
        del sys.modules[name]
    sys.path.pop(0)
    return given


def test_they_mean_what_they_meant_apart(apart: dict[Path, ast.Module], tmp_path: Path) -> None:
    written(apart, tmp_path / "apart")
    files = written(joining.join(apart), tmp_path / "joined")
    assert files == {"main.py", "firmware/__init__.py", "firmware/joined.py", "firmware/whole.py", "firmware/later.py"}
    expected = told(tmp_path / "apart")
    assert expected == told(tmp_path / "joined") and expected[1:3] == (1, 2)


def test_what_is_unloaded_after_the_start_is_not_joined() -> None:
    from firmware.unloading import STARTING

    for name in image.BOARDS:
        files = {str(path) for path in joining.join(image.trees(name))}
        starting = {module.replace(".", "/") + ".py" for module in STARTING} & {str(path) for path in image.trees(name)}
        assert len(starting) >= len(STARTING) - 1  # a board without an MCP2515 has no use for its timing
        assert starting < files and "firmware/controller.py" not in files
