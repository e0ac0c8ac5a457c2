"""The whole answer to a headline as one object, for JSON, the table and the page."""

from math import isfinite
from typing import Any

from bms.cells import provenance
from bms.driving import claim, claim_life
from bms.driving.claim import SPEEDS_MPH, Asked, Question


def answer(question: Question) -> dict[str, Any]:
    """JSON's keys, with units; InputError for a question that cannot be asked."""
    asked = claim.read(question)
    needed = {mph: claim.needed_kwh(asked, mph) for mph in SPEEDS_MPH}
    fed_back = {mph: claim.with_its_mass(asked, mph) for mph in SPEEDS_MPH}
    usable = needed[SPEEDS_MPH[0]]
    found = [figure for part in (asked.cell, asked.its, asked.car) for figure in provenance.figures(part)]
    return {
        "miles": question.miles,
        "vehicle": asked.car.name,
        "cell": asked.cell.name,
        "needed_usable_kwh": _by_speed(needed),
        "needed_usable_kwh_with_its_mass": _by_speed(fed_back),
        "needed_pack_kg": _by_speed({mph: claim.pack_kg(asked, kwh) for mph, kwh in fed_back.items()}),
        "needed_pack_l": _by_speed({mph: claim.pack_litres(asked, kwh) for mph, kwh in fed_back.items()}),
        "own_pack": asked.its.name,
        "own_pack_true_up_to_mph": claim.speed_mph(asked),
        "miles_left": _left(asked, usable),
        "charging": _rounded(claim.charging(asked, usable)),
        "life": claim_life.life(question.miles, asked.cell),
        "disclosed_share": round(provenance.share(found), 3),
        "missing": list(claim.missing(asked.cell)),
    }


def _left(asked: Asked, usable_kwh: float) -> dict[str, int | None]:
    if not isfinite(usable_kwh):  # no pack makes the miles: its drive train does not hold the speed
        return dict.fromkeys(claim.LEFT)
    miles = claim.left(asked, usable_kwh)
    return {name: None if value is None else round(value) for name, value in miles.items()}


def curve(asked: Asked, speeds_mph: list[float]) -> tuple[list[float], list[float | None]]:
    """kWh over speeds: for the vehicle as it is, and with the mass of the pack fed back."""
    plain = [claim.needed_kwh(asked, mph) for mph in speeds_mph]
    heavy = [claim.with_its_mass(asked, mph) for mph in speeds_mph]
    return plain, [kwh if isfinite(kwh) else None for kwh in heavy]


def _by_speed(figures: dict[int, float]) -> dict[str, float | None]:
    return {f"{mph}_mph": _figure(value) for mph, value in figures.items()}


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: _figure(value) if isinstance(value, float) else value for name, value in figures.items()}


def _figure(value: float) -> float | None:
    """One decimal; what no pack can do has no figure in JSON."""
    return round(value, 1) if isfinite(value) else None
