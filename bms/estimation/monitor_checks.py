"""Whether the controller and its cell monitor take a pack's words as they are: the monitor's limits come in steps.

A step of a current is 2 mV across the shunt: with a small one the monitor may be as much as the whole limit too early,
or cannot be told the limit at all.
"""

from array import array
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bms.errors import InputError
from bms.estimation import guard_checks, guard_table
from bms.estimation.words import PackDesign, limits, words
from firmware.config import Config

_STEP_UV = 2_000  # of the over-current comparators (TI SLUUBY2B)
_ROUND_UOHM = [round(m * 10**k) for k in range(1, 5) for m in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5)]  # proposed ones


def checked(design: PackDesign) -> NDArray[np.int32]:
    """A pack's words, int32 (n,); InputError where controller or monitor refuse them, or the latter is too early."""
    made = words(design)
    reason = _refusal(design, made)
    if reason is None:
        return made
    fitting = [shunt for shunt in _ROUND_UOHM if shunt > design.shunt_uohm and _fits(design, shunt)]
    if not fitting:
        raise InputError(reason)
    step_a = _STEP_UV / design.shunt_uohm
    raise InputError(
        f"shunt_uohm is {design.shunt_uohm}, so that the steps of the BQ76952 are {step_a:.3g} A: "
        f"{reason.split(';')[0]}; choose {fitting[0]}."
    )


def _refusal(design: PackDesign, made: NDArray[np.int32]) -> str | None:
    """Why the words cannot be used, in one sentence."""
    try:
        taken = Config(array("i", made.tolist())).profiles()[0].achieved
        guard_checks.check_chip(guard_table.table(limits(design), design.thresholds), taken)
    except InputError as e:
        return str(e)
    except ValueError as e:
        return f"{e}, so that the controller does not take this pack; change its cell, its thresholds or its window."
    return None


def _fits(design: PackDesign, shunt_uohm: int) -> bool:
    other = replace(design, shunt_uohm=shunt_uohm)
    try:
        return _refusal(other, words(other)) is None
    except InputError:
        return False
