"""What a board gets of a module is what the module says, with numbers in place of names."""

import ast
from pathlib import Path

from bms.bench import attributes, folding, shortening

READINGS = """from firmware.kernels.dialect import const

VOLTS = const(7)
AMPS = const(VOLTS + 1)
NAMES = ("v", "a")
"""
USER = """from lib import readings as of
from lib.readings import AMPS
from lib.readings import NAMES

class Meter:
    def __init__(self, words, *, most=3):
        self._words = words
        self.most = most

    def read(self, at):
        first, second = self._words[of.VOLTS], self._words[AMPS + at]
        return first + second
"""


def folded(tmp_path: Path) -> dict[Path, ast.Module]:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/__init__.py").write_text("")
    (tmp_path / "lib/readings.py").write_text(READINGS)
    (tmp_path / "user.py").write_text(USER)
    return folding.modules([Path("user.py")], tmp_path)


def meter(text: str) -> type:
    scope: dict[str, type] = {}
    exec(text, scope)
    return scope["Meter"]


def test_constants_of_another_module_are_numbers_and_the_module_is_not_needed(tmp_path: Path) -> None:
    trees = folded(tmp_path)
    assert set(trees) == {Path("user.py")}
    text = folding.text(trees[Path("user.py")])
    assert "import" not in text and "self._words[7], self._words[8 + at]" in text
    assert meter(text)(list(range(20))).read(2) == 7 + 10


def test_several_names_are_assigned_without_a_tuple(tmp_path: Path) -> None:
    assert "first, second = self._words" in folding.text(folded(tmp_path)[Path("user.py")])


def test_short_names_change_nothing_but_names(tmp_path: Path) -> None:
    trees = folded(tmp_path)
    attributes.shorten(trees)
    shortening.shorten(trees)
    text = folding.text(trees[Path("user.py")])
    assert "_words" not in text and "def read(p0, p1)" in text and "most=3" in text
    made = meter(text)(list(range(20)), most=5)
    assert made.read(2) == 17 and 5 in vars(made).values()
