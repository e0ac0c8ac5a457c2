"""A range with its probability, and where the miles went: samples of what is uncertain, and a cause at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.cells import provenance
from bms.driving import draws, response
from bms.driving.conditions import MILD_C, Conditions
from bms.driving.hot_cells import kept_at_c, preheat_kwh
from bms.driving.range import Case, Outcome, drive_until_empty, ideal

DOUBLINGS = 7  # 128 drives
_SHOWN = 256  # points of the curve on the page
NOT_KNOWN = "what is not known exactly"
_PERCENTILES = (10, 50, 90)


@dataclass(frozen=True)
class Cause:
    """km that a cause takes from the range (negative) or gives."""

    cause: str
    km: float


@dataclass(frozen=True)
class Answer:
    """km that 10, 50 and 90 of 100 drives do not exceed. middle: the drive with every figure at its value.

    The causes lead from ideal_km to p50. curve: what as many in a hundred do not exceed, evenly spaced.
    """

    case: Case
    p10: float
    p50: float
    p90: float
    middle: Outcome
    ideal_km: float
    causes: list[Cause]
    curve: NDArray[np.float64]
    disclosed_share: float


def answer(
    case: Case, seed: int = 1, doublings: int = DOUBLINGS, progress: Callable[[float], None] = lambda _: None
) -> Answer:
    """How far, with what certainty, and why; out of 2 to the power of `doublings` drives."""
    points = draws.points(seed, doublings)
    km = np.empty(len(points))
    for n, point in enumerate(points):
        km[n] = drive_until_empty(draws.drawn(case, point)).km
        progress((n + 1) / len(km))
    likely = response.spread(points, km, seed)
    p10, p50, p90 = np.percentile(likely, _PERCENTILES).tolist()
    curve = np.percentile(likely, (np.arange(_SHOWN) + 0.5) * 100 / _SHOWN)
    found = [figure for part in (case.cell, case.pack, case.vehicle) for figure in provenance.figures(part)]
    middle = drive_until_empty(case)
    causes = [*breakdown(case), Cause(NOT_KNOWN, p50 - middle.km)]
    return Answer(case, p10, p50, p90, middle, ideal(case).km, causes, curve, provenance.share(found))


def rounded(result: Answer, digits: int) -> list[Cause]:
    """The causes with so many decimals, which add up from the ideal figure's to those of p50."""
    totals = np.round(np.cumsum([result.ideal_km, *(cause.km for cause in result.causes)]), digits)
    steps = np.round(np.diff(totals), digits).tolist()
    return [Cause(each.cause, km) for each, km in zip(result.causes, steps, strict=True)]


def breakdown(case: Case) -> Iterator[Cause]:
    """From the ideal figure to the range with every figure at its value, a cause at a time."""
    mild = replace(
        case, around=Conditions(), air_c=MILD_C, cells_c=MILD_C, reserve=False, age_years=0.0, consumption_share=0.0
    )
    last = ideal(case).km
    for cause, step in _steps(case, mild):
        km = drive_until_empty(step).km
        if abs(km - last) >= 0.05 or cause in _ALWAYS:
            yield Cause(cause, km - last)
        last = km


_ALWAYS = ("losses inside the cells", "kept back by the maker")


def _steps(case: Case, mild: Case) -> Iterator[tuple[str, Case]]:
    around = case.around
    yield "losses inside the cells", mild
    step = replace(mild, reserve=case.reserve)
    yield "kept back by the maker", step
    carried = replace(around, ambient_c=MILD_C, start_temperature_c=None, hvac="off", headwind_kmh=0.0, grade=0.0)
    step = replace(step, around=carried)
    yield "load and trailer", step
    step = replace(step, around=replace(carried, headwind_kmh=around.headwind_kmh, grade=around.grade))
    yield "wind and slope", step
    step = replace(step, air_c=around.ambient_c)
    yield "air, tyres and gears", step
    step = replace(step, consumption_share=case.consumption_share)
    yield "the car's measured consumption", step
    step = replace(step, around=replace(step.around, ambient_c=around.ambient_c, hvac=around.hvac,
                                        start_temperature_c=around.start_temperature_c))  # fmt: skip
    yield "cabin", step
    step = replace(step, air_c=None, cells_c=None)
    yield "cells and their heating", step
    yield "age", replace(step, age_years=case.age_years)


def as_json(result: Answer) -> dict[str, Any]:
    """JSON's keys, with units."""
    return {
        "vehicle": result.case.vehicle.name,
        "pack": result.case.pack.name,
        "cycle": result.case.cycle.name,
        "ambient_c": result.case.around.ambient_c,
        "hvac": result.case.around.hvac,
        "range_km": {"p10": round(result.p10, 1), "p50": round(result.p50, 1), "p90": round(result.p90, 1)},
        "consumption_wh_per_km": round(result.middle.wh_per_km, 1),
        "usable_kwh": round(result.middle.kwh, 2),
        "hours": round(result.middle.hours, 2),
        "ideal_km": round(result.ideal_km, 1),
        "breakdown_km": [{"cause": c.cause, "km": c.km} for c in rounded(result, 1)],
        "middle_km": round(result.middle.km, 1),
        "ended": result.middle.ended,
        "cells_kept_at_c": kept_at_c(result.case.cell),
        "preheat_kwh": round(preheat_kwh(result.case.pack, result.case.cell, result.case.around.start_c), 2),
        "disclosed_share": round(result.disclosed_share, 3),
    }
