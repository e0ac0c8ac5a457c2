"""What a pack gives and takes at one temperature and SoC, and what it costs to warm it up first."""

from dataclasses import dataclass
from math import inf, log
from typing import Any

from bms.driving import installed
from bms.driving.hot_cells import INSULATED, kept_at_c
from bms.driving.installed import COLDEST_C, HOTTEST_C, Installed, check
from bms.emulation.charger import Charger, charging_current
from bms.emulation.pack import Pack

SECONDS = (2, 10, 30)
WARM_C, HEATER_W = 10.0, 5000.0
_DT = 0.25  # s of a discharge
_HALVINGS = 30  # of the range in which a power is sought
_CHARGE_S = 10.0
_EFFECTS = ("pressure", "plating")
_WHY = {"cell empty": "the lowest cell's voltage", "over current": "the cells' current"}


@dataclass(frozen=True)
class Power:
    """W that lasts for so many s, and what stops more."""

    seconds: float
    watts: float
    limit: str


@dataclass(frozen=True)
class Preheat:
    """J that a heater takes to warm the cells, and s; both infinite where it never gets there."""

    joules: float
    seconds: float


def answer(pack: str, celsius: float, soc: float) -> dict[str, Any]:
    """JSON's keys, with units; InputError for a pack, temperature or SoC that cannot be asked about."""
    check("--temperature-c", celsius, COLDEST_C, HOTTEST_C, "degC")
    check("--soc", soc, 0.0, 1.0)
    found = installed.read(pack)
    cold = found.pack(soc, celsius, _EFFECTS)
    powers = {seconds: discharge(cold, seconds) for seconds in SECONDS}
    taken, warm_c = charge(cold), kept_at_c(found.cell) or WARM_C
    preheat = preheating(found, celsius, warm_c)
    return {
        "pack": found.design.name,
        "temperature_c": celsius,
        "soc": soc,
        "discharge_kw": {f"{s}_s": round(p.watts / 1000, 2) for s, p in powers.items()},
        "discharge_limited_by": {f"{s}_s": p.limit for s, p in powers.items()},
        "vehicle_kw": round(found.car.power_max_w.value / 1000, 1),
        "charge_kw": round(taken.watts / 1000, 2),
        "charge_limited_by": taken.limit,
        "resistance_against_25_c": round(resistance(cold) / resistance(found.pack(soc, 25.0, _EFFECTS)), 2),
        "preheat_to_c": warm_c,
        "preheat_kwh": _figure(preheat.joules / 3.6e6, 2),
        "preheat_minutes": _figure(preheat.seconds / 60, 1),
        "disclosed_share": round(found.disclosed_share, 3),
    }


def discharge(pack: Pack, seconds: float) -> Power:
    """The greatest constant power that every cell bears for so long, warming on the way; `pack` stays as it is."""

    def ended(watts: float) -> str:
        return pack.copy().draw(watts, _DT, steps=round(seconds / _DT), patience=0.0).ended

    high = float(pack.source(_DT)[0].sum()) * pack.truth.discharge_max
    low, why = 0.0, ended(high)
    if ended(0.0) != "done" or pack.empty:
        return Power(seconds, 0.0, _WHY["cell empty"])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        stopped = ended(middle)
        if stopped == "done":
            low = middle
        else:
            high, why = middle, stopped
    return Power(seconds, low, _WHY.get(why, why))


def charge(pack: Pack) -> Power:
    """What a charger of any size may put in at its terminals for ten seconds; `pack` stays as it is."""
    current, limit = charging_current(pack, Charger(), _CHARGE_S)
    emf, inner = pack.source(_CHARGE_S, current)
    volts = float((emf - inner * current).sum()) - pack.resistance * current
    return Power(_CHARGE_S, -current * volts, limit)


def resistance(pack: Pack) -> float:
    """ohm of all cells after ten seconds."""
    return float(pack.source(10.0)[1].sum())


def preheating(found: Installed, celsius: float, to_c: float = WARM_C, heater: float = HEATER_W) -> Preheat:
    """All of the cells as one mass, which loses to the air outside what a closed pack does."""
    groups = found.design.series.value * found.design.parallel.value
    mass, rise = found.cell.heat_capacity_j_per_k.value * groups, to_c - celsius
    if rise <= 0:
        return Preheat(0.0, 0.0)
    steady = heater / INSULATED  # K above the air, in the end
    seconds = -mass / INSULATED * log(1 - rise / steady) if rise < steady else inf
    return Preheat(seconds * heater, seconds)


def _figure(value: float, digits: int) -> float | None:
    return round(value, digits) if value < inf else None


def facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and value for the table."""
    rows = [("pack", result["pack"]), ("cells", f"{result['temperature_c']:g} °C, SoC {100 * result['soc']:.0f} %")]
    for name, kw in result["discharge_kw"].items():
        rows.append((f"gives for {name.replace('_', ' ')}", f"{kw:.1f} kW, by {result['discharge_limited_by'][name]}"))
    rows.append(("its vehicle asks at most", f"{result['vehicle_kw']:.0f} kW"))
    rows.append(("takes", f"{result['charge_kw']:.1f} kW, by {result['charge_limited_by']}"))
    rows.append(("resistance over 10 s against 25 °C", f"{result['resistance_against_25_c']:.1f} times"))
    if result["preheat_minutes"] is None:
        rows.append((f"to {result['preheat_to_c']:g} °C", f"a heater of {HEATER_W / 1000:g} kW never gets there"))
    else:
        heat = f"{result['preheat_kwh']:.1f} kWh, {result['preheat_minutes']:.0f} min"
        rows.append((f"to {result['preheat_to_c']:g} °C with {HEATER_W / 1000:g} kW", heat))
    rows.append(("inputs that are disclosed", f"{100 * result['disclosed_share']:.0f} %"))
    return rows
