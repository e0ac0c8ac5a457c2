"""Is every protection tested? Each is disabled in turn, and one of its cases must fail for that."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bms.bench import targets
from bms.bench.hil import catalogue, runner
from bms.bench.hil.case import Case, Reaction, Verdict
from bms.bench.hil.judge import NAMES
from bms.emulation.bq76952_registers import SafetyA, SafetyB, SafetyC
from firmware import audit

_MONITOR = (
    *((0, bit) for bit in SafetyA),
    *((1, bit) for bit in SafetyB if bit != SafetyB.OTF),  # no thermistor is at a FET
    *((2, bit) for bit in (SafetyC.HWDF, SafetyC.OCDL, SafetyC.SCDL)),
)


@dataclass(frozen=True)
class Mutant:
    """One protection out of work: a diagnosis of the firmware, or a protection of the monitor."""

    name: str
    cases: tuple[Case, ...]
    disabled: frozenset[int] = frozenset()
    broken: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """killed: the case that failed and why; None where none did."""

    name: str
    killed: tuple[str, str] | None
    tried: int


def mutants() -> list[Mutant]:
    """Every diagnosis, then every protection of the monitor that is enabled."""
    cases = sorted(catalogue.CASES, key=lambda case: case.lasts_s)
    made = [
        Mutant(name, tuple(case for case in cases if number in case.told), disabled=frozenset({number}))
        for number, name in sorted(NAMES.items())
    ]
    for group, bit in _MONITOR:
        mine = [case for case in cases if case.chip_bit == (group, bit)]
        if bit == SafetyA.SCD and group == 0:
            mine = [case for case in cases if case.reaction is Reaction.NO_DISCHARGE and 37 in case.numbers]
        made.append(Mutant(f"monitor: {bit.name}", tuple(mine), broken=frozenset({(group, int(bit))})))
    return made


def hunt(chosen: Sequence[Mutant]) -> Iterator[Outcome]:
    """Run the cases of each mutant until one fails, on target python: there alone the firmware's audit can be left out,
    which refuses a table in which a protection is disabled.
    """
    python = targets.target("python")
    for mutant in chosen:
        with _unaudited():
            tried = _tried(mutant, python)
        yield tried


@contextmanager
def _unaudited() -> Iterator[None]:
    check = audit.check
    audit.check = lambda config: None
    try:
        yield
    finally:
        audit.check = check


def _tried(mutant: Mutant, target: targets.Target) -> Outcome:
    for tried, case in enumerate(mutant.cases, 1):
        result = runner.run_case(case, target, disabled=mutant.disabled, broken=mutant.broken)
        if result.verdict is Verdict.FAILED:
            return Outcome(mutant.name, (case.name, result.why), tried)
    return Outcome(mutant.name, None, len(mutant.cases))
