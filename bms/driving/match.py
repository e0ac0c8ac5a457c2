"""Which programme can do a job: range in the cold and when old, minutes at a charger, capacity kept.

Each answer comes with the share of its inputs that anybody has disclosed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from bms.cells import provenance
from bms.cells.provenance import Figure
from bms.cells.temperature import REFERENCE
from bms.driving import cycles, fast_charge, installed
from bms.driving.conditions import Conditions
from bms.driving.installed import Installed, check
from bms.driving.range import Case, drive_until_empty, ideal
from bms.emulation import pack_file
from bms.errors import InputError

_FROM, _TO = 0.1, 0.8
_CYCLE = "wltc"
_CHARGING = ("capacity_ah", "charge_max_c", "resistance", "heat_capacity", "cooling", "effects.plating", "voltage_max")
_LASTING = ("capacity_ah", "effects.ageing")


@dataclass(frozen=True)
class Job:
    """What is to be done. kept: least share of the capacity after the years; charger_kw: what stands at the road."""

    range_km: float
    minutes: float = 20.0
    years: float = 10.0
    km_per_year: float = 15_000.0
    ambient_c: float = -30.0
    kept: float = 0.7
    charger_kw: float = 350.0

    def __post_init__(self) -> None:
        check("--range-km", self.range_km, 1.0, 10_000.0, "km")
        check("--minutes", self.minutes, 1.0, 1440.0)
        check("--years", self.years, 0.0, 40.0)
        check("--km-per-year", self.km_per_year, 0.0, 500_000.0, "km")
        check("--ambient-c", self.ambient_c, -40.0, 55.0, "degC")
        check("--kept", self.kept, 0.0, 1.0)
        check("--charger-kw", self.charger_kw, 1.0, 5000.0, "kW")


def programmes() -> list[str]:
    """The packs of the library that are in a vehicle of a maker; its modules for the firmware are left out."""
    return [name for name in pack_file.names() if pack_file.load(name).shunt_uohm is None]


def answer(job: Job) -> dict[str, Any]:
    """JSON's keys; the programmes that do most of the job first, the longer range first among them."""
    rows = [row(job, name) for name in programmes()]
    rows.sort(key=lambda r: (-r["does"], -r["range_km"]["value"]))
    return {"job": vars(job), "packs": rows, "able": [r["pack"] for r in rows if r["able"]]}


def row(job: Job, name: str) -> dict[str, Any]:
    """One programme: range_km, minutes and kept, each {value, ok, disclosed_share}."""
    found = installed.read(name)
    kept = kept_share(found, job)
    km = range_km(found, job)
    took = minutes(found, job)
    answers = {
        "range_km": _told(round(km, 1), km >= job.range_km, _figures(found)),
        "minutes": _told(round(took, 1) if isfinite(took) else None, took <= job.minutes, _only(found, _CHARGING)),
        "kept": _told(round(kept, 3), kept >= job.kept, _only(found, _LASTING)),
    }
    does = sum(bool(part["ok"]) for part in answers.values())
    return {"pack": name, "cell": found.design.cell, **answers, "does": does, "able": does == len(answers)}


def range_km(found: Installed, job: Job) -> float:
    """km with the cells as cold as the air, any cabin heated by resistance, when old; 0 where too little is left."""
    hvac = "resistive" if found.car.cabin and job.ambient_c <= 20 else "off"
    around = Conditions(ambient_c=job.ambient_c, hvac=hvac)
    case = Case(
        found.car, found.design, found.cell, cycles.load(_CYCLE), around,
        age_years=job.years, km_per_year=job.km_per_year,
    )  # fmt: skip
    try:
        return drive_until_empty(case).km
    except InputError:  # so old a cell is not described any more
        return 0.0


def minutes(found: Installed, job: Job) -> float:
    """10 to 80 % of the new pack at 25 degC and the job's charger; inf where that is not reached."""
    asked = fast_charge.Asked("", job.charger_kw, _FROM, _TO)
    return fast_charge.run(found, asked, job.charger_kw).time_to(_TO) / 60


def kept_share(found: Installed, job: Job) -> float:
    """Of the capacity, after the years at 25 degC with their full cycles; 1 where ageing is not described."""
    pack = found.pack(1.0, 25.0, ("ageing",))
    case = Case(found.car, found.design, found.cell, cycles.load(_CYCLE))
    full_cycles = job.years * job.km_per_year / max(ideal(case).km, 1.0)
    before = float(pack.capacity_ah.sum())
    try:
        pack.effects.age(pack, job.years, REFERENCE, full_cycles)
    except InputError:  # too little is left to be described
        return 0.0
    return float(pack.capacity_ah.sum()) / before


def _told(value: float | None, ok: bool, inputs: list[Figure]) -> dict[str, Any]:
    return {"value": value, "ok": bool(ok), "disclosed_share": round(provenance.share(inputs), 3)}


def _figures(found: Installed) -> list[Figure]:
    return [figure for part in (found.cell, found.design, found.car) for figure in provenance.figures(part)]


def _only(found: Installed, keys: Iterable[str]) -> list[Figure]:
    """The cell's inputs whose keys begin so, and those of the pack."""
    of_cell = [figure for figure in provenance.figures(found.cell) if figure.key.startswith(tuple(keys))]
    return of_cell + provenance.figures(found.design)
