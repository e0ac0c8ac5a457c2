"""The firmware's modules as a board gets them: constants of other modules put in as numbers, their names left out.

MicroPython's compiler does so within a module (`const`). Across modules every constant would stay as a word of a
dictionary, its name as a string, and each use as two look-ups: a third of the RAM and of a tick's instructions.
The statements stay what they are; what nobody names any more (a constant, a table, an import) goes.
"""

import ast
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from bms.bench.targets import ROOT

_DIALECT = "firmware.kernels.dialect"  # what MicroPython's compiler knows by itself
ALL = "*"
_BARE = "bare"
_ARITHMETIC = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)


def modules(first: Iterable[Path], *folders: Path) -> dict[Path, ast.Module]:
    """Folded syntax trees of the `first` modules, paths below `folders`, and of all that they import with the packages.

    What is imported for its constants alone is not among them.
    """
    first = set(first)
    read = sources(first, *folders)
    numbers = _Numbers(read)
    folded = {path: numbers.folded(path, tree) for path, tree in read.items()}
    while _shaken(folded, first):
        pass
    return reached(folded, first)


def sources(first: Iterable[Path], *folders: Path) -> dict[Path, ast.Module]:
    """Syntax trees of the `first` modules, paths below `folders`, and of all that they import, as they stand."""
    read: dict[Path, ast.Module] = {}
    waiting = list(first)
    while waiting:
        path = waiting.pop()
        found = [folder / path for folder in folders or (ROOT,) if (folder / path).is_file()]
        if path not in read and found:
            read[path] = ast.parse(found[0].read_text(), str(path))
            waiting += imported(read[path])
    return read


def text(tree: ast.Module) -> str:
    """A module's source as it is compiled.

    `a, b = c, d` keeps no brackets: with them MicroPython makes a tuple, on the heap.
    """
    lines = ast.unparse(_Bare().visit(ast.parse(ast.unparse(tree)))).split("\n")
    bare = [line.replace(f"= {_BARE}(", "= ")[:-1] if f"= {_BARE}(" in line else line for line in lines]
    return "\n".join(bare) + "\n"


class _Bare(ast.NodeTransformer):
    """Marks the right side of an assignment to several names as a call, whose name and brackets are then left out."""

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        if isinstance(node.value, ast.Tuple) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple):
            node.value = ast.Call(ast.Name(_BARE, ast.Load()), node.value.elts, [])
        return ast.fix_missing_locations(node)


def imported(tree: ast.Module) -> list[Path]:
    """Files that a module may import: itself a package or a module, or a name out of one."""
    found: list[Path] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            base = Path(*node.module.split("."))
            found += [base.with_suffix(".py"), *(base / f"{alias.name}.py" for alias in node.names)]
            found += [parent / "__init__.py" for parent in (base, *base.parents) if parent.parts]
        elif isinstance(node, ast.Import):
            found += [Path(*alias.name.split(".")).with_suffix(".py") for alias in node.names]
    return found


def foreign(tree: ast.Module, paths: Collection[Path]) -> set[str]:
    """Names under which a module has what it imports from outside these paths."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and Path(*(node.module or "").split(".")).with_suffix(".py") in paths:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return found


def reached(folded: dict[Path, ast.Module], first: Iterable[Path]) -> dict[Path, ast.Module]:
    """Those of these trees that the first need, their packages too."""
    reached: set[Path] = set()
    waiting = list(first)
    while waiting:
        path = waiting.pop()
        if path in folded and path not in reached:
            reached.add(path)
            waiting += [*imported(folded[path]), *(p / "__init__.py" for p in path.parents if p.parts)]
    return {path: tree for path, tree in folded.items() if path in reached}


def _names(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """{name here: (module, name there)} of what is imported by name; a module has the empty name there."""
    names: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = (node.module, alias.name)
    return names


def dotted(path: Path) -> str:
    """A module's name, of its path."""
    return ".".join(path.with_suffix("").parts)


class _Numbers:
    """Numbers that the modules' own names stand for: those in capitals that are set once, at the top."""

    def __init__(self, trees: dict[Path, ast.Module]) -> None:
        self._trees = {dotted(path): tree for path, tree in trees.items()}
        self._numbers: dict[str, dict[str, int]] = {}
        for module in self._trees:
            self._of(module)

    def _of(self, module: str) -> dict[str, int]:
        if module not in self._numbers:
            self._numbers[module] = {}
            tree = self._trees[module]
            again = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
            fold = _Fold(self, module, tree)
            for node in tree.body:
                name = _target(node)
                if name is None or not name.isupper() or name in again:
                    continue
                assert isinstance(node, ast.Assign)
                value = _number(fold.visit(ast.parse(ast.unparse(node.value), mode="eval").body))
                if value is not None:
                    self._numbers[module][name] = value
        return self._numbers[module]

    def number(self, module: str, name: str) -> int | None:
        """The number of a name in a module, or None."""
        return self._of(module).get(name) if module in self._trees else None

    def folded(self, path: Path, tree: ast.Module) -> ast.Module:
        """A copy of a module with numbers put in, without its own numbers and what the compiler knows by itself."""
        module = dotted(path)
        own = self._of(module)
        copy = ast.parse(ast.unparse(tree), str(path))
        copy.body = [node for node in copy.body if _target(node) not in own and not _of_dialect(node)]
        fold = _Fold(self, module, tree)
        return ast.fix_missing_locations(fold.visit(copy))


class _Fold(ast.NodeTransformer):
    """Puts numbers in place of the names of one module and of those that it imports."""

    def __init__(self, numbers: _Numbers, module: str, tree: ast.Module) -> None:
        self._numbers = numbers
        self._module = module
        self._names = _names(tree)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        module, name = self._names.get(node.id, (self._module, node.id))
        value = self._numbers.number(module, name) if isinstance(node.ctx, ast.Load) else None
        return node if value is None else ast.Constant(value)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in self._names:
            module = ".".join(self._names[node.value.id])
            value = self._numbers.number(module, node.attr)
            if value is not None:
                return ast.Constant(value)
        return self.generic_visit(node)  # pyright: ignore[reportReturnType]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        is_const = isinstance(node.func, ast.Name) and node.func.id == "const"
        return node.args[0] if is_const and _number(node.args[0]) is not None else node


def _number(node: ast.expr) -> int | None:
    """The value of an expression of whole numbers alone."""
    if not all(isinstance(part, _ARITHMETIC) for part in ast.walk(node)):
        return None
    value = eval(compile(ast.fix_missing_locations(ast.Expression(node)), "", "eval"), {"__builtins__": {}})
    return value if type(value) is int else None


def _of_dialect(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == _DIALECT


def _target(node: ast.stmt) -> str | None:
    """The one name that a statement sets."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _shaken(trees: dict[Path, ast.Module], first: set[Path]) -> bool:
    """Leave out imports and tables that nobody names; whether there were any. Of the `first`, all stays."""
    used = {use for tree in trees.values() for use in uses(tree)}
    shaken = False
    for path, tree in trees.items():
        module, own = dotted(path), {node.id for node in _loaded(tree)}
        wanted = {name for there, name in used if there == module} | own
        if (module, ALL) in used:
            continue
        before = ast.unparse(tree)
        kept = [node for node in tree.body if _still(node, wanted, path in first)]
        shaken = shaken or len(kept) < len(tree.body) or ast.unparse(tree) != before
        tree.body = kept
    return shaken


def _loaded(tree: ast.Module) -> list[ast.Name]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]


def uses(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of what a module takes from others; a module that is handed on as a whole has the name ALL."""
    names = _names(tree)
    looked_into = set[ast.expr]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            looked_into.add(node.value)
            yield ".".join(names[node.value.id]), node.attr
    for node in _loaded(tree):
        if node.id in names and node not in looked_into:
            yield names[node.id]
            yield ".".join(names[node.id]), ALL


def _still(node: ast.stmt, wanted: set[str], entered: bool) -> bool:
    """Whether a statement at the top still does anything; an import loses the names that are not wanted."""
    if isinstance(node, ast.ImportFrom):
        node.names = [alias for alias in node.names if (alias.asname or alias.name) in wanted]
        return bool(node.names)
    name = _target(node)
    return entered or name is None or name in wanted or not name.isupper()
