"""What the tests of a fit cannot tell, each with its reason: a sentence's worth."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bms.cells.fitting_gap import PAIRS_SPAN, tells_widening
from bms.cells.fitting_residual import ambient
from bms.cells.fitting_shape import TAU
from bms.cells.fitting_slow import Slow
from bms.cells.fitting_trace import Trace
from bms.cells.record import GAP_JITTER, Record, longest_interval

WIDE = 20.0  # K between the coldest and the hottest test: below it no activation energy is told
_HOT = 65.0  # degC; hotter tests are rare, and 20..40 degC in degF look like it
_UNSEEN = 0.05  # of the capacity that may have flowed between the samples before it is said


def unseen(tests: Sequence[Trace], calm: Slow, wide: bool, sparse: bool) -> list[str]:
    """What tests of too few temperatures, or sampled too slowly, do not show; `wide`, `sparse`: as in Found."""
    out = []
    if calm.half_gap is not None and not tells_widening(calm):
        out.append(
            f"how the hysteresis widens in the cold: the slow tests lie within {PAIRS_SPAN:g} K; it is taken to be the "
            "same at every temperature"
        )
    if not wide:
        seen = " and ".join(f"{t:g}" for t in dict.fromkeys(map(ambient, tests)))
        out.append(
            f"how resistance, lags and OCV change with temperature: the dynamic tests lie at {seen} degC, and "
            f"{WIDE:g} K between them are needed; typical activation energies are assumed, and further away the "
            "interval of the SoC is too narrow"
        )
    hottest = max(map(ambient, tests))
    if hottest > _HOT:
        out.append(
            f"whether temperature_c is in degC: a test lies at {hottest:g}, hotter than most cells are ever run; "
            "values in degF must become (degF - 32) / 1.8"
        )
    if sparse:
        step = min(test.step for test in tests)
        out.append(
            f"R0, charge transfer and R1 apart, and noise: one sample in {step:g} s is longer than the fast branch "
            f"({TAU[0]:g} s); R0 holds all three, noise is assumed"
        )
        if calm.half_gap is not None:
            out.append(
                f"how much of the slow branches' gap is hysteresis: one sample in {step:g} s does not tell how much of "
                "it is resistance; all of it is allowed for"
            )
    return out


def uncounted(tests: Sequence[Record], capacity_ah: float) -> list[str]:
    """What of the charge the samples may have missed, where a test has neither counter nor SoC; a sentence's worth.

    Where a sample tells nothing of the next, the mean of two is off by the deviation of both, an interval by another
    than the last. On measured drives, thinned out to one sample a minute, two deviations mostly hold the charge that
    was lost.
    """
    missed = {}
    for test in tests:
        interval = np.diff(test.time)
        sampled = interval <= longest_interval(interval) + GAP_JITTER
        lost = np.sqrt(np.sum((np.diff(test.current) * interval)[sampled] ** 2) / 2) / 3600
        if test.ah_discharged is None and test.soc is None and 2 * lost > _UNSEEN * capacity_ah:
            missed[Path(test.name).stem] = 2 * lost
    if not missed:
        return []
    worst = max(missed, key=missed.__getitem__)
    return [
        f"the charge of {', '.join(missed)}: the current changes from one sample to the next, and what flowed between "
        f"them is not known, up to {missed[worst]:.2g} Ah in {worst} ({missed[worst] / capacity_ah:.0%} of the cell); "
        "give ah_discharged or soc, or sample more often"
    ]
