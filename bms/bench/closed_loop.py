"""A drive or a charge in which the load hears the firmware: it takes what the told limits leave of what it wants."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bms.bench.pack_words import PATIENCE, configuration
from bms.bench.plant import SUBSTEP, Load, monitors
from bms.bench.targets import Target
from bms.bench.window import Watched, unguarded
from bms.bench.world import World
from bms.cells import library
from bms.cells.schema import Cell
from bms.cells.temperature import ZERO_CELSIUS
from bms.driving import cycles, drive, vehicle
from bms.emulation import pack_file
from bms.emulation.pack import Pack
from bms.estimation.power_words import Window
from bms.estimation.run import INTERVAL
from firmware import modes
from firmware import readings as of

UDDS, US06, CHARGE = "udds", "us06", "charge"
DT = 0.1  # s of the load
START_SOC = {UDDS: 0.8, US06: 0.5, CHARGE: 0.6}
CHARGE_S = 900.0  # at most; a charge ends before where the firmware allows less than _CUT_OFF_C for _PATIENCE_S
_CUT_OFF_C, _PATIENCE_S = 0.05, 30.0
_FORWARD, _BACK = 0, 3  # of the readings of power: discharge and charge for 2 s
_CHARGE_30 = of.LIMIT_MA + 5  # a charger goes by the limit for 30 s


@dataclass(frozen=True)
class Case:
    """pack: of bms/packs. road: UDDS, US06 (with the power that asks the cell's limit), or CHARGE."""

    pack: str
    road: str
    ambient_c: float
    seed: int = 1

    @property
    def name(self) -> str:
        return f"{self.pack} {self.road} {self.ambient_c:g} degC"


class Obedient(World):
    """A world whose load takes no more than the firmware's readings allow. window: what the cells have left of theirs.

    asked, given: J of discharge.
    """

    def __init__(self, case: Case, seconds: float | None = None) -> None:
        design = pack_file.load(case.pack)
        cell, parallel = library.load(design.cell), int(design.parallel.value)
        series, shunt = int(design.series.value), design.shunt_uohm
        assert shunt is not None, "a module has a shunt"
        ambient = case.ambient_c + ZERO_CELSIUS
        self.cycle = _road(design, cell, case.road, ambient)
        self.case, self.cell, self.one_c = case, cell, cell.capacity_ah.value * parallel
        pack = Pack(cell, series, parallel, case.seed, soc=START_SOC[case.road], temperature=ambient)
        self._guarded = pack.truth
        pack.truth = unguarded(pack.truth)
        self.window = Watched(cell, parallel, Window(**design.protection.window_c()))
        chips = monitors(series, int(shunt.value), case.seed)
        super().__init__(pack, chips, _load(self.cycle, case.road, seconds), configuration(case.pack))
        self.plant.grant = self._charge if case.road == CHARGE else self._drive
        self.plant.wish = modes.WISH_CHARGE if case.road == CHARGE else modes.WISH_DRIVE
        self.asked = self.given = 0.0
        self._full_s = 0.0

    def _drive(self, asked: float) -> float:
        most, least = (float(self.readings[of.POWER_W + way]) for way in (_FORWARD, _BACK))
        granted = min(max(asked, -least), most)
        self.asked += max(asked, 0.0) * SUBSTEP
        self.given += max(granted, 0.0) * SUBSTEP
        return granted

    def _charge(self, _: float) -> float:
        amps = float(self.readings[_CHARGE_30]) / 1000
        self._full_s = self._full_s + SUBSTEP if amps < _CUT_OFF_C * self.one_c else 0.0
        if self._full_s >= _PATIENCE_S:
            self.plant.take(Load(self.load.dt, self.load.power[: self.step + 1], self.load.distance[: self.step + 1]))
        return -amps * self.pack.stack_voltage

    def _advance(self) -> None:
        super()._advance()
        if self.plant.origin is not None:
            self.window.look(self.pack, self.plant.current, SUBSTEP)

    def range_left_km(self) -> float:
        """What the pack would really have driven from here, on the same road, to its weakest cell's lowest voltage."""
        left = self.pack.copy()
        left.truth, left.contactor_closed = self._guarded, True
        whole = len(self.cycle.power)
        return drive.range_left(left, self.cycle, first=self.step % whole, patience=PATIENCE).km


def _road(design: pack_file.PackFile, cell: Cell, road: str, ambient: float) -> drive.Trace:
    car = vehicle.load(design.vehicle)
    trace = drive.trace(cycles.load(UDDS if road == CHARGE else road), car, ambient, DT)
    if road != US06:
        return trace
    amps = cell.discharge_max_c.value * cell.capacity_ah.value * design.parallel.value
    most = amps * cell.energy_wh / cell.capacity_ah.value * design.series.value
    harder = most / float(trace.power.max())
    return drive.Trace(trace.dt, trace.speed, trace.distance, trace.power * harder, trace.lacking)


def _load(cycle: drive.Trace, road: str, seconds: float | None) -> Load:
    steps = len(cycle.power) if seconds is None else round(seconds / DT)
    if road == CHARGE:
        steps = round((CHARGE_S if seconds is None else seconds) / DT)
        return Load(DT, np.zeros(steps), np.zeros(steps))
    return Load(DT, cycle.power[:steps], cycle.distance[:steps])


def run(case: Case, target: Target, seconds: float | None = None) -> dict[str, Any]:
    """Drive it, or the first `seconds` of it; the figures of bms/bench/closed_loop_cases.py, by name."""
    world = Obedient(case, seconds)
    target.run("drive", world)
    history, window = world.history, world.window
    true, told, sd = (np.array(x) for x in (history.soc_true, history.soc, history.sd))
    error = np.abs(told - true)
    figures = {
        "pack": case.pack,
        "cell": world.cell.name,
        "road": case.road,
        "ambient_c": case.ambient_c,
        "seconds": round(world.seconds, 1),
        "ticks": world.mirror.ticks,
        "mismatches": world.mirror.mismatches,
        "opened": world.opened,
        "soc_rmse_pct": _pct(np.sqrt(np.mean(error**2))),
        "soc_max_pct": _pct(error.max()),
        "soc_end_pct": _pct(error[-1].max()),
        "interval_pct": _pct(INTERVAL * sd[-1].max()),
        "coverage_pct": _pct(np.mean(error <= INTERVAL * sd)),
        "soc_true_end_pct": _pct(true[-1].mean()),
        "given_pct": _pct(world.given / world.asked) if world.asked else None,
        "outside_s": round(window.seconds, 2),
        "below_mv": round(window.below_mv, 1),
        "above_mv": round(window.above_mv, 1),
        "discharge_beyond_pct": round(window.discharge_pct, 2),
        "charge_beyond_pct": round(window.charge_pct, 2),
        "hot_k": round(window.hot_k, 2),
        "cold_k": round(window.cold_k, 2),
    }
    return figures | (_range(world) if case.road == UDDS else {})


def _range(world: Obedient) -> dict[str, float]:
    p10, p50, p90 = (float(km) for km in world.history.range_km[-1])
    true = world.range_left_km()
    return {
        "range_km": round(p50, 2),
        "range_true_km": round(true, 2),
        "range_error_pct": round(100 * (p50 / true - 1), 1),
        "range_inside": bool(p10 <= true <= p90),
    }


def _pct(share: float | np.floating) -> float:
    return round(100 * float(share), 2)
