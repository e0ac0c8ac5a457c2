"""The arm32 target as a board: modules compiled as for a flash image, in a folder of their own, none of the source."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bms.bench import folding, image, joining
from bms.bench.targets import REMOTE, ROOT, Answer, Arm32

ARCHITECTURE = "armv7emdp"  # what the interpreter says of itself: sys.implementation._mpy


class Imaged(Arm32):
    """Runs an entry whose modules, and all that they import, are .mpy files."""

    def run(
        self, entry: str, answer: Answer, environment: Mapping[str, str] | None = None, pass_fds: Sequence[int] = ()
    ) -> None:
        """As Arm32.run."""
        with tempfile.TemporaryDirectory() as folder:
            for path, data in files(entry).items():
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_bytes(data)
            self._folder = folder
            super().run(entry, answer, {**(environment or {}), "MICROPYPATH": folder}, pass_fds)

    def command(self, entry: str) -> list[str]:
        """From within the folder, as the interpreter looks first where it was started."""
        return ["sh", "-c", 'cd "$0" && exec "$@"', self._folder, *super().command(entry)]


def files(entry: str) -> dict[str, bytes]:
    """{path: .mpy} of an entry of bms/bench/remote, of the link, and of all that they import."""
    trees = folding.modules([Path(f"{entry}.py"), Path("stdio.py")], ROOT, REMOTE)
    return image.folded(joining.join(trees), ARCHITECTURE)
