"""A Cell as TOML text, the form in which bms/cells keeps it."""

import json
from typing import Any

from bms.cells.schema import Cell

_DIGITS = 6  # significant: no test tells more


def cell_toml(cell: Cell, heading: str = "") -> str:
    """`cell` as TOML; `heading` becomes the comment lines at the top. Figures are rounded to six digits."""
    fields = {key: value for key, value in cell.model_dump(exclude_none=True).items() if value != {}}
    plain = [f"{key} = {_value(value)}" for key, value in fields.items() if not _is_table(value)]
    tables = [_table(key, value) for key, value in fields.items() if _is_table(value)]
    comment = "".join(f"# {line}\n" for line in heading.splitlines())
    return comment + "\n".join(plain) + "\n\n" + "\n".join(tables)


def _is_table(value: Any) -> bool:
    """What gets lines of its own: a group of quantities, a curve, a table of resistances."""
    return isinstance(value, dict) and any(isinstance(inner, dict | list) for inner in value.values())


def _table(name: str, fields: dict[str, Any]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in fields.items())


def _value(value: Any) -> str:
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + " }"
        case [list(), *_]:
            return "[\n" + "".join(f"    {_value(row)},\n" for row in value) + "]"
        case list():
            return "[" + ", ".join(_value(inner) for inner in value) + "]"
        case float():
            return _number(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
    raise TypeError(f"{type(value).__name__} has no place in a cell file")


def _number(value: float) -> str:
    text = f"{value:.{_DIGITS}g}"
    return text if any(mark in text for mark in ".en") else text + ".0"
