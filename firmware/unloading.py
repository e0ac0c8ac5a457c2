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
_OF_AN_IMAGE = __name__ != "firmware.unloading"  # its modules are joined to one; nothing but a reset starts it again


def forget():
    """To be called on a board once the controller runs: nothing is made any more of what an image has for its start."""
    if _OF_AN_IMAGE:
        from firmware import forgetting

        forgetting.forget(globals())


def unload():
    """To be called on a board where the heap is cleaned, after the start; a desktop keeps its modules."""
    if sys.implementation.name != "micropython":
        return
    for name in STARTING:
        if name in sys.modules:
            package, _, last = name.rpartition(".")
            del sys.modules[name]
            delattr(sys.modules[package], last)
