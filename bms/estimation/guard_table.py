"""The one table of diagnoses, as words that the controller takes: a pack's rows, with its own thresholds, checked.

The numbers are firmware/diagnoses.py's, the rows bms/estimation/guard_rows.py's, the page docs/diagnoses.md.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bms.estimation import guard_checks
from bms.estimation.guard_rows import Limits, Row, rows
from firmware import diagnoses as d

__all__ = ["Change", "Limits", "Row", "table", "words"]

Change = tuple[int, str, int]  # number of a diagnosis, "warn" or "trip", and the value in the unit of its reading


def table(limits: Limits, changes: Sequence[Change] = ()) -> list[Row]:
    """The rows of a pack, by number; InputError where they contradict each other or the pack."""
    made = rows(limits)
    assert [row.number for row in made] == list(range(d.DIAGNOSES))
    for number, column, value in changes:
        made[number] = replace(made[number], **{column: value})
    guard_checks.check(made)
    guard_checks.check_pack(made, limits)
    guard_checks.check_reach(made, limits)
    return made


def words(limits: Limits, changes: Sequence[Change] = ()) -> NDArray[np.int32]:
    """int32 (WORDS,), as firmware/kernels/guard.py reads them."""
    return np.array([row.words() for row in table(limits, changes)], np.int32).ravel()
