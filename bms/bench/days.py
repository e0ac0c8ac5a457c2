"""A pack in daily use, for days: driven twice, charged, at rest; its clock comes round, jitters, leaps and steps back."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bms.bench.plant import Load
from bms.bench.world import World
from bms.cells import library
from bms.cells.schema import Cell
from bms.cells.temperature import REFERENCE
from bms.driving import cycles, drive, vehicle
from bms.emulation.bq76952 import BQ76952
from bms.emulation.bq76952_analogue import ErrorModel
from bms.emulation.pack import Pack
from bms.estimation.words import PackDesign, words
from firmware import modes
from firmware import readings as of
from firmware.controller import ODOMETER_MASK

CELL, VEHICLE, SERIES = "factorial-fest77", "light-quadricycle", 4
_WHOLE = 16  # cells of the vehicle's pack, of CELL, of which these are a quarter
OFFSET_A = 0.015
HOUR, DAY = 3600.0, 86_400.0
_STEP = 0.1  # s of the plant while something flows
_CLOCK = 1 << 30  # ms after which the controller's clock comes round
_SHUNT_V, _SHUNT_CHARGE_V = 0.19, 0.118  # that the monitor's comparators see at most: 0.2 and 0.124 (TI SLUUBY2B)
_CUT_OFF_C = 0.05
_FOR_EVER_S = 1e9
_LATE_SHARE, _LATEST_S = 0.05, 0.015  # of the sleeps that end late, and by how much at most


def _shunt_uohm(cell: Cell) -> int:
    """The largest shunt that takes the peaks of one such cell, in steps of 0.1 mOhm."""
    one_c = cell.capacity_ah.value
    most = min(
        _SHUNT_V / (1.2 * one_c * cell.discharge_max_c.value), _SHUNT_CHARGE_V / (1.1 * one_c * cell.charge_max_c.value)
    )
    return int(most * 1e6) // 100 * 100


@dataclass(frozen=True)
class Clock:
    """What the controller's clock does, s since the start: wrap, a leap of leap_s during which nothing runs, a step."""

    wraps_at: float = 5 * HOUR
    leaps_at: float = 15 * HOUR
    leap: float = 2 * HOUR
    steps_back_at: float = 20 * HOUR
    step_back: float = 0.5


@dataclass
class Seen:
    """One row a report: hours since the start, truth and what was told."""

    hour: list[float] = field(default_factory=list)
    mode: list[int] = field(default_factory=list)
    soc_true: list[NDArray[np.float64]] = field(default_factory=list)
    soc: list[NDArray[np.float64]] = field(default_factory=list)
    sd: list[NDArray[np.float64]] = field(default_factory=list)
    bled: list[NDArray[np.bool_]] = field(default_factory=list)
    offset_ma: list[NDArray[np.float64]] = field(default_factory=list)
    heap: list[int] = field(default_factory=list)
    trips: list[tuple[int, int]] = field(default_factory=list)


class Days(World):
    """Answers bms/bench/remote/days.py for so many hours.

    Time at rest is let pass in one step when the firmware next looks. out_as, in_as: A s that have really flowed;
    out_ah, in_ah, uptime_s, ticks: as last told.
    """

    def __init__(
        self,
        hours: float,
        seed: int = 1,
        clock: Clock | None = None,
        done: Callable[[float], object] = lambda _: None,
        cell_name: str = CELL,
    ) -> None:
        cell, car = library.load(cell_name), vehicle.load(VEHICLE)
        size = SERIES / _WHOLE * cell.capacity_ah.value / library.load(CELL).capacity_ah.value
        consumption = drive.rated_consumption(car) * size
        errors = replace(ErrorModel(), current_offset_counts=0.0, current_drift_counts=0.0)
        shunt_uohm = _shunt_uohm(cell)
        chip = BQ76952(crc=False, cells=SERIES, seed=seed, shunt=shunt_uohm * 1e-6, errors=errors)
        load = Load(_FOR_EVER_S, np.zeros(1), np.zeros(1))
        design = PackDesign(cell, SERIES, 1, consumption, shunt_uohm)
        super().__init__(Pack(cell, SERIES, seed=seed, soc=0.9), chip, load, words(design))
        trace = drive.trace(cycles.load("udds"), car, REFERENCE, _STEP)
        self._power, self._metres = trace.power * size, np.cumsum(trace.distance)
        self._one_c = cell.capacity_ah.value
        self.plant.offset, self.plant.grant, self.plant.wish = OFFSET_A, self._granted, modes.WISH_OPEN
        self.seen, self.clock = Seen(), clock or Clock()
        self.end, self._done = hours * HOUR, done
        self.out_as = self.in_as = self._driven = 0.0
        self.out_ah = self.in_ah = self.uptime_s = self.ticks = 0
        self._at = 0.0  # s up to which time has passed, whether or not the plant has followed
        self._shift_ms = _CLOCK - round(self.clock.wraps_at * 1000)
        self.leapt = self._stepped = False
        self._full_day = -1
        self._rng = np.random.default_rng(seed)
        self._limits = 0.0, 0.0, 0.0
        self._verbs |= {"h": self._report, "l": self._limit}

    def _wish(self) -> int:
        day, hour = divmod(self._at / HOUR, 24)
        if hour < 1 or 9 <= hour < 10:
            return modes.WISH_DRIVE
        charging = 10 <= hour < 13 and self._full_day != int(day)
        return modes.WISH_CHARGE if charging else modes.WISH_OPEN

    def _granted(self, _: float) -> float:
        draw_w, give_w, charge_ma = self._limits
        if self.plant.wish == modes.WISH_CHARGE:
            if 0 < charge_ma < 1000 * _CUT_OFF_C * self._one_c:
                self._full_day = int(self._at // DAY)
            return -charge_ma / 1000 * self.pack.stack_voltage
        k = int(self._driven / _STEP) % len(self._power)
        self._driven += _STEP
        return min(max(float(self._power[k]), -give_w), draw_w)

    def _limit(self, rest: str) -> str:
        draw_w, give_w, charge_ma = map(float, rest.split())
        self._limits = draw_w, give_w, charge_ma
        return ""

    def _sleep(self, rest: str) -> str:
        left_ms = (int(rest) - self._now_ms()) % _CLOCK
        self._at = self._seconds + (left_ms / 1000 if left_ms < _CLOCK // 2 else 0.0)
        if self._rng.random() < _LATE_SHARE:
            self._at += self._rng.uniform(0, _LATEST_S)
        self._disturb()
        self.plant.wish = self._wish()
        if self.plant.main or self.plant.precharge:
            self._catch_up()
        return "end" if self._at >= self.end else str(self._now_ms())

    def _disturb(self) -> None:
        clock = self.clock
        if not self.leapt and self._at >= clock.leaps_at:
            self.leapt, self._at = True, self._at + clock.leap
        if not self._stepped and self._at >= clock.steps_back_at:
            self._stepped = True
            self._shift_ms -= round(1000 * clock.step_back)

    @property
    def _seconds(self) -> float:
        return max(self.chip.time_s, self.plant.time, self._at)

    def _now_ms(self) -> int:
        return (round(self._seconds * 1000) + self._shift_ms) % _CLOCK

    def _catch_up(self) -> None:
        """Let the plant pass the time that has been slept."""
        plant = self.plant
        while (left := self._at - plant.time) > 1e-9:
            flows = plant.closed or plant.precharge
            before = plant.time
            plant.advance(_STEP if flows and left > 1.5 * _STEP else left)
            moved = plant.current * (plant.time - before)
            self.out_as += max(moved, 0.0)
            self.in_as += max(-moved, 0.0)

    def _read(self, rest: str) -> str:
        self._catch_up()
        return super()._read(rest)

    def _write(self, rest: str) -> str:
        self._catch_up()
        return super()._write(rest)

    def _poll(self, _: str) -> str:
        plant, laps = self.plant, self._driven / _STEP
        lap, k = divmod(int(laps), len(self._metres))
        mm = round(1000 * (lap * self._metres[-1] + self._metres[k])) & ODOMETER_MASK
        return f"{mm} {plant.auxiliary} 0 {plant.insulation_kohm} {plant.wish} {plant.clock_s}"

    def _report(self, rest: str) -> str:
        *figures, told = rest.split()
        heap, self.out_ah, self.in_ah, self.uptime_s, self.ticks = map(int, figures)
        received = np.frombuffer(bytes.fromhex(told), "<i4")
        self.readings, cells = received[: of.READINGS], received[of.READINGS :].reshape(SERIES, -1)
        charge, capacity, sd, offset = cells.T
        seen, r = self.seen, self.readings
        seen.hour.append(self._at / HOUR)
        seen.mode.append(int(r[of.MODE]))
        seen.soc_true.append(self.pack.soc)
        seen.soc.append(charge / capacity)
        seen.sd.append(sd / 2**16)
        seen.bled.append(self.pack.bleed > 0)
        seen.offset_ma.append(offset / 2**26 * self._one_c * 1000)
        seen.heap.append(heap)
        seen.trips.append((int(r[of.TRIPS_A]), int(r[of.TRIPS_B])))
        self._done(self._at / HOUR)
        return ""
