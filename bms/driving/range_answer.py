"""A range with its probability, and where the miles went: samples of what is uncertain, and a cause at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.cells import provenance
from bms.cells.quantity import Quantity
from bms.driving.conditions import MILD_C, Conditions
from bms.driving.range import Case, Outcome, drive_until_empty, ideal
from bms.driving.vehicle import UNCERTAIN

SAMPLES = 160
_PERCENTILES = (10, 50, 90)
# What no file of a vehicle or cell tells, as standard deviations:
_DRIVER = (
    0.06  # consumption between drivers of one car (owners' means lie within 10 % of the sticker: WEVJ 12 (2021) 161)
)
_MODEL = 0.05  # between makers, of what road load, mass and power do not carry (the EPA's test-car lists)
_WIND_MPS = 2.0


@dataclass(frozen=True)
class Cause:
    """km that a cause takes from the range (negative) or gives."""

    cause: str
    km: float


@dataclass(frozen=True)
class Answer:
    """km that 10, 50 and 90 of 100 drives do not exceed. middle: the drive with every figure at its value."""

    case: Case
    p10: float
    p50: float
    p90: float
    middle: Outcome
    ideal_km: float
    causes: list[Cause]
    samples: NDArray[np.float64]
    disclosed_share: float


def answer(
    case: Case, seed: int = 1, samples: int = SAMPLES, progress: Callable[[float], None] = lambda _: None
) -> Answer:
    """How far, with what certainty, and why."""
    rng = np.random.default_rng(seed)
    km = np.empty(samples)
    for n in range(samples):
        km[n] = drive_until_empty(drawn(case, rng)).km
        progress((n + 1) / samples)
    p10, p50, p90 = np.percentile(km, _PERCENTILES).tolist()
    found = [figure for part in (case.cell, case.pack, case.vehicle) for figure in provenance.figures(part)]
    causes = list(breakdown(case))
    middle = drive_until_empty(case)
    return Answer(case, p10, p50, p90, middle, ideal(case).km, causes, np.sort(km), provenance.share(found))


def drawn(case: Case, rng: np.random.Generator) -> Case:
    """The case with every uncertain figure drawn: within its published range, drivers and weather as they differ."""
    update = {} if case.measured else _drawn_vehicle(case, rng)
    capacity = case.cell.capacity_ah
    law = case.cell.resistance
    ohm = getattr(law, "r0_mohm", None)
    resistance = _drawn(ohm, rng).value / ohm.value - 1 if isinstance(ohm, Quantity) else 0.1 * rng.standard_normal()
    usable = case.pack.usable_kwh
    spread = _DRIVER if case.measured else float(np.hypot(_DRIVER, _MODEL))
    return replace(
        case,
        vehicle=case.vehicle.model_copy(update=update),
        pack=case.pack.model_copy(update={"usable_kwh": _drawn(usable, rng) if usable else None}),
        around=replace(case.around, headwind_mps=case.around.headwind_mps + _WIND_MPS * rng.standard_normal()),
        resistance_share=max(resistance, -0.9),
        capacity_share=_drawn(capacity, rng).value / capacity.value - 1 if _is_known(capacity) and not usable else 0.0,
        consumption_share=(1 + case.consumption_share) * np.exp(spread * rng.standard_normal()) - 1,
        cold_loss_per_k=case.cold_loss_per_k * rng.uniform(0.5, 1.5),
    )


def _drawn_vehicle(case: Case, rng: np.random.Generator) -> dict[str, object]:
    """The vehicle's figures, drawn; a car whose consumption was measured needs none of them."""
    update: dict[str, object] = {name: _drawn(getattr(case.vehicle, name), rng) for name in UNCERTAIN}
    coasted = case.vehicle.coast_down
    if coasted is not None:
        parts = {name: _drawn(figure, rng) for name, figure in vars(coasted).items()}
        update["coast_down"] = coasted.model_copy(update=parts)
    return update


def breakdown(case: Case) -> Iterator[Cause]:
    """From the ideal figure to the range, a cause at a time; the km add up to the middle of the answer."""
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
    carried = replace(around, ambient_c=MILD_C, start_temperature_c=None, hvac="off", headwind_mps=0.0, grade=0.0)
    step = replace(step, around=carried)
    yield "load and trailer", step
    step = replace(step, around=replace(carried, headwind_mps=around.headwind_mps, grade=around.grade))
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


def _is_known(capacity: Quantity) -> bool:
    """The range tells how well the capacity is known, not which sizes of a cell are conceivable."""
    return capacity.status != "assumed"


def _drawn(figure: Quantity, rng: np.random.Generator) -> Quantity:
    """A figure from its range, near its value more often than at the ends (a triangle)."""
    if figure.high == figure.low:
        return figure
    value = float(rng.triangular(figure.low, figure.value, figure.high))
    return figure.model_copy(update={"value": value})


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
        "breakdown_km": [{"cause": c.cause, "km": round(c.km, 1)} for c in result.causes],
        "middle_km": round(result.middle.km, 1),
        "ended": result.middle.ended,
        "disclosed_share": round(result.disclosed_share, 3),
    }
