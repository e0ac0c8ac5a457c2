"""What the extension is compiled from, as one word: setup.py compiles it in, and the package compares when it loads."""

from hashlib import sha256
from pathlib import Path

_COMPILED = ("setup.py", "firmware/kernels/*.py", "fastcore/*.pyx", "fastcore/*.pxd")


def digest(root: Path) -> str:
    """Of all sources of the extension under `root`, in hex; empty where they do not lie there, as in a wheel."""
    found = sha256()
    for pattern in _COMPILED:
        paths = sorted(root.glob(pattern))
        if not paths:
            return ""
        for path in paths:
            found.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()
