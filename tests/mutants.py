"""Is every number of the table of diagnoses tested? Change one at a time and see whether a test fails.

`make mutants` (python -m tests.mutants) runs tests/unit/firmware/test_diagnoses.py for each mutant, all in one process,
until the first failure. The checks of the table are off, so that what it does is tested; only what no test saw is shown
to them. Printed: a line a diagnosis and who survived, with -v who was killed and by what; status 1 below 95 %.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from unittest import mock

import pytest
from _pytest.runner import runtestprotocol

from bms.errors import InputError
from bms.estimation import guard_table
from bms.estimation.guard_rows import Limits, Row, rows
from firmware import diagnoses as d
from firmware import readings as of
from tests.unit.firmware.guarded import LIMITS

TESTS = "tests/unit/firmware/test_diagnoses.py"
WANTED = 0.95
REFUSED = "the checks of the table alone"
_NUMBERS = ("warn", "trip", "delay_ms", "hysteresis", "recovery_ms")
_BITS = ("NO_DISCHARGE", "NO_CHARGE", "OPEN", "NO_CLOSE", "NO_BALANCE", "PERSIST")


@dataclass(frozen=True)
class Mutant:
    """One number of one row replaced."""

    number: int
    row: str
    column: str
    value: int
    said: str

    @property
    def name(self) -> str:
        return f"{self.row}: {self.said}"

    @property
    def is_small(self) -> bool:
        """A number that is off by a tenth or less."""
        if self.column not in _NUMBERS:
            return False
        value = getattr(rows(LIMITS)[self.number], self.column)
        return 0 < abs(self.value - value) <= max(round(abs(value) / 10), 1)

    def rows(self, limits: Limits) -> list[Row]:
        """The table with the change."""
        return [replace(row, **{self.column: self.value}) if row.number == self.number else row for row in rows(limits)]


def mutants(table: list[Row]) -> Iterator[Mutant]:
    """Every threshold, sign, delay, hysteresis, recovery, latch, gate, reading and reaction, in several ways."""
    for row in table:

        def made(column: str, value: int, said: str, row: Row = row) -> Mutant:
            return Mutant(row.number, row.name, column, value, said)

        for column in _NUMBERS:
            value = getattr(row, column)
            tenth = round(abs(value) / 10)
            others = (value + 1, value - 1, value + tenth, value - tenth, value * 2, value // 2, -value, 0)
            for other in dict.fromkeys(others):
                if other != value:
                    yield made(column, other, f"{column} {value} -> {other}")
        yield made("sign", -row.sign, f"sign {row.sign} -> {-row.sign}")
        yield made("latch", not row.latch, f"latch {row.latch} -> {not row.latch}")
        for gate in (of.ALWAYS, of.CHARGING, of.OPEN, of.SUM_MV):
            if gate != row.gate:
                yield made("gate", gate, f"gate {row.gate} -> {gate}")
        for reading in (row.reading - 1, row.reading + 1):
            yield made("reading", reading, f"reading {row.reading} -> {reading}")
        for bit in _BITS:
            yield made("reaction", row.reaction ^ getattr(d, bit), f"reaction without or with {bit}")


class Hunt:
    """A plugin of pytest: runs what it has collected against each mutant.

    killed: (mutant, the test that failed); survived: mutants; sound: the table as it is passes, before and after.
    """

    def __init__(self, table: list[Row]) -> None:
        self._mutants = list(mutants(table))
        self.killed: list[tuple[Mutant, str]] = []
        self.survived: list[Mutant] = []
        self.sound = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = session.items
        if items and not _failing(items):
            for mutant in self._mutants:
                ordered = sorted(items, key=lambda item, number=mutant.number: not _about(item, number))
                with mock.patch.object(guard_table, "rows", mutant.rows):
                    with mock.patch.object(guard_table, "guard_checks"):
                        by = _failing(ordered)
                    by = by or _refusal()
                if by:
                    self.killed.append((mutant, by))
                else:
                    self.survived.append(mutant)
            self.sound = not _failing(items)
        return True


def _failing(items: list[pytest.Item]) -> str:
    """The first test that fails; "" if none does."""
    reports = (report for item in items for report in runtestprotocol(item, log=False))
    return next((report.nodeid.split("::")[-1] for report in reports if report.failed), "")


def _refusal() -> str:
    """REFUSED if the table is not accepted; "" if it is."""
    try:
        guard_table.table(LIMITS)
    except InputError:
        return REFUSED
    return ""


def _about(item: pytest.Item, number: int) -> bool:
    case = getattr(item, "callspec", None)
    return case is not None and case.params["case"].number == number


def main() -> int:
    """Hunt, print the score and who survived; the status."""
    table = rows(LIMITS)
    hunt = Hunt(table)
    quiet = ["-p", "no:cacheprovider", "-p", "no:terminal", "-o", "addopts=--import-mode=importlib"]
    pytest.main([TESTS, *quiet], plugins=[hunt])
    if not hunt.sound:
        print(f"{TESTS} fails without a mutant: mend that first.")
        return 1
    if "-v" in sys.argv[1:]:
        print(*(f"killed    {mutant.name}, by {by}" for mutant, by in hunt.killed), sep="\n")
    for row in table:
        killed = sum(mutant.number == row.number for mutant, _ in hunt.killed)
        survived = sum(mutant.number == row.number for mutant in hunt.survived)
        print(f"{row.name}: {killed} killed, {survived} survived")
    for mutant in hunt.survived:
        print(f"survived  {mutant.name}")
    killed, total = len(hunt.killed), len(hunt.killed) + len(hunt.survived)
    refused = sum(by == REFUSED for _, by in hunt.killed)
    small = [(mutant, True) for mutant, _ in hunt.killed] + [(mutant, False) for mutant in hunt.survived]
    small = [died for mutant, died in small if mutant.is_small]
    print(f"{sum(small)} of {len(small)} that change a number by a tenth or less killed, {sum(small) / len(small):.1%}")
    print(
        f"{killed} of {total} mutants killed, {killed / total:.1%}, {refused} of them by {REFUSED}; wanted {WANTED:.0%}"
    )
    return 0 if killed / total >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
