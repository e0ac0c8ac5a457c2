"""Names of what the firmware's own objects have, made short and few: two share one where no object has both.

On a board every different name is a string and an entry of a table in RAM.
"""

import ast
import io
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from bms.bench import folding

# What objects that are not the firmware's have: the language's, and a board's.
_TYPES = (str, bytes, bytearray, memoryview, list, dict, tuple, set, int, type, array, io.BytesIO, OSError)
_BOARD = (
    "any", "buffer", "const", "deinit", "duty_u16", "feed", "freq", "get_state", "info", "init", "irq", "localtime",
    "mode", "off", "on", "readfrom_into", "readfrom_mem", "readfrom_mem_into", "recover", "recv", "reset", "scan",
    "send", "setfilter", "state", "stop", "time", "toggle", "value", "writeto", "writeto_mem", "write_readinto",
    "writevto",
)  # fmt: skip
FOREIGN = frozenset(_BOARD).union(*(dir(it) for it in _TYPES))


def shorten(trees: dict[Path, ast.Module]) -> None:
    """Rename in these syntax trees, which are all that there are, in place.

    Not what others' objects may have, nor what a text may name or a module has at its top.
    """
    classes = _classes(trees)
    own = set().union(*classes) | {name for tree in trees.values() for name in _set_from_outside(tree)}
    own = {name for name in own if not name.endswith("__")} - FOREIGN
    own -= {name for tree in trees.values() for name in _kept(tree, trees)}
    short = _shared(own, classes, {name for tree in trees.values() for name in _set_from_outside(tree)})
    for tree in trees.values():
        _Rename(short).visit(tree)


def _shared(own: set[str], classes: list[set[str]], everywhere: set[str]) -> dict[str, str]:
    """A short name for each; what is set `everywhere` shares its own with none, as nobody knows on which objects."""
    beside: dict[str, set[str]] = defaultdict(set)
    for names in classes:
        for name in names:
            beside[name] |= names
    number: dict[str, int] = {name: k for k, name in enumerate(sorted(own & everywhere))}
    for name in sorted(own - everywhere, key=lambda name: (-len(beside[name]), name)):
        taken = {number[other] for other in beside[name] if other in number} | {number[n] for n in own & everywhere}
        number[name] = next(k for k in range(len(own) + 1) if k not in taken)
    return {name: f"_{k}" for name, k in number.items()}


def _classes(trees: dict[Path, ast.Module]) -> list[set[str]]:
    """What objects of each class have, with all that theirs have from which it comes and which come from it."""
    related: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                names[node.name] |= set(_of_class(node))
                for base in node.bases:
                    related[node.name].add(ast.unparse(base))
                    related[ast.unparse(base)].add(node.name)
    return [set().union(*(names[name] for name in _family(name, related))) for name in list(names)]


def _family(name: str, related: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += related[name]
    return found


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef):
            yield part.name
        elif isinstance(part, ast.Attribute) and _is_of_self(part):
            yield part.attr


def _is_of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _set_from_outside(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and not _is_of_self(node):
            yield node.attr


def _kept(tree: ast.Module, paths: Collection[Path]) -> Iterator[str]:
    """Names that must stay: at the top of a module or a class, in a text, and in modules that are not among these."""
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    foreign = folding.foreign(tree, paths)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            yield from _at_the_top(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield from node.value.split()
        elif isinstance(node, ast.Attribute) and _root(node) in foreign:
            yield node.attr


def _at_the_top(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.ClassDef):
            if isinstance(node, ast.Module):
                yield part.name
        elif isinstance(part, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in part.names)
        else:
            yield from (n.id for n in ast.walk(part) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _root(node: ast.expr) -> str:
    """The name that a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


class _Rename(ast.NodeTransformer):
    def __init__(self, short: dict[str, str]) -> None:
        self._short = short

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._short.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                part.name = self._short.get(part.name, part.name)
        return self.generic_visit(node)
