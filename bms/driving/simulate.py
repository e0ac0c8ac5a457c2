"""A pack of the library in its vehicle over a cycle: every second's truth, until the cycle or the pack ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.cells import library, provenance
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import cycles, drive, vehicle
from bms.driving.drive import Trace
from bms.emulation import interface, pack_file
from bms.emulation.effects import NAMES, Effects
from bms.emulation.heat import Surroundings
from bms.emulation.pack import Pack
from bms.emulation.pack_file import PackFile
from bms.emulation.short import SoftShort
from bms.errors import InputError

DT = 1.0  # s, a row of the result
ALL, NO_EFFECT, SHORT = "all", "none", "short"
INTERRUPTED = "interrupted"
_CELSIUS = (-40.0, 60.0)
_LONGEST = 500_000  # rows: no pack of the library lasts so long on a cycle

Columns = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Run:
    """What is asked for. temperature_c: of the cells at the start, as the ambient unless told.

    effects: "all", "none", or with commas some of bms.emulation.effects.NAMES and "short", that of the first cell.
    """

    pack: str
    cycle: str = "wltc"
    ambient_c: float = 25.0
    temperature_c: float | None = None
    until_empty: bool = False
    start_soc: float = 1.0
    seed: int = 0
    effects: str = ALL


@dataclass
class Simulation:
    """A run so far. columns: rows of DT s; ended says why it is over, in words."""

    run: Run
    design: PackFile
    cell: Cell
    drive: Trace
    pack: Pack
    disclosed_share: float  # of the inputs of cell, pack and vehicle
    new_ah: float = 0.0
    ended: str = "not begun"
    undelivered: float = 0.0  # W that the pack lacked at the end
    refused: float = 0.0  # J of braking that the cells would not take
    rows: list[list[float]] = field(default_factory=list)

    @property
    def columns(self) -> Columns:
        """(n,) each, by name with unit; SoC as a share. Positive current discharges."""
        table = np.array(self.rows, float).reshape(len(self.rows), len(COLUMNS)).T
        return dict(zip(COLUMNS, table, strict=True))


COLUMNS = (
    "time_s", "speed_mps", "distance_km", "power_asked_w", "current_a", "voltage_v", "soc", "soc_lowest", "soc_highest",
    "cell_lowest_v", "cell_highest_v", "temperature_c", "temperature_lowest_c", "temperature_highest_c", "pressure_mpa",
    "swelling_mm", "capacity_lost_ah",
)  # fmt: skip


def prepare(run: Run) -> Simulation:
    """All that is needed, read and checked; InputError for what cannot be simulated."""
    low, high = _CELSIUS
    start_c = run.ambient_c if run.temperature_c is None else run.temperature_c
    for name, value in (("ambient", run.ambient_c), ("temperature at the start", start_c)):
        if not low <= value <= high:
            raise InputError(f"The {name} of {value:g} degC is not within {low:g} .. {high:g} degC; choose another.")
    design = pack_file.load(run.pack)
    cell, car = library.load(design.cell), vehicle.load(design.vehicle)
    ambient = run.ambient_c + ZERO_CELSIUS
    trace = drive.trace(cycles.load(run.cycle), car, ambient, DT)
    if run.until_empty and trace.power.mean() <= 0:
        raise InputError(
            f"The cycle {run.cycle} takes no energy on average: it never empties a pack; leave --until-empty."
        )
    neighbour = design.neighbour_w_per_k
    pack = Pack(
        cell,
        int(design.series.value),
        int(design.parallel.value),
        run.seed,
        soc=run.start_soc,
        temperature=start_c + ZERO_CELSIUS,
        ambient=ambient,
        effects=_effects(run, Surroundings(neighbour.value if neighbour else 0.0)),
        resistance=1e-3 * design.resistance_mohm.value if design.resistance_mohm else 0.0,
    )
    found = [figure for part in (cell, design, car) for figure in provenance.figures(part)]
    share = provenance.share(found)
    return Simulation(run, design, cell, trace, pack, share, new_ah=float(pack.capacity_ah.mean()))


def go(simulation: Simulation, progress: Callable[[float], None] = lambda _: None) -> Simulation:
    """Drive to the end; progress(share of the cycle, or of the charge). An interrupt ends it, and keeps it."""
    pack, trace, begun = simulation.pack, simulation.drive, float(simulation.pack.soc.min())
    once = len(trace.power)
    step = 0
    try:
        while step < (_LONGEST if simulation.run.until_empty else once):
            if not _second(simulation, step):
                break
            step += 1
            if step % 60 == 0:
                used = 1 - float(pack.soc.min()) / max(begun, 1e-9)
                progress(used if simulation.run.until_empty else step / once)
        else:
            simulation.ended = "the cycle is over"
    except KeyboardInterrupt:
        simulation.ended = INTERRUPTED
    return simulation


def _second(simulation: Simulation, step: int) -> bool:
    """One row; False, and why, where the cycle asks more than the pack has."""
    pack, trace = simulation.pack, simulation.drive
    at = step % len(trace.power)
    drawn = pack.draw(trace.power, DT, first=at, steps=1, patience=0)
    if drawn.steps == 0:
        asked = float(trace.power[at])
        simulation.undelivered = pack.copy().draw(asked, DT).undelivered / DT
        why = "a cell would fall below its lowest voltage" if drawn.ended == "cell empty" else "its cells give no more"
        given = (asked - simulation.undelivered) / 1000
        simulation.ended = f"after {step * DT:.0f} s {asked / 1000:.1f} kW are asked, {given:.1f} kW are there: {why}"
        return False
    simulation.refused += drawn.refused
    driven = simulation.rows[-1][2] if simulation.rows else 0.0
    simulation.rows.append(_row(simulation, step, at, driven, float(drawn.current[0])))
    return True


def _row(simulation: Simulation, step: int, at: int, driven: float, current: float) -> list[float]:
    pack, trace = simulation.pack, simulation.drive
    soc, volts, celsius = pack.soc, pack.voltages, pack.temperatures - ZERO_CELSIUS
    stack, swelling = pack.cell.effects.pressure, pack.cell.effects.swelling_mm
    mpa = interface.pressure(stack, pack).mean() if stack else np.nan
    mm = interface.swollen(swelling, pack).mean() if swelling else np.nan
    return [
        (step + 1) * DT, trace.speed[at + 1], driven + trace.distance[at] / 1000, trace.power[at], current,
        volts.sum() - pack.resistance * current, soc.mean(), soc.min(), soc.max(), volts.min(), volts.max(),
        celsius.mean(), celsius.min(), celsius.max(), mpa, mm, simulation.new_ah - pack.capacity_ah.mean(),
    ]  # fmt: skip


def summary(simulation: Simulation) -> dict[str, Any]:
    """The result in figures: JSON's keys, with units; None where nothing was driven."""
    c, pack = simulation.columns, simulation.pack
    run = simulation.run
    km = float(c["distance_km"][-1]) if simulation.rows else 0.0
    joules = float((c["voltage_v"] * c["current_a"]).sum() * DT)
    parallel = pack.parallel

    def last(name: str) -> float | None:
        return round(float(c[name][-1]), 6) if simulation.rows else None

    def extreme(name: str, of: Callable[[NDArray[np.float64]], Any]) -> float | None:
        return round(float(of(c[name])), 4) if simulation.rows else None

    return {
        "pack": simulation.design.name,
        "cell": simulation.cell.name,
        "series": pack.series,
        "parallel": parallel,
        "cycle": run.cycle,
        "ambient_c": run.ambient_c,
        "seed": run.seed,
        "effects": sorted(simulation.pack.effects.acting),
        "duration_s": len(simulation.rows) * DT,
        "distance_km": round(km, 3),
        "energy_kwh": round(joules / 3.6e6, 4),
        "consumption_wh_per_km": round(joules / 3600 / km, 1) if km > 0 else None,
        "soc_start": run.start_soc,
        "soc_end": last("soc"),
        "soc_lowest_end": last("soc_lowest"),
        "cell_lowest_v": extreme("cell_lowest_v", np.min),
        "cell_highest_v": extreme("cell_highest_v", np.max),
        "current_most_c": extreme(
            "current_a", lambda a: np.abs(a).max() / parallel / simulation.cell.capacity_ah.value
        ),
        "temperature_end_c": last("temperature_c"),
        "temperature_highest_c": extreme("temperature_highest_c", np.max),
        "braking_refused_kwh": round(simulation.refused / 3.6e6, 4),
        "capacity_lost_ah": last("capacity_lost_ah"),
        "power_lacking_w": round(simulation.undelivered),
        "ended": simulation.ended,
        "disclosed_share": round(simulation.disclosed_share, 3),
    }


def _effects(run: Run, around: Surroundings) -> Effects:
    if run.effects == ALL:
        return Effects(NAMES, around)
    named = [name.strip() for name in run.effects.split(",") if name.strip() and run.effects != NO_EFFECT]
    shorts = (SoftShort(seed=run.seed),) if SHORT in named else ()
    return Effects([name for name in named if name != SHORT], around, shorts)
