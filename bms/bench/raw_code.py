"""What a .mpy file holds of code, function by function: MicroPython's own format, version 6 (py/persistentcode.c)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_HEAD = 4  # "M", version, architecture, bits of a small integer
_BYTECODE, _NATIVE_PY, _NATIVE_ASM = 2, 3, 5
_BARE = range(5)  # objects without content: function table, None, False, True, Ellipsis
_TEXTS = (5, 6)  # strings and bytes end with a zero
_TUPLE = 10


@dataclass(frozen=True)
class Function:
    """A function's code, or that of a class's or the module's body."""

    native: bool
    length: int  # bytes


def functions(mpy: bytes) -> list[Function]:
    """Of a module, its own body first; ValueError if the file does not end behind the last."""
    reader = _Reader(mpy, _HEAD)
    names, objects = reader.number(), reader.number()
    for _ in range(names):
        reader.name()
    for _ in range(objects):
        reader.thing()
    found = list(reader.code())
    if not reader.at_end:
        raise ValueError("not a .mpy file of version 6")
    return found


def native_bytes(files: Mapping[str, bytes]) -> int:
    """Of native code in all modules among these files; on a Pico it lies in the heap."""
    modules = [data for path, data in files.items() if path.endswith(".mpy")]
    return sum(function.length for mpy in modules for function in functions(mpy) if function.native)


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def number(self) -> int:
        """Seven bits a byte, the highest first."""
        value = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                return value

    def name(self) -> None:
        word = self.number()
        if not word & 1:  # an odd one is a name that every MicroPython has
            self._at += (word >> 1) + 1

    def thing(self) -> None:
        kind = self._data[self._at]
        self._at += 1
        if kind in _BARE:
            return
        length = self.number()
        if kind == _TUPLE:
            for _ in range(length):
                self.thing()
        else:
            self._at += length + (kind in _TEXTS)

    def code(self) -> Iterator[Function]:
        word = self.number()
        kind, length = (word & 3) + _BYTECODE, word >> 3
        yield Function(kind != _BYTECODE, length)
        self._at += length
        if kind != _BYTECODE:
            self.number()  # where its head is, or what scope it has
        if kind == _NATIVE_ASM:
            self.number()  # arguments,
            self.number()  # and their types
        if word & 4:
            for _ in range(self.number()):
                yield from self.code()
