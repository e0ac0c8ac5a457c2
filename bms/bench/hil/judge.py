"""What a run of a case was worth: how soon the right thing reacted, whether the cause was named, and nothing else."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bms.bench.hil.case import Case, Reaction, Verdict
from bms.bench.hil.log import Log
from bms.bench.hil.rig import Rig
from bms.estimation.guard_rows import Limits, rows
from firmware import diagnoses as d
from firmware import readings as of

_ANY = Limits(16, 2.0, 4.0, 100.0, 100.0, 50.0)
NAMES = {row.number: row.name for row in rows(_ANY)}


@dataclass
class Result:
    """One case run once. measured_ms: from the fault to the reaction; None where none came, or none was to come."""

    name: str
    verdict: Verdict
    why: str = ""
    measured_ms: float | None = None
    simulated_s: float = 0.0
    wall_s: float = 0.0
    log: Log = field(default_factory=Log)
    fault_s: float | None = None


def bits(readings: NDArray[np.int32], low: int, high: int) -> set[int]:
    """Numbers of the diagnoses whose bit is set in two words of the readings."""
    words = int(readings[low]), int(readings[high])
    return {k for k in range(d.DIAGNOSES) if words[k // 30] >> k % 30 & 1}


def judged(case: Case, rig: Rig) -> Result:
    """The verdict of a run that went to its end."""
    result = Result(case.name, Verdict.PASSED, log=rig.log, fault_s=rig.fault_s)
    if rig.fault_s is not None:
        result.measured_ms = _measured(case, rig)
    result.why = _wrong(case, rig, result.measured_ms)
    if result.why:
        result.verdict = Verdict.FAILED
    return result


def _wrong(case: Case, rig: Rig, measured_ms: float | None) -> str:
    """The first thing that is wrong with a run, "" if nothing is."""
    if bool(rig.died) != case.dies:
        return f"the firmware ended with {rig.died}" if rig.died else "the firmware went on"
    if case.reaction is Reaction.VOID:
        return "the run was taken for a good one"
    if rig.mismatches:
        return f"{rig.mismatches} words differ between firmware and desktop"
    if rig.fault_s is None:
        return "the fault was never injected"
    before = _before(case, rig)
    if before:
        return before
    if case.reaction in (Reaction.NOTHING, Reaction.STAYS_OPEN):
        if measured_ms is not None:
            return f"reacted after {measured_ms:.0f} ms ({_named(_tripped(rig, rig.fault_s))}); nothing was to"
    elif measured_ms is None:
        return f"no reaction ({case.reaction.value}); tripped: {_named(_tripped(rig, rig.fault_s))}"
    elif case.limit_ms is not None and measured_ms > case.limit_ms:
        return f"{measured_ms:.0f} ms, allowed are {case.limit_ms:.0f} ms"
    elif measured_ms < case.least_ms:
        return f"{measured_ms:.3f} ms, at least {case.least_ms:g} ms have to pass"
    return _causes(case, rig) or case.judge(rig)


def _before(case: Case, rig: Rig) -> str:
    assert rig.fault_s is not None
    if not case.closed_before:
        return ""
    seen = [r for time, r in rig.log.ticks if time < rig.fault_s]
    tripped = bits(seen[-1], of.TRIPS_A, of.TRIPS_B) - set(case.before) if seen else set()
    if tripped:
        return f"had tripped before the fault: {_named(tripped)}"
    main = [on for time, what, on in rig.log.switches if what == "main" and time < rig.fault_s]
    return "" if main == [True] else "the contactor was not closed when the fault came"


def _tripped(rig: Rig, since: float) -> set[int]:
    return {k for time, r in rig.log.ticks if time >= since for k in bits(r, of.TRIPS_A, of.TRIPS_B)}


def first_time(rig: Rig, number: int, low: int = of.TRIPS_A, high: int = of.TRIPS_B) -> float | None:
    """s of the first tick after the fault in which a diagnosis has tripped (or warns)."""
    since = rig.fault_s or 0.0
    return next((time for time, r in rig.log.ticks if time >= since and number in bits(r, low, high)), None)


def _causes(case: Case, rig: Rig) -> str:
    """Whether what had to be told was told first and at the right place, and what else was told."""
    since = rig.fault_s or 0.0
    if case.reaction is not Reaction.WARNS:
        missing = [k for k in case.told if first_time(rig, k) is None]
        if missing:
            return f"{_named(missing)} did not trip; {_named(_tripped(rig, since))} did"
    others = _tripped(rig, since) - set(case.told) - set(case.consequences) - set(case.before)
    if others:
        return f"tripped beside it: {_named(others)}"
    if case.told and case.first and case.reaction is not Reaction.WARNS:
        told_s = first_time(rig, case.told[0]) or 0.0
        rest = _tripped(rig, since) - {case.told[0]} - set(case.before)
        sooner = [k for k in rest if (first_time(rig, k) or 0.0) < told_s]
        if sooner:
            return f"{_named(sooner)} tripped before {NAMES[case.told[0]]}"
    return _place(case, rig)


def _place(case: Case, rig: Rig) -> str:
    if case.at is None or not case.told:
        return ""
    low, high = (of.WARNINGS_A, of.WARNINGS_B) if case.reaction is Reaction.WARNS else (of.TRIPS_A, of.TRIPS_B)
    time = first_time(rig, case.told[0], low, high)
    seen = next((int(r[case.at[0]]) for t, r in rig.log.ticks if t == time), None)
    return "" if seen == case.at[1] else f"told of cell {seen}, it was cell {case.at[1]} (counted from 0)"


def _measured(case: Case, rig: Rig) -> float | None:
    """ms from the fault to what is waited for."""
    assert rig.fault_s is not None
    since = rig.fault_s
    when = _FINDERS[case.reaction](case, rig, since)
    return None if when is None else 1000 * (when - since)


def _opening(case: Case, rig: Rig, since: float) -> float | None:
    return next((t for t, what, on in rig.log.switches if what == "main" and not on and since <= t < rig.over_s), None)


def _path(rig: Rig, since: float, place: int) -> float | None:
    """When a FET went off: 1 charge, 2 discharge."""
    return next((c[0] for chip in rig.chips for c in chip.changes if c[0] >= since and not c[place]), None)


def _status(case: Case, rig: Rig, since: float) -> float | None:
    assert case.chip_bit is not None
    group, bit = case.chip_bit
    return next((c[0] for chip in rig.chips for c in chip.changes if c[0] >= since and c[3][group] & bit), None)


def _anything(case: Case, rig: Rig, since: float) -> float | None:
    """The first thing that opened or tripped, but for what the case allows."""
    allowed = set(case.told) | set(case.consequences) | set(case.before)
    trips = (t for t, r in rig.log.ticks if t >= since and bits(r, of.TRIPS_A, of.TRIPS_B) - allowed)
    found = [_opening(case, rig, since), _path(rig, since, 1), _path(rig, since, 2), next(trips, None)]
    return min((time for time in found if time is not None), default=None)


def _closing(case: Case, rig: Rig, since: float) -> float | None:
    return next((t for t, what, on in rig.log.switches if what == "main" and on and t >= since), None)


_FINDERS = {
    Reaction.OPENS: _opening,
    Reaction.NO_CHARGE: lambda case, rig, since: _path(rig, since, 1),
    Reaction.NO_DISCHARGE: lambda case, rig, since: _path(rig, since, 2),
    Reaction.TRIPS: lambda case, rig, since: first_time(rig, case.told[0]),
    Reaction.WARNS: lambda case, rig, since: first_time(rig, case.told[0], of.WARNINGS_A, of.WARNINGS_B),
    Reaction.CHIP: _status,
    Reaction.STAYS_OPEN: _closing,
    Reaction.NOTHING: _anything,
    Reaction.REFUSED: lambda case, rig, since: rig.told(case.refusal, since),
    Reaction.VOID: lambda case, rig, since: None,
}


def _named(numbers: object) -> str:
    found = sorted(numbers)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return ", ".join(NAMES[k] for k in found) or "nothing"
