"""What the estimator must reach on cells that it was not fitted to, and whether it does: the one table of budgets."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bms.errors import InputError
from bms.estimation.accuracy_cases import CASES


@dataclass(frozen=True)
class Budget:
    """A bound on a figure of a case, over all files or at one ambient temperature (degC)."""

    case: str
    figure: str
    least: float | None = None
    most: float | None = None
    ambient_c: int | None = None


@dataclass(frozen=True)
class Judged:
    """The files on which a cell of the library is judged, and what must hold there."""

    files: tuple[str, ...]
    budgets: tuple[Budget, ...]


@dataclass(frozen=True)
class Verdict:
    """A budget and the figure that met it; None where no run told it, which does not hold."""

    budget: Budget
    value: float | None

    @property
    def holds(self) -> bool:
        return self.excess == 0

    @property
    def excess(self) -> float:
        """How far the figure lies outside its bounds; infinite where no run told it."""
        if self.value is None:
            return math.inf
        low, high = self.budget.least, self.budget.most
        below = 0.0 if low is None else low - self.value
        above = 0.0 if high is None else self.value - high
        return max(below, above, 0.0)

    @property
    def summary(self) -> dict[str, Any]:
        """As in JSON: the budget, its figure, and whether it holds."""
        return {**asdict(self.budget), "value": self.value, "holds": self.holds}


def _rmse(case: str, most: float, ambient_c: int | None = None) -> Budget:
    return Budget(case, "rmse_mean_pct", most=most, ambient_c=ambient_c)


COVERED = {case: Budget(case, "coverage_95", 0.90, None if case == "blind" else 0.99) for case in CASES}

BUDGETS = {
    "panasonic-ncr18650pf": Judged(
        tuple(
            f"{ambient}__{drive}.parquet"
            for ambient in ("m20C", "m10C", "00C", "p10C", "p25C")
            for drive in ("LA92", "US06")
        ),
        (
            _rmse("exact", 0.85),
            _rmse("exact", 0.5, 25),
            _rmse("exact", 1.2, -20),
            _rmse("start_wrong", 1.0),
            _rmse("blind", 1.7),
            Budget("blind", "unsettled", most=0),
            _rmse("offset_100ma", 0.85),
            _rmse("offset_190ma", 0.9),
            _rmse("offset_minus_190ma", 0.9),
            _rmse("capacity_low", 1.85),
            Budget("capacity_cycles", "error_mean_pct", most=3.0),
            _rmse("capacity_cycles", 1.2),
            *COVERED.values(),
        ),
    ),
    "a123-26650-lfp": Judged(
        ("DYN__p05C__script1.parquet",),
        (_rmse("exact", 2.0), _rmse("blind", 4.5), COVERED["exact"], COVERED["blind"]),
    ),
}


def judged(cell: str, files: Sequence[str]) -> bool:
    """Whether budgets hold for just these files of the cell, named as in the library."""
    return cell in BUDGETS and sorted(BUDGETS[cell].files) == sorted(files)


def require(cell: str, files: Sequence[str]) -> None:
    """InputError where there are no budgets for `cell` (its name in the library), or not for just these files."""
    if cell not in BUDGETS:
        raise InputError(f"There are no budgets for the cell '{cell}', only for {', '.join(BUDGETS)}.")
    if not judged(cell, files):
        wanted = set(BUDGETS[cell].files)
        missing, more = sorted(wanted - set(files)), sorted(set(files) - wanted)
        said = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"not judged: {', '.join(more)}"] * bool(more)
        raise InputError(f"The budgets of {cell} hold for {len(wanted)} files ({'; '.join(said)}); name just these.")


def verdicts(cell: str, figures: dict[str, Any]) -> list[Verdict]:
    """Each budget of `cell` against the figures of a run, as in scores.summary; InputError as for require."""
    require(cell, figures["files"])
    return [Verdict(budget, _value(budget, figures)) for budget in BUDGETS[cell].budgets]


def _value(budget: Budget, figures: dict[str, Any]) -> float | None:
    if budget.case == "capacity_cycles":
        return figures["capacity_cycles"][budget.figure]
    place = figures["cases"] if budget.ambient_c is None else figures["by_temperature"].get(str(budget.ambient_c), {})
    return place.get(budget.case, {}).get(budget.figure)
