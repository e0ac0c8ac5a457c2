"""The bench as a case of the fault matrix sees it: what can be made to go wrong, and what can be asked."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bms.bench.hil.log import PowerCut
from bms.bench.hil.watched import Watched
from bms.bench.targets import hex_of
from bms.emulation.can_bus import CanBus
from firmware import readings as of
from firmware.estimate import Estimator


class Rig(Watched):
    """As Watched; `at`, `every` and `on` let things happen, `fault_now` begins to time the reaction."""

    def force_cells(self, voltages: Mapping[int, float]) -> None:
        """V at the terminals of cells, from now on."""
        share = self.setting.series // len(self.chips)
        for k, voltage in voltages.items():
            self.chips[k // share].forced[k % share] = voltage
        self.plant.sense()

    def release_cells(self) -> None:
        for chip in self.chips:
            chip.forced.clear()
        self.plant.sense()

    def force_current(self, amps: float) -> None:
        """A load or a charger gone wrong: A at once and whatever the cells' limits say; only the BMS stops it."""
        self.plant.amps = amps
        if self.plant.closed:
            self.plant.current = self.plant.let_through(amps)
        self.plant.sense()

    def shown(self, amps: float) -> float:
        """The current that the monitor shows as `amps`."""
        return amps / self.chips[0].current_gain

    def warm_by(self, kelvin: float) -> None:
        self.pack.temperatures = self.pack.temperatures + kelvin
        self.pack.ambient += kelvin
        self.plant.sense()

    def run_finely(self, seconds: float, step: float) -> None:
        """Let the monitors work on for so long in such steps, before anything else happens."""
        for chip in self.chips:
            chip.grain, grain = step, chip.grain
            chip.advance(self.time + seconds)
            chip.grain = grain
        if self.plant.amps is not None:
            self.plant.current = self.plant.let_through(self.plant.amps)
        self.plant.sense()

    def hang(self) -> None:
        """The processor stands still: it asks and switches nothing any more."""
        self.hung = True

    def cut_power(self) -> None:
        """The controller loses its supply, now, and starts again a second later; its outputs are open."""
        raise self._stopped(PowerCut())

    def order(self, name: str) -> None:
        """Have something happen inside the firmware at its next poll (bms/bench/remote/whole.py)."""
        self._order = "!" + name

    def configure(self, words: NDArray[np.int32]) -> None:
        """Other words for the firmware to start with."""
        self.words, self._words = words, hex_of(words)

    def store(self, estimator: Estimator) -> None:
        """Put what an estimator knows into the controller's storage, as the firmware would."""
        memory, plant = self._memory(), self.plant
        memory.recall(plant.clock_s)
        memory._begun = True
        memory.save(estimator, round(plant.current * 1000), plant.clock_s, now=True)
        memory.save_learned(estimator)

    @property
    def can_bus(self) -> CanBus:
        """Where the vehicle talks."""
        assert self.can is not None
        return self.can.bus

    def told(self, result: int, since: float) -> float | None:
        """When the pack first told this result of a command; data[1] of its state holds it in the high bits."""
        states = self.vehicle.frames("command_state")
        return next((time for time, data in states if time >= since and data[1] >> 4 == result), None)

    def reading(self, number: int) -> int:
        """As of the firmware's last tick."""
        return int(self.readings[number])

    @property
    def limits_ma(self) -> tuple[int, int]:
        """Discharge and charge for 30 s, as the firmware tells them."""
        return self.reading(of.LIMIT_MA + 2), self.reading(of.LIMIT_MA + 5)

    @property
    def closed(self) -> bool:
        """The contactor was told to be closed when the run ended."""
        told = [on for time, what, on in self.log.switches if what == "main" and time < self.over_s]
        return bool(told) and told[-1]

    @property
    def worst_soc_error(self) -> float:
        """Largest of any cell in the last half of the run, once a second."""
        half = len(self.history.soc) // 2
        return float(np.abs(np.array(self.history.soc[half:]) - np.array(self.history.soc_true[half:])).max())
