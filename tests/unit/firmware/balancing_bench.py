"""Emulated cells, what a monitor would say of them, their estimates, and the balancing over both: a second a step."""

from array import array
from types import SimpleNamespace

import numpy as np

from bms.cells import library
from bms.emulation.bq76952_balancing import R_CB, R_TAP
from bms.emulation.pack import ALIKE, Pack
from bms.estimation.parameters import capacity_mc, parameters
from fastcore import batch
from firmware import readings as of
from firmware import start
from firmware.balancing import Balancing
from firmware.drivers.bq76952 import GROUPS
from firmware.kernels import soc
from firmware.leakage import Leakage

DUTY = 6 / 7  # of a resistor: it pauses while its cell or a neighbour is measured
NOISE = 0.1e-3  # V of a second's mean


class Monitor:
    """Driver of chips that bleed what they are told, while obeys. told: (chip, mask) of each order."""

    def __init__(self, cells: int, chips: int) -> None:
        self.sensors = 3 * chips
        self.first = array("i", range(0, cells, cells // chips))
        self.cell_uv = array("i", [0] * cells)
        self.ts_mdegc = array("i", [25_000] * (4 * chips))
        self.balancing = array("i", [0] * chips)
        self.valid = array("i", [1] * GROUPS)
        self.obeys = True
        self.told: list[tuple[int, int]] = []

    def balance(self, mask: int, chip: int = 0) -> bool:
        self.told.append((chip, mask))
        if self.obeys:
            self.balancing[chip] = mask
        return True


class Bench:
    """offsets: V by which the channels read wrong. dead, closed: cells whose resistor never, or always, closes."""

    def __init__(self, name: str = "panasonic-ncr18650pf", cells: int = 8, chips: int = 1, soc: float = 0.6) -> None:
        cell = library.load(name)
        self.pack = Pack(cell, cells, soc=soc, spread=ALIKE)
        self.pack.contactor_closed = False
        self.par = array("i", parameters(cell).tolist())
        self.capacity_mc = capacity_mc(cell)
        self.afe = Monitor(cells, chips)
        self.offsets = np.zeros(cells)
        self.dead: set[int] = set()
        self.closed: set[int] = set()
        self.leak = np.zeros(cells)  # A
        self.rng = np.random.default_rng(1)
        self.readings = array("i", [0] * of.READINGS)
        config = SimpleNamespace(cells=cells, chips=chips, capacity_mc=self.capacity_mc, soc_par=self.par)
        self.states = [array("i", [0] * len(start.known(self.par, self.capacity_mc, 0, 1))) for _ in range(cells)]
        self.balancing = Balancing(config, self.states, self.readings, self.afe)
        self.leakage = Leakage(config, self.states, self.readings, self.balancing, batch.leak_step)

    def begin(self) -> "Bench":
        """Blind, from the voltages as they are now."""
        self._sense()
        for k, state in enumerate(self.states):
            cell_uv = self.afe.cell_uv[k]
            state[:] = start.blind(self.par, self.capacity_mc, 0, cell_uv, 25_000, start.PAUSED)
        return self

    def rest(self, hours: float, current: float = 0.0) -> None:
        self.pack.contactor_closed = current != 0
        for _ in range(round(hours * 3600)):
            self._second(current)

    @property
    def spread_mv(self) -> float:
        """Of the true voltages, resistors off."""
        voltages = self.pack.source(1e-9)[0]
        return 1000 * float(voltages.max() - voltages.min())

    def _second(self, current: float) -> None:
        resistors = self.balancing.resistors
        on = np.array([self._is_on(k) for k in range(self.pack.series)])
        self.pack.bleed = np.where(on, self.pack.voltages / (R_CB + 2 * R_TAP) * DUTY, 0.0) + self.leak
        self.pack.advance(current, 1.0)
        self._sense()
        i_ma = round(current * 1000)
        for k, state in enumerate(self.states):
            batch.step(state, self.par, i_ma + resistors.bleed_ma[k], self.afe.cell_uv[k], 25_000, 1000)
        r = self.readings
        r[of.SUM_MV] = sum(self.afe.cell_uv) // 1000
        r[of.CELL_MIN_AT] = list(self.afe.cell_uv).index(min(self.afe.cell_uv))
        r[of.T_MAX_MDEGC] = max(self.afe.ts_mdegc[: self.afe.sensors])
        r[of.T_MIN_MDEGC] = min(self.afe.ts_mdegc[: self.afe.sensors])
        r[of.CURRENT_MA], r[of.ABSOLUTE_MA], r[of.CHARGING] = i_ma, abs(i_ma), int(i_ma < -self.capacity_mc // 360_000)
        r[of.SOC_MIN_Q15] = min(state[soc.SOC_Q21] for state in self.states) >> 6
        self.balancing.update(1000)
        self.leakage.update(1000)

    def _is_on(self, k: int) -> bool:
        per_chip = self.pack.series // len(self.afe.balancing)
        told = self.afe.balancing[k // per_chip] >> k % per_chip & 1
        return k in self.closed or (bool(told) and k not in self.dead)

    def _sense(self) -> None:
        seen = self.pack.voltages + self.offsets + self.rng.normal(0, NOISE, self.pack.series)
        for k, volts in enumerate(seen):
            self.afe.cell_uv[k] = round(volts * 1e6)
