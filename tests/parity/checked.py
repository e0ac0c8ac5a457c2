"""Kernels run with integers that raise where 32 bits end: the source itself, its literals and words made Int32."""

from __future__ import annotations

import ast
import operator
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from bms.bench.remote.every_kernel import CELLS, GUARD_ROWS, LEAKING, VALUES
from firmware import cell, driving
from firmware.kernels import ahead, ecm, extremes, frame, guard, health, kalman, leak, power, reach, road, soc, spread

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_OPERATIONS = ("add", "sub", "mul", "floordiv", "rshift", "and_")


class Int32(int):
    """An int whose every result is one, or OverflowError. What a kernel may not do with one is a TypeError."""

    def __new__(cls, value: int) -> Int32:
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise OverflowError(f"{value} does not fit 32 bits")
        return int.__new__(cls, value)

    def __neg__(self) -> Int32:
        return Int32(-int(self))

    def _refuse(self, *_: object) -> Any:
        raise TypeError("a kernel adds, subtracts, multiplies, divides by //, shifts right and masks; nothing else")

    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __mod__ = __rmod__ = __lshift__ = __rlshift__ = _refuse
    __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = __abs__ = __float__ = __divmod__ = _refuse


def _binary(name: str) -> tuple[Callable[[Int32, int], Int32], Callable[[Int32, int], Int32]]:
    plain = getattr(int, f"__{name.strip('_')}__")
    reflected = getattr(operator, name)

    def forward(self: Int32, other: int) -> Int32:
        value = plain(self, other)
        if -0x80000000 <= value <= 0x7FFFFFFF:
            return int.__new__(Int32, value)
        raise OverflowError(f"{int(self)} {name.strip('_')} {int(other)} is {value}, which does not fit 32 bits")

    def backward(self: Int32, other: int) -> Int32:
        return Int32(reflected(int(other), int(self)))

    return forward, backward


for _name in _OPERATIONS:
    _forward, _backward = _binary(_name)
    setattr(Int32, f"__{_name.strip('_')}__", _forward)
    setattr(Int32, f"__r{_name.strip('_')}__", _backward)


class Words(list[int]):
    """A ptr32: gives out and takes Int32 alone; an index from behind, or beyond the end, is an error."""

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return super().__getitem__(index)
        if index < 0:
            raise IndexError(f"word {index}")
        return int.__new__(Int32, super().__getitem__(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            super().__setitem__(index, value)
            return
        if type(value) is not Int32 or index < 0:
            raise TypeError(f"word {index} is given {value!r}")
        super().__setitem__(index, value)


class _Literals(ast.NodeTransformer):
    """Each integer literal becomes the name of a checked one, so that no arithmetic escapes."""

    def __init__(self) -> None:
        self.names: dict[str, Int32] = {}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if type(node.value) is not int:
            return node
        name = f"literal_{node.value}"
        self.names[name] = Int32(node.value)
        return ast.copy_location(ast.Name(name, ast.Load()), node)


def checked_step(kernel: ModuleType, edit: tuple[str, str] = ("", "")) -> Callable[..., Int32]:
    """`step` of a kernel's source over Words; edit (old, new) changes the source first."""
    step = checked_source(kernel, edit)
    return lambda state, par, *sample: step(state, par, *map(Int32, sample))


def checked_source(kernel: ModuleType, edit: tuple[str, str] = ("", "")) -> Callable[..., Int32]:
    """The same, whose arguments are Words and Int32 already."""
    source = Path(str(kernel.__file__)).read_text()
    if edit[0]:
        assert source.count(edit[0]) == 1, f"{edit[0]} is not in the kernel exactly once"
        source = source.replace(*edit)
    literals = _Literals()
    tree = ast.fix_missing_locations(literals.visit(ast.parse(source)))
    namespace: dict[str, Any] = dict(literals.names)
    exec(compile(tree, str(kernel.__file__), "exec"), namespace)
    return namespace["step"]


def checked_several() -> dict[str, Callable[..., Int32]]:
    """Those of bms/bench/remote/every_kernel.py that take more arrays than two, over Words."""
    guarded, looked_at, limited, leaks, framed = map(checked_source, (guard, extremes, power, leak, frame))

    def guard_step(g: Words, table: Words, *sample: int) -> Int32:
        return guarded(g, table, Words(sample[:GUARD_ROWS]), Int32(GUARD_ROWS), Int32(sample[GUARD_ROWS]))

    def extremes_step(x: Words, _: Words, *sample: int) -> Int32:
        return looked_at(x, Words(sample[:CELLS]), Int32(CELLS), *map(Int32, sample[CELLS:]))

    def power_step(state: Words, par: Words, t_mdegc: int) -> Int32:
        out, s = Words(state[: power.STATE]), Words(state[power.STATE :])
        result = limited(out, s, Words(par[power.PARAMETERS :]), Words(par[: power.PARAMETERS]), Int32(t_mdegc))
        state[: power.STATE] = out
        return result

    def leak_step(x: Words, _: Words, *sample: int) -> Int32:
        seen = LEAKING * leak.A_SIGHT
        return leaks(x, Words(sample[:seen]), Int32(LEAKING), *map(Int32, sample[seen:]))

    def frame_step(f: Words, par: Words, *sample: int) -> Int32:
        return framed(f, par, Words(sample[:VALUES]), Int32(frame.MESSAGES), *map(Int32, sample[VALUES:]))

    return {
        "guard": guard_step,
        "extremes": extremes_step,
        "power": power_step,
        "leak": leak_step,
        "frame": frame_step,
    }


def checked_cell(kernel: ModuleType | None = None, edit: tuple[str, str] = ("", "")) -> Callable[..., Int32]:
    """`step` of firmware/cell.py over the checked kernels; the edit changes the one that is named."""
    steps = {
        "_count": checked_step(soc, edit if kernel is soc else ("", "")),
        "_predict": checked_step(ecm, edit if kernel is ecm else ("", "")),
        "_spread": checked_step(spread, edit if kernel is spread else ("", "")),
        "_correct": checked_step(kalman, edit if kernel is kalman else ("", "")),
        "_learn": checked_step(health, edit if kernel is health else ("", "")),
    }
    assert steps.keys() <= set(cell.step.__code__.co_names), "the kernels have other names in firmware/cell.py"
    return FunctionType(cell.step.__code__, steps)


def checked_drive() -> Callable[..., Int32]:
    """`step` of firmware/driving.py over the checked kernels."""
    steps = {"_learn": checked_step(road), "_look": checked_step(ahead), "_tell": checked_step(reach)}
    assert steps.keys() <= set(driving.step.__code__.co_names), "the kernels have other names in firmware/driving.py"
    return FunctionType(driving.step.__code__, steps)
