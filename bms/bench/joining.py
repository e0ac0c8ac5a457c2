"""The modules that a board loads at its start, as one: each by itself costs a dictionary and four names in RAM.

What only a function imports stays a module, as it is to be unloaded; so does a module that is handed on as a whole.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bms.bench import folding

JOINED = Path("firmware/joined.py")
_MODULE = "firmware.joined"


@dataclass(frozen=True)
class _Whole:
    """What a name stands for that means a module which is joined."""

    module: str


_Meaning = str | _Whole | None  # a name's new name; None: it is its own


def join(trees: dict[Path, ast.Module]) -> dict[Path, ast.Module]:
    """Folded syntax trees, which are all that there are, with those of the firmware joined; the others stay outside."""
    first = [path for path in trees if path.parts[0] != "firmware"]
    order = _loaded_at_start(trees, first)
    whole = {module for tree in trees.values() for module, name in folding.uses(tree) if name == folding.ALL}
    chosen = [p for p in order if p.parts[0] == "firmware" and p.stem != "__init__" and folding.dotted(p) not in whole]
    globals_ = _Globals([trees[path] for path in chosen], [folding.dotted(path) for path in chosen])
    body: list[ast.stmt] = []
    for path in order:
        if path in chosen:
            body += globals_.inside(folding.dotted(path), trees[path])
    rest = {path: globals_.outside(tree) for path, tree in trees.items() if path not in chosen}
    joined = ast.fix_missing_locations(ast.Module(body, []))
    return folding.reached(rest | {JOINED: joined}, first)


def _loaded_at_start(trees: dict[Path, ast.Module], first: Iterable[Path]) -> list[Path]:
    """Paths that modules of the `first` import at their top, and these; what a module imports stands before it."""
    order: list[Path] = []
    under_way: set[Path] = set()

    def visit(path: Path) -> None:
        if path in under_way or path not in trees:
            return
        under_way.add(path)
        for needed in folding.imported(_top(trees[path])):
            visit(needed)
        order.append(path)

    for path in first:
        visit(path)
    return order


def _top(tree: ast.Module) -> ast.Module:
    return ast.Module([node for node in tree.body if isinstance(node, ast.ImportFrom)], [])


def _bound(tree: ast.Module) -> list[str]:
    """Names that a module sets itself at its top."""
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            found += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys(found))


class _Globals:
    """New names of what the joined modules set at their tops."""

    def __init__(self, trees: list[ast.Module], modules: list[str]) -> None:
        taken = {n.id for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)}
        taken |= {n.arg for tree in trees for n in ast.walk(tree) if isinstance(n, ast.arg)}
        self._short = (name for name in (f"_{k}" for k in range(100_000)) if name not in taken)
        self._new = {
            (module, name): next(self._short)
            for module, tree in zip(modules, trees, strict=True)
            for name in _bound(tree)
        }
        self._modules = set(modules)
        self._others: dict[tuple[str, str], str] = {}  # what is imported from elsewhere, by its name in the whole

    def inside(self, module: str, tree: ast.Module) -> list[ast.stmt]:
        """The statements of a joined module as part of the whole."""
        names: dict[str, _Meaning] = {name: new for (there, name), new in self._new.items() if there == module}
        body: list[ast.stmt] = []
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                kept = self._imported(node, names)
                body += [kept] if kept else []
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if (alias.name, "") not in self._others:
                        self._others[alias.name, ""] = alias.asname or alias.name
                        body.append(ast.Import([alias]))
            else:
                body.append(node)
        rename = _Rename(self, names)
        kept = [node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
        return [node if isinstance(node, ast.Import | ast.ImportFrom) else rename.visit(node) for node in kept]

    def _imported(self, node: ast.ImportFrom, names: dict[str, _Meaning]) -> ast.ImportFrom | None:
        """What is left to import; what is joined is written to `names`."""
        left: list[ast.alias] = []
        for alias in node.names:
            here = alias.asname or alias.name
            meaning = self.meaning(node.module or "", alias.name)
            if meaning:
                names[here] = meaning
                continue
            key = node.module or "", alias.name
            if key not in self._others:
                self._others[key] = here if here not in self._others.values() else next(self._short)
                left.append(ast.alias(alias.name, self._others[key] if self._others[key] != alias.name else None))
            names[here] = self._others[key]
        return ast.ImportFrom(node.module, left, 0) if left else None

    def meaning(self, module: str, name: str) -> _Meaning:
        """Of what `from module import name` gives."""
        if f"{module}.{name}" in self._modules:
            return _Whole(f"{module}.{name}")
        return self.of(module, name) if module in self._modules else None

    def of(self, module: str, name: str) -> str:
        """The new name of a joined module's own; KeyError where there is none."""
        return self._new[module, name]

    def outside(self, tree: ast.Module) -> ast.Module:
        """A module that stays one: what it imports comes from the whole now, under the names that it has here."""
        return _Redirect(self).visit(tree)


class _Rename(ast.NodeTransformer):
    """Puts new names where a name means something at the top of its module, not where a function's own hides it."""

    def __init__(self, globals_: _Globals, names: dict[str, _Meaning]) -> None:
        self._globals = globals_
        self._scopes = [names]

    def _meaning(self, name: str) -> _Meaning:
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        meaning = self._meaning(node.id)
        assert not isinstance(meaning, _Whole), f"{node.id} is handed on as a whole"
        return ast.Name(meaning, node.ctx) if meaning else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        meaning = self._meaning(node.value.id) if isinstance(node.value, ast.Name) else None
        if isinstance(meaning, _Whole):
            return ast.Name(self._globals.of(meaning.module, node.attr), node.ctx)
        return self.generic_visit(node)  # pyright: ignore[reportReturnType]

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.name = self._meaning(node.name) or node.name  # pyright: ignore[reportAttributeAccessIssue]
        node.bases = [self.visit(base) for base in node.bases]
        own: dict[str, _Meaning] = {}
        for part in node.body:
            if isinstance(part, ast.FunctionDef):
                self._function(part)
            else:
                own |= dict.fromkeys(_stored([part]))
                self._within(own, [part])
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.name = self._meaning(node.name) or node.name  # pyright: ignore[reportAttributeAccessIssue]
        return self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self.visit(node.args)
        node.body = self._within(dict.fromkeys(_parameters(node.args)), [node.body])[0]
        return node

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [str(self._scopes[0].get(name) or name) for name in node.names]
        return node

    def _function(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.decorator_list = [self.visit(part) for part in node.decorator_list]
        self.visit(node.args)  # the defaults
        said = {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}
        own: dict[str, _Meaning] = dict.fromkeys((*_parameters(node.args), *(_stored(node.body) - said)))
        for part in ast.walk(node):
            if isinstance(part, ast.ImportFrom):
                for alias in part.names:
                    own[alias.asname or alias.name] = self._globals.meaning(part.module or "", alias.name)
        node.body = self._within(own, node.body)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        """Of a function; what is joined need not be imported."""
        node.names = [alias for alias in node.names if not self._meaning(alias.asname or alias.name)]
        return node if node.names else ast.Pass()

    def _within(self, own: dict[str, _Meaning], parts: Iterable[ast.AST]) -> list[Any]:
        self._scopes.append(own)
        visited = [self.visit(part) for part in parts]
        self._scopes.pop()
        return visited


def _parameters(args: ast.arguments) -> list[str]:
    return [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg) if a]


def _stored(parts: Iterable[ast.AST]) -> set[str]:
    """Names that these set, without those of functions within."""
    found: set[str] = set()
    for part in parts:
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            found.add(part.id)
        elif isinstance(part, ast.FunctionDef | ast.ExceptHandler) and part.name:
            found.add(part.name)
        if not isinstance(part, ast.FunctionDef | ast.Lambda):
            found |= _stored(ast.iter_child_nodes(part))
    return found


class _Redirect(ast.NodeTransformer):
    """Imports of what is joined, made imports from the whole; `module.name` becomes a name of its own."""

    def __init__(self, globals_: _Globals) -> None:
        self._globals = globals_
        self._whole: dict[str, str] = {}  # names that stand for modules which are joined
        self._looked_up: dict[str, set[str]] = {}

    def visit_Module(self, node: ast.Module) -> ast.Module:
        for part in ast.walk(node):
            if isinstance(part, ast.ImportFrom):
                for alias in part.names:
                    meaning = self._globals.meaning(part.module or "", alias.name)
                    if isinstance(meaning, _Whole):
                        self._whole[alias.asname or alias.name] = meaning.module
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in self._whole:
                self._looked_up.setdefault(part.value.id, set()).add(part.attr)
        return ast.fix_missing_locations(self.generic_visit(node))  # pyright: ignore[reportReturnType]

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in self._whole:
            return ast.Name(f"{node.value.id}_{node.attr}", node.ctx)
        return self.generic_visit(node)  # pyright: ignore[reportReturnType]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        kept: list[ast.alias] = []
        moved: list[ast.alias] = []
        for alias in node.names:
            here = alias.asname or alias.name
            meaning = self._globals.meaning(node.module or "", alias.name)
            if isinstance(meaning, _Whole):
                looked_up = sorted(self._looked_up.get(here, ()))
                moved += [ast.alias(self._globals.of(meaning.module, n), f"{here}_{n}") for n in looked_up]
            elif meaning:
                moved.append(ast.alias(meaning, here))
            else:
                kept.append(alias)
        parts: list[ast.stmt] = [ast.ImportFrom(node.module, kept, 0)] if kept else []
        return parts + ([ast.ImportFrom(_MODULE, moved, 0)] if moved else [])
