"""Names of functions and of parameters, made short and alike: on a board every different name is a string in RAM.

Renamed are what stands at the top of the firmware's modules but those that are handed on as a whole, what is private
of others, and parameters; what objects have: attributes.py.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bms.bench import folding
from bms.bench.attributes import FOREIGN

_ONE_BYTE = 120  # names that a module says before any other, and whose numbers fit into seven bits


def shorten(trees: dict[Path, ast.Module]) -> None:
    """Rename in these syntax trees, which are all that there are, in place."""
    whole = {module for tree in trees.values() for module, name in folding.uses(tree) if name == folding.ALL}
    new = {folding.dotted(path): _shortened(tree, path.parts[0] == "firmware") for path, tree in trees.items()
           if folding.dotted(path) not in whole}  # fmt: skip
    for path, tree in trees.items():
        _Rename(new.get(folding.dotted(path), {})).visit(tree)
        _follow(tree, new)
    by_name = _passed_by_name(trees)
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                _shorten_parameters(node, by_name)
            elif isinstance(node, ast.keyword) and node.arg:
                node.arg = by_name.get(node.arg, node.arg)


def _shortened(tree: ast.Module, public: bool) -> dict[str, str]:
    """New names of what stands at the top of a module, or of what is private there; not those that a parameter has."""
    parameters = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    named = {name for name in _at_the_top(tree) if name.strip("_") != "" and not name.endswith("__")}
    own = sorted({name for name in named if public or name.startswith("_")} - parameters)
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(own)
    free = (name for name in (f"_{k}" for k in range(len(taken) + len(own))) if name not in taken)
    return dict(zip(own, free, strict=False))


def _follow(tree: ast.Module, new: dict[str, dict[str, str]]) -> None:
    """What a module imports from others, and looks up in them, has new names there."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name := new.get(node.module or "", {}).get(alias.name):
                    alias.name, alias.asname = name, alias.asname or alias.name
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            node.attr = new.get(modules.get(node.value.id, ""), {}).get(node.attr, node.attr)


def list_often_used(tree: ast.Module) -> None:
    """Have a module name first, where it never comes, what it names most: bytecode has one byte for the first names."""
    counts = Counter(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr != "viper")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not node.decorator_list:
            own = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            own |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
            counts.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id not in own)
            counts.update((node.name, *(a.arg for a in node.args.args)))
    if len(counts) > _ONE_BYTE:
        often = ".".join(["__name__", *(name for name, _ in counts.most_common(_ONE_BYTE))])
        tree.body[:0] = ast.parse(f"if not __name__:\n    {often}").body


def _at_the_top(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.ImportFrom):
            yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            yield from (n.asname for n in ast.walk(node) if isinstance(n, ast.alias) and n.asname)


def _passed_by_name(trees: dict[Path, ast.Module]) -> dict[str, str]:
    """{name: short name} of parameters that are passed by name; what others' functions take keeps its own."""
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    own = {a.arg for function in functions for a in (*function.args.args, *function.args.kwonlyargs)}
    found: set[str] = set()
    kept: set[str] = set()
    for tree in trees.values():
        others = FOREIGN | folding.foreign(tree, trees)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                of_others = ast.unparse(node.func).split(".")[-1] in others
                (kept if of_others else found).update(word.arg for word in node.keywords if word.arg)
    texts = {node.value for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {name: name if name in kept | texts else f"_p{k}" for k, name in enumerate(sorted(found & own | kept))}


class _Rename(ast.NodeTransformer):
    """Of what stands at the top of a module."""

    def __init__(self, short: dict[str, str]) -> None:
        self._short = short

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._short.get(node.id, node.id)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._short.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        methods = {part: part.name for part in node.body if isinstance(part, ast.FunctionDef)}
        node.name = self._short.get(node.name, node.name)
        self.generic_visit(node)
        for method, name in methods.items():
            method.name = name
        return node

    def visit_alias(self, node: ast.alias) -> ast.AST:
        if node.asname:
            node.asname = self._short.get(node.asname, node.asname)
        return node


def _shorten_parameters(function: ast.FunctionDef, by_name: dict[str, str]) -> None:
    """By their places, or as they are passed; not where a function within might mean one, nor a kernel's, unnamed."""
    inner = (ast.FunctionDef, ast.Lambda)
    within = any(isinstance(n, inner) for part in function.body for n in ast.walk(part))
    short: dict[str, str] = {}
    kept = within or function.decorator_list
    places = {parameter: parameter.arg if kept else f"p{k}" for k, parameter in enumerate(function.args.args)}
    for parameter in (*function.args.args, *function.args.kwonlyargs):
        name = by_name.get(parameter.arg, places.get(parameter, parameter.arg))
        short[parameter.arg] = parameter.arg = name
    for part in function.body:
        for node in ast.walk(part):
            if isinstance(node, ast.Name):
                node.id = short.get(node.id, node.id)
