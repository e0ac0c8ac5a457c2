"""`bms flash` from end to end: an image that fits is written, started on trial, and confirmed or stepped back from."""

import contextlib
import re
from collections.abc import Callable
from typing import Any

from bms.bench import flashing
from bms.bench.board_port import BoardFiles, BoardPort
from bms.bench.flashing import Image, Written
from bms.bench.image import ARCHITECTURES, BOARDS
from bms.bench.told import Lines
from bms.errors import InputError
from firmware import boot

TRIAL_S = 30.0  # a Pico reads, checks and imports its image in some 3 s and has to run for 3 s more
_PREVIOUS_S = 20.0
_CTRL_C = "KeyboardInterrupt"
_THUMB = range(4, 9)  # an ARM runs the code of those before it


def update(port: str, image: Image, progress: Callable[[int, int], None], trial_s: float = TRIAL_S) -> dict[str, Any]:
    """What was done, with `confirmed`, and `reason` where it is not; InputError for an image that does not fit."""
    with BoardPort(port) as board:
        try:
            files = board.stop()
            _check(files, image, port)
            before = _last_words(files)
            written = flashing.write(files, image, progress)
            _forget_ctrl_c(files)
        finally:  # whatever has happened: the board goes on with what it now starts
            with contextlib.suppress(RuntimeError):
                board.restart()
        reason = _trouble(board, written, trial_s)
        started, words = _step_back(board, written, before) if reason else (image.id, "")
    return {
        "port": port,
        "board": image.board,
        "id": image.id,
        "slot": written.slot,
        "copied_files": written.copied_files,
        "copied_bytes": written.copied_bytes,
        "unchanged_files": written.unchanged_files,
        "confirmed": not reason,
        "previous": written.previous,
        "started": started,
        **({"reason": reason, "last_words": words} if reason else {}),
    }


def fits(image: Image, mpy: int, machine: str) -> bool:
    """mpy: sys.implementation._mpy of the board; machine: its _machine, which ends in the processor's name."""
    if not re.fullmatch(BOARDS[image.board].processor + r"(\d\w*)?", machine.rpartition(" with ")[2]):
        return False
    modules = [data for path, data in image.files.items() if path.endswith(".mpy")]
    native, wanted = mpy >> 10 & 15, ARCHITECTURES.index(image.architecture)
    if wanted and wanted != native and not (wanted in _THUMB and native in _THUMB and wanted < native):
        return False
    return all(data[1] == mpy & 255 and (not data[2] >> 2 or data[2] & 3 == mpy >> 8 & 3) for data in modules)


def _check(files: BoardFiles, image: Image, port: str) -> None:
    mpy, machine = files.kind()
    if not fits(image, mpy, machine):
        native = mpy >> 10 & 15
        name = ARCHITECTURES[native] if native < len(ARCHITECTURES) else f"architecture {native}"
        code = f"{name or 'bytecode'}, .mpy version {mpy & 255}.{mpy >> 8 & 3}"
        raise InputError(
            f"The image is for {image.board} ({BOARDS[image.board].processor}, {image.architecture or 'bytecode'}), "
            f"the board on {port} is a {machine} ({code}): flash one that `bms build` has made for it."
        )


def _trouble(board: BoardPort, written: Written, seconds: float) -> str:
    """Why the image is not confirmed; "" once it is."""
    heard = False
    for told in board.listen(Lines(), seconds):
        if told and told.serial == written.serial:
            heard = True
            if told.confirmed:
                return ""
        elif told:
            return "it ended before it had run for 3 s"
    if heard:
        return f"it runs, but not on measurements that it understands, for {seconds:g} s"
    return f"it has told nothing for {seconds:g} s, as when the cell monitor does not answer"


def _step_back(board: BoardPort, written: Written, before: str) -> tuple[str | None, str]:
    """Start the board again, which now takes the image before: its id once it tells so; the last words of the new."""
    words = ""
    try:
        files = board.stop()
        _forget_ctrl_c(files)
        words = _last_words(files).removeprefix(before)
    except RuntimeError:  # it may come back by itself
        pass
    finally:
        board.restart()
    for told in board.listen(Lines(), _PREVIOUS_S if written.previous else 0.0):
        if told and told.serial != written.serial:
            return written.previous, _once(words)
    return None, _once(words)


def _last_words(files: BoardFiles) -> str:
    """All that is written down, a line each, but for Ctrl-C."""
    text = b"\n".join(files.read(path) or b"" for path in (boot.TOLD, boot.LAST_WORDS)).decode(errors="replace")
    return "\n".join(line for line in text.splitlines() if line and not line.startswith(_CTRL_C))


def _once(words: str) -> str:
    """What several starts have said alike, in one line."""
    return "; ".join(dict.fromkeys(words.strip().split("\n")))


def _forget_ctrl_c(files: BoardFiles) -> None:
    """It was ours; the launcher need not pause for another."""
    if (files.read(boot.LAST_WORDS) or b"").decode(errors="replace").startswith(_CTRL_C):
        files.remove(boot.LAST_WORDS)
