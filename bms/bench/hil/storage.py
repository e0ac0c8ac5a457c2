"""Group E: what the controller has stored, and the flash below."""

import numpy as np

from bms.bench.hil.case import Case, Reaction, Setting
from bms.bench.hil.rig import Rig
from firmware import diagnoses as d
from firmware.kernels import soc

GROUP = "controller"
_CLOCK_S = 820_000_000
_CELL = 3
_LOST = 2.4  # times the resistance of the others


def _scribble(rig: Rig) -> None:
    random = np.random.default_rng(5)
    for name, data in rig.files.items():
        rig.files[name] = random.bytes(len(data))
    rig.cut_power()


def _began_blind(rig: Rig) -> str:
    if rig.begun[-1:] != ["blind"]:
        return f"it began {rig.begun[-1:]}, not blind"
    return "" if rig.closed else "it did not close"


def _began_stored(rig: Rig) -> str:
    if rig.begun[-1:] != ["stored"]:
        return f"it began {rig.begun[-1:]}, not from what was stored"
    return "" if rig.closed else "it did not close"


def _tear(rig: Rig) -> None:
    """The next save is torn in its middle, as the power goes."""
    rig.storage.torn = True


def _wear(rig: Rig) -> None:
    rig.storage.fails = True


def _stall(rig: Rig) -> None:
    """The next save holds the processor up for 400 ms."""
    rig.storage.stall_s = 0.4


def _with_clock(rig: Rig) -> None:
    rig.plant.clock_s = _CLOCK_S


def _teach(rig: Rig) -> None:
    """What a long drive would have taught: a cell's contact is lost. It is stored, and the controller starts anew."""
    rig.pack._figures[_CELL, 1] *= _LOST
    estimator = rig.mirror.estimator
    estimator.states[_CELL][soc.G_Q24] = round((_LOST - 1) * 2**24)
    rig.store(estimator)
    rig.cut_power()


CASES = (
    Case(
        (33,),
        "contact-lost",
        "cells",
        f"a cell of {_LOST:g} times the others' resistance, known from the drive before",
        "the charge path opens",
        16_500.0,
        "10 s of delay after a start of 6 s: pressure is lost slowly",
        Reaction.NO_CHARGE,
        _teach,
        (d.CONTACT_LOSS,),
        prepare=_with_clock,
        fault_s=12.0,
        lasts_s=18.0,
    ),
    Case(
        (66,),
        "torn-save",
        GROUP,
        "the power goes in the middle of a save",
        "the state before it is found",
        None,
        "never a mixture; every byte of a save is cut in hil_tests/test_power_cuts.py",
        Reaction.NOTHING,
        _tear,
        prepare=_with_clock,
        fault_s=26.0,
        lasts_s=25.0,
        judge=_began_stored,
    ),
    Case(
        (67,),
        "memory-scribbled-over",
        GROUP,
        "every stored record becomes noise, then a restart",
        "it begins blind and closes after its self-test",
        None,
        "what fails its checksum does not count",
        Reaction.NOTHING,
        _scribble,
        prepare=_with_clock,
        fault_s=20.0,
        lasts_s=9.0,
        judge=_began_blind,
    ),
    Case(
        (68,),
        "flash-worn",
        GROUP,
        "the storage takes nothing any more",
        "a warning; the drive goes on",
        11_200.0,
        "a save each 10 s, looked after once a second; 20 in a row trip",
        Reaction.WARNS,
        _wear,
        (d.STORE_FAILING,),
        lasts_s=12.0,
        judge=lambda rig: "" if rig.closed else "it opened",
    ),
    Case(
        (69,),
        "flash-stalls",
        GROUP,
        "a save holds the processor up for 400 ms",
        "told as a late tick, nothing opens",
        550.0,
        "the stall and a tick; the monitor's own protections go on meanwhile",
        Reaction.TRIPS,
        told=(d.OVERRUN,),
        prepare=lambda rig: rig.at(5.0, lambda: _stall(rig)),
        fault_s=None,
        setting=Setting(slow=True),
        lasts_s=3.0,
        judge=lambda rig: "" if rig.closed else "it opened",
    ),
)
