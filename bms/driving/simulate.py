"""A pack of the library in its vehicle over a cycle: every second's truth, until the cycle or the pack ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bms.cells import library, provenance
from bms.cells.schema import Cell
from bms.cells.temperature import REFERENCE, ZERO_CELSIUS
from bms.driving import cycles, drive, vehicle
from bms.driving.drive import Trace
from bms.emulation import interface, pack_file
from bms.emulation.effects import ALL, named
from bms.emulation.heat import Surroundings
from bms.emulation.pack import Pack
from bms.emulation.pack_file import PackFile
from bms.errors import InputError

DT = 1.0  # s, a row of the result
INTERRUPTED = "interrupted"
_CELSIUS = (-40.0, 85.0)
_LONGEST = 500_000  # rows: no pack of the library lasts so long on a cycle

Columns = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Run:
    """What is asked for. temperature_c: of the cells at the start, as the ambient unless told.

    effects: as bms.emulation.effects.named. age_years at 25 degC and full_cycles lie behind the pack.
    """

    pack: str
    cycle: str = "wltc"
    ambient_c: float = 25.0
    temperature_c: float | None = None
    until_empty: bool = False
    start_soc: float = 1.0
    seed: int = 0
    effects: str = ALL
    age_years: float = 0.0
    full_cycles: float = 0.0


@dataclass
class Simulation:
    """A run so far. columns: rows of DT s; ended says why it is over, in words."""

    run: Run
    design: PackFile
    cell: Cell
    drive: Trace
    pack: Pack
    disclosed_share: float  # of the inputs of cell, pack and vehicle
    begun_ah: float  # capacity at the start, mean of the groups,
    begun_soc: float  # and SoC
    ended: str = "not begun"
    undelivered: float = 0.0  # W that the pack lacked at the end
    beyond_drive_train: float = 0.0  # J that the speed asks for and the vehicle's drive train cannot
    delivered: float = 0.0  # J by the cells,
    in_bars: float = 0.0  # of which the pack's own resistance kept so much
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
    pack = Pack(
        cell,
        int(design.series.value),
        int(design.parallel.value),
        run.seed,
        soc=run.start_soc,
        temperature=start_c + ZERO_CELSIUS,
        ambient=ambient,
        effects=named(run.effects, _around(design), run.seed),
        resistance=1e-3 * design.resistance_mohm.value if design.resistance_mohm else 0.0,
    )
    if run.age_years or run.full_cycles:
        pack.effects.age(pack, run.age_years, REFERENCE, run.full_cycles)
    found = [figure for part in (cell, design, car) for figure in provenance.figures(part)]
    share = provenance.share(found)
    return Simulation(run, design, cell, trace, pack, share, float(pack.capacity_ah.mean()), float(pack.soc.mean()))


def _around(design: PackFile) -> Surroundings:
    neighbour, coolant = design.neighbour_w_per_k, design.coolant_w_per_k
    return Surroundings(neighbour.value if neighbour else 0.0, coolant.value if coolant else np.inf)


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
            simulation.ended = "still going" if simulation.run.until_empty else "the cycle is over"
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
        low = drawn.ended == "cell empty"
        why = "a cell would fall below its lowest voltage" if low else "its cells bear no larger current"
        simulation.ended = (
            f"after {step * DT:.0f} s {asked / 1000:.2f} kW are asked, {simulation.undelivered / 1000:.2f} kW of them "
            f"are not there: {why}"
        )
        return False
    current = float(drawn.current[0])
    simulation.refused += drawn.refused
    simulation.delivered = float(pack.energy_delivered.sum())
    simulation.in_bars += pack.resistance * current**2 * DT
    simulation.beyond_drive_train += float(trace.lacking[at]) * DT
    driven = simulation.rows[-1][2] if simulation.rows else 0.0
    simulation.rows.append(_row(simulation, step, at, driven, current))
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
        celsius.mean(), celsius.min(), celsius.max(), mpa, mm, simulation.begun_ah - pack.capacity_ah.mean(),
    ]  # fmt: skip


def summary(simulation: Simulation) -> dict[str, Any]:
    """The result in figures: JSON's keys, with units; None where nothing was driven."""
    c, pack = simulation.columns, simulation.pack
    run = simulation.run
    km = float(c["distance_km"][-1]) if simulation.rows else 0.0
    joules = simulation.delivered - simulation.in_bars
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
        "effects": pack.effects.names,
        "age_years": run.age_years,
        "full_cycles": run.full_cycles,
        "duration_s": len(simulation.rows) * DT,
        "distance_km": round(km, 3),
        "energy_kwh": round(joules / 3.6e6, 4),
        "consumption_wh_per_km": round(joules / 3600 / km, 1) if km > 0 else None,
        "soc_start": round(simulation.begun_soc, 6),
        "soc_end": last("soc"),
        "soc_lowest_end": last("soc_lowest"),
        "cell_lowest_v": extreme("cell_lowest_v", np.min),
        "cell_highest_v": extreme("cell_highest_v", np.max),
        "current_most_c": extreme(
            "current_a", lambda a: np.abs(a).max() / parallel / simulation.cell.capacity_ah.value
        ),
        "temperature_end_c": last("temperature_c"),
        "temperature_highest_c": extreme("temperature_highest_c", np.max),
        "beyond_drive_train_kwh": round(simulation.beyond_drive_train / 3.6e6, 4),
        "braking_refused_kwh": round(simulation.refused / 3.6e6, 4),
        "capacity_lost_ah": last("capacity_lost_ah"),
        "power_lacking_w": round(simulation.undelivered),
        "ended": simulation.ended,
        "disclosed_share": round(simulation.disclosed_share, 3),
    }
