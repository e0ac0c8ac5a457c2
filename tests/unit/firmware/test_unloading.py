"""Nothing is called for that a running board has given back: its constructors, and the methods of a start."""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from bms.bench import folding, image, joining
from firmware import forgetting, unloading

# What runs but before the controller does, and makes objects: in firmware/main.py, and in firmware/boards.
OF_A_START = {"run", "assemble", "monitors", "load", "main", "wired", "bus", "monitor_bus", "can", "opened"}
OF_KINDS = {"state_kind", "learned_kind", "faults_kind", "event_kind", "leaks_kind", "counter_kind"}


def made(tree: ast.Module, classes: set[str]) -> Iterator[str]:
    """Functions in which a module makes objects of these classes; "" is its top."""

    def look(node: ast.AST, function: str) -> Iterator[str]:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
            yield function
        for part in ast.iter_child_nodes(node):
            yield from look(part, node.name if isinstance(node, ast.FunctionDef) else function)

    return look(tree, "")


def classes(tree: ast.Module) -> set[str]:
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


@pytest.mark.parametrize("name", ["rp2-pico", "esp32", "stm32"])
def test_no_object_is_made_once_the_controller_runs(name: str) -> None:
    trees = image.trees(name)
    of = {path: classes(tree) for path, tree in trees.items()}
    asts = {path: ast.parse(ast.unparse(tree)) for path, tree in trees.items()}
    left = set(joining.join(trees))
    joined = set().union(*(of[path] for path in of if path not in left))
    assert {"Controller", "Memory", "BQ76952", "Estimator", "Frame"} <= joined
    still = {it.__name__ for kept in forgetting.STILL_MADE for it in (kept, *kept.__subclasses__())}
    makers = {function for tree in asts.values() for function in made(tree, joined - still)}
    assert "__init__" in makers and "assemble" in makers
    assert makers <= {"__init__", *OF_A_START, *OF_KINDS}


def test_an_object_that_is_made_later_would_be_found() -> None:
    tree = ast.parse("class A:\n    def tick(self):\n        return [B() for _ in range(2)]\n")
    assert list(made(tree, {"B"})) == ["tick"]


def test_what_is_taken_out_are_methods_that_a_start_alone_calls() -> None:
    for it, names in forgetting.ONCE:
        assert all(isinstance(vars(it)[name], FunctionType) for name in names.split())
    taken = {name for _, names in forgetting.ONCE for name in names.split()}
    kept = {name: callers for name, callers in callers_of(taken).items() if name not in taken}
    assert kept == {}


def test_functions_that_are_taken_out_are_called_by_constructors_alone() -> None:
    names = {it.__name__ for it in forgetting.FUNCTIONS}
    callers: set[str] = set()
    for tree in folding.sources([Path("firmware/main.py")]).values():
        for node in (part for part in ast.walk(tree) if isinstance(part, ast.FunctionDef)):
            calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
            called = {ast.unparse(it).split(".")[-1] for it in calls}
            callers |= {node.name} if called & names else set()
    assert callers == {"__init__"}


def callers_of(names: set[str]) -> dict[str, set[str]]:
    """{function: those of these methods that it calls}, but for what another class has under the same name.

    What is asked before: the controller runs, the store has looked.
    """
    asked = {("_estimate", "_first_states"), ("_estimate", "begin"), ("save", "_look"), ("advance", "begin")}
    starts = {"assemble", "older", "__init__"}
    found: dict[str, set[str]] = {}
    for tree in folding.sources([Path("firmware/main.py")]).values():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or node.name in starts:
                continue
            calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
            called = {it.attr for it in calls if isinstance(it, ast.Attribute)}
            called = {name for name in called & names if (node.name, name) not in asked}
            if called:
                found.setdefault(node.name, set()).update(called)
    return found


def test_a_desktop_keeps_its_methods() -> None:
    unloading.forget()
    for it, names in forgetting.ONCE:
        assert all(callable(vars(it)[name]) for name in names.split())
