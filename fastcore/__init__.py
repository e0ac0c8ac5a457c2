"""The firmware's kernels, compiled: same source, same numbers; and the hot loop of the emulated cell.

ImportError where the sources beside it are not those that it was compiled from: the words of a state may have moved,
and a kernel would write them past each other without a sign.
"""

from pathlib import Path

from fastcore.batch import compiled_from
from fastcore.sources import digest

if digest(Path(__file__).parent.parent) not in ("", compiled_from):
    raise ImportError(
        "The compiled extension is of other sources than lie here; run `make setup`, which compiles it anew.",
        name="fastcore",
    )
