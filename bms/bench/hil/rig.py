"""The bench of the fault matrix: a world that fails to order, notes what reacts, and knows when it erred itself."""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bms.bench.hil.case import Setting
from bms.bench.hil.observed import Observed
from bms.bench.mirror import Mirror
from bms.bench.plant import SUBSTEP, Load
from bms.bench.targets import Target
from bms.bench.world import World
from bms.cells import library
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.pack import Pack
from bms.estimation.words import PackDesign, words
from firmware import config, diagnoses
from firmware import readings as of
from firmware.config import Config
from firmware.memory import Memory
from firmware.protection import SAVED

CELL = "factorial-fest77"
SHUNT_UOHM = 500
_CONSUMPTION_WH_PER_KM = 60.0  # a light four-wheeler's
_METRES_A_STEP = 1.0
_STEP_S = 0.1
_LATE_S = 0.1  # a tick
_LONGEST_S = 7200.0
_CLOCK = 1 << 30  # time.ticks_ms() of a board counts so far
_CONVERTER_V, _COUNTS = 6.06, 32767  # where the monitor's converters end (TI SLUSE13B)
_ADDRESS = 0x08


class Void(BaseException):
    """The bench erred: nothing can be said of the firmware."""


class PowerCut(BaseException):
    """The controller's supply is gone."""


@dataclass
class Log:
    """What happened: times in s of the bench."""

    ticks: list[tuple[float, NDArray[np.int32]]] = field(default_factory=list)  # readings
    switches: list[tuple[float, str, bool]] = field(default_factory=list)  # "main", "precharge"
    samples: list[tuple[float, float, float, float]] = field(default_factory=list)  # A, lowest and highest cell in V
    notes: list[tuple[float, str]] = field(default_factory=list)


def pack_words(series: int, disabled: frozenset[int] = frozenset()) -> NDArray[np.int32]:
    """The firmware's configuration; what is `disabled` of the diagnoses never trips."""
    made = words(PackDesign(library.load(CELL), series, 1, _CONSUMPTION_WH_PER_KM, SHUNT_UOHM)).copy()
    for number in disabled:
        row = config.HEAD + number * diagnoses.COLUMNS
        made[row + diagnoses.WARN] = made[row + diagnoses.TRIP] = int(made[row + diagnoses.SIGN]) * ((1 << 30) - 1)
    return sealed(made)


def sealed(made: NDArray[np.int32]) -> NDArray[np.int32]:
    """The words with the checksum that belongs to them."""
    made[-1] = config.checksum(made[:-1].tobytes())
    return made


class _Stored:
    """What the firmware has stored, to be read."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.read = files.get


class Rig(World):
    """The firmware on `target` before emulated hardware. seed: of cells, monitor, and where in a tick a fault falls.

    disabled: diagnoses that never trip. broken: protections of the monitor that do not work, (group, bit). fault_s: when the fault came, None before.
    died: what ended the firmware. over_s: when it was told to end. log: what happened.
    """

    def __init__(
        self,
        target: Target,
        setting: Setting,
        seed: int = 1,
        disabled: frozenset[int] = frozenset(),
        broken: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        self.target, self.setting = target, setting
        self._random = np.random.default_rng([seed, 7])
        self._clock_ms = setting.clock_ms + int(self._random.integers(100))
        cell = library.load(CELL)
        pack = Pack(cell, setting.series, seed=seed, soc=setting.soc)
        count = -(-setting.series // 16)
        self.chips = [
            Observed(setting.series // count, seed + 1000 * k, SHUNT_UOHM * 1e-6, _ADDRESS + k, broken)
            for k in range(count)
        ]
        self.log = Log()
        self.fault_s: float | None = None
        self.ends_s = 60.0
        self.over_s = float("inf")
        self.died = ""
        self.hung = False
        self._events: list[tuple[float, Callable[[], object]]] = []
        self._hooks: dict[tuple[str, bool], Callable[[], object]] = {}
        self.deaf: set[int] = set()
        self._mismatches = 0
        self._made = pack_words(setting.series, disabled)
        super().__init__(pack, self.chips, self._load(pack), self._made)
        self._celsius(setting.celsius)

    def _load(self, pack: Pack) -> Load:
        """Two currents, which alternate each second, as power."""
        steps = np.arange(round(_LONGEST_S / _STEP_S))
        low, high = (rate * self.capacity_ah for rate in self.setting.c_rates)
        amps = np.where(steps // 10 % 2 == 0, low, high)
        return Load(_STEP_S, amps * pack.stack_voltage, np.full(len(steps), _METRES_A_STEP))

    @property
    def capacity_ah(self) -> float:
        return library.load(CELL).capacity_ah.value

    @property
    def time(self) -> float:
        """s since the bench began."""
        return max(self.chip.time_s, self.plant.time)

    @property
    def mismatches(self) -> int:
        """Words in which firmware and desktop differed, over all starts."""
        return self._mismatches + self.mirror.mismatches

    # What a case does

    def at(self, time: float, event: Callable[[], object]) -> None:
        """Let something happen at a time, s, on the bench's next step of 50 ms."""
        self._events.append((time, event))

    def every(self, period: float, event: Callable[[], object]) -> None:
        """Let something happen again and again, from now on."""

        def again() -> None:
            event()
            self.at(self.plant.time + period, again)

        again()

    def on(self, what: str, on: bool, event: Callable[[], object]) -> None:
        """Let something happen when a switch ("main", "precharge") is next told to be so."""
        self._hooks[what, on] = event

    def fault_now(self, lasts_s: float) -> None:
        """From here on the reaction is timed; the run ends so much later."""
        self.fault_s = self.time
        self.ends_s = self.time + lasts_s

    def note(self, what: str) -> None:
        self.log.notes.append((self.time, what))

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
        raise PowerCut

    def _celsius(self, shown: float) -> None:
        """Bring the cells to where the hottest sensor (below 0: the coldest) shows so much."""
        chip = self.chips[0]
        error = chip.warmest_error if shown >= 0 else chip.coldest_error
        self.pack.temperatures = shown - error + ZERO_CELSIUS
        self.pack.ambient = shown - error + ZERO_CELSIUS
        self.plant.sense()

    def warm_by(self, kelvin: float) -> None:
        self.pack.temperatures = self.pack.temperatures + kelvin
        self.pack.ambient += kelvin
        self.plant.sense()

    # The run

    def go(self) -> None:
        """Run the firmware to the end, with a new start after each power cut."""
        while True:
            try:
                self.target.run(self.setting.entry, self)
            except PowerCut:
                self._lose_power()
                continue
            except Exception as error:
                self.died = f"{type(error).__name__}: {error}"
            return

    def _lose_power(self) -> None:
        self.plant.main = self.plant.precharge = False
        self.note("controller without power")
        self._mismatches += self.mirror.mismatches
        self.mirror = Mirror(self._made)
        memory = Memory(_Stored(self.files), Config(array("i", self._made.tolist())), SAVED)
        self.mirror.recall(memory, self.plant.clock_s)
        for _ in range(round(1 / SUBSTEP)):
            self._advance()

    def _sleep(self, rest: str) -> str:
        ahead_ms = (int(rest) - self._now_ms() + _CLOCK // 2) % _CLOCK - _CLOCK // 2
        if ahead_ms < -1000 * _LATE_S and not self.setting.slow:
            raise Void(f"the bench came {-ahead_ms} ms late to a tick")
        until, plant = self.time + ahead_ms / 1000, self.plant
        while plant.time + SUBSTEP <= until + 1e-9 or self.hung:
            if plant.time >= self.ends_s:
                self.over_s = self.time
                return "end"
            self._advance()
        for chip in plant.chips:
            chip.advance(until)
        return str(self._now_ms())

    def _now_ms(self) -> int:
        return (round(self.time * 1000) + self._clock_ms) % _CLOCK

    def _advance(self) -> None:
        now = self.plant.time
        due = [event for time, event in self._events if time <= now + 1e-9]
        self._events = [(time, event) for time, event in self._events if time > now + 1e-9]
        for event in due:
            event()
        super()._advance()
        self._check()
        volts = self.chip._analogue.cells
        self.log.samples.append((self.plant.time, self.plant.current, float(volts.min()), float(volts.max())))

    def _check(self) -> None:
        """Whether the bench still shows what it means to show."""
        for chip in self.chips:
            seen = chip._analogue
            values = np.array([*seen.cells, *seen.temperatures, seen.stack, seen.current])
            if not np.isfinite(values).all():
                raise Void("the bench put something on a pin that is no number")
            amps = _COUNTS * 7.57e-6 / (SHUNT_UOHM * 1e-6)
            if not self.setting.saturates and (np.abs(seen.cells).max() > _CONVERTER_V or abs(seen.current) > amps):
                raise Void("the bench drove a converter of the monitor to its end, which the case does not mean to do")

    def _main(self, rest: str) -> str:
        self._switch("main", rest == "1", self.plant.main)
        return super()._main(rest)

    def _precharge(self, rest: str) -> str:
        self._switch("precharge", rest == "1", self.plant.precharge)
        return super()._precharge(rest)

    def _switch(self, what: str, on: bool, was: bool) -> None:
        if on != was:
            self.log.switches.append((self.time, what, on))
            hook = self._hooks.pop((what, on), None)
            if hook:
                hook()

    def _read(self, rest: str) -> str:
        return "" if int(rest.split()[1]) in self.deaf else super()._read(rest)

    def _watch(self, rest: str) -> str:
        super()._watch(rest)
        self.log.ticks.append((self.time, self.readings.copy()))
        return ""

    @property
    def worst_soc_error(self) -> float:
        """Largest of any cell in the last half of the run, once a second."""
        half = len(self.history.soc) // 2
        return float(np.abs(np.array(self.history.soc[half:]) - np.array(self.history.soc_true[half:])).max())

    @property
    def closed(self) -> bool:
        """The contactor was told to be closed when the run ended."""
        told = [on for time, what, on in self.log.switches if what == "main" and time < self.over_s]
        return bool(told) and told[-1]

    def reading(self, number: int) -> int:
        """As of the firmware's last tick."""
        return int(self.readings[number])

    @property
    def limits_ma(self) -> tuple[int, int]:
        """Discharge and charge for 30 s, as the firmware tells them."""
        return self.reading(of.LIMIT_MA + 2), self.reading(of.LIMIT_MA + 5)
