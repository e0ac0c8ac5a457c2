"""What an image needs but once after a reset, taken out of its classes once the controller runs; loaded for that."""

from firmware.controller import Controller
from firmware.drivers.bq76952_link import Frame
from firmware.estimate import Estimator
from firmware.keeping import Keeping
from firmware.leakage import Leakage
from firmware.memory import Memory
from firmware.protection import Protection
from firmware.store import Store
from firmware.summary import Summary

ONCE = (
    (Controller, "_first_states"),
    (Estimator, "resume cell_mdegc"),
    (Keeping, "recall keep"),
    (Leakage, "restore"),
    (Memory, "recall begin give_road give_leaks"),
    (Protection, "restore"),
    (Store, "load _look _find _slot_content _copy"),
    (Summary, "begin"),
)
STILL_MADE = (Frame,)  # to look for a monitor that was reset, and what it is told then


def forget(everything):
    """Take out the methods of a start, and the constructors of the classes among `everything` but of those above."""
    for it, names in ONCE:
        for name in names.split():
            setattr(it, name, None)  # what is deleted keeps its place in the table, and its RAM
    for it in everything:
        if isinstance(it, type) and it not in STILL_MADE and "__init__" in it.__dict__ and _is_of_firmware(it):
            it.__init__ = None  # pyright: ignore[reportAttributeAccessIssue]  # none is made any more


def _is_of_firmware(it):
    """A board's own classes are still made: pins, to free a bus."""
    return it.__dict__.get("__module__", "").startswith("firmware.")
