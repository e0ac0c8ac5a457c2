"""Sensing over a chip whose values the test sets."""

from array import array
from types import SimpleNamespace

from fastcore import batch
from firmware import readings as of
from firmware.drivers.bq76952 import CELLS, GROUPS, TEMPERATURES
from firmware.sensing import Sensing
from firmware.thermometers import OwnHeat

ONE_C_MA = 77_000
MOST_MA = 300_000
SHUNT_UOHM = 500
OCV_UV = array("i", [3_700_000] * 73)
HEAT_DJ_K = 10_000


class Bench:
    """Sixteen cells a monitor; readings after each tick."""

    def __init__(self, chips: int = 1, most_ma: int = MOST_MA, shunt_uohm: int = SHUNT_UOHM) -> None:
        cells = 16 * chips
        self.afe = SimpleNamespace(
            cell_uv=array("i", [3_700_000] * cells),
            ts_mdegc=array("i", [25_000] * (4 * chips)),
            valid=array("i", [1] * GROUPS),
            ages={CELLS: 0, TEMPERATURES: 0},
            current_ma=0,
            link_mv=1234,
            stack_mv=3_700 * cells,
            stacks_mv=array("i", [59_200] * chips),
            safety_status=0,
            settings_lost=False,
            measured=True,
            link=SimpleNamespace(failures=0),
        )
        self.afe.has_measured = lambda: self.afe.measured
        self.afe.age_ms = lambda group, _: self.afe.ages[group]
        self.r = array("i", [0] * of.READINGS)
        own = OwnHeat(cells, OCV_UV, HEAT_DJ_K, self.r)
        size = 3 * chips, 3600 * ONE_C_MA, most_ma, shunt_uohm
        self.sensing = Sensing(cells, *size, self.r, own, batch.extremes_step)
        self.now_ms = 0

    def tick(self, ticks: int = 1, fresh: bool = True, temperatures: bool = False) -> None:
        for _ in range(ticks):
            self.now_ms += 100
            self.afe.ages[TEMPERATURES] = 0 if temperatures else 500
            self.sensing.update(self.afe, fresh, self.now_ms, 100)

    def warm(self, *series: float) -> list[int]:
        """T_RISE after each second's temperature in degC of the first sensor."""
        risen = []
        for celsius in series:
            self.afe.ts_mdegc[0] = round(celsius * 10) * 100
            self.tick(temperatures=True)
            self.tick()
            risen.append(self.r[of.T_RISE_MDEGC_MIN])
        return risen
