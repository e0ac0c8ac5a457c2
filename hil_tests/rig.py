"""A controller on an emulated pack in one process, stepped tick by tick, and the laws that hold after each."""

from array import array
from functools import cache

import numpy as np

from bms.bench.plant import Load, Plant
from bms.bench.window import unguarded
from bms.cells import library
from bms.emulation.bq76952 import BQ76952 as Chip
from bms.emulation.i2c import Bus
from bms.emulation.pack import Pack
from bms.emulation.storage import PowerCut, Storage
from bms.estimation import guard_table
from bms.estimation.words import PackDesign, limits, words
from fastcore import batch
from firmware import diagnoses as d
from firmware import modes
from firmware import readings as of
from firmware.config import Config
from firmware.controller import Controller
from firmware.drivers.bq76952 import BQ76952
from firmware.keeping import Keeping
from firmware.kernels import power, soc
from firmware.memory import Memory
from firmware.protection import SAVED

CELLS, SHUNT_UOHM = 4, 500
_CLOCK = 1 << 30
_UNTIL_SAVED_MS = 1500  # a new trip is written with the next look, once a second at least
_FOR_EVER_S = 1e9


@cache
def design() -> PackDesign:
    return PackDesign(library.load("factorial-fest77"), CELLS, 1, 15.0, SHUNT_UOHM)


@cache
def rows() -> list[guard_table.Row]:
    return guard_table.table(limits(design()))


PERSISTENT = sum(1 << row.number for row in rows() if row.reaction & d.PERSIST)


class Board:
    """The plant as firmware/controller.py sees it."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self.mm = self.clock_s = 0
        self.main(False)
        self.precharge(False)
        self.poll()

    def poll(self) -> None:
        plant = self._plant
        self.feedback, self.wish = plant.auxiliary, plant.wish
        self.interlock_open, self.insulation_kohm = plant.interlock_open, plant.insulation_kohm

    def main(self, on: bool) -> None:
        self._plant.main = bool(on)

    def precharge(self, on: bool) -> None:
        self._plant.precharge = bool(on)


class Rig:
    """asked_w: what the load wants; obeys: it takes what the limits leave. After each tick `look` holds all laws."""

    def __init__(self) -> None:
        pack = Pack(library.load("factorial-fest77"), CELLS, seed=1, soc=0.6)
        pack.truth = unguarded(pack.truth)
        self.chip = Chip(cells=CELLS, seed=1, shunt=SHUNT_UOHM * 1e-6)
        self.plant = Plant(pack, [self.chip], Load(_FOR_EVER_S, np.zeros(1), np.zeros(1)))
        self.plant.grant = self._granted
        self.storage = Storage(in_place=False)
        self.asked_w, self.obeys, self.shift_ms = 0.0, True, 0
        self.lasting = 0  # trips that were there for long enough to be on the storage
        self._since_ms: dict[int, int] = {}
        self.start()

    def start(self) -> None:
        """Power comes back; the controller begins with what the storage holds."""
        self.storage.cut = None
        config = Config(array("i", words(design()).tolist()))
        driver = BQ76952(Bus(self.chip), cells=CELLS, clock_ms=lambda: self._now_ms)
        board = Board(self.plant)
        self.memory = Memory(self.storage, config, SAVED)
        keeping = Keeping(self.memory, config, board)
        self.controller = Controller(config, driver, board, batch, self.memory, (keeping, self._count))
        keeping.recall(self.controller.protection)
        assert self.lasting & ~self.trips == 0, "a fault that stays over a restart is gone"
        self._prepared = False
        self._moved_uc = 0
        self._counted_mc = self.counted_mc

    @property
    def trips(self) -> int:
        state = self.controller.protection
        return sum(1 << k for k in range(d.DIAGNOSES) if state.tripped(k))

    @property
    def counted_mc(self) -> int:
        """Charge that has left the pack in its life, as the memory has it."""
        m = self.memory
        return 3_600_000 * (m.out_ah - m.in_ah) + m._out_mc - m._in_mc

    @property
    def _now_ms(self) -> int:
        return (round(max(self.plant.time, self.chip.time_s) * 1000) + self.shift_ms) % _CLOCK

    def _granted(self, _: float) -> float:
        r = self.controller.readings
        asked = self.asked_w
        return min(max(asked, -float(r[of.POWER_W + 3])), float(r[of.POWER_W])) if self.obeys else asked

    def run(self, seconds: float) -> None:
        """Tick for so long; a power cut in a write ends it, and the controller starts anew."""
        until = self.plant.time + seconds
        while self.plant.time < until:
            try:
                wait_s = self._tick() / 1000
            except PowerCut:
                self.cut()
                wait_s = 0.3
            end = self.plant.time + wait_s
            while (left := end - self.plant.time) > 1e-6:
                self.plant.advance(min(left, 0.1))

    def cut(self) -> None:
        """The power is gone and comes back: outputs let go."""
        self.plant.main = self.plant.precharge = False
        self._since_ms.clear()
        self.start()

    def _tick(self) -> int:
        controller = self.controller
        if not self._prepared:
            self._prepared = bool(controller.prepare())
            if not self._prepared:
                return 1000
        wait_ms = controller.tick(self._now_ms)
        self._look()
        return wait_ms

    def _look(self) -> None:
        controller = self.controller
        r, reaction = controller.readings, controller.protection.reaction
        assert not (reaction & d.OPEN and (self.plant.main or self.plant.precharge)), "closed in a fault"
        assert not (controller.mode == modes.SHUTDOWN and self.plant.main), "closed after a shutdown"
        wish = self.plant.wish if controller._wished < 0 else controller._wished
        assert not (wish == modes.WISH_OPEN and self.plant.main), "closed although nobody wants it"
        self._look_at_limits()
        for s in controller.estimator.states:
            assert 0 <= s[soc.SOC_Q21] <= 1 << 21 and 0 <= s[soc.SD_Q16] <= 1 << 16
            assert controller.running is False or 0 <= s[soc.Q_MC] <= s[soc.CAP_MC]
        for k in (of.SOC_MEAN_Q15, of.SOC_MIN_Q15, of.SOC_MAX_Q15):
            assert 0 <= r[k] <= 1 << 15
        self._look_at_charge()
        self._look_at_trips()

    def _look_at_limits(self) -> None:
        """Never beyond the cell's, those of its temperature, the host's, and those that the monitor keeps."""
        controller = self.controller
        r, its, profile = controller.readings, limits(design()), controller._config.profiles()[0]
        most = (its.discharge_a, its.charge_a)
        for j in range(6):
            told_a = r[of.LIMIT_MA + j] / 1000
            assert 0 <= told_a <= most[j // 3] + 0.5, f"limit {j} is {told_a} A"
            assert not controller.sampled or r[of.LIMIT_MA + j] <= controller.summary.most_ma[j // 3]
            assert r[of.POWER_W + j] <= most[j // 3] * 4.4 * CELLS
        assert profile is not None
        for out in controller.estimator.limits:
            assert all(0 <= out[power.LIMIT_Q13 + j] <= 163_840 for j in range(6))

    def _count(self, controller: Controller, _: int, dt_ms: int) -> None:
        """As a service: the integral of the current that was measured, by itself."""
        r = controller.readings
        self._moved_uc += (0 if r[of.OPEN] else r[of.CURRENT_MA]) * min(dt_ms, 2000)

    def _look_at_charge(self) -> None:
        """What is counted is what was measured, and nothing comes of time."""
        counted = self.counted_mc - self._counted_mc
        assert abs(counted - self._moved_uc / 1000) <= 1, f"counted {counted} mC, measured {self._moved_uc / 1000}"

    def _look_at_trips(self) -> None:
        now = self.trips
        for k in range(d.DIAGNOSES):
            if now >> k & 1:
                self._since_ms[k] = self._since_ms.get(k, 0) + self.controller.period_ms
                if PERSISTENT >> k & 1 and self._since_ms[k] > _UNTIL_SAVED_MS and not self.memory.failing:
                    self.lasting |= 1 << k
            else:
                self._since_ms.pop(k, None)
                self.lasting &= ~(1 << k)
