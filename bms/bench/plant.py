"""What the firmware is wired to, in truth: cells, contactors and link, monitors, a load on a road, and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bms.emulation.bq76952 import BQ76952
from bms.emulation.contactors import Contactors
from bms.emulation.pack import Pack
from bms.estimation.words import A_CHIP

SUBSTEP = 0.05  # s; the monitor looks at the cells every 63 ms
NOBODY_MEASURES = (1 << 30) - 1  # kOhm of an insulation that no sensor watches
_LINK_OHM = 20_000.0  # what discharges the link behind open contactors
_LINK_FARAD, _PRECHARGE_OHM = 1e-3, 50.0
_ADDRESS = 0x08


def monitors(series: int, shunt_uohm: int, seed: int) -> list[BQ76952]:
    """As many chips as the cells need, the lowest first, each with errors of its own."""
    count = -(-series // A_CHIP)
    return [
        BQ76952(cells=series // count, seed=seed + 1000 * k, shunt=shunt_uohm * 1e-6, address=_ADDRESS + k)
        for k in range(count)
    ]


@dataclass(frozen=True)
class Load:
    """What is asked of the pack: mean power W and distance m of each step of dt s; regeneration is negative."""

    dt: float
    power: NDArray[np.float64]
    distance: NDArray[np.float64]


class Plant:
    """Emulated cells behind emulated monitors, from the lowest cell up, and what the pack feeds.

    main, precharge: as commanded. Faults of the switches: welded (main conducts whatever it is told), stuck_open,
    link_shorted, link_absent (no capacitor). offset: A that the current sensor reads beyond the current. grant: W of
    what is asked that a load takes which listens. amps: of a load or charger gone wrong, which flow whatever load and
    cells say, as far as the monitor's FETs let them; None: there is none. Inputs of the board: feedback (None follows
    the contactor), wish, interlock_open, insulation_kohm, clock_s (0: the board has none). undelivered: J asked for and
    not given. origin: when the load began, as the main contactor closed; the road does not wait after.
    """

    def __init__(self, pack: Pack, chips: Sequence[BQ76952], load: Load) -> None:
        self.pack, self.chips = pack, list(chips)
        self.switches = Contactors(pack, _LINK_FARAD, _PRECHARGE_OHM)
        self.time = self.current = self.undelivered = 0.0
        self.made = 0  # substeps of the load
        self.offset = 0.0
        self.origin: float | None = None
        self.main = self.precharge = False
        self.welded = self.stuck_open = self.link_shorted = self.link_absent = False
        self.grant: Callable[[float], float] = lambda asked: asked
        self.amps: float | None = None
        self.feedback: int | None = None
        self.interlock_open = 0
        self.insulation_kohm = NOBODY_MEASURES
        self.wish = 1
        self.clock_s = 0
        self._bled = True
        near = np.array_split(np.arange(pack.series // len(self.chips)), 3)  # cells of each of a monitor's thermistors
        self._first, self._near = [int(cells[0]) for cells in near], [len(cells) for cells in near]
        pack.contactor_closed = False
        self.take(load)
        self.sense()

    def take(self, load: Load) -> None:
        """Another load; it goes on at the same step."""
        self.load = load
        self._substeps = round(load.dt / SUBSTEP)
        self._metres = np.concatenate([[0.0], np.cumsum(load.distance)])

    @property
    def step(self) -> int:
        """Index of the load's next step."""
        return self.made // self._substeps

    @property
    def ended(self) -> bool:
        return self.step >= len(self.load.power)

    @property
    def metres(self) -> float:
        """Driven since the load began."""
        return float(self._metres[min(self.step, len(self._metres) - 1)])

    @property
    def closed(self) -> bool:
        """The main contactor conducts."""
        return (self.main or self.welded) and not self.stuck_open

    @property
    def auxiliary(self) -> int:
        """What the auxiliary contact says: 1 closed."""
        return int(self.closed) if self.feedback is None else self.feedback

    def advance(self, seconds: float = SUBSTEP) -> None:
        """One substep, or a longer one where little happens."""
        switches, closes = self.switches, self.closed and not self.switches.main
        switches.main, switches.precharge = self.closed, self.precharge
        if self.origin is None and self.closed:
            self.origin = self.time
        self._bleed()
        if self.closed and not closes:
            self._drive(seconds)
        else:
            self.current = switches.advance(switches.link_voltage / _LINK_OHM, seconds)
        if self.link_shorted:
            switches.link_voltage = 0.0
        if self.link_absent:
            switches.link_voltage = self.pack.stack_voltage if self.precharge or self.closed else 0.0
        if self.origin is not None:
            self.made += round(seconds / SUBSTEP)
        self.time += seconds
        self.sense()
        for chip in self.chips:
            chip.advance(self.time)

    def _drive(self, seconds: float) -> None:
        self.pack.contactor_closed = True
        if self.amps is not None:
            self.current = self.pack.advance(self.let_through(self.amps), seconds)
        else:
            drawn = self.pack.draw(self.let_through(self.grant(float(self.load.power[self.step]))), seconds)
            self.current = float(drawn.current[0])
            self.undelivered += drawn.undelivered
        self.switches.link_voltage = self.pack.stack_voltage - self.pack.resistance * self.current

    def let_through(self, flow: float) -> float:
        """What of a flow, positive on discharge, passes the FETs."""
        if not all(chip.charge_on for chip in self.chips):
            flow = max(flow, 0.0)
        if not all(chip.discharge_on for chip in self.chips):
            flow = min(flow, 0.0)
        return flow

    def _bleed(self) -> None:
        bled = any(chip.balancing for chip in self.chips)
        if bled or self._bled:
            share = self.pack.series // len(self.chips)
            self.pack.bleed = np.concatenate([chip.bleeding[:share] for chip in self.chips])
        self._bled = bled

    def sense(self) -> None:
        """Put what the pins see now on every monitor."""
        share = self.pack.series // len(self.chips)
        volts = self.pack.voltages.reshape(-1, share)
        kelvin = self.pack.temperatures.reshape(-1, share)
        below = 0.0
        for chip, cells, temperatures in zip(self.chips, volts, kelvin, strict=True):
            sensors = (np.add.reduceat(temperatures, self._first) / self._near).tolist()
            stack = float(cells.sum())
            link = max(self.switches.link_voltage - below, 0.0)
            chip.sense(cells, stack, self.current + self.offset, sensors, sensors[1] + 5.0, pack=link, load=link)
            below += stack
