"""Descriptions kept as TOML files: found by name, checked against a schema, refused in one sentence."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bms.errors import InputError, unknown

_Model = TypeVar("_Model", bound=BaseModel)


def names(folder: Path, suffix: str = ".toml") -> list[str]:
    """Stems of the files in folder, sorted."""
    return sorted(p.stem for p in folder.glob(f"*{suffix}"))


def find(name_or_path: str | Path, folder: Path, kind: str, suffix: str = ".toml") -> Path:
    """The file meant by a known name or by a path (which has a separator or ends in suffix)."""
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or "\\" in text or text.endswith(suffix):
        return Path(text)
    known = names(folder, suffix)
    if text in known:
        return folder / f"{text}{suffix}"
    raise unknown(kind, text, known, f"; or give the path of a {suffix} file")


def read(name_or_path: str | Path, folder: Path, model: type[_Model], kind: str) -> _Model:
    """The description, checked. InputError for an unknown name, an unreadable file or a figure that model refuses."""
    path = find(name_or_path, folder, kind)
    if path.exists() and not path.is_file():  # a pipe nobody writes to, a device that never ends
        what = "a folder" if path.is_dir() else "a pipe or a device"
        raise InputError(f"The {kind} file {path} is {what}, no regular file; give the path of a TOML file.")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise InputError(f"The {kind} file {path} cannot be read: {e.strerror}; check the path.") from None
    except UnicodeDecodeError:
        raise InputError(f"The {kind} file {path} is not UTF-8 text; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as e:
        raise InputError(f"The {kind} file {path} is not valid TOML: {e}; correct that line.") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets thousands deep
        raise InputError(f"The {kind} file {path} holds a number too long or lists too deep; shorten it.") from None
    try:
        return model.model_validate(data)
    except ValidationError as e:
        raise InputError(_sentence(path, data, e.errors()[0])) from None


def _sentence(path: Path, data: dict[str, Any], error: ErrorDetails) -> str:
    key = _key(data, error["loc"], absent=error["type"] == "missing")
    given = error["input"]
    got = f" (it is {given!r})" if isinstance(given, str | int | float) else ""
    said = error["msg"].removeprefix("Value error, ")
    return f"{path}: {key or 'the file'}{got}: {said[:1].lower()}{said[1:]}; correct it there."


def _key(data: Any, location: Sequence[Any], absent: bool) -> str:
    """The key as the file spells it or lacks it: pydantic's location also names a union's member, which no file has."""
    parts: list[str] = []
    for n, step in enumerate(location):
        inside = step in data if isinstance(data, dict) else isinstance(data, list)
        if inside:
            data = data[step]
        elif not absent or n + 1 < len(location):
            continue
        parts.append(str(step))
    return ".".join(parts)
