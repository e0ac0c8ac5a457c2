"""Imports run one way: firmware <- fastcore <- bms <- hil_tests, tests; and so do the wings of bms."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {
    "firmware": {"firmware"},
    "fastcore": {"fastcore", "firmware"},
    "bms": {"bms", "fastcore", "firmware"},
    "hil_tests": {"hil_tests", "bms", "fastcore", "firmware"},
    "tests": {"tests", "bms", "fastcore", "firmware"},
}
# What a wing of bms may use beside itself and bms.errors. What is not listed stands on top and may use all.
WINGS = {
    "errors": set(),
    "output": set(),
    "cells": set(),
    "emulation": {"cells"},
    "estimation": {"cells"},
    "driving": {"cells", "emulation"},
    "bench": {"cells", "emulation", "estimation", "driving"},
}
BOARD_MODULES = {
    "array", "binascii", "collections", "errno", "gc", "hashlib", "io", "json", "machine", "math", "micropython", "os",
    "random", "select", "struct", "sys", "time", "vfs",
}  # fmt: skip
PINS = {"machine", "rp2", "esp32", "pyb", "stm"}  # modules that reach the hardware


def package_of(path: Path) -> list[str]:
    return list(path.relative_to(ROOT).parts[:-1])


def imported_by_python(path: Path) -> set[str]:
    """Full names of what a file imports; `from a import b` counts as a.b, relative names are made whole."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = package_of(path)
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def imported_by_cython(path: Path) -> set[str]:
    lines = re.findall(r"^\s*(?:from\s+(\S+)\s+c?import\s+([\w, ]+)|c?import\s+(\S+))", path.read_text(), re.MULTILINE)
    names = {f"{base}.{name.strip()}" for base, several, _ in lines if base for name in several.split(",")}
    return {name.lstrip(".") for name in names} | {whole for *_, whole in lines if whole}


def files(room: str) -> list[Path]:
    return [p for p in sorted((ROOT / room).rglob("*")) if p.suffix in {".py", ".pyx", ".pxd"}]


def imports(path: Path) -> set[str]:
    return imported_by_python(path) if path.suffix == ".py" else imported_by_cython(path)


def within(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_the_room_above_it(room):
    forbidden = set(ROOMS) - ROOMS[room]
    wrong = [f"{p.relative_to(ROOT)}: {n}" for p in files(room) for n in imports(p) if n.split(".")[0] in forbidden]
    assert not wrong


def wing_of(name: str) -> str:
    return name.removeprefix("bms.").split(".")[0]


@pytest.mark.parametrize("wing", WINGS)
def test_no_wing_of_bms_imports_the_wing_above_it(wing):
    allowed = WINGS[wing] | {wing, "errors", "output"}
    mine = [p for p in files("bms") if p.relative_to(ROOT / "bms").parts[0].removesuffix(".py") == wing]
    assert mine, f"bms has no wing {wing}; does the table above still say what the project is?"
    wrong = [
        f"{p.relative_to(ROOT)}: {name}"
        for p in mine
        for name in imports(p)
        if within(name, "bms") and wing_of(name) not in allowed
    ]
    assert not wrong


def test_a_kernel_imports_only_the_dialect():
    kernels = [p for p in files("firmware/kernels") if p.stem not in {"__init__", "dialect"}]
    assert kernels
    wrong = [
        f"{p.relative_to(ROOT)}: {name}"
        for p in kernels
        for name in imports(p)
        if not within(name, "firmware.kernels.dialect")
    ]
    assert not wrong


def test_the_firmware_imports_only_what_a_board_has():
    wrong = [
        f"{p.relative_to(ROOT)}: {name}"
        for p in files("firmware")
        for name in imports(p)
        if name.split(".")[0] not in BOARD_MODULES | PINS | {"firmware"}
    ]
    assert not wrong


def test_only_boards_and_what_starts_and_resets_them_reach_the_hardware():
    programs = {ROOT / "firmware/boot.py", ROOT / "firmware/main.py"}
    elsewhere = [p for p in files("firmware") if package_of(p) != ["firmware", "boards"] and p not in programs]
    assert not [f"{p.relative_to(ROOT)}: {n}" for p in elsewhere for n in imports(p) if n.split(".")[0] in PINS]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import machine", {"machine"}),
        ("from machine import Pin", {"machine.Pin"}),
        ("from . import soc", {"firmware.kernels.soc"}),
        ("from ..drivers.bq76952 import BQ76952", {"firmware.drivers.bq76952.BQ76952"}),
        ("def f():\n    from bms.cells import schema", {"bms.cells.schema"}),
    ],
)
def test_every_form_of_import_is_seen(source, found, tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / "firmware/kernels/kernel.py"
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert imported_by_python(path) == found
