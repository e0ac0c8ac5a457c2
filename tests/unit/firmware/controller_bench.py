"""A controller over a monitor and a board that do what the test says."""

from array import array
from types import SimpleNamespace

from bms.cells import library
from bms.estimation.words import PackDesign, words
from fastcore import batch
from firmware import diagnoses, modes
from firmware.config import Config
from firmware.controller import Controller
from firmware.drivers.bq76952 import CELLS

CLOCK = 1 << 30  # time.ticks_ms() of MicroPython comes round here


def configuration() -> Config:
    """Four cells without a pre-charge."""
    design = PackDesign(library.load("factorial-fest77"), 4, 1, 15.0, precharge_ms=(0, 0))
    return Config(array("i", words(design).tolist()))


def small_configuration() -> Config:
    """The same of cells of 2.8 Ah."""
    design = PackDesign(library.load("panasonic-ncr18650pf"), 4, 1, 1.0, shunt_uohm=7500, precharge_ms=(0, 0))
    return Config(array("i", words(design).tolist()))


class Monitor:
    """Stands in for firmware/drivers/bq76952.py."""

    def __init__(self, board: "Board") -> None:
        self.board = board
        self.answers = self.takes_settings = True
        self.probed = 0
        self.valid = array("i", [1, 1, 1, 1])
        self.settings_lost = True
        self.safety_status = 0
        self.drawn_ma = 10_000
        self.cell_uv = array("i", [3_900_000, 3_901_000, 3_902_000, 3_903_000])
        self.ts_mdegc = array("i", [25_000] * 4)
        self.sensors = 3
        self.link = SimpleNamespace(failures=0)
        self.rest_ma = self.link_mv = 0
        self.balancing = array("i", [0])
        self.permitted = (True, True)
        self._read_ms = 0

    @property
    def current_ma(self) -> int:
        return self.drawn_ma if self.board.commands[-1] else 0

    @property
    def stack_mv(self) -> int:
        return sum(self.cell_uv) // 1000

    @property
    def stacks_mv(self) -> list[int]:
        return [self.stack_mv]

    def probe(self) -> int:
        self.probed += 1
        return 0x7695 if self.answers else 0

    def configure(self, profile: object) -> bool:
        self.settings_lost = not self.takes_settings
        return self.takes_settings

    def switch_fets(self, on: bool) -> bool:
        return on

    def permit(self, charge: bool, discharge: bool) -> bool:
        self.permitted = (charge, discharge)
        return True

    def balance(self, mask: int, chip: int) -> None:
        self.balancing[chip] = mask

    def zero(self, resting: bool) -> bool:
        return False

    def read(self, now_ms: int) -> bool:
        fresh = self.answers and not self.settings_lost
        if fresh:
            self._read_ms = now_ms
            for k in range(4):
                self.cell_uv[k] ^= 1  # the last bit of a live input moves
        self.link.failures = 0 if fresh else self.link.failures + 1
        return fresh

    def has_measured(self) -> bool:
        return True

    def age_ms(self, group: int, now_ms: int) -> int:
        return (now_ms - self._read_ms) % CLOCK if group == CELLS else 0


class Board:
    """Inputs, and all that the main contactor has been told."""

    def __init__(self) -> None:
        self.mm = self.interlock_open = 0
        self.insulation_kohm = CLOCK - 1
        self.feedback = -1
        self.clock_s = 0
        self.wish = modes.WISH_DRIVE
        self.commands: list[bool] = []

    def poll(self) -> None: ...

    def main(self, on: bool) -> None:
        if not self.commands or self.commands[-1] != on:
            self.commands.append(on)

    def precharge(self, on: bool) -> None: ...


class Bench:
    """A controller over both, stepped as it asks for it."""

    def __init__(self, config: Config, now_ms: int = 1000) -> None:
        self.now_ms = now_ms
        self.board = Board()
        self.monitor = Monitor(self.board)
        self.controller = Controller(config, self.monitor, self.board, batch)

    def start(self) -> "Bench":
        assert self.controller.prepare()
        self.run(1000)
        assert self.closed
        return self

    @property
    def closed(self) -> bool:
        assert self.controller.contactors.closed == self.board.commands[-1]
        return self.board.commands[-1]

    def run(self, ms: int) -> None:
        end = self.now_ms + ms
        while self.now_ms < end:
            self.now_ms += self.controller.tick(self.now_ms % CLOCK)

    def opened_after_ms(self, most_ms: int = 20_000) -> int:
        """Time until it opens."""
        begun = self.now_ms
        while self.closed:
            assert self.now_ms - begun <= most_ms, "the contactor is still closed"
            self.now_ms += self.controller.tick(self.now_ms % CLOCK)
        return self.now_ms - begun

    def tripped(self) -> set[int]:
        return {k for k in range(diagnoses.DIAGNOSES) if self.controller.protection.tripped(k)}
