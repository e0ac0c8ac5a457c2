"""What an image needs but once after a reset, taken out of its classes once the controller runs; loaded for that."""

from firmware.controller import Controller
from firmware.drivers.bq76952_link import Frame
from firmware.drivers.crc8 import table
from firmware.estimate import Estimator
from firmware.frames import signal_words
from firmware.keeping import Keeping
from firmware.leakage import Leakage
from firmware.memory import Memory
from firmware.protection import Protection
from firmware.records import counter_kind, event_kind, faults_kind, leaks_kind, learned_kind, state_kind
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
FUNCTIONS = (table, signal_words, state_kind, learned_kind, faults_kind, event_kind, leaks_kind, counter_kind)
STILL_MADE = (Frame,)  # to look for a monitor that was reset, and what it is told then


def forget(named):
    """Take out the methods and functions of a start, and the constructors of the image's classes but of those above.

    named: {name: what it is} of all that the image has at its top.
    """
    for it, names in ONCE:
        for name in names.split():
            setattr(it, name, None)  # what is deleted keeps its place in the table, and its RAM
    for name, it in list(named.items()):
        if it in FUNCTIONS:
            named[name] = None
        elif isinstance(it, type) and it not in STILL_MADE and "__init__" in it.__dict__ and _is_of_firmware(it):
            it.__init__ = None  # pyright: ignore[reportAttributeAccessIssue]  # none is made any more


def _is_of_firmware(it):
    """A board's own classes are still made: pins, to free a bus."""
    return it.__dict__.get("__module__", "").startswith("firmware.")
