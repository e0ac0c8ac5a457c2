"""Emulated cells, contactors and monitors on the pins and the bus of a virtual board, in the time of the wall clock."""

import time
from collections.abc import Callable

from bms.bench.plant import SUBSTEP, Plant
from bms.emulation.i2c import Bus

# Pins of firmware/boards/virtual.py.
_MAIN, _PRECHARGE, _FEEDBACK, _INTERLOCK, _DRIVE, _CHARGE = "15", "13", "12", "11", "10", "9"
_WISH_DRIVE, _WISH_CHARGE = 1, 2
_MOST_S = 5.0  # caught up at once; what a board slept longer is left out


class WiredPack:
    """Answers what bms/bench/virtual/machine.py asks. switched: (time s, main contactor closed), as commanded."""

    def __init__(self, plant: Plant, clock: Callable[[], float] = time.monotonic) -> None:
        self.plant = plant
        self.switched: list[tuple[float, bool]] = []
        self._bus = Bus(*plant.chips)
        self._clock = clock
        self._begun = clock() - plant.time

    def __call__(self, question: str) -> str:
        self._catch_up()
        verb, *words = question.split(" ")
        if verb == "p":
            self._switch(words[0], words[1] == "1")
            return ""
        if verb == "q":
            return self._input(words[0])
        try:
            return self._read(words) if verb == "i" else self._write(words)
        except OSError:  # no monitor has answered
            return ""

    def _catch_up(self) -> None:
        plant, now = self.plant, self._clock() - self._begun
        if now - plant.time > _MOST_S:
            self._begun += now - plant.time - _MOST_S
            now = plant.time + _MOST_S
        while plant.time + SUBSTEP <= now and not plant.ended:
            plant.advance()
        for chip in plant.chips:
            chip.advance(now)

    def _switch(self, pin: str, on: bool) -> None:
        plant = self.plant
        if pin == _MAIN and on != plant.main:
            self.switched.append((plant.time, on))
        if pin == _MAIN:
            plant.main = on
        elif pin == _PRECHARGE:
            plant.precharge = on

    def _input(self, pin: str) -> str:
        """Inputs close to ground."""
        plant = self.plant
        levels = {
            _FEEDBACK: 1 - plant.auxiliary,
            _INTERLOCK: plant.interlock_open,
            _DRIVE: int(plant.wish != _WISH_DRIVE),
            _CHARGE: int(plant.wish != _WISH_CHARGE),
        }
        return str(levels[pin]) if pin in levels else ""

    def _read(self, words: list[str]) -> str:
        _, address, register, count = words
        buffer = bytearray(int(count))
        self._bus.readfrom_mem_into(int(address), int(register), buffer)
        return buffer.hex()

    def _write(self, words: list[str]) -> str:
        _, address, register, data = words
        self._bus.writeto_mem(int(address), int(register), bytes.fromhex(data))
        return "ok"
