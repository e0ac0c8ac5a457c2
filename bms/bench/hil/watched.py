"""A world that lets events happen, notes what reacts, starts the firmware anew, and knows when it erred itself."""

from array import array
from collections.abc import Callable

import numpy as np

from bms.bench.hil.case import Setting
from bms.bench.hil.configuration import CELL, KEY, SHUNT_UOHM, alternating, pack_words
from bms.bench.hil.files import FaultyFiles
from bms.bench.hil.log import Log, PowerCut, Void
from bms.bench.hil.observed import Observed
from bms.bench.mirror import Mirror
from bms.bench.plant import SUBSTEP
from bms.bench.targets import Target, Unjudged
from bms.bench.vehicle_node import Vehicle
from bms.bench.world import World
from bms.cells import library
from bms.cells.temperature import ZERO_CELSIUS
from bms.emulation.pack import Pack
from firmware.config import Config
from firmware.controller import STORED
from firmware.memory import Memory
from firmware.protection import SAVED

_LATE_S = 0.1  # a tick
_CLOCK = 1 << 30  # time.ticks_ms() of a board counts so far
_CONVERTER_V, _COUNTS = 6.06, 32767  # where the monitor's converters end (TI SLUSE13B)
_ADDRESS = 0x08
_STARTS = 5  # of the firmware in one case, at most


class Watched(World):
    """The firmware on `target` before emulated hardware. seed: of cells, monitor, and where in a tick a fault falls.

    disabled: diagnoses that never trip. broken: protections of the monitor that do not work, (group, bit). fault_s:
    when the fault came, None before. died: what ended the firmware. over_s: when it was told to end. log: of it all.
    begun: how each start began, "blind" or "stored". deaf: registers whose reads fail. words: the configuration.
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
        self.lag_s = 0.0  # the bench itself is late by so much, once
        self._mismatches = 0
        self.words = pack_words(setting.series, disabled, setting.vehicle)
        self.begun: list[str] = []
        self._order = ""
        self._again = False
        self._dog_ms, self._fed_s = 0, 0.0
        self._stop: BaseException | None = None
        self.vehicle = Vehicle(KEY)
        node = self.vehicle if setting.vehicle else None
        super().__init__(pack, self.chips, alternating(setting.c_rates, pack.stack_voltage), self.words, vehicle=node)
        self.storage = FaultyFiles(self._lose_now, self._stall, self.files)
        self._verbs |= {"d": self._feed, "l": self._last_words, "q": self._reset}
        self._celsius(setting.celsius)

    @property
    def capacity_ah(self) -> float:
        return library.load(CELL).capacity_ah.value

    @property
    def time(self) -> float:
        """s since the bench began."""
        return self._now()

    @property
    def mismatches(self) -> int:
        """Words in which firmware and desktop differed, over all starts."""
        return self._mismatches + self.mirror.mismatches

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

    def _memory(self) -> Memory:
        return Memory(self.storage, Config(array("i", self.words.tolist())), SAVED)

    def _lose_now(self) -> None:
        raise self._stopped(PowerCut())

    def _stopped(self, why: BaseException) -> BaseException:
        """From here on the firmware gets no answer, whatever it catches."""
        self._stop = why
        return why

    def _celsius(self, shown: float) -> None:
        """Bring the cells to where the hottest sensor (below 0: the coldest) shows so much."""
        chip = self.chips[0]
        error = chip.warmest_error if shown >= 0 else chip.coldest_error
        self.pack.temperatures = shown - error + ZERO_CELSIUS
        self.pack.ambient = shown - error + ZERO_CELSIUS
        self.plant.sense()

    def go(self) -> None:
        """Run the firmware to the end, with a new start after each power cut and each reset."""
        for _ in range(_STARTS):
            self._stop, self._again, self._dog_ms = None, False, 0
            try:
                self.target.run(self.setting.entry, self)
            except PowerCut:
                self._again = True
            except Unjudged as error:
                raise self._void(str(error)) from None
            except Exception as error:
                self.died = f"{type(error).__name__}: {error}"
            if not self._again:
                return
            self._lose_power()
        self.died = f"it starts again and again: {self.log.notes[-1:]}"

    def __call__(self, message: str) -> str:
        if self._stop is not None:
            raise self._stop
        try:
            return super().__call__(message)
        except Exception as error:
            raise self._void(f"the bench failed: {type(error).__name__}: {error}") from error

    def _lose_power(self) -> None:
        """For a second; then a new start, which the mirror follows."""
        self.plant.main = self.plant.precharge = self.hung = False
        self._order = ""
        self._mismatches += self.mirror.mismatches
        self.mirror = Mirror(self.words)
        self.mirror.recall(self._memory(), self.plant.clock_s)
        for _ in range(round(1 / SUBSTEP)):
            self._advance()

    def _feed(self, rest: str) -> str:
        self._dog_ms, self._fed_s = int(rest) or self._dog_ms, self.time
        return ""

    def _last_words(self, rest: str) -> str:
        self.log.notes.append((self.time, rest))
        return ""

    def _reset(self, _: str) -> str:
        self._again = self.time < self.over_s
        return ""

    def _bite(self) -> None:
        """The watchdog resets the board: its pins let go."""
        self._switch("main", False, self.plant.main)
        raise self._stopped(PowerCut())

    def _stall(self, seconds: float) -> None:
        """A write holds the processor up."""
        self.fault_now(self.ends_s - self.time if self.fault_s else 3.0)
        until = self.plant.time + seconds
        while self.plant.time < until:
            self._advance()

    def _sleep(self, rest: str) -> str:
        ahead_ms = (int(rest) - self._now_ms() + _CLOCK // 2) % _CLOCK - _CLOCK // 2
        if ahead_ms < -1000 * _LATE_S and not self.setting.slow:
            raise self._void(f"the bench came {-ahead_ms} ms late to a tick")
        until, plant = self.time + ahead_ms / 1000, self.plant
        lag_s, self.lag_s = self.lag_s, 0.0
        while True:
            while plant.time + SUBSTEP <= until + 1e-9 or self.hung:
                if plant.time >= self.ends_s:
                    self.over_s = self.time
                    return "end"
                self._advance()
                if self._dog_ms and self.time - self._fed_s > self._dog_ms / 1000:
                    self._bite()
            self._let_happen(until)
            if not self.hung:
                break
        for chip in plant.chips:
            chip.advance(until + lag_s)
        if self.can is not None:
            self.vehicle.mm = self._mm
            self.can.advance(until + lag_s)
        if self.time - until > _LATE_S and not self.setting.slow:
            raise self._void(f"the bench woke the firmware {1000 * (self.time - until):.0f} ms late")
        return str(self._now_ms())

    def _poll(self, _: str) -> str:
        order, self._order = self._order, ""
        return super()._poll("") + order

    def _save_file(self, rest: str) -> str:
        name, _, data = rest.partition(" ")
        return "ok" if self.storage.save(name, bytes.fromhex(data)) else "full"

    def _record(self, rest: str) -> str:
        begun = int.from_bytes(bytes.fromhex(rest[:8]), "little")
        if begun:
            self.begun.append("stored" if begun == STORED else "blind")
        return super()._record(rest)

    def _now_ms(self) -> int:
        return (round(self.time * 1000) + self._clock_ms) % _CLOCK

    def _advance(self) -> None:
        self._let_happen(self.plant.time + SUBSTEP - 1e-9)
        self._check()
        super()._advance()
        self._check()
        volts = self.chip._analogue.cells
        self.log.samples.append((self.plant.time, self.plant.current, float(volts.min()), float(volts.max())))

    def _let_happen(self, until: float) -> None:
        """What is due before that, each at its own time: the monitors have worked on to there."""
        due = sorted((event for event in self._events if event[0] < until), key=lambda event: event[0])
        self._events = [event for event in self._events if event[0] >= until]
        for time, event in due:
            for chip in self.chips:
                chip.advance(time)
            event()

    def _void(self, why: str) -> BaseException:
        return self._stopped(Void(why))

    def _check(self) -> None:
        """Whether the bench still shows what it means to show."""
        for chip in self.chips:
            seen = chip._analogue
            values = np.array([*seen.cells, *seen.temperatures, seen.stack, seen.current])
            if not np.isfinite(values).all():
                raise self._void("the bench put something on a pin that is no number")
            amps = _COUNTS * 7.57e-6 / (SHUNT_UOHM * 1e-6)
            if not self.setting.saturates and (np.abs(seen.cells).max() > _CONVERTER_V or abs(seen.current) > amps):
                raise self._void(
                    "the bench drove a converter of the monitor to its end, which the case does not mean to do"
                )

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
