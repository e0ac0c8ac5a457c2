"""An image into the slot of a board from which it does not start; until its manifest is written, nothing has changed.

The order of the steps is what makes a cut harmless (firmware/boot.py): the manifest of the slot goes first and comes
last, and the board's main program is replaced by renaming.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bms.bench.image import MANIFEST, board
from bms.bench.targets import ROOT
from bms.errors import InputError
from firmware import boot

LAUNCHER = "/main.py"
_LAUNCHER_SOURCE = ROOT / "firmware" / "boot.py"
_OF_BEFORE = b"firmware.main"  # in the main program of a board from before it had slots
_OLD_IMAGE = ("/firmware", "/pack.bin", "/manifest.json")


class BoardFiles(Protocol):
    """A board's file system: each call is complete or was cut. Paths are absolute. OSError where the board refuses."""

    def survey(self) -> Iterable[dict[str, Any]]: ...  # of bms/bench/remote/slots.py
    def read(self, path: str) -> bytes | None: ...
    def exists(self, path: str) -> bool: ...
    def write(self, path: str, data: bytes) -> None: ...
    def copy(self, source: str, target: str) -> None: ...
    def remove(self, path: str) -> None: ...  # a folder with all that is in it
    def make_folder(self, path: str) -> None: ...
    def rename(self, old: str, new: str) -> None: ...


@dataclass(frozen=True)
class Image:
    """board, architecture: as in bms/bench/image.py. files: path below the slot -> content."""

    board: str
    architecture: str
    id: str
    files: dict[str, bytes]


@dataclass
class Slot:
    """What lies in one; digests: path -> SHA-256. amiss: why it cannot be started, "" if it can."""

    folder: str
    serial: int
    id: str
    amiss: str
    started: bool
    confirmed: bool
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def proven(self) -> bool:
        return self.confirmed and not self.amiss


@dataclass(frozen=True)
class Written:
    """What was done; previous: id of the image that starts if this one fails, or /before.py; None: nothing."""

    slot: str
    serial: int
    copied_files: int
    copied_bytes: int
    unchanged_files: int
    previous: str | None


def load(folder: Path) -> Image:
    """An image that `bms build` has written; InputError where it is not whole."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        files = {path: (folder / path).read_bytes() for path in manifest["files"]}
        wrong = [p for p, data in files.items() if _sha256(data) != manifest["files"][p]["sha256"]]
        image = Image(manifest["board"], manifest["architecture"], manifest["id"], files)
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise InputError(f"{folder} holds no whole image ({e}); make one with `bms build -o {folder}`.") from None
    if wrong:
        raise InputError(f"{folder}: {wrong[0]} is not what {MANIFEST} says; make the image anew with `bms build`.")
    board(image.board)
    return image


def slots(files: BoardFiles) -> list[Slot]:
    """Both, as they are now."""
    found: dict[str, Slot] = {}
    for line in files.survey():
        if "path" in line:
            found[line["slot"]].digests[line["path"]] = line["sha256"]
        else:
            folder = line.pop("slot")
            found[folder] = Slot(folder, **line)
    return list(found.values())


def write(files: BoardFiles, image: Image, progress: Callable[[int, int], None] = lambda *_: None) -> Written:
    """Write an image into a slot and put it on trial; the next start of the board takes it.

    RuntimeError if what the board then holds is not what was written.
    """
    found = slots(files)
    target = min(found, key=lambda slot: (slot.proven, slot.serial))
    other = next(slot for slot in found if slot is not target)
    serial = 1 + max(slot.serial for slot in found)
    if other.proven:
        _clean_up(files)
    _forget(files, target)
    copied, unchanged = _fill(files, image, target, other, progress)
    manifest = manifest_of(image, serial)
    files.write(target.folder + boot.MANIFEST, manifest)
    now = next(slot for slot in slots(files) if slot.folder == target.folder)
    if now.amiss or now.serial != serial:
        raise RuntimeError(f"The board does not hold what was written: {now.amiss or 'another image'}; flash again.")
    _launch(files)
    previous = other.id if other.proven else boot.BEFORE if files.exists(boot.BEFORE) else None
    return Written(target.folder, serial, len(copied), sum(copied.values()), unchanged, previous)


def manifest_of(image: Image, serial: int) -> bytes:
    """As firmware/boot.py reads it."""
    head = f"{boot.FORM.decode()} {serial} {image.id} {image.board}"
    lines = [head, *(f"{_sha256(data)} {path}" for path, data in sorted(image.files.items()))]
    text = "".join(line + "\n" for line in lines).encode()
    return text + _sha256(text).encode() + b"\n"


def _clean_up(files: BoardFiles) -> None:
    """What a board from before it had slots has no use for any more; another's main program is left to its owner."""
    if _OF_BEFORE in (files.read(boot.BEFORE) or b""):
        for path in (*_OLD_IMAGE, boot.BEFORE):
            if files.exists(path):
                files.remove(path)


def _forget(files: BoardFiles, target: Slot) -> None:
    """From here on the slot holds no image."""
    if files.exists(target.folder + boot.MANIFEST):
        files.remove(target.folder + boot.MANIFEST)
    for mark, is_there in ((boot.STARTED, target.started), (boot.CONFIRMED, target.confirmed)):
        if is_there:
            files.remove(target.folder + mark)


def _fill(
    files: BoardFiles, image: Image, target: Slot, other: Slot, progress: Callable[[int, int], None]
) -> tuple[dict[str, int], int]:
    """Bytes by path of what had to be sent, and how many files were on the board already."""
    marks = {mark.strip("/") for mark in (boot.MANIFEST, boot.STARTED, boot.CONFIRMED)}
    for path in target.digests.keys() - image.files.keys() - marks:
        files.remove(f"{target.folder}/{path}")
    parents = {str(parent) for path in image.files for parent in Path(path).parents if parent.name}
    for folder in [target.folder, *(f"{target.folder}/{parent}" for parent in sorted(parents))]:
        if not files.exists(folder):
            files.make_folder(folder)
    on_board = {digest: f"{other.folder}/{path}" for path, digest in other.digests.items()}
    missing = {p: data for p, data in image.files.items() if target.digests.get(p) != _sha256(data)}
    sent = {p: len(data) for p, data in missing.items() if _sha256(data) not in on_board}
    done = 0
    for path, data in missing.items():
        source = on_board.get(_sha256(data))
        if source:
            files.copy(source, f"{target.folder}/{path}")
        else:
            files.write(f"{target.folder}/{path}", data)
            done += len(data)
        progress(done, sum(sent.values()))
    return sent, len(image.files) - len(sent)


def _launch(files: BoardFiles) -> None:
    """Make firmware/boot.py the board's main program; what was it before is kept until the image is confirmed."""
    source, now = _LAUNCHER_SOURCE.read_bytes(), files.read(LAUNCHER)
    if now == source:
        return
    if now and b"packmirror-image" not in now and not files.exists(boot.BEFORE):
        _replace(files, boot.BEFORE, now)
    _replace(files, LAUNCHER, source)


def _replace(files: BoardFiles, path: str, data: bytes) -> None:
    files.write(path + ".new", data)
    if files.read(path + ".new") != data:
        raise RuntimeError(f"The board does not keep {path} as it was written; flash again.")
    files.rename(path + ".new", path)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
