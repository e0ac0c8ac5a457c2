"""The key that a host's commands are signed with, from a user's file. Nothing here ever says what is in it."""

from pathlib import Path

from bms.errors import InputError
from firmware.commands import KEY_BYTES

NONE = bytes(KEY_BYTES)  # a pack with this one takes no command
_ALLOWED = f"it must hold {KEY_BYTES} bytes, or {2 * KEY_BYTES} hexadecimal digits"
_MAKE = f"make one with `openssl rand -hex {KEY_BYTES}`"


def read(path: Path | None) -> bytes:
    """32 bytes, raw or as 64 hexadecimal digits; None: NONE. InputError for a file that holds no key."""
    if path is None:
        return NONE
    try:
        with path.open("rb") as file:
            data = file.read(4 * KEY_BYTES)  # more is none, however much
    except FileNotFoundError:
        raise InputError(f"--key: there is no file {path}; {_MAKE} and give its path.") from None
    except OSError as e:
        raise InputError(f"--key: {path} cannot be read: {e.strerror}; check the path.") from None
    key = _of_digits(data) or data
    if len(key) != KEY_BYTES:
        held = "more" if len(data) == 4 * KEY_BYTES else f"{len(data)} bytes"
        if len(key) == KEY_BYTES // 2:
            held += " that are hexadecimal digits"
        raise InputError(f"--key: {path} holds {held}; {_ALLOWED}: {_MAKE}.")
    if key == NONE:
        raise InputError(f"--key: {path} holds zeros alone, which stand for no key; {_MAKE}.")
    return key


def _of_digits(data: bytes) -> bytes:
    """What 64 or 32 hexadecimal digits stand for: 32 are half a key, though they are 32 bytes; b"" of others."""
    text = data.strip()
    if len(text) not in (KEY_BYTES, 2 * KEY_BYTES) or text.strip(b"0123456789abcdefABCDEF"):
        return b""
    return bytes.fromhex(text.decode())
