"""Names that only one module knows, made short and alike: on a board every different name is a string in RAM.

Renamed are attributes and functions that begin with an underscore and are reached through `self` or from their own
module alone, other attributes that no module names but through `self`, and parameters that nobody passes by name.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


def shorten(trees: dict[Path, ast.Module]) -> None:
    """Rename in these syntax trees, which are all that there are, in place."""
    taken = _reached_from_outside(trees.values())
    own = _through_self_alone(trees.values())
    by_name = {node.arg for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    for group in _families(trees):
        named = {name for tree in group for name in _names(tree)}
        private = sorted({name for name in named if _is_private(name)} - taken | own & named)
        short = {name: f"_{k}" for k, name in enumerate(private)}
        for tree in group:
            _Rename(short).visit(tree)
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                _shorten_parameters(node, by_name)


def _is_private(name: str) -> bool:
    return name.startswith("_") and name.strip("_") != "" and not name.endswith("__")


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname


def _reached_from_outside(trees: Iterable[ast.Module]) -> set[str]:
    """Private attributes of something that is not `self`, and what is private and imported nevertheless."""
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                found.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                found |= {alias.name for alias in node.names}
    return found


def _through_self_alone(trees: Iterable[ast.Module]) -> set[str]:
    """Public attributes that are set or read as `self.name` and are in no other way, and in no string, a name."""
    through_self: set[str] = set()
    otherwise: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                is_self = isinstance(node.value, ast.Name) and node.value.id == "self"
                (through_self if is_self else otherwise).add(node.attr)
            elif isinstance(node, ast.Name):
                otherwise.add(node.id)
            elif isinstance(node, ast.alias):
                otherwise.add(node.name)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                otherwise.update(node.value.split())
    return {name for name in through_self - otherwise if not name.startswith("_")}


def _families(trees: dict[Path, ast.Module]) -> list[list[ast.Module]]:
    """Modules whose private names must stay the same: all of those in which a class has its base in another one."""
    imported = {path: {a.asname or a.name for n in t.body if isinstance(n, ast.ImportFrom) for a in n.names}
                for path, t in trees.items()}  # fmt: skip
    bases: set[str] = set()
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases |= {b.id for b in node.bases if isinstance(b, ast.Name) and b.id in imported[path]}
    made = {path: {n.name for n in tree.body if isinstance(n, ast.ClassDef)} for path, tree in trees.items()}
    related = [tree for path, tree in trees.items() if bases & (imported[path] | made[path])]
    return [related, *([tree] for tree in trees.values() if tree not in related)]


class _Rename(ast.NodeTransformer):
    def __init__(self, short: dict[str, str]) -> None:
        self._short = short

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._short.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._short.get(node.id, node.id)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._short.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._short.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> ast.AST:
        if node.asname:
            node.asname = self._short.get(node.asname, node.asname)
        return node


def _shorten_parameters(function: ast.FunctionDef, by_name: set[str | None]) -> None:
    """By their places; not where a function within might mean one of them, nor of a kernel, which keeps no names."""
    inner = (ast.FunctionDef, ast.Lambda)
    if function.decorator_list or any(isinstance(n, inner) for part in function.body for n in ast.walk(part)):
        return
    short: dict[str, str] = {}
    for k, parameter in enumerate(function.args.args):
        if parameter.arg not in by_name:
            short[parameter.arg] = f"p{k}"
            parameter.arg = f"p{k}"
    for part in function.body:
        for node in ast.walk(part):
            if isinstance(node, ast.Name):
                node.id = short.get(node.id, node.id)
