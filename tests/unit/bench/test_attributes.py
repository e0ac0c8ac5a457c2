"""Short names of what objects have are the same wherever they are reached, and never two of one object."""

import ast
from pathlib import Path

import pytest

from bms.bench import attributes, folding, image, joining, targets

BASE = """
class Base:
    def _far(self):
        return self._near

    def __init__(self):
        self._near = 1
"""
DERIVED = """

class Derived(Base):
    def __init__(self):
        super().__init__()
        self.own = 2

    def both(self):
        return self._near, self.own

class Apart:
    def __init__(self):
        self.alone = 3
        self.named = 4
        self.items = []
        self.items.append(5)
"""
USER = """
def ask(object):
    object.told = 6
    return object._far(), getattr(object, 'named', 0), object.told
"""


def shortened() -> tuple[str, str, str]:
    trees = {Path(f"{k}.py"): ast.parse(text) for k, text in enumerate((BASE, DERIVED, USER))}
    attributes.shorten(trees)
    base, derived, user = (folding.text(tree) for tree in trees.values())
    return base, derived, user


def test_they_mean_what_the_long_ones_meant_through_a_base_and_from_another_module() -> None:
    scope: dict = {}
    exec("\n".join(shortened()), scope)
    derived = scope["Derived"]()
    assert scope["ask"](derived) == (1, 0, 6)
    assert sorted(vars(derived).values()) == [1, 2, 6] and len(vars(derived)) == 3
    assert "_far" not in scope["ask"].__code__.co_names


def test_two_classes_share_names_and_one_does_not() -> None:
    base, derived, user = shortened()
    names = {node.attr for text in (base, derived, user) for node in ast.walk(ast.parse(text))
             if isinstance(node, ast.Attribute) and node.attr.startswith("_")}  # fmt: skip
    assert len(names) < len({"_far", "_near", "own", "both", "alone", "told"})


def test_what_a_text_names_and_what_lists_have_stays() -> None:
    scope: dict = {}
    exec("\n".join(shortened()), scope)
    apart = scope["Apart"]()
    assert apart.named == 4 and [5] in vars(apart).values()


@pytest.mark.parametrize("name", image.BOARDS)
def test_nothing_that_a_pin_or_a_bus_has_is_renamed(name: str) -> None:
    """By the stubs that the firmware is type-checked against."""
    stubs = targets.ROOT / "build/typings/machine.pyi"
    if not stubs.exists():
        pytest.skip("the stubs of MicroPython are not installed; `.ci/lint` installs them")
    parts = {
        part.name
        for node in ast.walk(ast.parse(stubs.read_text()))
        if isinstance(node, ast.ClassDef)
        for part in ast.walk(node)
        if isinstance(part, ast.FunctionDef)
    }
    trees = joining.join(image.trees(name))
    before = attributes_in(trees)
    attributes.shorten(trees)
    assert {"value", "irq"} <= parts & before
    assert parts & before == parts & attributes_in(trees)


def attributes_in(trees: dict[Path, ast.Module]) -> set[str]:
    return {node.attr for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
