"""A run of the fault matrix as figures: what a table, a page and JSON are made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bms.bench.hil.case import Absent, Verdict
from bms.bench.hil.judge import Result


@dataclass
class Matrix:
    """Results so far. wall_s: of the whole run; interrupted: somebody ended it before its end."""

    target: str
    results: list[Result] = field(default_factory=list)
    absent: Sequence[Absent] = ()
    wall_s: float = 0.0
    interrupted: bool = False
    figures: dict[str, Any] = field(default_factory=dict)  # of the target

    def count(self, verdict: Verdict) -> int:
        return sum(result.verdict is verdict for result in self.results)

    @property
    def skipped(self) -> int:
        """Cases that could not run, and numbers of the list that do not apply: neither has passed."""
        return self.count(Verdict.SKIPPED) + len(self.absent)

    @property
    def sound(self) -> bool:
        """Something ran, all that ran has passed, and nobody ended it."""
        passed = self.count(Verdict.PASSED)
        return 0 < passed == len(self.results) - self.count(Verdict.SKIPPED) and not self.interrupted

    @property
    def simulated_s(self) -> float:
        return sum(result.simulated_s for result in self.results)

    @property
    def times_real(self) -> float:
        """How much faster than the real pack it went."""
        return self.simulated_s / self.wall_s if self.wall_s else 0.0

    def summary(self, limits_ms: dict[str, float | None]) -> dict[str, Any]:
        """The JSON object; a void run counts as failed, as nothing has been shown."""
        return {
            "target": self.target,
            "cases": len(self.results) + len(self.absent),
            "passed": self.count(Verdict.PASSED),
            "failed": self.count(Verdict.FAILED) + self.count(Verdict.VOID),
            "skipped": self.skipped,
            "reactions": [
                {"case": result.name, "limit_ms": limits_ms[result.name], "measured_ms": _rounded(result.measured_ms)}
                for result in self.results
            ],
            **({"figures": self.figures} if self.figures else {}),
        }


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 3)
