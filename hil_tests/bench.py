"""The virtual bench of these tests: a world whose bus can be made to fail."""

from collections.abc import Callable

import numpy as np

from bms.bench.targets import Target
from bms.bench.world import Load, World
from bms.cells import library
from bms.driving import cycles, drive, vehicle
from bms.emulation.bq76952 import BQ76952
from bms.emulation.cell import REFERENCE
from bms.emulation.pack import Pack
from bms.estimation.words import PackDesign, words
from firmware.config import SHUNT_UOHM

Fault = Callable[[float, str], str]  # time s, reply on the bus -> reply that the firmware gets


class Bench(World):
    """Drives a UDDS; `fault` sees every reply of the monitor. switched: (time s, closed) of the contactor."""

    def __init__(self, target: Target, seed: int = 1) -> None:
        cell = library.load("factorial-fest77")
        trace = drive.trace(cycles.load("udds"), vehicle.load("light-quadricycle"), REFERENCE, 0.1)
        configuration = words(PackDesign(cell, 16, 1, drive.rated_consumption(vehicle.load("light-quadricycle"))))
        chip = BQ76952(seed=seed, shunt=configuration[SHUNT_UOHM] * 1e-6)
        self._trace = trace
        self.target = target
        self.fault: Fault = lambda time, reply: reply
        self.switched: list[tuple[float, bool]] = []
        load = Load(0.1, trace.power, trace.distance)
        super().__init__(Pack(cell, 16, seed=seed, soc=0.8), chip, load, configuration)

    def drive(self, seconds: float, first: float = 0.0) -> None:
        """Run the firmware over this part of the cycle."""
        part = slice(round(first * 10), round((first + seconds) * 10))
        self._take(Load(0.1, self._trace.power[part], self._trace.distance[part]))
        self.target.run("drive", self)

    def _read(self, rest: str) -> str:
        return self.fault(self.chip.time_s, super()._read(rest))

    def _contactor(self, rest: str) -> str:
        self.switched.append((self.chip.time_s, rest == "1"))
        return super()._contactor(rest)

    @property
    def worst_error(self) -> float:
        """Largest SoC error of any cell, once a second."""
        return float(np.abs(np.array(self.history.soc) - np.array(self.history.soc_true)).max())
