"""A micro:bit in QEMU, whose power can be cut: what its flash held at that moment is what it starts from again."""

import ast
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from bms.bench.targets import REMOTE, ROOT

FIRMWARE = Path("usr/share/firmware-microbit-micropython/firmware.hex")
FLASH = 0x40000  # nRF51822: 256 KiB
_UICR, _UICR_SIZE = 0x10001000, 0x100
_SCRIPT, _SCRIPT_MOST = 0x3E000, 0x2000 - 4  # where MicroPython looks for a program: "MP", its length, its text


def missing() -> str | None:
    """Why it cannot run here, in one sentence; None when it can."""
    if _firmware() is None:
        return "there is no MicroPython for the micro:bit; `sh .ci/microbit` fetches Debian's"
    if _qemu() is None:
        return "there is no qemu-system-arm; `sh .ci/microbit` fetches Debian's"
    return None


class Microbit:
    """flash: the content that the next start begins from."""

    def __init__(self) -> None:
        image = _memory((_firmware() or FIRMWARE).read_text())
        self._uicr = bytes(image.get(_UICR + k, 0xFF) for k in range(_UICR_SIZE))
        self.flash = bytearray(image.get(k, 0xFF) for k in range(FLASH))
        text = _program().encode()
        assert len(text) <= _SCRIPT_MOST, len(text)
        self.flash[_SCRIPT : _SCRIPT + 4 + len(text)] = b"MP" + len(text).to_bytes(2, "little") + text

    def run(self, seconds: float, patience: float = 20.0) -> list[str]:
        """Start, and cut the power so long after the line "B"; the whole lines until then."""
        with tempfile.TemporaryDirectory() as folder:
            return self._run(Path(folder), seconds, patience)

    def _run(self, folder: Path, seconds: float, patience: float) -> list[str]:
        (folder / "flash").write_bytes(self.flash)
        (folder / "uicr").write_bytes(self._uicr)
        process = subprocess.Popen(
            [
                _qemu() or "", "-M", "microbit", "-display", "none",
                "-device", f"loader,file={folder}/flash,addr=0,force-raw=on",
                "-device", f"loader,file={folder}/uicr,addr={_UICR},force-raw=on",
                "-serial", f"file:{folder}/serial", "-monitor", f"unix:{folder}/monitor,server,nowait",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        serial = folder / "serial"
        try:
            until = time.monotonic() + patience
            while not (serial.exists() and b"\nB" in serial.read_bytes()):
                if time.monotonic() > until or process.poll() is not None:
                    raise RuntimeError(f"the micro:bit in QEMU does not start: {_text(serial)[-300:]}")
                time.sleep(0.005)
            time.sleep(seconds)
            _Monitor(folder / "monitor").cut(folder / "left")
        finally:
            process.kill()
            process.wait()
        self.flash[:] = (folder / "left").read_bytes()
        return _text(serial).split("\n")[:-1]


class _Monitor:
    """QEMU's own console, on a socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(str(path))
        self._answer()

    def cut(self, left: Path) -> None:
        """Stop the processor and keep the flash as it is."""
        for command in ("stop", f'memsave 0 {FLASH} "{left}"'):
            self._socket.sendall(command.encode() + b"\n")
            self._answer()
        self._socket.close()

    def _answer(self) -> None:
        heard = b""
        while not heard.endswith(b"(qemu) "):
            heard += self._socket.recv(4096)


def _text(serial: Path) -> str:
    return serial.read_text(errors="replace") if serial.exists() else ""


def _program() -> str:
    """firmware/slots.py and the loop that uses it, as one text without docstrings and comments."""
    parts = []
    for path in (ROOT / "firmware/slots.py", REMOTE / "slots_cuts.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
                del node.body[0]
        tree.body = [node for node in tree.body if not (isinstance(node, ast.ImportFrom) and node.module == "slots")]
        parts.append(ast.unparse(tree))
    return "\n".join(parts) + "\n"


def _memory(intel_hex: str) -> dict[int, int]:
    """Bytes by address."""
    memory, base = {}, 0
    for line in intel_hex.split():
        record = bytes.fromhex(line[1:])
        offset, kind, data = int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        if kind == 0:
            memory |= {base + offset + k: byte for k, byte in enumerate(data)}
        elif kind in (2, 4):
            base = int.from_bytes(data, "big") << (4 if kind == 2 else 16)
    return memory


def _firmware() -> Path | None:
    for root in (Path("/"), ROOT / "build/microbit"):
        if (root / FIRMWARE).exists():
            return root / FIRMWARE
    return None


def _qemu() -> str | None:
    return shutil.which("qemu-system-arm") or shutil.which(ROOT / "build/microbit/qemu-system-arm")
