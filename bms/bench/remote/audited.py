"""Configurations as a board judges them: "c" asks for one, "taken" or "refused" and the sentence is told of it.

After an empty one "bytes": what half of them have left on the heap.
"""

import gc
from array import array
from binascii import unhexlify

from firmware.config import Config

_MOST = 1000


def judged(words):
    try:
        return "taken %d" % Config(words).cells
    except ValueError as error:
        return "refused %s" % error


def main(ask, tell):
    """Serve until the host sends an empty configuration."""
    bytes_after = array("i", [0] * _MOST)
    count = 0
    while True:
        text = ask("c")
        if not text:
            break
        tell(judged(array("i", unhexlify(text))))
        text = None
        gc.collect()
        bytes_after[count] = gc.mem_alloc()
        count += 1
    tell("bytes %d" % (bytes_after[count - 1] - bytes_after[count // 2]))
