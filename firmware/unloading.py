"""What only a start needs is given back to the heap once it is over.

These modules are imported by the functions that use them, none of which is called while all goes well; should one be
needed again, as after a reset of the monitor, it is loaded again.
"""

import sys

STARTING = (
    "firmware.forgetting",
    "firmware.audit",
    "firmware.start",
    "firmware.restore",
    "firmware.messages",
    "firmware.drivers.bq76952_profile",
    "firmware.drivers.bq76952_settings",
    "firmware.drivers.mcp2515_timing",
)
_ON_A_BOARD = sys.implementation.name == "micropython"


def forget():
    """To be called on a board once the controller runs: nothing is made any more, and no start comes but by a reset."""
    if _ON_A_BOARD:
        from firmware import forgetting

        forgetting.forget(globals().values())  # of an image, all that its joined modules have


def unload():
    """To be called on a board where the heap is cleaned, after the start; a desktop keeps its modules."""
    if not _ON_A_BOARD:
        return
    for name in STARTING:
        if name in sys.modules:
            package, _, last = name.rpartition(".")
            del sys.modules[name]
            delattr(sys.modules[package], last)
