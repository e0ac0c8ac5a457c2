"""The dialect of a kernel (design: one source for every runtime): what viper, Cython and CPython all take alike.

That no divisor is zero is the range proof's to show: a zero raises there.
"""

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

KERNELS = sorted(
    p for p in Path(__file__).parents[2].glob("firmware/kernels/*.py") if p.stem not in {"__init__", "dialect"}
)
LENGTHS = {"STATE", "PARAMETERS"}  # of arrays, which may be a kernel's own
LITERAL_MOST = (1 << 30) - 1  # a small int of a 32-bit MicroPython
STATEMENTS = (ast.Assign, ast.AugAssign, ast.If, ast.While, ast.Break, ast.Return)
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.RShift, ast.BitAnd)
EXPRESSIONS = (ast.Name, ast.Constant, ast.Subscript, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp)


def breaches(source: str) -> list[str]:
    """What of a kernel's source is not in the dialect, with its line."""
    wrong = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            wrong += _signature(node)
            wrong += _clobbered(node)
            for part in node.body[1:]:
                wrong += _found(part, _breach)
        elif not (isinstance(node, ast.ImportFrom | ast.Assign) or _is_docstring(node)):
            wrong.append(f"line {node.lineno}: {type(node).__name__} beside the function")
        else:
            wrong += _found(node, _literal)
    return wrong


def _found(part: ast.AST, check: Callable[[ast.AST], str | None]) -> list[str]:
    nodes: Any = ast.walk(part)
    return [f"line {node.lineno}: {why}" for node in nodes if (why := check(node))]


def _signature(function: ast.FunctionDef) -> list[str]:
    types = {ast.unparse(a.annotation) if a.annotation else "none" for a in function.args.args}
    decorators = [ast.unparse(d) for d in function.decorator_list]
    wrong = [f"parameters of type {t}" for t in types - {"int", "ptr32"}]
    if decorators != ["micropython.viper"]:
        wrong.append(f"decorators {decorators}")
    if function.returns is None or ast.unparse(function.returns) != "int":
        wrong.append("does not return an int")
    if not _is_docstring(function.body[0]):
        wrong.append("has no docstring")
    return wrong


def _clobbered(function: ast.FunctionDef) -> list[str]:
    """Indices that are one of the locals in registers: MicroPython 1.26's Thumb emitter scales them in place (its issue
    18800). Registers hold the first three names, parameters first.
    """
    stored = [n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    stored.sort(key=lambda n: (n.lineno, n.col_offset))
    in_registers = list(dict.fromkeys([*(a.arg for a in function.args.args), *(n.id for n in stored)]))[:3]
    return [
        f"line {n.lineno}: the index {n.slice.id} is a local in a register"
        for n in ast.walk(function)
        if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Name) and n.slice.id in in_registers
    ]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _breach(node: ast.AST) -> str | None:
    if isinstance(node, ast.stmt) and not isinstance(node, STATEMENTS):
        return f"statement {type(node).__name__}"
    if isinstance(node, ast.expr) and not isinstance(node, EXPRESSIONS):
        return f"expression {type(node).__name__}"
    if isinstance(node, ast.Assign) and (len(node.targets) > 1 or isinstance(node.targets[0], ast.Tuple)):
        return "more than one target"
    if isinstance(node, ast.BinOp):
        return _operation(node.op, node.right)
    if isinstance(node, ast.AugAssign):
        return _operation(node.op, node.value)
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.USub):
        return f"operator {type(node.op).__name__}"
    return _literal(node)


def _operation(operator: ast.operator, right: ast.expr) -> str | None:
    if not isinstance(operator, OPERATORS):
        return f"operator {type(operator).__name__}"
    literal = right.value if isinstance(right, ast.Constant) else None
    if isinstance(operator, ast.RShift) and not (isinstance(literal, int) and 0 <= literal <= 30):
        return "a shift that is not by a literal 0..30"
    if isinstance(operator, ast.FloorDiv) and literal == 0:
        return "a division by zero"
    return None


def _literal(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and not isinstance(node.value, bool | str):
        if not isinstance(node.value, int):
            return f"literal {node.value!r} is no integer"
        if node.value > LITERAL_MOST:
            return f"literal {node.value} is beyond 2^30 - 1"
    return None


@pytest.mark.parametrize("path", KERNELS, ids=lambda p: p.stem)
def test_a_kernel_keeps_to_the_dialect(path):
    assert not breaches(path.read_text())


@pytest.mark.parametrize(
    "line",
    [
        "a = i / 2", "a = i ** 2", "a = i << 2", "a = i % 7", "a = ~i", "a = i >> 31", "a = i >> j", "a >>= j",
        "a = abs(i)", "a = min(i, 3)", "a = 0.5", "a = 1073741824", "a = i // 0", "a = 1 if i else 0", "a, b = i, i",
        "a = b = i", "for k in s: pass", "try:\n        a = 1\n    finally:\n        a = 2", "raise ValueError",
        "a = [i]", "a = s[0:2]", "a = 'text'.encode()", "assert i", "a = i | 1",
    ],
)  # fmt: skip
def test_what_is_not_in_the_dialect_is_seen(line):
    template = '@micropython.viper\ndef step(s: ptr32, i: int, j: int) -> int:\n    "Does."\n    {}\n    return i\n'
    assert not breaches(template.format("a = (i >> 2) // 3"))
    assert breaches(template.format(line))


@pytest.mark.parametrize(
    "source",
    [
        'def step(s: ptr32) -> int:\n    "Does."\n    return 1\n',
        '@micropython.viper\ndef step(s: ptr16) -> int:\n    "Does."\n    return 1\n',
        '@micropython.viper\ndef step(s) -> int:\n    "Does."\n    return 1\n',
        '@micropython.viper\ndef step(s: ptr32):\n    "Does."\n    return 1\n',
        "class Step:\n    pass\n",
    ],
    ids=["no viper", "ptr16", "no type", "no result type", "a class"],
)
def test_a_wrong_signature_is_seen(source):
    assert breaches(source)


def test_there_are_kernels():
    assert {"soc", "ecm", "spread", "kalman", "health", "road", "ahead", "reach"} <= {p.stem for p in KERNELS}


def test_a_word_that_several_kernels_name_is_the_same_in_all():
    """A cell's words are listed in soc.py, a drive's in reach.py, and repeated where they are used."""
    values: dict[str, dict[str, int]] = {}
    for path in KERNELS:
        of = "a drive's " if path.stem in {"road", "ahead", "reach"} else ""
        for name, value in vars(import_module(f"firmware.kernels.{path.stem}")).items():
            if type(value) is int and name not in LENGTHS:
                values.setdefault(of + name, {})[path.stem] = value
    repeated = {name: places for name, places in values.items() if len(places) > 1}
    assert {"P_Q32", "SPAN_MS", "BLIND_MS", "a drive's W_M", "a drive's E_UV"} <= repeated.keys()
    assert not {name: places for name, places in repeated.items() if len(set(places.values())) > 1}


@pytest.mark.parametrize("index", ["p", "k", "a"])
def test_an_index_in_a_register_is_seen(index):
    """The third name is in one; from the fourth on they are on the stack."""
    source = '@micropython.viper\ndef step(s: ptr32, par: ptr32) -> int:\n    "Does."\n'
    source += f"    p = P\n    k = p + 1\n    a = par[{index}]\n    return a\n"
    assert bool(breaches(source)) == (index == "p")
