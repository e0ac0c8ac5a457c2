"""Ranges by the rule book: EPA, WLTP, CLTC, constant speed. All in mild air, new, heating off."""

from dataclasses import dataclass, replace

from bms.driving import cycles
from bms.driving.conditions import Conditions
from bms.driving.cycles import Cycle
from bms.driving.range import Case, drive_until_empty
from bms.errors import InputError

NAMES = ("epa", "wltp", "cltc")
ADJUSTMENT = 0.7  # of the two-cycle figure, by default: 40 CFR 600.210-12; makers with five cycles use up to 0.77
_CITY, _HIGHWAY = 0.55, 0.45  # of the miles: 40 CFR 600.210-12
_TEST_C = 23.0
# CLTC-P over WLTC, from the road loads of 150 vehicles, and where nine in ten lie; the Chinese trace is not shipped.
CLTC_OVER_WLTC = (1.14, 1.05, 1.27)


@dataclass(frozen=True)
class Label:
    """What a label would say, km; low and high where the procedure is translated and not driven; parts by name."""

    procedure: str
    km: float
    low: float
    high: float
    parts: dict[str, float]


def label(case: Case, procedure: str, adjustment: float = ADJUSTMENT, trace: Cycle | None = None) -> Label:
    """The range of a case by a procedure of NAMES. InputError for another, or an adjustment beyond 0.5..1.

    trace: the CLTC's speed, which is not shipped; with it that is driven and nothing is translated.
    """
    if procedure not in NAMES:
        raise InputError(f"--procedure is '{procedure}': {', '.join(NAMES)} are there; choose one.")
    if not 0.5 <= adjustment <= 1:
        raise InputError(f"--adjustment is {adjustment:g}: 0.5 .. 1 is allowed, 0.7 is the EPA's; choose one there.")
    if trace is not None and procedure != "cltc":
        raise InputError(f"--procedure {procedure} drives cycles of its own: leave the trace, or take cltc.")
    if procedure == "epa":
        return _epa(case, adjustment)
    if trace is not None:
        km = _km(case, trace)
        return Label("cltc", km, km, km, {"cycle_km": trace.distance / 1000})
    wltc = _km(case, "wltc")
    if procedure == "wltp":
        return Label("wltp", wltc, wltc, wltc, {"wltc_km": wltc})
    middle, low, high = CLTC_OVER_WLTC
    return Label("cltc", middle * wltc, low * wltc, high * wltc, {"wltc_km": wltc})


def _epa(case: Case, adjustment: float) -> Label:
    city, highway = (adjustment * _km(case, name) for name in ("udds", "hwfet"))
    km = _CITY * city + _HIGHWAY * highway
    return Label("epa", km, km, km, {"city_km": city, "highway_km": highway, "adjustment": adjustment})


def _km(case: Case, cycle: str | Cycle) -> float:
    mild = Conditions(ambient_c=_TEST_C)
    driven = cycles.load(cycle) if isinstance(cycle, str) else cycle
    new = replace(case, cycle=driven, around=mild, age_years=0.0, soc=1.0, consumption_share=0.0)
    return drive_until_empty(new).km
