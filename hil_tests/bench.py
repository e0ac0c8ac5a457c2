"""The virtual bench of these tests: a world whose bus can be made to fail."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bms.bench.targets import Target
from bms.bench.vehicle_node import Vehicle
from bms.bench.world import Load, World
from bms.cells import library
from bms.cells.temperature import REFERENCE
from bms.driving import cycles, drive, vehicle
from bms.emulation.bq76952 import BQ76952
from bms.emulation.pack import Pack
from bms.estimation import guard_table
from bms.estimation.words import PackDesign, limits, words
from firmware import readings as of

CELL, CELLS, SHUNT_UOHM, SEED = "factorial-fest77", 16, 500, 1
Fault = Callable[[float, str], str]  # time s, reply on the bus -> reply that the firmware gets


def cells(soc: float = 0.8) -> Pack:
    """Sixteen emulated cells; soc: their mean."""
    return Pack(library.load(CELL), CELLS, seed=SEED, soc=soc)


def monitor() -> BQ76952:
    """The emulated chip before them."""
    return BQ76952(seed=SEED, shunt=SHUNT_UOHM * 1e-6)


class Bench(World):
    """Drives a UDDS; `fault` sees every reply of the monitor. switched: (time s, closed) of the contactor.

    deaf: registers whose reads fail. node: the vehicle on CAN, without which the board has none; heartbeat: the pack
    wants to hear it.
    """

    def __init__(
        self, target: Target, pack: Pack, afe: BQ76952, node: Vehicle | None = None, heartbeat: bool = False
    ) -> None:
        car = vehicle.load("light-quadricycle")
        trace = drive.trace(cycles.load("udds"), car, REFERENCE, 0.1)
        key = bytes(32) if node is None else node.key
        consumption = drive.rated_consumption(car)
        design = PackDesign(library.load(CELL), CELLS, 1, consumption, SHUNT_UOHM, key=key, heartbeat=heartbeat)
        configuration = words(design)
        self._limits = limits(design)
        self._trace = trace
        self.target = target
        self.fault: Fault = lambda time, reply: reply
        self.deaf: set[int] = set()
        self._events: list[tuple[float, Callable[[], object]]] = []
        self.switched: list[tuple[float, bool]] = []
        load = Load(0.1, trace.power, trace.distance)
        super().__init__(pack, afe, load, configuration, vehicle=node)

    def drive(self, seconds: float, first: float = 0.0) -> None:
        """Run the firmware over this part of the cycle."""
        self.plant.take(self.part(seconds, first))
        self.target.run("drive", self)
        self._ended = self.chip.time_s

    def part(self, seconds: float, first: float = 0.0) -> Load:
        """Of the cycle."""
        steps = slice(round(first * 10), round((first + seconds) * 10))
        return Load(0.1, self._trace.power[steps].copy(), self._trace.distance[steps])

    def at(self, time: float, event: Callable[[], object]) -> None:
        """Let something happen at a time, s, to 50 ms."""
        self._events.append((time, event))

    def demand(self, watts: float) -> None:
        """A load gone wrong: it draws so much from now on, whatever the cells' limits; only the BMS cuts it."""
        self.pack.truth = replace(self.pack.truth, voltage_min=0.0, discharge_max=1e6)
        self.load.power.fill(watts)

    @property
    def under_way(self) -> list[tuple[float, bool]]:
        """What the contactor did between the firmware's start and its end, where it is open."""
        assert not self.switched[0][1] and not self.switched[-1][1]
        return [(time, closed) for time, closed in self.switched[1:] if time < self._ended]

    def _advance(self) -> None:
        due = [event for time, event in self._events if time <= self.chip.time_s]
        self._events = [(time, event) for time, event in self._events if time > self.chip.time_s]
        for event in due:
            event()
        super()._advance()

    def _read(self, rest: str) -> str:
        if int(rest.split()[1]) in self.deaf:
            return ""
        return self.fault(self.chip.time_s, super()._read(rest))

    def _main(self, rest: str) -> str:
        if not self.switched or self.switched[-1][1] != (rest == "1"):
            self.switched.append((self.chip.time_s, rest == "1"))
        return super()._main(rest)

    def tripped(self, name: str) -> bool:
        """Whether this diagnosis had tripped in the firmware's last tick."""
        number = next(row.number for row in guard_table.table(self._limits) if row.name == name)
        word = of.TRIPS_A if number < 30 else of.TRIPS_B
        return bool(self.readings[word] >> number % 30 & 1)

    @property
    def worst_error(self) -> float:
        """Largest SoC error of any cell, once a second."""
        return float(np.abs(np.array(self.history.soc) - np.array(self.history.soc_true)).max())
