"""A fast charge: minutes and kilowatts, how warm the cells become, what limits it, and the road that it is good for."""

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any

import numpy as np

from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import cycles, installed
from bms.driving.conditions import MILD_C, Conditions
from bms.driving.hot_cells import kept_at_c
from bms.driving.installed import Installed, check
from bms.driving.range import Case, drive_until_empty
from bms.emulation.charger import Charged, Charger, charge
from bms.errors import InputError

MILE = 1.609344  # km
COLDEST_C, HOTTEST_C = -35.0, 85.0
_USUAL_C = 25.0
_KW = (1.0, 5000.0)
_DT = 2.0  # s
_CYCLE = "wltc"
_EFFECTS = ("plating",)
_ENDED = {
    "full": "the highest cell is full",
    "soc reached": "it is done",
    "too cold": "the cells are too cold to be charged",
    "time": "a day is over",
}


@dataclass(frozen=True)
class Asked:
    """A charge in words of the command line; InputError for what no charger or pack does.

    celsius: 25 degC unless told, or where the cells have to be kept hot, that.
    """

    pack: str
    charger_kw: float = 350.0
    from_soc: float = 0.1
    to_soc: float = 0.8
    celsius: float | None = None

    def __post_init__(self) -> None:
        check("--charger-kw", self.charger_kw, *_KW, "kW")
        if self.celsius is not None:
            check("--temperature-c", self.celsius, COLDEST_C, HOTTEST_C, "degC")
        check("--from-soc", self.from_soc, 0.0, 1.0)
        check("--to-soc", self.to_soc, 0.0, 1.0)
        if self.to_soc <= self.from_soc:
            raise InputError(
                f"--to-soc is {self.to_soc:g}, not above --from-soc {self.from_soc:g}: a charge ends fuller than it "
                "begins; raise the one or lower the other."
            )


def run(found: Installed, asked: Asked, charger_kw: float = inf) -> Charged:
    """The charge of the whole pack, its cells spread as usual, in air as warm as they are at the start."""
    pack = found.pack(asked.from_soc, _celsius(found, asked), _EFFECTS)
    pack.soc = np.clip(pack.soc + asked.from_soc - pack.soc.mean(), 0, 1)
    return charge(pack, Charger(power_max=1000 * charger_kw), until_soc=asked.to_soc, dt=_DT)


def _celsius(found: Installed, asked: Asked) -> float:
    return asked.celsius if asked.celsius is not None else kept_at_c(found.cell) or _USUAL_C


def answer(asked: Asked) -> dict[str, Any]:
    """JSON's keys, with units; None for what is not reached."""
    found = installed.read(asked.pack)
    done = run(found, asked, asked.charger_kw)
    alone = run(found, asked)
    reached = float(done.soc[-1]) if len(done.soc) else asked.from_soc
    seconds = float(done.time[-1]) if len(done.time) else 0.0
    kwh = float(done.power.sum()) * _DT / 3.6e6
    hottest = float(done.temperature[-1]) - ZERO_CELSIUS if len(done.temperature) else _celsius(found, asked)
    added = km_of(found, reached) - km_of(found, asked.from_soc)
    return {
        "pack": found.design.name,
        "charger_kw": asked.charger_kw,
        "from_soc": asked.from_soc,
        "to_soc": round(reached, 4),
        "ended": done.ended,
        "minutes": _figure(done.time_to(asked.to_soc) / 60),
        "minutes_cells_alone": _figure(alone.time_to(asked.to_soc) / 60),
        "kwh": round(kwh, 2),
        "mean_kw": round(3600 * kwh / seconds, 1) if seconds else 0.0,
        "peak_kw": round(float(done.power.max()) / 1000, 1) if seconds else 0.0,
        "mean_kw_cells_alone": _mean_kw(alone),
        "temperature_c": _celsius(found, asked),
        "end_temperature_c": round(hottest, 1),
        "limits": limits(done),
        "added_km": round(added, 1),
        "added_miles": round(added / MILE, 1),
        "disclosed_share": round(found.disclosed_share, 3),
    }


def limits(done: Charged) -> dict[str, float]:
    """What cut the current, with its share of the time, the longest first; they add up to 1."""
    names, counts = np.unique(done.limit, return_counts=True)
    order = np.argsort(-counts)
    return {str(names[k]): round(float(counts[k]) / len(done.limit), 3) for k in order}


def km_of(found: Installed, soc: float) -> float:
    """What the vehicle drives over WLTC with so much charge, in mild air, heating off, down to the maker's reserve."""
    case = Case(found.car, found.design, found.cell, cycles.load(_CYCLE), Conditions(ambient_c=MILD_C))
    return drive_until_empty(replace(case, soc=min(soc, 1.0))).km


def _mean_kw(done: Charged) -> float:
    return round(float(done.power.mean()) / 1000, 1) if len(done.time) else 0.0


def _figure(minutes: float) -> float | None:
    return round(minutes, 1) if isfinite(minutes) else None


def facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value for the table."""
    rows = [("pack", result["pack"])]
    window = f"{100 * result['from_soc']:.0f} to {100 * result['to_soc']:.0f} %"
    if result["minutes"] is None:
        rows.append((window, f"ends there: {_ENDED[result['ended']]}"))
    else:
        rows.append((window, f"{result['minutes']:.1f} min at {result['charger_kw']:g} kW"))
    if result["minutes_cells_alone"] is not None:
        alone = f"{result['minutes_cells_alone']:.1f} min, {result['mean_kw_cells_alone']:.0f} kW on average"
        rows.append(("the cells alone", alone))
    rows.append(("charged", f"{result['kwh']:.1f} kWh, {result['mean_kw']:.0f} kW on average"))
    rows.append(("hottest cell", f"{result['temperature_c']:g} °C, {result['end_temperature_c']:g} °C at the end"))
    rows += [(f"limited by: {name}", f"{100 * share:.0f} % of the time") for name, share in result["limits"].items()]
    rows.append(("good for, over WLTC", f"{result['added_km']:.0f} km, {result['added_miles']:.0f} miles"))
    rows.append(("inputs that are disclosed", f"{100 * result['disclosed_share']:.0f} %"))
    return rows
