"""The virtual bench: emulated cells behind an emulated monitor, a load, a clock; it answers the firmware's messages."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bms.bench.mirror import Mirror
from bms.bench.targets import hex_of
from bms.emulation.bq76952 import BQ76952
from bms.emulation.i2c import Bus
from bms.emulation.pack import Pack
from firmware.controller import ODOMETER_MASK
from firmware.kernels import reach, soc

_SUBSTEP = 0.05  # s; the monitor looks at the cells every 63 ms
_PATIENCE = 60.0  # s for the firmware to close the contactor
_KEEP_EVERY = 10  # records: one a second is kept


@dataclass(frozen=True)
class Load:
    """What is asked of the pack: mean power W and distance m of each step of dt s; regeneration is negative."""

    dt: float
    power: NDArray[np.float64]
    distance: NDArray[np.float64]


@dataclass
class History:
    """One row a second: times s, truth and the firmware's view."""

    time: list[float] = field(default_factory=list)
    current: list[float] = field(default_factory=list)
    voltage: list[NDArray[np.float64]] = field(default_factory=list)
    temperature: list[NDArray[np.float64]] = field(default_factory=list)
    soc_true: list[NDArray[np.float64]] = field(default_factory=list)
    soc: list[NDArray[np.float64]] = field(default_factory=list)
    sd: list[NDArray[np.float64]] = field(default_factory=list)
    range_km: list[NDArray[np.float64]] = field(default_factory=list)
    distance_km: list[float] = field(default_factory=list)


class World:
    """Answers bms/bench/remote/drive.py. Time is the monitor's own: it passes on the bus and when the firmware sleeps.

    progress(seconds) is called once a simulated second.
    """

    def __init__(
        self,
        pack: Pack,
        chip: BQ76952,
        load: Load,
        words: NDArray[np.int32],
        progress: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.pack, self.chip, self.mirror = pack, chip, Mirror(words)
        self.version = ""
        self.history = History()
        self.undelivered = 0.0  # J asked for and not given
        self.opened = 0  # times that the firmware has opened the contactor under way
        self._bus = Bus(chip)
        self._words = hex_of(words)
        self._progress = progress
        self._verbs: dict[str, Callable[[str], str]] = {
            "v": self._hello,
            "c": lambda _: self._words,
            "n": lambda _: str(self._now_ms()),
            "i": self._read,
            "o": self._write,
            "s": self._sleep,
            "d": self._odometer,
            "k": self._contactor,
            "r": self._record,
        }
        self._made = 0  # substeps of the load
        self._origin: float | None = None  # when the load began: as the contactor closed; the road does not wait after
        self._time = 0.0
        self._current = 0.0
        pack.contactor_closed = False
        self._take(load)
        self._sense()

    def _take(self, load: Load) -> None:
        self.load = load
        self._substeps = round(load.dt / _SUBSTEP)
        self._metres = np.concatenate([[0.0], np.cumsum(load.distance)])

    def __call__(self, message: str) -> str:
        verb, _, rest = message.partition(" ")
        return self._verbs[verb](rest)

    @property
    def seconds(self) -> float:
        """Simulated since the load began."""
        return self._made * _SUBSTEP

    @property
    def step(self) -> int:
        """Index of the load's next step."""
        return self._made // self._substeps

    def _read(self, rest: str) -> str:
        address, reg, n = rest.split()
        buffer = bytearray(int(n))
        try:
            self._bus.readfrom_mem_into(int(address), int(reg), buffer)
        except OSError:
            return ""
        return buffer.hex()

    def _write(self, rest: str) -> str:
        address, reg, data = rest.split()
        try:
            self._bus.writeto_mem(int(address), int(reg), bytes.fromhex(data))
        except OSError:
            return "nack"
        return "ok"

    def _sleep(self, rest: str) -> str:
        until = int(rest) / 1000
        while self._time + _SUBSTEP <= until + 1e-9:
            if self.step >= len(self.load.power) or (self._origin is None and self._time > _PATIENCE):
                return "end"
            self._advance()
        self.chip.advance(until)
        return str(self._now_ms())

    def _now_ms(self) -> int:
        return round(max(self.chip.time_s, self._time) * 1000)

    def _advance(self) -> None:
        if self._origin is None and self.pack.contactor_closed:
            self._origin = self._time
        if self._origin is None:
            self.pack.advance(0.0, _SUBSTEP)
        else:
            self._drive_on()
        self._time += _SUBSTEP
        self._sense()
        self.chip.advance(self._time)

    def _drive_on(self) -> None:
        drawn = self.pack.draw(float(self.load.power[self.step]), _SUBSTEP)
        self._current = float(drawn.current[0])
        self.undelivered += drawn.undelivered
        self._made += 1
        if self._made % round(1 / _SUBSTEP) == 0:
            self._progress(self.seconds)

    def _sense(self) -> None:
        temperatures = self.pack.temperatures
        sensors = [float(part.mean()) for part in np.array_split(temperatures, 3)]
        voltages = self.pack.voltages
        self.chip.sense(voltages, float(voltages.sum()), self._current, sensors, sensors[1] + 5.0)

    def _odometer(self, _: str) -> str:
        return str(round(self._metres[min(self.step, len(self._metres) - 1)] * 1000) & ODOMETER_MASK)

    def _contactor(self, rest: str) -> str:
        self.opened += self.pack.contactor_closed and rest == "0" and self.step < len(self.load.power)
        self.pack.contactor_closed = rest == "1"
        return ""

    def _record(self, rest: str) -> str:
        record = np.frombuffer(bytes.fromhex(rest), "<i4")
        states = self.mirror.follow(record)
        if self.mirror.ticks % _KEEP_EVERY == 0:
            self._keep(states, record[-reach.STATE :])
        return ""

    def _keep(self, states: NDArray[np.int32], range_words: NDArray[np.int32]) -> None:
        h = self.history
        h.time.append(self._time - (self._origin or 0.0))
        h.current.append(self._current)
        h.voltage.append(self.pack.voltages)
        h.temperature.append(self.pack.temperatures)
        h.soc_true.append(self.pack.soc)
        h.soc.append(states[:, soc.Q_MC] / states[:, soc.CAP_MC])
        h.sd.append(states[:, soc.SD_Q16] / 2**16)
        h.range_km.append(range_words[[reach.P10_M, reach.P50_M, reach.P90_M]] / 1000)
        h.distance_km.append(float(self._metres[min(self.step, len(self._metres) - 1)]) / 1000)

    def _hello(self, rest: str) -> str:
        self.version = rest
        return ""
