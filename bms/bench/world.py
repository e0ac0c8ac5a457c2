"""The virtual bench: answers the firmware's messages with what the plant shows, follows it and keeps a history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bms.bench.can_world import TRANSFER_S, CanWorld
from bms.bench.mirror import Mirror
from bms.bench.plant import SUBSTEP, Load, Plant
from bms.bench.targets import hex_of
from bms.bench.vehicle_node import Vehicle
from bms.emulation.bq76952 import BQ76952
from bms.emulation.i2c import Bus
from bms.emulation.pack import Pack
from firmware import readings as of
from firmware.controller import ODOMETER_MASK
from firmware.kernels import reach, soc

__all__ = ["History", "Load", "World"]

_KEEP_EVERY = 1.0  # s


@dataclass
class History:
    """One row a second from when the load began: times s, truth and the firmware's view."""

    time: list[float] = field(default_factory=list)
    current: list[float] = field(default_factory=list)
    voltage: list[NDArray[np.float64]] = field(default_factory=list)
    temperature: list[NDArray[np.float64]] = field(default_factory=list)
    soc_true: list[NDArray[np.float64]] = field(default_factory=list)
    soc: list[NDArray[np.float64]] = field(default_factory=list)
    sd: list[NDArray[np.float64]] = field(default_factory=list)
    range_km: list[NDArray[np.float64]] = field(default_factory=list)
    distance_km: list[float] = field(default_factory=list)
    readings: list[NDArray[np.int32]] = field(default_factory=list)


class World:
    """Answers bms/bench/remote/drive.py. Time is the monitors' own: it passes on the bus and when the firmware sleeps.

    progress(seconds) is called once a simulated second. readings: the firmware's, as of its last tick. vehicle: who
    talks to the pack on CAN; without one the board has no CAN controller. can: the bus, then.
    """

    def __init__(
        self,
        pack: Pack,
        chips: BQ76952 | Sequence[BQ76952],
        load: Load,
        words: NDArray[np.int32],
        progress: Callable[[float], None] = lambda _: None,
        vehicle: Vehicle | None = None,
    ) -> None:
        self.plant = Plant(pack, [chips] if isinstance(chips, BQ76952) else chips, load)
        self.pack, self.chip = pack, self.plant.chips[0]
        self.mirror = Mirror(words)
        self.version = ""
        self.history = History()
        self.readings = np.zeros(of.READINGS, np.int32)
        self.patience = 60.0  # s for the firmware to close the contactor
        self.opened = 0  # times that the firmware has opened the contactor under way
        self.files: dict[str, bytes] = {}
        self.can = None if vehicle is None else CanWorld(vehicle)
        self._random = np.random.default_rng(1)
        self._bus = Bus(*self.plant.chips)
        self._words = hex_of(words)
        self._pieces: list[str] = []
        self._progress = progress
        self._kept = -_KEEP_EVERY
        self._verbs: dict[str, Callable[[str], str]] = {
            "v": self._hello,
            "c": self._pack_words,
            "n": lambda _: str(self._now_ms()),
            "i": self._read,
            "o": self._write,
            "e": self._recover,
            "s": self._sleep,
            "b": self._poll,
            "k": self._main,
            "p": self._precharge,
            "f": self._load_file,
            "g": self._save_file,
            "r": self._record,
            "w": self._watch,
            "a": lambda _: "0" if self.can is None else "1",
            "x": self._transfer,
            "y": self._transfer,
            "u": lambda rest: self._random.bytes(int(rest)).hex(),
        }

    def __call__(self, message: str) -> str:
        verb, _, rest = message.partition(" ")
        if verb == "+":
            self._pieces.append(rest)
            return ""
        if self._pieces:
            rest = "".join([*self._pieces, rest])
            self._pieces.clear()
        return self._verbs[verb](rest)

    @property
    def load(self) -> Load:
        return self.plant.load

    @property
    def seconds(self) -> float:
        """Simulated since the load began."""
        return self.plant.made * SUBSTEP

    @property
    def step(self) -> int:
        """Index of the load's next step."""
        return self.plant.step

    @property
    def undelivered(self) -> float:
        """J asked for and not given."""
        return self.plant.undelivered

    def _pack_words(self, rest: str) -> str:
        if not rest:
            return str(len(self._words) // 8)
        at, n = map(int, rest.split())
        return self._words[8 * at : 8 * (at + n)]

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

    def _recover(self, _: str) -> str:
        self._bus.recover()
        return ""

    def _sleep(self, rest: str) -> str:
        until, plant = int(rest) / 1000, self.plant
        while plant.time + SUBSTEP <= until + 1e-9:
            if plant.ended or (plant.origin is None and plant.time > self.patience):
                return "end"
            self._advance()
        for chip in plant.chips:
            chip.advance(until)
        if self.can is not None:
            self.can.vehicle.mm = self._mm
            self.can.advance(until)
        return str(self._now_ms())

    def _transfer(self, rest: str) -> str:
        """The monitors follow with the next sleep."""
        assert self.can is not None
        back = self.can.transfer(bytes.fromhex(rest))
        self.can.advance(self._now() + TRANSFER_S)
        return back.hex()

    def _now(self) -> float:
        return max(self.chip.time_s, self.plant.time, 0.0 if self.can is None else self.can.time)

    def _now_ms(self) -> int:
        return round(self._now() * 1000)

    def _advance(self) -> None:
        plant = self.plant
        plant.advance()
        if plant.origin is not None and plant.made % round(1 / SUBSTEP) == 0:
            self._progress(self.seconds)

    @property
    def _mm(self) -> int:
        return round(self.plant.metres * 1000) & ODOMETER_MASK

    def _poll(self, _: str) -> str:
        p = self.plant
        return f"{self._mm} {p.auxiliary} {p.interlock_open} {p.insulation_kohm} {p.wish} {p.clock_s}"

    def _main(self, rest: str) -> str:
        plant = self.plant
        self.opened += plant.main and rest == "0" and not plant.ended
        plant.main = rest == "1"
        return ""

    def _precharge(self, rest: str) -> str:
        self.plant.precharge = rest == "1"
        return ""

    def _load_file(self, name: str) -> str:
        return self.files[name].hex() if name in self.files else "-"

    def _save_file(self, rest: str) -> str:
        name, _, data = rest.partition(" ")
        self.files[name] = bytes.fromhex(data)
        return "ok"

    def _record(self, rest: str) -> str:
        states = self.mirror.follow(np.frombuffer(bytes.fromhex(rest), "<i4"))
        under_way = self.plant.origin is not None
        if under_way and self.plant.time - self._kept >= _KEEP_EVERY - SUBSTEP / 2:
            self._kept = self.plant.time
            self._keep(states, self.mirror.range)
        return ""

    def _watch(self, rest: str) -> str:
        self.readings = self.mirror.judge(np.frombuffer(bytes.fromhex(rest), "<i4"))
        return ""

    def _keep(self, states: NDArray[np.int32], range_words: NDArray[np.int32]) -> None:
        h, plant = self.history, self.plant
        h.time.append(plant.time - (plant.origin or 0.0))
        h.current.append(plant.current)
        h.voltage.append(self.pack.voltages)
        h.temperature.append(self.pack.temperatures)
        h.soc_true.append(self.pack.soc)
        h.soc.append(states[:, soc.Q_MC] / states[:, soc.CAP_MC])
        h.sd.append(states[:, soc.SD_Q16] / 2**16)
        h.range_km.append(range_words[[reach.P10_M, reach.P50_M, reach.P90_M]] / 1000)
        h.distance_km.append(plant.metres / 1000)
        h.readings.append(self.readings)

    def _hello(self, rest: str) -> str:
        self.version = rest
        return ""
