"""Logged CAN frames and what they say: candump's text, a CSV, or any file that python-can reads."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bms.bench.can_table import Message, messages_of
from bms.errors import InputError
from firmware import e2e

_TIME = r"(?P<time>[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)"
_CANDUMP = re.compile(rf"\({_TIME}\)\s+\S+\s+(?P<id>[0-9A-Fa-f]{{3}})#(?P<data>(?:[0-9A-Fa-f]{{2}}){{0,8}})(?:\s.*)?")
# Extended, remote and CAN FD frames, none of which is the pack's.
_PASSED_OVER = re.compile(rf"\({_TIME}\)\s+\S+\s+(?:[0-9A-Fa-f]{{8}}#|[0-9A-Fa-f]{{3}}#[R#])\S*(?:\s.*)?")
_CSV = re.compile(rf"{_TIME}\s*,\s*(?:0x)?(?P<id>[0-9A-Fa-f]{{1,8}})\s*,\s*(?P<data>(?:[0-9A-Fa-f]{{2}} ?){{0,8}})")
_CSV_HEAD = "time_s,identifier,data"
_OTHERS = (".asc", ".blf", ".trc", ".mf4", ".db")


@dataclass(frozen=True)
class Line:
    """A frame that the table knows. trouble: why its values are not to be believed, or nothing."""

    time_s: float
    message: Message
    values: dict[str, float | str | None]
    trouble: str = ""


def read(path: Path) -> Iterator[tuple[float, int, bytes]]:
    """Time in s, identifier and data of every frame. InputError where the file is no log."""
    if path.suffix.lower() in _OTHERS:
        yield from _with_python_can(path)
        return
    if path.exists() and not path.is_file():  # a pipe nobody writes to, a device that never ends
        raise InputError(f"{path} is no regular file; name a candump log or a CSV.")
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as e:
        reason = e.strerror if isinstance(e, OSError) else "it is not text"
        raise InputError(f"{path} cannot be read: {reason}; name a candump log or a CSV.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and line.strip() == _CSV_HEAD):
            continue
        if _PASSED_OVER.fullmatch(line.strip()):
            continue
        found = _CANDUMP.fullmatch(line.strip()) or _CSV.fullmatch(line.strip())
        if found is None:
            raise InputError(
                f"{path}:{number}: '{line[:60]}' is no frame; allowed is candump's '(1.0) can0 120#0011223344556677' "
                f"or CSV with {_CSV_HEAD} (hex); log anew with candump -l."
            )
        yield float(found["time"]), int(found["id"], 16), bytes.fromhex(found["data"])


def _with_python_can(path: Path) -> Iterator[tuple[float, int, bytes]]:
    try:
        can = importlib.import_module("can")
    except ImportError:
        raise InputError(
            f"{path} takes python-can to read: pip install 'packmirror[can]', or use candump -l."
        ) from None
    try:
        with can.LogReader(path) as frames:
            for frame in frames:
                if not (frame.is_extended_id or frame.is_remote_frame or frame.is_error_frame):
                    yield frame.timestamp, frame.arbitration_id, bytes(frame.data)
    except Exception as e:  # its readers raise whatever the bytes lead to
        raise InputError(f"{path} cannot be read: {e}; is it a {path.suffix} log?") from None


def decode(frames: Iterator[tuple[float, int, bytes]]) -> Iterator[Line]:
    """What the frames of the table say; others are passed over."""
    known = {message.identifier: message for message in messages_of()}
    judges = {k: e2e.Receiver(k) for k, message in known.items() if message.protected}
    for time_s, identifier, data in frames:
        message = known.get(identifier)
        if message is None:
            continue
        if len(data) != 8:
            yield Line(time_s, message, {}, f"{len(data)} bytes instead of 8")
            continue
        trouble = ""
        if message.protected:
            trouble = ("", "repeated", "frames lost before it", "wrong check")[judges[identifier].check(data)]
        group = data[0] if message.multiplexed else None
        yield Line(time_s, message, {s.name: s.value(data) for s in message.signals if s.group == group}, trouble)


def text(line: Line) -> str:
    """One line for people: time, message, and each value with its unit."""
    units = {signal.name: signal.unit for signal in line.message.signals}
    said = ", ".join(_said(name, value, units[name]) for name, value in line.values.items())
    trouble = f"  ({line.trouble}: not to be believed)" if line.trouble else ""
    return f"{line.time_s:12.3f}  {line.message.name}: {said}{trouble}"


def _said(name: str, value: float | str | None, unit: str) -> str:
    if value is None:
        return f"{name} not available"
    shown = value if isinstance(value, str) else f"{value:.10g}"
    return f"{name} {shown} {unit}".rstrip()
